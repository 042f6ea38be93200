"""A model behind an endpoint as a classifier: which of the reader's labels it says after a prompt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from limelight.arrays import Floats
from limelight.captions import note
from limelight.document import Answer
from limelight.errors import InputError
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.predictors.cache import Key
from limelight.predictors.served.asked import Asked, tokens_of, wavering
from limelight.predictors.served.client import Ask
from limelight.predictors.served.refusals import Absent, Malformed
from limelight.predictors.served.servers import TOP, Exact, Ids, Server, said_in, tops
from limelight.predictors.tasks.classification import softmax
from limelight.text.fields import Field
from limelight.text.inputs import Input

MOST_DOUBT = 1 / 12  # the variance of a probability of which nothing is known
LONGEST = 16  # tokens of an answer in which a label is looked for
TINY = 1e-9  # the least that a label that is not told is taken to have
UNLIKELY = 0.1  # the labels' share of all that could be said, below which none is likely
SIGNS = re.compile(r"^\W+")


@dataclass(frozen=True)
class Told:
    """What a server tells of labels.

    Attributes:
        logs: their log-probabilities.
        doubt: the standard error of each.
        any: whether it tells any of them.
    """

    logs: Floats
    doubt: Floats
    any: bool = True


class Choice(Asked):
    """Scores labels by how likely the model is to say each.

    Exactly, where a server scores what is given; by the likeliest first tokens, with bounds for what is not
    among these; else by counting answers, with their binomial noise.

    Args:
        endpoint: whom to ask.
        labels: what is to be chosen among.
    """

    def __init__(self, endpoint: Asked, labels: Sequence[str]) -> None:
        vars(self).update(vars(endpoint))
        self.targets = tuple(labels)
        self._ids: list[Ids] = []
        self._way = ""
        self._unlikely: set[Key] = set()  # what none of the labels was likely after
        self._spread: Floats = np.zeros(len(labels))

    def among(self, labels: Sequence[str] | None) -> Predictor:
        return self if labels is None else Choice(self, labels)

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        bound = self._facing(fields)
        server, texts = self._contact.server, tuple(field.text for field in fields)
        bound.answer, bound._unlikely, bound._untold = None, set(), 0
        bound._way = server.route
        if server.route == "top" and not _apart(self.targets):
            bound._way = "sampled"
        known = repr((bound.manner, texts, self.targets))
        if known not in self._measured:
            self._measured[known] = bound._measure(server, texts)
        bound._ids, bound._spread = self._measured[known]
        host, code = self._contact.address.host, "scores" if bound._way == "exact" else f"labels-{bound._way}"
        bound.warnings += (note(code, host=host, server=server.title, count=self.samples),)
        yield bound

    def _measure(self, server: Server, texts: tuple[str, ...]) -> tuple[list[Ids], Floats]:
        """Tokens of the labels where they are scored, and how much the log-probability of each wavers."""
        client = self._contact.client
        if self._way == "sampled":
            if server.several:
                server.several = client.ask(partial(self._tells_several, server, texts))
            return [], np.zeros(len(self.targets))
        if isinstance(server, Exact):
            made = self._made(texts)
            blank = " " if isinstance(made, str) and not made[-1:].isspace() else ""
            cut = [partial(_cut, server, blank + label) for label in self.targets]
            self._ids = [ids for _, ids in sorted(client.run(cut))]
        found = wavering(client, server, partial(self._masses, server, texts), lambda told: float(told.logs.sum()))
        return self._ids, np.array([told.logs for told in found]).std(axis=0, ddof=1)

    def _expected(self, server: Server, sizes: Sequence[float], rate: float, answer: str | None) -> tuple[int, float]:
        lengths = [tokens_of(label, rate) + 1 for label in self.targets]
        if isinstance(server, Exact):
            trips = len(lengths) + server.templated
            return trips * len(sizes), sum(sizes) * len(lengths) + sum(lengths) * len(sizes)
        if server.route == "top" and _apart(self.targets):
            return len(sizes), sum(sizes) + len(sizes)
        sizes = sizes[: len(sizes) - server.repeats + 1]
        said = self.samples * max(lengths)
        if server.several:
            return len(sizes), sum(sizes) + said * len(sizes)
        return self.samples * len(sizes), self.samples * sum(sizes) + said * len(sizes)

    def key(self, one: Input) -> Key:
        return *super().key(one), self.manner, self._way, *self.targets

    def remarks(self) -> tuple[str, ...]:
        if not self._unlikely:
            return super().remarks()
        return note("labels-unlikely", count=len(self._unlikely)), *super().remarks()

    def score(self, inputs: Sequence[Input]) -> Scores:
        k = len(self.targets)
        values, variances = np.empty((len(inputs), k)), np.empty((len(inputs), k))
        done = np.zeros(len(inputs), dtype=int)
        server, client = self._contact.server, self._contact.client
        counts = np.zeros((len(inputs), k))
        sampled = self._way == "sampled"
        each = [self.samples] if server.several else [1] * self.samples
        if sampled:
            rows = [row for row in range(len(inputs)) for _ in each]
            jobs: list[Any] = [partial(self._counted, server, inputs[row].texts, each[0]) for row in rows]
        else:
            rows = list(range(len(inputs)))
            jobs = [partial(self._masses, server, one.texts) for one in inputs]
        for at, found in client.run(jobs):
            row = rows[at]
            if sampled:
                counts[row] += found
                done[row] += 1
                if done[row] < len(each):
                    continue
                values[row], variances[row], likely = _frequencies(counts[row], self.samples)
            else:
                values[row], variances[row], likely = self._shares(found)
            key = self.key(inputs[row])
            if not likely:
                self._unlikely.add(key)
            self.cache.put(key, values[row], variances[row])  # whoever stops asks nothing of it again
        return Scores(values, variances)

    # by what the server tells

    async def _masses(self, server: Server, texts: tuple[str, ...], ask: Ask) -> Told:
        """How likely each label is after a prompt."""
        given = self._made(texts)
        if isinstance(server, Exact):
            prompt = await server.prompt(ask, given)
            logs = [sum(self._logs(await server.scored(ask, prompt, ids, False))) for ids in self._ids]
            return Told(np.array(logs), np.zeros(len(logs)))
        body = {"temperature": 0, "logprobs": True, "top_logprobs": TOP}
        (choice, *_) = await server.chat(ask, given, body, 1)
        return _found(tops(choice), self.targets)

    def _shares(self, told: Told) -> tuple[Floats, Floats, bool]:
        """Probabilities of labels that add up to one, their variance, and whether any label was likely."""
        shares = softmax(told.logs[None])[0]
        relative = told.doubt**2 + self._spread**2
        parts = shares**2 * relative
        variance = (1 - shares) ** 2 * parts + shares**2 * (parts.sum() - parts)
        return shares, np.minimum(variance, MOST_DOUBT), told.any and bool(np.exp(told.logs).sum() >= UNLIKELY)

    # by counting

    async def _counted(self, server: Server, texts: tuple[str, ...], several: int, ask: Ask) -> Floats:
        """How often each label was said."""
        body: dict[str, Any] = server.wanted({"do_sample": True, **self._drawn()})
        if several > 1:
            body["n"] = several
        counts = np.zeros(len(self.targets))
        choices = await server.chat(ask, self._made(texts), body, LONGEST)
        if len(choices) < several:
            raise Malformed("gave fewer answers than were asked for")
        for choice in choices[:several]:
            if (at := _said(choice, self.targets)) is not None:
                counts[at] += 1
        return counts

    def _drawn(self) -> Mapping[str, Any]:
        return {name: value for name, value in self._options.items() if name not in ("max_new_tokens", "seed")}

    async def _tells_several(self, server: Server, texts: tuple[str, ...], ask: Ask) -> bool:
        try:
            return len(await server.chat(ask, self._made(texts), {"n": 2}, 1)) == 2
        except Absent:
            return False


async def _cut(server: Exact, label: str, ask: Ask) -> Ids:
    ids = tuple(one.id for one in await server.cut(ask, label))
    if not ids:
        raise InputError(f"the label {label!r} has no token. limelight takes words; write one.")
    return ids


def _apart(labels: Sequence[str]) -> bool:
    """Whether the first letters of labels tell them apart: a first token may be no longer."""
    firsts = [label.strip().casefold() for label in labels]
    return all(not one.startswith(other) for one in firsts for other in firsts if one is not other) and len(
        {one[:1] for one in firsts}
    ) == len(firsts)


def _found(told: Sequence[tuple[str, float]], labels: Sequence[str]) -> Told:
    """How likely labels are by their first tokens, in whatever spelling.

    One that is not among those that are told lies anywhere between nothing and the last of these.
    """
    names = [label.strip().casefold() for label in labels]
    masses, seen = np.zeros(len(names)), 0.0
    for token, log in told:
        said, share = SIGNS.sub("", token.casefold()).strip(), float(np.exp(log))
        seen += share
        fits = [at for at, name in enumerate(names) if said and name.startswith(said)]
        if len(fits) == 1:
            masses[fits[0]] += share
    # what is not among the likeliest is at most as likely as the last of them, and as what is left
    most = min(float(np.exp(min((log for _, log in told), default=0.0))), max(0.0, 1 - seen))
    absent = masses <= 0
    # half of it, give or take the standard deviation of an even law, as a share of that
    masses[absent] = max(most / 2, TINY)
    return Told(np.log(masses), np.where(absent, 1 / np.sqrt(3), 0.0), not absent.all())


def _said(choice: Mapping[str, Any], labels: Sequence[str]) -> int | None:
    """Which label an answer is, or None: the one that it begins with, else the only one in it."""
    text = said_in(choice)
    if text is None:
        return None
    text = SIGNS.sub("", text.casefold())
    names = [label.strip().casefold() for label in labels]
    begun = [at for at, name in enumerate(names) if re.match(rf"{re.escape(name)}(?!\w)", text)]
    within = begun or [at for at, name in enumerate(names) if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
    if begun:
        return max(begun, key=lambda at: len(names[at]))
    return within[0] if len(within) == 1 else None


def _frequencies(counts: Floats, samples: int) -> tuple[Floats, Floats, bool]:
    """How often each was said, and the variance of that: also of what was said always, or never."""
    inside = (counts + 0.5) / (samples + 1)
    return counts / samples, inside * (1 - inside) / samples, bool(counts.sum() >= UNLIKELY * samples)
