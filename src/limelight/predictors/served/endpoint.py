"""A language model behind an OpenAI-compatible endpoint: each word of its answer a target, scored where it stands."""

from __future__ import annotations

import copy
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from limelight.arrays import Floats
from limelight.captions import note
from limelight.document import Answer, Document
from limelight.errors import InputError, PredictionError, shown
from limelight.options import is_number, is_whole
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.predictors.cache import Key
from limelight.predictors.options import Loading
from limelight.predictors.prompting import AUTO, Messages
from limelight.predictors.served.asked import REPEATS, SAME, Asked, tokens_of, wavering
from limelight.predictors.served.choice import Choice
from limelight.predictors.served.client import Ask
from limelight.predictors.served.contact import Contact
from limelight.predictors.served.resemblance import Resemblance
from limelight.predictors.served.servers import OTHERS, Exact, Server, Token, log_of
from limelight.predictors.tasks.spoken import UNSAID, Spoken
from limelight.text.fields import Field
from limelight.text.inputs import Input

SCHEMES = ("http://", "https://")
STUDENT = 2.365  # the .975 quantile of Student's t with as many degrees of freedom as REPEATS leave
CALM = 0.01  # of the whole answer's log-probability: a floor below this is not worth a sentence


class Endpoint(Asked):
    """A language model behind an OpenAI-compatible endpoint, on this machine, in the house or in the cloud.

    Nothing is asked of it before an explanation is. What it can do is found out then; llama.cpp's
    server, vLLM and completions that echo score a given answer exactly, and others tell how likely labels are.

    Args:
        base_url: its address, with or without ``/v1``.
        model: the name of the model; None where it has only one.
        key: the name of an environment variable that holds the key, or a function that returns it; None for
            ``OPENAI_API_KEY`` where the endpoint is OpenAI's, or the one that ``OPENAI_BASE_URL`` names.
        budget_tokens: tokens that may be spent, by the endpoint's own count; None for 50,000 at another machine,
            and for no bound at this one.
        embedding: the name of a model there that embeds texts, by which new answers are compared where nobody tells how
            likely a given one is; None to compare their words.
        samples: answers to each text where labels can only be counted.
        concurrency: requests at a time.
        timeout: seconds to wait without a sign of life.
        cache: a file in which answers are kept, so that no other session asks the same again; None for none.

    Raises:
        InputError: an argument makes no sense.
        ModelError: httpx is not installed.

    Example:
        >>> Endpoint("http://127.0.0.1:8080/v1")  # doctest: +SKIP
    """

    measured = "log-probability"
    additive = True
    _spoken: Spoken = UNSAID
    _moved: Floats | None = None  # of the whole prompt, where not the same is said each time
    _contrast: tuple[int, int] | None = None  # of the explanation about which it is asked

    def __init__(
        self,
        base_url: str,
        model: str | None = None,
        *,
        key: str | Callable[[], str] | None = None,
        budget_tokens: int | None = None,
        embedding: str | None = None,
        samples: int = 8,
        concurrency: int = 8,
        timeout: float = 60.0,
        cache: str | os.PathLike[str] | None = None,
    ) -> None:
        named = {"model": model, "embedding": embedding}
        wrong = f"base_url is a {type(base_url).__name__}" if not isinstance(base_url, str) else ""
        for name, given in named.items():
            if given is not None and not (isinstance(given, str) and given.strip()):
                wrong = wrong or f"{name} is {shown(given)}"
        if wrong:
            raise InputError(
                f"{wrong}. limelight takes an address such as 'http://127.0.0.1:8080/v1' and the name of a model, or "
                "None; correct it."
            )
        counts = {"budget_tokens": budget_tokens, "samples": samples, "concurrency": concurrency}
        for name, value in counts.items():
            if not is_whole(value, 1) and not (name == "budget_tokens" and value is None):
                raise InputError(f"{name} is {shown(value)}. limelight takes a whole number from 1 up; correct it.")
        if not is_number(timeout) or not timeout > 0:
            raise InputError(f"timeout is {shown(timeout)}. limelight takes seconds, such as timeout=60; correct it.")
        self._contact = Contact(base_url, model, key, budget_tokens, concurrency, timeout, cache)
        self._options, self.samples, self.embedding = {}, samples, embedding or ""
        self._written: dict[str, tuple[list[Token], bool]]
        self._settled: dict[str, tuple[Spoken, Floats]]
        self.forget()  # what is known is shared by all copies
        self._rivals: tuple[tuple[int, int, int], ...] = ()  # column, position of a token, and what stands in its place

    def __repr__(self) -> str:
        return f"Endpoint({str(self._contact.address)!r}, {self._contact.model or None!r})"

    @classmethod
    def accepts(cls, obj: object) -> bool:
        return isinstance(obj, str) and obj.strip().lower().startswith(SCHEMES)

    @classmethod
    def of(cls, obj: Any, loading: Loading) -> Endpoint:
        if loading.class_names is not None:
            raise InputError(
                f"class_names is {shown(loading.class_names)}, and an endpoint writes. Its targets are the words of "
                "its answer, or labels=[...]; leave class_names out."
            )
        return cls(obj)

    def forget(self) -> None:
        super().forget()
        self._written, self._settled, self._measured, self._again = {}, {}, {}, {}

    # what there is to explain

    def among(self, labels: Sequence[str] | None) -> Predictor:
        return self if labels is None else Choice(self, labels)

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        raw = answer is not None and answer.route.endswith("raw") and self._template == AUTO
        bound = self._facing(fields, raw)
        server = self._contact.server
        if not isinstance(server, Exact):
            yield from Resemblance(self).bind(fields, answer)
            return
        texts = tuple(field.text for field in fields)
        route = f"{server.title}, {'raw' if isinstance(bound._made(texts), str) else 'chat'}"
        known = repr((bound.manner, texts, sorted(self._options.items())))
        if answer is None:
            if known not in self._written:
                written: tuple[list[Token], bool] = [], False
                for written in self._write(server, bound._made(texts)):
                    step = copy.copy(bound)
                    text = _decoded(written[0]).rstrip("\ufffd")
                    step.answer = Answer(text, tuple(one.id for one in written[0]), route=route)
                    yield step
                self._written[known] = written
            tokens, ended = self._written[known]
            if not _decoded(tokens):
                raise InputError(
                    f"{self.name} ends at once after this prompt, and says nothing. limelight explains an answer of "
                    "one word or more; ask for something, or give answer='...' to see why it does not say that."
                )
            step = copy.copy(bound)
            step.answer, step.written = Answer(_decoded(tokens), tuple(one.id for one in tokens), route=route), True
            yield step
            if not ended:
                bound.warnings += (note("cut-off", count=len(tokens)),)
            seed = int(self._options.get("seed", 0)) if self._options.get("do_sample") else None
        else:
            seed, ended = answer.seed, bool(answer.end) or not answer.ids
            tokens = self._given(server, known, answer)
        bound._freeze(server, texts, tokens, ended, route, seed)
        if self._contrast is not None:
            bound._set_against(self._contrast)
        yield bound

    def _given(self, server: Exact, known: str, answer: Answer) -> list[Token]:
        """Tokens of an answer; those that it had before where they were written here."""
        tokens, _ = self._written.get(known, ([], False))
        if answer.ids and tuple(one.id for one in tokens) == answer.ids:
            return tokens
        tokens = self._contact.client.ask(lambda ask: server.cut(ask, answer.text))
        if not _decoded(tokens):
            raise InputError(
                "the answer is empty. limelight explains an answer of one word or more; give one, or leave answer out "
                "and the model writes its own."
            )
        return tokens

    def _expected(self, server: Server, sizes: Sequence[float], rate: float, answer: str | None) -> tuple[int, float]:
        if not isinstance(server, Exact):
            return Resemblance(self)._expected(server, sizes, rate, answer)
        said = self._most if answer is None else tokens_of(answer, rate) + 1
        written = 0.0 if answer is not None else sizes[0] + said
        trips = 2 if server.templated else 1
        return trips * len(sizes) + (answer is None), written + sum(sizes) + said * len(sizes)

    def _write(self, server: Exact, given: str | Messages) -> Iterator[tuple[list[Token], bool]]:
        """Yields the answer as it grows, and whether it has come to its end."""
        client, most = self._contact.client, self._most
        options = dict(self._options) | (
            {"seed": int(self._options.get("seed", 0))} if self._options.get("do_sample") else {}
        )
        prompt = client.ask(lambda ask: server.prompt(ask, given))
        tokens: list[Token] = []
        ended = False
        path, body = server.writing(prompt, options, most)
        for heard in client.stream(path, body, most, server.heard):
            if heard is None:
                tokens = []
                continue
            more, end = heard
            tokens, ended = tokens + more, ended or bool(end)
            if more:
                yield tokens, False
        yield client.ask(lambda ask: server.pieces(ask, tokens)), ended

    def _freeze(
        self, server: Exact, texts: tuple[str, ...], tokens: list[Token], ended: bool, route: str, seed: int | None
    ) -> None:
        """Settles the answer, what could have stood in the place of its words, and how much the endpoint wavers."""
        ids = tuple(one.id for one in tokens)
        self._asking = server, ids, ended
        known = repr((self.manner, texts, ids, ended))
        if known not in self._settled:
            self._settled[known] = self._asked_whole(server, self._made(texts), tokens, ended)
        self._spoken, said = self._settled[known]
        self.targets, spread = self._spoken.targets, said.std(axis=0, ddof=1)
        self._moved = _moved(said[:, 1:]) / np.sqrt(REPEATS) if spread[0] > SAME else None
        self._spread = spread[1:]
        self.answer = self._spoken.answer(route, seed)
        self._digest = hashlib.sha256(known.encode()).hexdigest()
        host, code = self._contact.address.host, "scores-wavering" if spread[0] > CALM else "scores"
        much = f"{spread[0]:.2g}"
        self.warnings += (note(code, server=server.title, host=host, much=much, count=REPEATS),)
        self._whole = texts
        self._keep_whole()

    def _keep_whole(self) -> None:
        row = self._spoken.row
        self.cache.put(self.key(Input.of(self._whole)), row, self._variance(row))

    def _asked_whole(
        self, server: Exact, given: str | Messages, tokens: list[Token], ended: bool
    ) -> tuple[Spoken, Floats]:
        """The answer as it was said, and its log-probability each time it was asked: in sum, and each target."""
        ids = tuple(one.id for one in tokens)

        async def once(ask: Ask) -> list[Token]:
            return await server.scored(ask, await server.prompt(ask, given), ids, ended, OTHERS)

        found = wavering(self._contact.client, server, once, lambda tokens: sum(map(log_of, tokens)))
        logs = np.array([self._logs(some) for some in found])
        first = found[0]
        if len(first) > len(ids) + ended or min(len(one.others) for one in first) < OTHERS:
            raise PredictionError(
                f"{self.name} told fewer than {OTHERS} other words at a place of the answer. limelight asks for these; "
                "look whether the server is well."
            )
        others = np.array([[other.id for other in one.others[:OTHERS]] for one in first[: len(ids)]])
        rest = [log_of(other) for one in first[: len(ids)] for other in one.others[:OTHERS]]
        pieces = {one.id: one.piece for whole in first[: len(ids)] for one in (*whole.others, whole)}
        pieces |= {one.id: one.piece for one in tokens}

        def decode(some: Sequence[int]) -> str:
            return b"".join(pieces.get(one, b"") for one in some).decode("utf-8", "replace")

        mean = logs.mean(axis=0)
        spoken = Spoken(decode, ids, others, np.array([*mean, *rest]), len(first) > len(ids))
        words = np.add.reduceat(logs[:, : len(ids)], [part.tokens[0] for part in spoken.parts], axis=1)
        table = np.concatenate([logs.sum(axis=1, keepdims=True), words, logs[:, len(ids) :]], axis=1)
        return spoken, table

    @property
    def columns(self) -> tuple[str, ...]:
        return self._spoken.columns

    def pair(self, contrast: tuple[object, object]) -> tuple[int, int]:
        pair = self._spoken.pair(*contrast)
        self._set_against(pair)
        return pair

    def asked_as(self, explanation: Document) -> Predictor:
        other = copy.copy(self)
        other._contrast, other._frozen = explanation.contrast, explanation.targets
        return Predictor.asked_as(other, explanation)

    # scores

    def key(self, one: Input) -> Key:
        return *super().key(one), self._digest, repr(self._rivals)

    def score(self, inputs: Sequence[Input]) -> Scores:
        values = np.full((len(inputs), len(self.columns)), np.nan)
        variances = np.zeros_like(values)
        jobs = [partial(self._scored, one.texts) for one in inputs]
        for at, logs in self._contact.client.run(jobs):
            values[at] = self._spoken.table(logs[None])[0]
            variances[at] = self._variance(values[at])
            # whoever stops in the middle of a batch asks nothing of it again
            self.cache.put(self.key(inputs[at]), values[at], variances[at])
        return Scores(values, variances)

    def margins(self, thinned: Input) -> Floats | None:
        # what is unlikely moves more than what is certain, so that the whole prompt does not tell for all
        if self._moved is None:
            return None
        jobs = [partial(self._scored, thinned.texts)] * REPEATS
        logs = np.array([logs for _, logs in self._contact.client.run(jobs)])
        shares = self._spoken.table(logs)[:, : len(self.targets)]
        said = np.log(np.maximum(shares, np.finfo(float).tiny))
        moved = STUDENT * np.concatenate([self._moved, _moved(said)])
        return np.concatenate([np.zeros((len(moved), 1)), moved.cumsum(axis=1)], axis=1)

    def _variance(self, row: Floats) -> Floats:
        variance = np.zeros_like(row)
        known = len(self.targets)
        variance[:known] = (row[:known] * self._spread) ** 2
        return variance

    async def _scored(self, texts: tuple[str, ...], ask: Ask) -> Floats:
        """Log-probabilities of the tokens and the end; of the others those that are wanted."""
        server, ids, ended = self._asking
        prompt = await server.prompt(ask, self._made(texts))
        tokens = await server.scored(ask, prompt, ids, ended)
        logs = np.full(len(tokens) + self._spoken.others.size, np.nan)
        logs[: len(tokens)] = self._logs(tokens)
        for column, at, other in self._rivals:
            forced = await server.scored(ask, prompt, (*ids[:at], other), False)
            logs[len(tokens) + column] = self._logs(forced[-1:])[0]
        return logs

    def _set_against(self, pair: Sequence[int]) -> None:
        """Has the others of a contrast asked for from now on."""
        ids, each = self._spoken.ids, self._spoken.others.shape[1]
        base = len(self.targets) + len(ids)
        self._rivals = tuple(
            (column - base, (column - base) // each, int(self._spoken.others.reshape(-1)[column - base]))
            for column in pair
            if column >= base
        )
        self._keep_whole()


def _moved(said: Floats) -> Floats:
    """Of repeats, so that the root of the sum of squares over them is the standard deviation of one."""
    moved: Floats = (said - said.mean(axis=0)) / np.sqrt(len(said) - 1)
    return moved


def _decoded(tokens: Sequence[Token]) -> str:
    return b"".join(one.piece for one in tokens).decode("utf-8", "replace")
