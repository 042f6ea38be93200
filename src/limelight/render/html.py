"""An explanation as HTML: one interactive file, or a picture that needs no script."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from limelight.captions import Captions, captions, check_language
from limelight.document import Choice, Document
from limelight.render import across, display, grounds
from limelight.render.display import Run, Weights
from limelight.render.standing import Box
from limelight.render.theme import LIGHT

STATIC = Path(__file__).parents[1] / "static"
EXPORTED = "export default limelight.default;\n"  # what makes a module of the script
MOST_TITLE = 60  # characters of the input in a page's title

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
{still}
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


def page(document: Document, target: Choice | None, part: Document, at: int | None, lang: str = "") -> str:
    """One HTML file with everything inside: works offline, from ``file://``, with clickable classes.

    Args:
        document: what to show.
        target: of an answer the word or stretch that is asked about first.
        part: what the picture is of, which stands there without scripts; of all but an answer the document itself.
        at: position in it of the target that is switched on first; None as in ``Document.index``.
        lang: the language of the captions, see ``check_language``.
    """
    at, fields = display.chosen(part, at), document.wire["fields"]
    if part is document:
        target = "" if at is None else document.targets[at]
    text = document.text if len(fields) == 1 else {field.name: field.text for field in document.fields}
    state = {"explanation": document.wire, "_fields": fields, "text": text, "lang": check_language(lang)}
    state |= {"target": target}
    state |= {"status": "done", "progress": 1.0, "error": "", "serial": 1}
    title = display.one_line(" / ".join(document.texts))[:MOST_TITLE]
    return shell("widget", title, picture(part, at, lang, document), state, lang)


def shell(view: str, title: str, still: str, state: Mapping[str, Any], lang: str) -> str:
    """A file with a view of the front end and all that it shows.

    Args:
        view: the name of its script and style.
        title: of the page, behind limelight's name.
        still: HTML that stands there without scripts.
        state: what the view is told, as JSON can hold it.
        lang: of the captions, see ``captions``.
    """
    return PAGE.format(
        lang=lang or "en",  # of what is there before the browser's language is known
        title=f"limelight: {escape(title)}",
        style=_static(f"{view}.css"),
        said=captions(lang).lang,
        still=still,
        # no "<" can end the script element or open another
        state=json.dumps(state, ensure_ascii=False).replace("<", "\\u003c"),
        script=_static(f"{view}.js").removesuffix(EXPORTED) + _static("page.js"),
    )


def picture(document: Document, target: int | None = None, lang: str = "", whole: Document | None = None) -> str:
    """The explanation as inline-styled elements, readable without script or style.

    Each class is a ``<details>``, so that classes switch even where scripts are
    stripped; where styles are stripped too, bold still raises and italic lowers.

    Args:
        document: what to show.
        target: position of the class that is open at first; None as in ``Document.index``.
        lang: the language of the captions, see ``captions``.
        whole: of a stretch of an answer the explanation of all of it, which says on what its sentences rest.
    """
    say, target = captions(lang), display.chosen(document, target)
    shown, more = display.shown_targets(document, target), display.more_targets(document, say)
    more = f"<p>{more}</p>" if more else ""
    warnings = "".join(f"<p><b>{say('note')}</b> {escape(say.told(warning))}</p>" for warning in document.warnings)
    if document.weights is None:
        rows = _rows((document.targets[at], display.score(document, at)) for at in shown)
        return f"<div>{warnings}{_texts(document, None, say)}<table>{rows}</table>{more}</div>"
    names, rests = display.names(document, say), grounds.rests(whole or document, document, say)
    names = grounds.numbered(names, document) if rests else names
    targets = "".join(
        _target(document, at, weights, at == target, names, rests, say)
        for at in shown
        if (weights := Weights.of(document, at)) is not None
    )
    return f"<div>{warnings}{targets or _texts(document, None, say)}{more}</div>"


def _target(
    document: Document,
    target: int,
    weights: Weights,
    opened: bool,
    names: list[str],
    rests: list[tuple[str, str]],
    say: Captions,
) -> str:
    name = document.targets[target]
    table = _rows((names[at], weights.said(weights.row[at]) + weights.margin(at)) for at in weights.strongest())
    # each name by itself, so that none turns what stands beside it
    together = display.together(weights, [f"<bdi>{escape(word)}</bdi>" for word in names], say)
    grid = across.table(document, target)
    return (
        f"<details{' open' if opened else ''}><summary>{escape(name)} {display.score(document, target)}</summary>"
        f"{_texts(document, weights, say, target)}"
        f"{_rests(rests, say)}"
        f"<table><thead><tr><th>{say('word')}</th><th>{escape(say.effect(document.scale, name))}</th></tr></thead>"
        f"<tbody>{table}</tbody></table>"
        f"{f'<p>{together}</p>' if together else ''}"
        f"{_grid(grid, document, weights, say) if grid else ''}"
        f"<p>{escape('; '.join(display.caption(document, target, say)))}</p></details>"
    )


def _grid(grid: across.Table, document: Document, weights: Weights, say: Captions) -> str:
    """What words of two fields do together."""
    words = [_line(display.one_line(feature)) for feature in document.features]

    def said(row: int, column: int) -> str:
        weight = grid.at(row, column)
        return "" if weight is None else weights.said(weight)

    head = "".join(f'<th scope="col">{words[column]}</th>' for column in grid.columns)
    body = "".join(
        f'<tr><th scope="row">{words[row]}</th>'
        + "".join(f"<td>{said(row, column)}</td>" for column in grid.columns)
        + "</tr>"
        for row in grid.rows
    )
    title = escape(across.heading(document, say))
    return f"<table><caption>{title}</caption><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"


def _texts(document: Document, weights: Weights | None, say: Captions, target: int | None = None) -> str:
    """Each field under its heading, its words lit where there are weights."""
    parts = []
    for heading, runs in zip(display.headings(document, say), display.runs(document), strict=True):
        text = "".join(_run(run, weights, say, target) for run in runs)
        style = "font-size:1.25em;line-height:2" if weights else ""
        if heading:
            parts.append(f'<p dir="auto" style="margin-bottom:0"><small>{escape(heading)}</small></p>')
            text, style = text or f"<small>{say('empty')}</small>", f"margin-top:0;{style}"
        parts.append(f'<p dir="auto" style="{style}">{text}</p>')
    return "".join(parts)


def _run(run: Run, weights: Weights | None, say: Captions, target: int | None) -> str:
    if run.unread:
        return f'<small>▏{say("stops")} </small><span style="opacity:0.7">{_line(run.text)}</span>'
    if run.box is not None:
        return _boxed(run.text, run.box, run.box.target == target)
    if weights is None or run.feature is None or not weights.marked(run.feature):
        return _line(run.text)
    weight, share = weights.row[run.feature], abs(weights.share(run.feature))
    tag, line = ("b", "solid") if weight > 0 else ("i", "dashed")
    hue = ",".join(map(str, LIGHT.sign(weight)))
    # on the light ground of a page or the dark one of a notebook alike, so fainter than the widget's
    fill, title, doubt = f"rgba({hue},{0.5 * share:.2f})", weights.said(weight), weights.doubtful(run.feature)
    if doubt:
        fill = f"repeating-linear-gradient(135deg,{fill} 0 1.5px,transparent 1.5px 5px)"
        line, title = "dotted", f"{title}, {say('doubtful')}"
    style = (
        f"font-weight:inherit;font-style:inherit;padding:2px 3px;border-radius:4px;"
        f"background:{fill};border-bottom:2px {line} rgba({hue},{0.25 + 0.75 * share:.2f})"
    )
    inner = f'<span style="{style}" title="{title}">{_line(run.text)}</span>'
    return inner if share < 0.1 or doubt else f'<{tag} style="font-weight:inherit;font-style:inherit">{inner}</{tag}>'


def _boxed(text: str, box: Box, chosen: bool) -> str:
    """A target where it stands; its own words are dotted, and what else stays."""
    raises, line = ",".join(map(str, LIGHT.raises)), "dotted" if box.faint else "solid"
    edge = f"2px solid rgb({raises})" if chosen else f"1px {line} rgba(127,127,127,0.7)"
    own = f'<u style="text-decoration-style:dotted">{_line(text)}</u>'
    if box.target is None:
        return own
    tag = f"&nbsp;<small>{escape(box.tag)}</small>" if box.tag else ""
    return f'<span style="padding:1px 4px;border:{edge};border-radius:5px">{own}{tag}</span>'


def _rests(rests: list[tuple[str, str]], say: Captions) -> str:
    """On what each sentence rests, and what that means."""
    if not rests:
        return ""
    return f"<table><caption>{say('question.sources')}</caption>{_rows(rests)}</table><p>{grounds.criterion(say)}</p>"


def _rows(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<tr><td>{_line(name)}</td><td>{number}</td></tr>" for name, number in pairs)


def _line(text: str) -> str:
    return escape(text).replace("\n", "<br>")
