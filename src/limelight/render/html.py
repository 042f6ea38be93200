"""An explanation as HTML: one interactive file, or a picture that needs no script."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from limelight.captions import English, captions, check_language
from limelight.render import display
from limelight.render.display import number
from limelight.render.theme import LIGHT

STATIC = Path(__file__).parents[1] / "static"

PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 24px auto; max-width: 980px; padding: 0 12px; background: #fff; font-family: system-ui, sans-serif; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #0d1014; color: #e6e9ed; }} }}
{style}
</style>
</head>
<body>
<main id="limelight-view" lang="{said}">
{picture}
</main>
<script type="application/json" id="limelight-state">{state}</script>
<script>
{script}
</script>
</body>
</html>
"""


@functools.cache
def _static(name: str) -> str:
    return (STATIC / name).read_text("utf-8")


def page(document: dict[str, Any], target: str, lang: str = "") -> str:
    """One HTML file with everything inside: works offline, from ``file://``, with clickable classes.

    Args:
        document: what ``Explanation.to_dict`` returns.
        target: the class that is switched on first.
        lang: the language of the captions, see ``check_language``.
    """
    state = {"explanation": document, "text": document["text"], "target": target, "lang": check_language(lang)}
    state |= {"status": "done", "progress": 1.0, "error": "", "serial": 1}
    return PAGE.format(
        lang=lang or "en",  # of what is there before the browser's language is known
        title="limelight: " + escape(" ".join(document["text"].split())[:60]),
        style=_static("widget.css"),
        said=captions(lang).lang,
        picture=picture(document, document["targets"].index(target), lang),
        # no "<" can end the script element or open another
        state=json.dumps(state, ensure_ascii=False).replace("<", "\\u003c"),
        script=_static("page.js"),
    )


def picture(document: dict[str, Any], target: int, lang: str = "") -> str:
    """The explanation as inline-styled elements, readable without script or style.

    Each class is a ``<details>``, so that classes switch even where scripts are
    stripped; where styles are stripped too, bold still raises and italic lowers.

    Args:
        document: what ``Explanation.to_dict`` returns.
        target: position of the class that is open at first.
        lang: the language of the captions, see ``captions``.
    """
    say = captions(lang)
    shown, more = display.shown_targets(document, target), display.more_targets(document, say)
    more = f"<p>{more}</p>" if more else ""
    warnings = "".join(f"<p><b>{say.note}</b> {escape(w)}</p>" for w in document["warnings"])
    if document["weights"] is None:
        rows = _rows((document["targets"][i], display.score(document, i)) for i in shown)
        return f"<div>{warnings}<p>{_line(document['text'])}</p><table>{rows}</table>{more}</div>"
    return f"<div>{warnings}{''.join(_target(document, i, i == target, say) for i in shown)}{more}</div>"


def _target(document: dict[str, Any], target: int, opened: bool, say: English) -> str:
    name = document["targets"][target]
    row, intervals = document["weights"][target], display.intervals(document, target)
    extent = display.extent(document)
    digits = display.decimals(extent)
    parts = [
        _line(text) if feature is None else _word(text, row[feature], extent, display.doubtful(intervals[feature]), say)
        for text, feature, _ in display.runs(document)
    ]
    table = _rows(
        (document["features"][i], number(row[i], digits, True) + display.margin(intervals[i], digits))
        for i in display.strongest(row, display.MOST_BARS)
    )
    effect = escape(say.effect(document["scale"], name))
    return (
        f"<details{' open' if opened else ''}><summary>{escape(name)} {display.score(document, target)}</summary>"
        f'<p dir="auto" style="font-size:1.25em;line-height:2">{"".join(parts)}</p>'
        f"<table><thead><tr><th>{say.word}</th><th>{effect}</th></tr></thead><tbody>{table}</tbody></table>"
        f"<p>{escape('; '.join(display.caption(document, target, say)))}</p></details>"
    )


def _word(word: str, weight: float, extent: float, doubt: bool, say: English) -> str:
    if not display.marked(weight, extent):
        return _line(word)
    share = abs(weight) / extent
    tag, line = ("b", "solid") if weight > 0 else ("i", "dashed")
    hue = ",".join(map(str, LIGHT.sign(weight)))
    # on the light ground of a page or the dark one of a notebook alike, so fainter than the widget's
    fill, title = f"rgba({hue},{0.5 * share:.2f})", number(weight, display.decimals(extent), True)
    if doubt:
        fill = f"repeating-linear-gradient(135deg,{fill} 0 1.5px,transparent 1.5px 5px)"
        line, title = "dotted", f"{title}, {say.doubtful}"
    style = (
        f"font-weight:inherit;font-style:inherit;padding:2px 3px;border-radius:4px;"
        f"background:{fill};border-bottom:2px {line} rgba({hue},{0.25 + 0.75 * share:.2f})"
    )
    inner = f'<span style="{style}" title="{title}">{_line(word)}</span>'
    return inner if share < 0.1 or doubt else f'<{tag} style="font-weight:inherit;font-style:inherit">{inner}</{tag}>'


def _rows(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<tr><td>{_line(name)}</td><td>{number}</td></tr>" for name, number in pairs)


def _line(text: str) -> str:
    return escape(text).replace("\n", "<br>")
