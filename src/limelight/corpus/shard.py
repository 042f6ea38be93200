"""One thousand texts: cut, thinned, asked about together, and made a table. Knows nothing of other thousands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from limelight.api.problem import beside, split
from limelight.arrays import Floats, Masks
from limelight.corpus import files
from limelight.corpus.options import Pooling
from limelight.corpus.source import NoText, Row, Shard
from limelight.errors import InputError, LimelightError, PredictionError
from limelight.masking.designs import orthogonal_masks
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.predictors import Predictor
from limelight.predictors.cache import Key
from limelight.scales import SCALES
from limelight.text.checks import check_characters
from limelight.text.fields import Field, Place, check_fields
from limelight.text.inputs import Input

MOST_TRIED = 50  # texts of which the model has to answer one, or nothing is begun
Values = tuple[str | NoText | None, ...]


@dataclass
class Asked:
    """What is asked about one text.

    Attributes:
        digest: of its fields.
        fields: as they came; empty where they are no texts.
        error: why it is not explained, or ``""``.
        predictor: the model, bound to the text.
        places: its features.
        masks: ``bool[m, d]``.
        inputs: the whole text, then that of each mask.
        scores: ``(1 + m, k)`` of these.
    """

    digest: str
    fields: tuple[Field, ...] = ()
    error: str = ""
    predictor: Predictor | None = None
    places: list[Place] = field(default_factory=list)
    masks: Masks = field(default_factory=lambda: np.empty((0, 0), dtype=bool))
    inputs: list[Input] = field(default_factory=list)
    scores: Floats | None = None


def explain_shard(
    shard: Shard, names: Sequence[str], predictor: Predictor, pooling: Pooling, out: Path
) -> Iterator[int]:
    """Asks about the texts of a shard and writes its file; yields the evaluations so far after each batch.

    A row that is no text, or on which the model fails, is told in the file, and costs no other row anything.

    Raises:
        InputError: the model cannot be asked about many texts.
        LimelightError: the file cannot be written.
    """
    asked = {values: _asked(values, names, predictor, pooling) for values in {row.values: None for row in shard.rows}}
    yield 0
    evaluations = 0
    by_predictor: dict[int, list[Asked]] = {}
    for one in asked.values():
        if one.predictor is not None:
            by_predictor.setdefault(id(one.predictor), []).append(one)
    for some in by_predictor.values():
        for answered in _answers(some):
            evaluations += answered
            yield evaluations
    table = _table(shard, asked, names, predictor, pooling)
    failed = sum(row["copies"] for row in table.select(["copies", "error"]).to_pylist() if row["error"])
    told = {"rows": shard.digest, "first": shard.first, "count": len(shard.rows), "evaluations": evaluations}
    files.write_table(table, files.part(out, files.TEXTS, shard.number), told | {"failed": failed})


def described(rows: Sequence[Row], names: Sequence[str], predictor: Predictor, pooling: Pooling) -> dict[str, Any]:
    """By what a model is known again, as JSON holds it: its name, and what it says to the first text it can answer.

    Raises:
        InputError: it can be asked about none of these texts.
    """
    error = "there is no text. limelight takes texts; give it some."
    for row in rows[:MOST_TRIED]:
        asked = _asked(row.values, names, predictor, pooling)
        if not asked.error:
            for _ in _answers([asked]):
                pass
        if asked.scores is None or asked.predictor is None:
            error = asked.error
            continue
        return {
            "model": predictor.name,
            "dtype": predictor.dtype,
            "scale": scale_of(pooling, predictor),
            "targets": [str(getattr(target, "kind", "") or target) for target in asked.predictor.targets],
            "answer": asked.scores[0].tolist(),
        }
    raise InputError(f"of the first {len(rows[:MOST_TRIED])} texts none can be explained: {error}")


def digest_of(values: Values) -> str:
    """By what a text is known again, wherever it stands."""
    digest = hashlib.blake2b(digest_size=16)
    for value in values:
        text = value if isinstance(value, str) else repr(value)
        digest.update(f"{len(text)}:".encode() + text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _asked(values: Values, names: Sequence[str], predictor: Predictor, pooling: Pooling) -> Asked:
    """Prepares what is to be asked about a text."""
    asked = Asked(digest_of(values))
    try:
        asked.fields = tuple(Field(name, _text(value)) for name, value in zip(names, values, strict=True))
        check_fields(asked.fields)
        *_, bound = predictor.bind(asked.fields)
        if bound.answer is not None:
            raise InputError(
                f"{predictor.name} writes an answer of its own to each text. limelight pools classes that texts have "
                "in common; give it labels to choose among."
            )
        reads = bound.reach([one.text for one in asked.fields])
        asked.places = _places(asked.fields, reads, bound, pooling)
        if not asked.places:
            raise InputError(f"it holds no {pooling.unit}. limelight takes texts with one at least; write one.")
        seed = [int(pooling.seed), int(asked.digest[:16], 16)]
        asked.masks = orthogonal_masks(len(asked.places), pooling.masks, np.random.default_rng(seed))
        texts = [one.text[:read] for one, read in zip(asked.fields, reads, strict=True)]
        game = Game(bound, texts, asked.places, MASKERS[bound.masker or pooling.masker])
        asked.inputs = game.inputs(np.concatenate([np.ones((1, len(asked.places)), dtype=bool), asked.masks]))
        asked.predictor = bound
    except LimelightError as error:
        asked.error = str(error)
    return asked


def _text(value: object) -> str:
    if isinstance(value, NoText):
        raise InputError(f"it is of type {value.kind}. limelight takes texts; make it a str.")
    if value is None:
        raise InputError("there is no text. limelight takes texts; write one, or leave the row out.")
    return check_characters(value)


def _places(fields: Sequence[Field], reads: Sequence[int], predictor: Predictor, pooling: Pooling) -> list[Place]:
    places: list[Place] = []
    for at, (one, read) in enumerate(zip(fields, reads, strict=True)):
        spans = [span for span in split(one.text, read, predictor, pooling.unit) if span is not None]
        pinned = [(start, stop) for owner, start, stop in predictor.pinned if owner == at]
        places += [(at, *span) for span in beside(spans, pinned, one.text, pooling.unit)]
    return places


def _answers(asked: Sequence[Asked]) -> Iterator[int]:
    """Asks one predictor about texts, each input once, and yields how many after every batch."""
    predictor = asked[0].predictor
    assert predictor is not None
    distinct: dict[Key, Input] = {}
    keys = [[predictor.key(one) for one in each.inputs] for each in asked]
    for each, own in zip(asked, keys, strict=True):
        distinct.update(zip(own, each.inputs, strict=True))
    known: dict[Key, Floats | str] = {}
    yield from _batches(predictor, list(distinct), list(distinct.values()), known)
    for each, own in zip(asked, keys, strict=True):
        rows = [known[key] for key in own]
        each.error = next((row for row in rows if isinstance(row, str)), "")
        if not each.error:
            each.scores = np.array(rows)[:, : len(predictor.targets)]


def _batches(predictor: Predictor, keys: list[Key], inputs: list[Input], known: dict[Key, Floats | str]) -> Any:
    """Fills in what the model says; where it fails, halves what is left until what it fails on stands alone."""
    try:
        for rows, scores in predictor.batches(inputs):
            known.update({keys[row]: values for row, values in zip(rows, scores.values, strict=True)})
            yield len(rows)
    except PredictionError as error:
        left = [at for at, key in enumerate(keys) if key not in known]
        if len(left) == 1 and len(keys) == 1:
            known[keys[left[0]]] = str(error)
            return
        half = max(1, len(left) // 2)
        for some in (left[:half], left[half:]):
            if some:
                yield from _batches(predictor, [keys[at] for at in some], [inputs[at] for at in some], known)


def scale_of(pooling: Pooling, predictor: Predictor) -> str:
    """What effects are measured in.

    Raises:
        InputError: the model has no such scale.
    """
    if pooling.scale == "auto":
        return predictor.scale
    if predictor.scale == "value":
        raise InputError(
            f"scale={pooling.scale!r} was asked of a model that answers values, not probabilities. limelight takes "
            "values as they come; leave scale out."
        )
    return pooling.scale


def _table(
    shard: Shard, asked: dict[Values, Asked], names: Sequence[str], predictor: Predictor, pooling: Pooling
) -> Any:
    pa = files.arrow()
    scale = scale_of(pooling, predictor)
    rows: dict[tuple[object, ...], tuple[int, Row]] = {}
    copies: dict[tuple[object, ...], int] = {}
    for at, row in enumerate(shard.rows):
        # a row that failed is told by itself, so that each can be found
        key = (row.values, row.slices, at if asked[row.values].scores is None else None)
        rows.setdefault(key, (shard.first + at, row))
        copies[key] = copies.get(key, 0) + 1
    schema = files.texts_schema(names, pooling.slices)
    told = [
        {
            "id": at,
            "copies": copies[key],
            **{name: value if _is_whole(value) else None for name, value in zip(names, row.values, strict=True)},
            **{files.SLICE + name: value for name, value in zip(pooling.slices, row.slices, strict=True)},
            **_found(asked[row.values], scale),
        }
        for key, (at, row) in rows.items()
    ]
    return pa.Table.from_pylist(told, schema)


def _is_whole(value: object) -> bool:
    """Whether a file can hold it as a text: half a character it cannot."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _found(asked: Asked, scale: str) -> dict[str, Any]:
    if asked.scores is None or asked.predictor is None:
        return {"hash": asked.digest, "error": asked.error or "it was not asked"}
    scores = SCALES[scale](asked.scores) if scale in SCALES else asked.scores
    targets, kinds = asked.predictor.targets, [getattr(target, "kind", "") for target in asked.predictor.targets]
    if any(kinds):
        # of what stands in a text, its kind is what texts have in common
        own = list(dict.fromkeys(kinds))
        scores = np.stack([scores[:, [kind == name for kind in kinds]].mean(axis=1) for name in own], axis=1)
        targets = tuple(own)
    texts = [one.text for one in asked.fields]
    return {
        "hash": asked.digest,
        "targets": list(map(str, targets)),
        "prediction": scores[0].tolist(),
        "field": [at for at, _, _ in asked.places],
        "start": [start for _, start, _ in asked.places],
        "stop": [stop for _, _, stop in asked.places],
        "word": [texts[at][start:stop].casefold() for at, start, stop in asked.places],
        "masks": np.packbits(asked.masks).tobytes(),
        "answers": scores[1:].reshape(-1).tolist(),
    }
