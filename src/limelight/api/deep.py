"""What views of layers, heads and dreams are told, and what stands there where nothing runs."""

from __future__ import annotations

import base64
import itertools
import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from limelight.api.dream import Liked
from limelight.api.heads import Heads
from limelight.api.layers import Layers
from limelight.arrays import Floats
from limelight.captions import Captions, captions
from limelight.document import Choice, position
from limelight.render.display import one_line
from limelight.render.html import MOST_TITLE, shell
from limelight.render.numbers import decimals, number
from limelight.search.dream import Dreams
from limelight.text.units import words

if TYPE_CHECKING:
    from limelight.predictors.hf.neurons import Neuron

MOST_COLUMNS = 200  # words of a text, or of an answer, that a view shows
MOST_TARGETS = 12  # of which it shows every word at every layer
MOST_LOOKS = 400_000  # shares of one word in another that a view holds, a byte each
LOOKED_AT = 3  # words that it is told of each that it looks at
DIGITS = 4  # of scores; a page writes two or three
VIEW = "deep"  # the bundle's name


def layers_record(layers: Layers) -> dict[str, Any]:
    """Layers as plain JSON types: of many targets those with the highest scores, of many words the first."""
    if layers.words is None:
        order, cells = list(range(min(len(layers.targets), MOST_COLUMNS))), None
    else:
        order = _highest(layers.whole[-1])
        cells = np.round(layers.words[:, :MOST_COLUMNS][:, :, order], DIGITS).tolist()
    columns = layers.features if cells is not None else tuple(map(str, layers.targets))
    shown = None if layers.others is None else [row[: len(order)] for row in layers.others]
    return {
        "names": list(layers.names),
        "columns": list(columns[:MOST_COLUMNS]),
        "size": len(columns),
        "targets": [str(layers.targets[at]) for at in order],
        "probability": layers.scale != "value",
        "whole": np.round(layers.whole[:, order], DIGITS).tolist(),
        "cells": cells,
        "others": None if shown is None else [[[_told(*one) for one in at] for at in row] for row in shown],
        "decided": [layers.decided(at) for at in order],
        "neurons": [_carrier(one) for one in layers.neurons],
        "carried": str(layers.targets[int(layers.whole[-1].argmax())]) if layers.likeliest is None else "",
        "looks": None if cells is None or layers.attention is None else _looks(layers.attention),
        "seconds": round(layers.seconds, 3),
    }


def _highest(scores: Floats) -> list[int]:
    """Positions of the targets with the highest scores, in their own order."""
    found: list[int] = np.sort(np.argsort(-scores, kind="stable")[:MOST_TARGETS]).tolist()
    return found


def _carrier(one: Neuron) -> dict[str, Any]:
    return {"layer": one.layer, "index": one.index, "effect": round(one.effect, DIGITS), "word": one.word}


def _looks(attention: Floats) -> list[list[list[list[float]]]]:
    """By layer, then by word: the words that it looks at most, as positions, each with its share."""
    shown = attention[:, :MOST_COLUMNS]
    order = np.argsort(-shown, axis=-1, kind="stable")[..., :LOOKED_AT]
    shares = np.round(np.take_along_axis(shown, order, axis=-1), DIGITS)
    return np.stack([order, shares], axis=-1).tolist()  # type: ignore[no-any-return]


def _told(text: str, share: float) -> list[Any]:
    return [text, round(share, DIGITS)]


def layers_page(layers: Layers, target: Choice | None, lang: str) -> str:
    """One HTML file with the view; works offline."""
    return _page_of("layers", layers, layers_record(layers), target, layers_table(layers, lang), lang)


def layers_table(layers: Layers, lang: str = "") -> str:
    """Scores of the whole text as a table, the last layer first, readable without script or style."""
    say = captions(lang)
    at = _highest(layers.whole[-1])
    digits = 2 if layers.scale != "value" else decimals(max(1e-6, float(np.abs(layers.whole).max())))
    head = "".join(f"<th>{escape(one_line(str(layers.targets[one])))}</th>" for one in at)
    rows = _rows(enumerate(layers.whole[:, at]), digits, False, say)
    return (
        f"<div><p><b>{escape(say('deep.layers'))}</b></p><table><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table><p>{escape(say('deep.early'))}</p></div>"
    )


def _rows(numbers: Iterable[tuple[int, Floats]], digits: int, signed: bool, say: Captions) -> str:
    """Rows of a table, one a layer, the last layer first."""
    return "".join(
        f"<tr><th>{escape(_layer(layer, say))}</th>"
        + "".join(f"<td>{number(float(value), digits, signed)}</td>" for value in row)
        + "</tr>"
        for layer, row in reversed([*numbers])
    )


def _layer(at: int, say: Captions) -> str:
    return say("deep.layer", at=at) if at else say("deep.input")


def heads_record(heads: Heads) -> dict[str, Any]:
    """Heads as plain JSON types: of many targets those with the highest scores, of many words the first."""
    order = _highest(heads.scores)
    layers, count, words, _ = heads.attention.shape
    shown = min(words, math.isqrt(MOST_LOOKS // (layers * count)))
    shares = np.clip(np.rint(heads.attention[:, :, :shown, :shown] * 255), 0, 255).astype(np.uint8)
    return {
        "pieces": _cut(heads, shown),
        "words": list(heads.features[:shown]),
        "size": words,
        "targets": [str(heads.targets[at]) for at in order],
        "probability": heads.scale != "value",
        "scores": np.round(heads.scores[order], DIGITS).tolist(),
        "off": [list(one) for one in heads.off],
        "without": np.round(heads.without[order], DIGITS).tolist(),
        "effects": np.round(heads.effects[:, :, order], DIGITS).tolist(),
        "data": base64.b64encode(shares.tobytes()).decode(),
        "seconds": round(heads.seconds, 3),
    }


def _cut(heads: Heads, shown: int) -> list[tuple[str, int | None]]:
    """The fields in pieces, each with its feature or None; fields stand apart by a stroke."""
    found: list[tuple[str, int | None]] = []
    last, end = 0, 0
    for at, (field, start, stop) in enumerate(heads.places[:shown]):
        while last < field:
            found += [(heads.fields[last].text[end:], None), (" / ", None)]
            last, end = last + 1, 0
        text = heads.fields[field].text
        found += [(text[end:start], None), (text[start:stop], at)]
        end = stop
    rest = heads.fields[last].text[end:] if shown == len(heads.places) else " …"
    return [piece for piece in [*found, (rest, None)] if piece[0]]


def heads_page(heads: Heads, target: Choice | None, lang: str) -> str:
    """One HTML file with the view; works offline."""
    return _page_of("heads", heads, heads_record(heads), target, heads_table(heads, lang), lang)


def heads_table(heads: Heads, lang: str = "") -> str:
    """What the target with the highest score loses without each head, readable without script or style."""
    say = captions(lang)
    at = int(heads.scores.argmax())
    digits = 2 if heads.scale != "value" else decimals(max(1e-6, float(np.abs(heads.effects[:, :, at]).max())))
    head = "".join(f"<th>{one}</th>" for one in range(1, heads.effects.shape[1] + 1))
    rows = _rows(enumerate(heads.effects[:, :, at], 1), digits, True, say)
    name = escape(one_line(str(heads.targets[at])))
    return (
        f"<div><p><b>{escape(say('deep.heads'))}</b></p><table><caption>{name}</caption><thead><tr><td></td>{head}</tr>"
        f"</thead><tbody>{rows}</tbody></table><p>{escape(say('deep.silent'))}</p></div>"
    )


def dreams_record(front: Dreams, real: Liked, budget: int, seconds: float) -> dict[str, Any]:
    """A front as plain JSON types."""
    start = front[0].text if front else ""
    return {
        "target": front.target,
        "rows": [
            {
                "text": one.text,
                "score": round(one.score, DIGITS),
                "changed": one.changed,
                "fluency": None if one.fluency is None else round(one.fluency, DIGITS),
                "pieces": pieces(start, one.text),
            }
            for one in front
        ],
        "real": [_told(*one) for one in real],
        "probability": front.probability,
        "evaluations": front.evaluations,
        "budget": budget,
        "seconds": round(seconds, 2),
    }


def pieces(before: str, after: str) -> list[tuple[str, str | None]]:
    """A text in pieces: what stays, with None, and each word that changed, with what it was before.

    Texts of another number of words are one piece.
    """
    old, new = (list(filter(None, words(text))) for text in (before, after))
    if len(old) != len(new):
        return [(after, None)]
    found: list[tuple[str, str | None]] = []
    end = 0
    for (start, stop), (first, last) in zip(new, old, strict=True):
        word, was = after[start:stop], before[first:last]
        if word == was:
            continue
        found += [(after[end:start], None)] if start > end else []
        found.append((word, was))
        end = stop
    return [*found, *([(after[end:], None)] if end < len(after) else [])]


def dreams_page(front: Dreams, record: dict[str, Any], lang: str) -> str:
    """One HTML file with the view; works offline."""
    return _page("dream", record, "", front[0].text if front else "", dreams_table(front, lang), lang)


def dreams_table(front: Dreams, lang: str = "") -> str:
    """The front as a table, readable without script or style."""
    say, digits = captions(lang), 2 if front.probability else 3
    rows = "".join(
        f"<tr><td>{number(one.score, digits)}</td><td>{one.changed}</td><td>{marked}</td></tr>"
        for one in front
        for marked in [_marked(front[0].text, one.text)]
    )
    head = f"<tr><th>{escape(front.target)}</th><th>{escape(say('deep.byWords'))}</th><th></th></tr>"
    return (
        f"<div><p><b>{escape(say('deep.dream'))}</b></p><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>"
    )


def _marked(before: str, after: str) -> str:
    parts: Sequence[tuple[str, str | None]] = pieces(before, after)
    grouped = itertools.groupby(parts, key=lambda part: part[1] is not None)
    return "".join(
        f"<ins>{escape(text)}</ins>" if changed else escape(text) for changed, some in grouped for text, _ in some
    )


def _page_of(
    kind: str, of: Layers | Heads, record: dict[str, Any], target: Choice | None, still: str, lang: str
) -> str:
    """The page of what has an input and targets, of which one may be switched on first."""
    name = "" if target is None else str(of.targets[position(of.targets, target)])
    return _page(kind, record, name, " / ".join(one.text for one in of.fields), still, lang)


def _page(kind: str, record: dict[str, Any], target: str, text: str, still: str, lang: str) -> str:
    state = {"kind": kind, "record": record, "target": target, "lang": lang, "status": "done", "error": ""}
    return shell(VIEW, one_line(text)[:MOST_TITLE], still, state, lang)
