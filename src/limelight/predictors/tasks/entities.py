"""Entities: the stretches of a text to which a model of tokens gives a label, each a target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from limelight.arrays import Floats
from limelight.captions import note
from limelight.document import Answer
from limelight.document.targets import Target, standing
from limelight.errors import InputError, shown
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.predictors.cache import Key
from limelight.predictors.hf.located import Located
from limelight.predictors.hf.transformer import Tensors
from limelight.predictors.tasks.classification import softmax
from limelight.scales import LEAST
from limelight.text.fields import Field, Place
from limelight.text.inputs import Input
from limelight.text.spans import Span

GROUP = "entities"
OUTSIDE = "O"
BEGINS, ENDS, INSIDE = "BSU", "ESL", "I"  # of BIO, BIOES and BILOU: prefixes that begin an entity, and that end one
MARKS = ("-", "_")  # what parts a prefix from its tag
TOKENS = ("none", "simple")  # schemes in which each token has a label of its own; in the others each word has


@dataclass(frozen=True, eq=False)
class Unit:
    """A token or a word that has a label: where it stands, its tokens, and the probability of each label."""

    start: int
    stop: int
    tokens: tuple[int, ...]
    shares: Floats


@dataclass(frozen=True)
class Entity:
    """What the model found: its tag, its place, and of each of its units the tokens, where it begins, and its label.

    Pieces of one letter stand in one place, and may be of several entities: ``lying`` units are in the place of this
    one, of which its own are those from ``first`` on.
    """

    tag: str
    place: Place
    tokens: tuple[tuple[int, ...], ...]
    begins: tuple[int, ...]
    labels: tuple[int, ...]
    first: int
    lying: int


def tags_of(labels: Sequence[str]) -> list[tuple[str, str]]:
    """Of each label the prefix and the tag: ``("B", "PER")`` of ``B-PER``, ``("", "NOUN")`` of a plain ``NOUN``."""
    # where nothing begins or goes on, what looks like a prefix is a part of the name, as in "E-mail"
    prefixed = any(label[:1] in "BI" and label[1:2] in MARKS for label in labels)
    parts = [(label[0], label[2:]) if label[2:] and label[1] in MARKS else ("", label) for label in labels]
    return [
        part if prefixed and part[0] and part[0] in BEGINS + ENDS + INSIDE else ("", label)
        for part, label in zip(parts, labels, strict=True)
    ]


def grouped(units: Sequence[Unit], labels: Sequence[str], ignored: Sequence[str]) -> list[Entity]:
    """Entities of one text: neighbours of one tag, as transformers' pipeline groups them, and as BIOES parts them.

    Where every label is one to tell, as a part of speech is, each unit stands by itself.
    """
    found: list[tuple[str, list[int]]] = []
    open_to = ""  # the tag that a unit may go on with
    tags, apart = tags_of(labels), tells_all(labels, ignored)
    likeliest = [int(unit.shares.argmax()) for unit in units]
    for at, own in enumerate(likeliest):
        prefix, tag = tags[own]
        if labels[own] in ignored or tag in ignored:
            open_to = ""
            continue
        if tag == open_to and not apart and (not prefix or prefix not in BEGINS):
            found[-1][1].append(at)
        else:
            found.append((tag, [at]))
        open_to = "" if prefix and prefix in ENDS else tag
    return [entity_of(units, tag, own, [likeliest[at] for at in own]) for tag, own in found]


def tells_all(labels: Sequence[str], ignored: Sequence[str]) -> bool:
    """Whether each word gets a label that is one to tell, as of a tagger of parts of speech."""
    return not any(prefix or label in ignored for label, (prefix, _) in zip(labels, tags_of(labels), strict=True))


def entity_of(units: Sequence[Unit], tag: str, own: Sequence[int], labels: Sequence[int]) -> Entity:
    """The entity of some units of a text, by their positions, and their labels."""
    start, stop = units[own[0]].start, units[own[-1]].stop
    lying = [at for at, unit in enumerate(units) if _lies(unit, (start, stop))]
    begins, tokens = (tuple(getattr(units[at], name) for at in own) for name in ("start", "tokens"))
    begins = tuple(at - start for at in begins)
    return Entity(tag, (0, start, stop), tokens, begins, tuple(labels), lying.index(own[0]), len(lying))


def _lies(unit: Unit, span: Span) -> bool:
    return unit.start < span[1] and unit.stop > span[0]


def log_probability(entity: Entity, span: Span, units: Sequence[Unit]) -> float:
    """Sum of the log-probabilities of an entity's labels at its own units, where it stands now.

    A tokenizer may cut a word that has come to the front otherwise than before: then a unit
    has the label of the one that stood there.
    """
    lying = [unit for unit in units if _lies(unit, span)]
    if len(lying) == entity.lying:
        pairs = zip(lying[entity.first :], entity.labels, strict=False)
    else:
        offsets = (max(unit.start - span[0], 0) for unit in lying)
        stood = np.searchsorted(entity.begins, list(offsets), side="right") - 1
        pairs = zip(lying, (entity.labels[at] for at in stood), strict=True)
    return sum(float(np.log(max(unit.shares[label], LEAST))) for unit, label in pairs)


class Entities(Located):
    """Asks for the labels of a text's tokens; each entity found is a target, bound to its place.

    The score of an entity is the probability of its labels at its own tokens, multiplied: the words of all
    entities stay in the text, so that it is defined whatever else is taken out. Behind a mask there is a label, too:
    words that are hidden need not stay. So a tagger, to which each word is a target, has its words hidden. Where
    nothing is found, the word whose label is the least sure stands for all.

    Args:
        model, tokenizer, name, missing: as ``Transformer`` has them.
        scheme: how tokens become entities, by transformers' names of ``aggregation_strategy``.
        ignored: labels that are no entities.
    """

    heads = ("ForTokenClassification",)
    pipelines = ("token-classification", "ner")
    auto = "AutoModelForTokenClassification"
    kind = "token classifier"
    measured = "log-probability"
    labels_words = True
    _places: tuple[Place, ...] = ()

    def __init__(
        self, model: Any, tokenizer: Any, *, scheme: str = "first", ignored: Sequence[str] = (OUTSIDE,), **more: Any
    ) -> None:
        super().__init__(model, tokenizer, **more)
        self._scheme, self._ignored = scheme, tuple(ignored)
        self._found: tuple[Entity, ...] = ()

    @classmethod
    def of_pipeline(cls, pipeline: Any) -> Self:
        asked = getattr(pipeline, "_postprocess_params", None) or {}
        scheme = asked.get("aggregation_strategy")
        scheme = str(getattr(scheme, "value", scheme) or "none")
        ignored = asked.get("ignore_labels")
        return cls(
            pipeline.model, pipeline.tokenizer, scheme=scheme, ignored=(OUTSIDE,) if ignored is None else ignored
        )

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        bound = self.beside_one_text(fields, "its labels stand")
        (field,) = fields
        every, text = tells_all(self.labels, self._ignored), field.text
        if every:
            bound._scheme = "first" if self._scheme in TOKENS else self._scheme  # it is words that are tagged
            bound.masker = "mask" if self.mask_token else ""
        (units,) = bound.units([text])
        words = [at for at, unit in enumerate(units) if any(map(str.isalnum, text[unit.start : unit.stop]))]
        # of a tagger no word could be taken out if each were explained at once, unless it may be hidden
        found = grouped(units, self.labels, self._ignored) if bound.masker or not every else []
        if every:
            found = [one for one in found if any(map(str.isalnum, text[one.place[1] : one.place[2]]))]
        for place in self._places:
            if not any(one.place[1] < place[2] and one.place[2] > place[1] for one in found):
                found.append(bound._asked_about(place, units))
        if not found and units:
            least = min(words or range(len(units)), key=lambda at: float(units[at].shares.max()))
            found = [bound._asked_about((0, units[least].start, units[least].stop), units)]
            where = text[units[least].start : units[least].stop]
            bound.warnings = (*self.warnings, note("each-word" if every else "no-entity", word=where))
        found.sort(key=lambda one: one.place)
        names: list[str] = []
        for at, one in enumerate(found):
            name = f'{one.tag} "{text[one.place[1] : one.place[2]]}"'
            names.append(f"{name} [{at}]" if name in names else name)
        targets = [Target(name, GROUP, one.place, one.tag) for name, one in zip(names, found, strict=True)]
        own = standing(targets, self.chosen)
        bound._found, bound.targets = tuple(found[at] for at in own), tuple(targets[at] for at in own)
        bound.pinned = tuple(one.place for one in bound._found)
        yield bound

    def about(self, places: Sequence[Place]) -> Predictor:
        other = self.copied()
        other._places = tuple(places)
        return other if places else self

    def _asked_about(self, place: Place, units: Sequence[Unit]) -> Entity:
        """What stands in a place as an entity, by its likeliest labels, whatever these are."""
        own = [at for at, unit in enumerate(units) if _lies(unit, place[1:])]
        if not own:
            raise InputError(
                f"about has {shown(place[1:])}, where {self.name} reads nothing. limelight asks about words that the "
                "model reads; name the place of one."
            )
        labels = [int(units[at].shares.argmax()) for at in own]
        return replace(entity_of(units, tags_of(self.labels)[labels[0]][1], own, labels), place=place)

    def read(self, output: Any, tensors: dict[str, Any]) -> Any:
        return output.logits

    def units(self, texts: Sequence[str]) -> list[list[Unit]]:
        """Of each text what has a label: its tokens, or its words, by the scheme."""
        found = []
        for text, (answer, places, own) in zip(texts, self.located(texts), strict=True):
            shares = softmax(answer)
            tokens = [at for at, place in enumerate(places) if place is not None and place[1] < place[2]]
            spans = [place[1:] if place is not None else (0, 0) for place in places]
            words = [[at] for at in tokens]
            if self._scheme not in TOKENS:
                words = self._words(text, tokens, spans, own)
            found.append([self._unit(word, spans, shares) for word in words])
        return found

    def _words(self, text: str, tokens: Sequence[int], spans: Sequence[Span], ids: Sequence[int]) -> list[list[int]]:
        """Tokens by words, as transformers tells them: by the mark of a piece, else by the spaces."""
        model = getattr(getattr(self._tokenizer, "backend_tokenizer", None), "model", None)
        marked = bool(getattr(model, "continuing_subword_prefix", None))
        words: list[list[int]] = []
        for at in tokens:
            start, stop = spans[at]
            if marked:
                goes_on = len(self._tokenizer.convert_ids_to_tokens(ids[at])) != stop - start
                goes_on = goes_on and ids[at] != self._tokenizer.unk_token_id
            else:
                goes_on = start > 0 and " " not in text[start - 1 : start + 1]
            if goes_on and words:
                words[-1].append(at)
            else:
                words.append([at])
        return words

    def _unit(self, word: Sequence[int], spans: Sequence[Span], shares: Floats) -> Unit:
        own = shares[list(word)]
        one = {"average": own.mean(axis=0), "max": own[own.max(axis=1).argmax()]}.get(self._scheme, own[0])
        return Unit(spans[word[0]][0], spans[word[-1]][1], tuple(word), one)

    def score(self, inputs: Sequence[Input]) -> Scores:
        rows = []
        for one, units in zip(inputs, self.units([one.texts[0] for one in inputs]), strict=True):
            spans = [one.at(entity.place, masked=True) for entity in self._found]
            rows.append(
                [
                    np.nan if span is None else np.exp(log_probability(entity, span, units))
                    for entity, span in zip(self._found, spans, strict=True)
                ]
            )
        if np.isnan(table := np.array(rows)).any():
            raise InputError(
                "a word that is explained was taken out, and there is no label where there is no word. limelight takes "
                "out any other word, or hides this one: masker='mask'."
            )
        return self.checked(table, inputs)

    def key(self, one: Input) -> Key:
        return *super().key(one), *self.targets, str([one.at(entity.place, masked=True) for entity in self._found])

    def probed(self, texts: list[str]) -> Floats:
        return np.concatenate([softmax(answer) for text in texts for answer in self.answers([text])])

    def differentiable(self, places: Sequence[Place | None]) -> tuple[Tensors, Tensors | None]:
        found, scheme = self._found, self._scheme

        def shares(each: Any, tokens: Sequence[int]) -> Any:
            own = each[:, list(tokens)]
            if scheme == "average":
                return own.mean(dim=1)
            at = own.max(dim=2).values.argmax(dim=1) if scheme == "max" else own.new_zeros(len(own)).long()
            return own[range(len(own)), at]

        def logs(output: Any) -> Any:
            import torch

            each = output.logits.float().softmax(-1)
            columns = []
            for one in found:
                pairs = zip(one.tokens, one.labels, strict=True)
                columns.append(torch.stack([shares(each, own)[:, label].log() for own, label in pairs]).sum(dim=0))
            return torch.stack(columns, dim=1)

        return logs, lambda logits: logits.exp()
