"""What a view of a corpus is told: words in bytes, texts with what their words do, a page, a picture."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from limelight.captions import captions
from limelight.corpus.tables import Part, Tables
from limelight.errors import InputError
from limelight.render.html import shell
from limelight.render.paths import px
from limelight.render.theme import LIGHT

if TYPE_CHECKING:
    import pandas

Compared = tuple[Tables | Part, tuple[str, str]] | None
MOST_WORDS = 2000  # of each target that a notebook's state holds
MOST_PARTS = 50  # values of a column that are offered
MOST_FOUND = 200  # of each target that a search adds
MOST_TAUGHT = 100  # words of each target, of which a page has texts
EACH_WAY = 3  # texts of a word where it raises, and where it lowers
MOST_EXAMPLE = 600  # characters of a text that is shown
LEAST = 10  # texts in which a word must stand for one to say that it depends on context
SEEN = 0.05  # share of them in which it must do otherwise
FELT = 0.01  # of the largest effect on a target, as much as it must vary


def depends(frame: pandas.DataFrame) -> pandas.Series[bool]:
    """Whether what each word does depends on context: in how many texts it does the opposite, and how far it varies."""
    split = frame.share_raises.between(SEEN, 1 - SEEN)
    size = frame.effect.abs()
    felt = frame.context > FELT * size.groupby(frame.target).transform("max")
    return (frame.texts >= LEAST) & split & felt & (frame.context > size / 2)


def packed(tables: Tables, compared: Compared, most: int | None, containing: str = "") -> bytes:
    """The strongest words of each target, as ``js/src/model/words.js`` reads them.

    Args:
        tables: the corpus.
        compared: what stands beside it, and names of the two.
        most: words of each target; None for all.
        containing: a part that each has to contain, case-folded.
    """
    frame = tables.words()
    if containing:
        frame = frame[frame.word.str.contains(containing, regex=False)]
    if compared is not None:
        more = compared[0].words()[["word", "target", "effect", "high"]]
        more = more.rename(columns={"effect": "other", "high": "other_high"})
        frame = frame.merge(more, how="left", on=["word", "target"], sort=False)
    frame = frame.assign(depends=depends(frame))
    shown = [frame[frame.target == target].head(most or len(frame)) for target in tables.targets]
    at: dict[str, int] = {}
    columns = ["word", "effect", "half", "share", "context", "texts", "depends"]
    parts: list[bytes] = []
    for own in shown:
        word = np.array([at.setdefault(name, len(at)) for name in own.word], dtype="<u4")
        floats = [own.effect, own.high - own.effect, own.share_raises, own.context]
        parts += [word.tobytes(), *(np.asarray(one, dtype="<f4").tobytes() for one in floats)]
        parts += [np.asarray(one, dtype="<u4").tobytes() for one in (own.texts, own.depends)]
        if compared is not None:
            parts += [np.asarray(one, dtype="<f4").tobytes() for one in (own.other, own.other_high - own.other)]
    if compared is not None:
        columns += ["other", "otherHalf"]
    head = {"targets": tables.targets, "counts": [len(own) for own in shown], "columns": columns, "words": list(at)}
    told = json.dumps(head, ensure_ascii=False).encode()
    # columns begin at a multiple of four
    told += b" " * (-len(told) % 4)
    return b"".join([len(told).to_bytes(4, "little"), told, *parts])


def examples(tables: Tables, word: str, target: str) -> list[dict[str, Any]]:
    """Texts in which a word acts most, as the view draws them; none where there is no such word."""
    try:
        found = tables.texts(word, target, most=EACH_WAY)
    except InputError:
        return _so_far(tables, word, target)
    found = found[(found.likely > 0) | (found.likely < 0)]
    marks = marked(tables, found["id"].tolist(), target)
    rows = zip(found["id"].tolist(), found.likely, found[list(tables.fields)].to_numpy().tolist(), strict=True)
    return [_example(id, effect, texts, marks.get(id, []), word) for id, effect, texts in rows]


def _so_far(tables: Tables, word: str, target: str) -> list[dict[str, Any]]:
    """Texts of a word while the job runs, when what words do in single texts is not written yet."""
    frame = tables.words(target)
    for row in frame[frame.word == word].itertuples():
        ids = [int(id) for id in [*row.most_for[:EACH_WAY], *row.most_against[:EACH_WAY]]]
        texts = tables.texts(ids=ids).set_index("id")[list(tables.fields)]
        return [_example(id, row.effect, texts.loc[id].tolist(), (), word) for id in ids if id in texts.index]
    return []


def _example(id: int, effect: float, texts: Sequence[str], marks: Sequence[Any], word: str) -> dict[str, Any]:
    """A text, cut where it is long, with its words' effects."""
    cut = [text if len(text) <= MOST_EXAMPLE else f"{text[:MOST_EXAMPLE]}…" for text in texts]
    shown = [
        [field, start, stop, round(value, 4), name == word]
        for field, start, stop, value, name in marks
        if stop <= MOST_EXAMPLE
    ]
    return {"id": id, "effect": round(float(effect), 4), "fields": cut, "marks": shown}


def marked(tables: Tables, ids: Sequence[int], target: str) -> dict[int, list[tuple[int, int, int, float, str]]]:
    """Of some texts the places of their words, with what each does there, drawn to its mean as far as it is noise."""
    found = tables.effects(ids, target)
    general = tables.words(target).set_index("word")
    # a table that was written before these effects does not know all words yet
    known = found.join(general[["effect", "context"]], on="word", rsuffix="_mean", how="inner")
    share = known.context**2 / (known.context**2 + known.se**2).clip(lower=1e-300)
    known["value"] = known.effect_mean + (known.effect - known.effect_mean) * share
    known = known.sort_values(["id", "field", "start"])
    marks: dict[int, list[tuple[int, int, int, float, str]]] = {}
    for row in known.itertuples():
        marks.setdefault(row.id, []).append((row.field, row.start, row.stop, float(row.value), row.word))
    return marks


def taught(tables: Tables) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Texts of the strongest words of each target, for a page without a kernel: by word, then by target."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for target in tables.targets:
        frame = tables.words(target, least=2).head(MOST_TAUGHT)
        ids = sorted(set(chain.from_iterable([*row.most_for[:2], *row.most_against[:1]] for row in frame.itertuples())))
        marks = marked(tables, ids, target)
        rows = tables.texts(ids=ids)
        texts = dict(zip(rows["id"].tolist(), rows[list(tables.fields)].to_numpy().tolist(), strict=True))
        for row in frame.itertuples():
            own = [int(id) for id in [*row.most_for[:2], *row.most_against[:1]]]
            found.setdefault(row.word, {})[target] = [
                _example(id, _own(marks.get(id, []), row.word), texts[id], marks.get(id, []), row.word)
                for id in own
                if id in texts
            ]
    return found


def _own(marks: Sequence[Any], word: str) -> float:
    values = [value for *_, value, name in marks if name == word]
    return float(np.mean(values)) if values else 0.0


def state(tables: Tables, compared: Compared, target: str = "") -> dict[str, Any]:
    """What every view is told beside the words."""
    return {
        "progress": asdict(tables.progress),
        "name": tables.model,
        "masks": tables.masks,
        "target": target or tables.targets[0],
        "beside": list(compared[1]) if compared else [],
    }


def parted(tables: Tables, where: Mapping[str, str], lang: str, names: tuple[str, str] | None = None) -> Compared:
    """Some texts of a corpus beside all of them."""
    part = tables.part(where)
    return part, names or (captions(lang)("corpus.all"), part.name)


def page(tables: Tables, compared: Compared, lang: str = "") -> str:
    """One HTML file with all words inside, and texts of the strongest; works offline."""
    told = state(tables, compared) | {"lang": lang, "word": "", "examples": taught(tables), "error": "", "query": ""}
    told["table"] = base64.b64encode(packed(tables, compared, None)).decode()
    return shell("corpus", captions(lang)("corpus.title"), plain(tables, lang), told, lang)


def plain(tables: Tables, lang: str = "", most: int = 12) -> str:
    """The strongest words as a table, readable without script or style."""
    say, parts = captions(lang), []
    for target in tables.targets:
        frame = tables.words(target, least=min(5, LEAST)).head(most)
        rows = "".join(
            f"<tr><td>{escape(row.word)}</td><td>{row.effect:+.3f}</td><td>{row.texts:,}</td></tr>"
            for row in frame.itertuples()
        )
        head = f"<tr><th>{say('word')}</th><th>{escape(target)}</th><th>{say('corpus.texts')}</th></tr>"
        parts.append(f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>")
    return f"<div><p><b>{escape(say('corpus.title'))}</b></p>{''.join(parts)}</div>"


ROW, WIDTH, NAME, BAR, SHOWN = 22, 860, 110, 180, 12  # of the picture, in pixels; and words on each side


def pictured(tables: Tables, target: str | None, least: int, lang: str = "") -> str:
    """The strongest words of a target as SVG: what raises it left, what lowers it right."""
    say, name = captions(lang), tables.targets[0] if target is None else target
    frame = tables.words(name, least=least)
    sides = frame[frame.effect > 0].head(SHOWN), frame[frame.effect < 0].head(SHOWN)
    shown = max(
        [float(row.effect) for row in sides[0].itertuples()] + [-float(row.effect) for row in sides[1].itertuples()]
        or [1]
    )
    height = 62 + ROW * max(1, *map(len, sides))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for at, side in enumerate(sides):
        left, hue = 20 + at * WIDTH // 2, "rgb({}, {}, {})".format(*LIGHT.sign(-1 if at else 1))
        heading = say("corpus.lower" if at else "corpus.raise", target=name)
        parts.append(f'<text x="{left}" y="26" fill="#57606a">{escape(heading)}</text>')
        for row, one in enumerate(side.itertuples()):
            y, begin = 50 + row * ROW, left + NAME + 8
            scale = BAR / (1.1 * shown)
            size, half = abs(one.effect) * scale, (one.high - one.effect) * scale
            x = begin if not at else begin + BAR - size
            end = begin + size if not at else begin + BAR - size
            low, high = max(begin, end - half), min(begin + BAR, end + half)
            parts.append(
                f'<text x="{left}" y="{y}">{escape(_short(one.word))}</text>'
                f'<rect x="{px(x)}" y="{y - 10}" width="{px(size)}" height="12" fill="{hue}" fill-opacity="0.8"/>'
                f'<path d="M{px(low)} {y - 4}H{px(high)}M{px(low)} {y - 8}v8M{px(high)} {y - 8}v8" stroke="#1b1f24"/>'
                f'<text x="{begin + BAR + 52}" y="{y}" text-anchor="end">{_signed(one.effect)}</text>'
                f'<text x="{begin + BAR + 104}" y="{y}" text-anchor="end" fill="#57606a">{one.texts:,}</text>'
            )
    return "".join([*parts, "</svg>\n"])


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _short(word: str, most: int = 15) -> str:
    return word if len(word) <= most else f"{word[: most - 1]}…"
