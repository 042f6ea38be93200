"""An explanation as LaTeX: words in coloured boxes, for a paper's own fonts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from limelight.captions import Captions, captions
from limelight.document import Document
from limelight.render import display, grounds
from limelight.render.display import Run, Weights
from limelight.render.standing import boxes
from limelight.render.theme import LIGHT

# What pdflatex sets with its own fonts: Latin with accents, and these.
_PDFLATEX = re.compile(r"[\t\n\r\x20-\x7e\u00a0-\u017f–—‘’“”„…•†‡€]*")
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    '"': r"{\char34}",  # babel gives the bare sign a meaning in some languages
    "−": r"\ensuremath{-}",
    "±": r"\ensuremath{\pm}",
    "≈": r"\ensuremath{\approx}",
    "Σ": r"\ensuremath{\Sigma}",
    "²": r"\ensuremath{^2}",
    "·": r"\textperiodcentered{}",
    **{sign: "\\" + sign for sign in "#$%&_{}"},
}
_SPECIAL = re.compile("[" + "".join(map(re.escape, _ESCAPES)) + "]")
_LIGATURES = re.compile(r"([-',])(?=\1)")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")

# \strut keeps the lines of a box as high as those of the text; the line below it tells the sign without colour.
SNIPPET = r"""%% limelight: needs \usepackage{xcolor} in the preamble; compile with %(engine)s
{%%
\definecolor{limelightraises}{RGB}{%(raises)s}%%
\definecolor{limelightlowers}{RGB}{%(lowers)s}%%
\setlength{\fboxsep}{1pt}\setlength{\lineskip}{3pt}%%
\def\limelightsolid{\leaders\hrule height .8pt\hfill}%%
\def\limelightdashed{\xleaders\hbox to 4pt{\vrule width 2.6pt height .8pt\hss}\hfill}%%
\def\limelightdotted{\xleaders\hbox to 2.4pt{\vrule width .8pt height .8pt\hss}\hfill}%%
%% #1 colour, #2 its share, #3 the line below, #4 the word
\def\limelight#1#2#3#4{\leavevmode\setbox0=\hbox{\colorbox{#1!#2}{\strut#4}}%%
  \vtop{\offinterlineskip\copy0\hbox to\wd0{\color{#1}#3}}}%%
%(frame)s\par\medskip\noindent
{}%(text)s\par%(rests)s
\smallskip\noindent{\footnotesize
\limelight{limelightraises}{40}{\limelightsolid}{%(raising)s}
\limelight{limelightlowers}{40}{\limelightdashed}{%(lowering)s}%(doubt)s
\enspace %(caption)s\par}\medskip}
"""

FRAME = r"""% #1 width of the frame of a target that stands in the text, #2 its own words, #3 what it is
\def\limelightbox#1#2#3{{\fboxrule=#1\fbox{\strut#2\/{\footnotesize\ #3}}}}%
"""


def snippet(document: Document, target: int | None = None, lang: str = "", whole: Document | None = None) -> str:
    r"""The text with its weights in ``\colorbox``es, and a caption; sets up all it needs but xcolor.

    Args:
        document: what to show.
        target: position of the target; None as in ``Document.index``.
        lang: the language of the captions, see ``captions``.
        whole: of a stretch of an answer the explanation of all of it, which says on what its sentences rest.
    """
    say, target = captions(lang), display.chosen(document, target)
    weights, names = Weights.of(document, target), display.names(document, say)
    rests = grounds.rests(whole or document, document, say)
    names = grounds.numbered(names, document) if rests else names
    doubt = weights is not None and any(weights.marked(at) and weights.doubtful(at) for at in range(len(names)))
    lines = []
    if weights is not None and target is not None and weights.row:
        words = ", ".join(f"{names[at]} {weights.said(weights.row[at])}" for at in weights.strongest())
        lines.append(f"{say.effect(document.scale, document.targets[target])}: {words}")
        lines += [said for said in (display.together(weights, names, say), weights.full_colour(say)) if said]
    lines += display.caption(document, target, say)
    shown = [*document.texts, *display.headings(document, say), *document.targets, document.model, say("doubtful")]
    plain = _PDFLATEX.fullmatch("".join(shown))
    return SNIPPET % {
        "engine": "any LaTeX" if plain else "xelatex or lualatex, and a font that has these letters",
        "raises": ",".join(map(str, LIGHT.raises)),
        "lowers": ",".join(map(str, LIGHT.lowers)),
        "frame": FRAME if any(box.target is not None for box in boxes(document)) else "",
        "raising": say("raises"),
        "lowering": say("lowers"),
        "text": "\\par\\smallskip\\noindent\n{}".join(_texts(document, weights, say, target)),
        "rests": "".join(_rests(rests, say)),
        "doubt": ("\n" + rf"\limelight{{black}}{{8}}{{\limelightdotted}}{{{say('doubtful')}}}") * doubt,
        "caption": escaped("; ".join(lines)),
    }


def _rests(rests: list[tuple[str, str]], say: Captions) -> Iterator[str]:
    """On what each sentence rests, a line each, and what that means."""
    if rests:
        yield "\n" + rf"\smallskip\noindent{{\footnotesize {escaped(say('question.sources'))}\par}}"
        for sentence, said in rests:
            yield "\n" + rf"\noindent{{\footnotesize\textbf{{{escaped(said)}}}\enspace {escaped(sentence)}\par}}"
        yield "\n" + rf"\noindent{{\footnotesize {escaped(grounds.criterion(say))}\par}}"


def _texts(document: Document, weights: Weights | None, say: Captions, target: int | None) -> Iterator[str]:
    """Each field under its heading, its words lit where there are weights."""
    for heading, runs in zip(display.headings(document, say), display.runs(document), strict=True):
        text = "".join(_run(run, weights, say, target) for run in runs)
        if heading:
            above = rf"{{\footnotesize {escaped(heading)}}}\par\nobreak\noindent" + "\n{}"
            text = above + (text or rf"{{\footnotesize {say('empty')}}}")
        yield text


def _run(run: Run, weights: Weights | None, say: Captions, target: int | None) -> str:
    if run.unread:
        return rf"{{\footnotesize\textbar{{}}{escaped(say('stops'))} }}{{\color{{gray}}{escaped(run.text)}}}"
    if run.box is not None and run.box.target is None:
        return rf"\limelight{{black}}{{0}}{{\limelightdotted}}{{{escaped(run.text)}}}"
    if run.box is not None:
        width = "1.2pt" if run.box.target == target else ".4pt"
        return rf"\limelightbox{{{width}}}{{{escaped(run.text)}}}{{{escaped(run.box.tag)}}}"
    if weights is None or run.feature is None or not weights.marked(run.feature):
        return escaped(run.text)
    hue, line = ("raises", "solid") if weights.row[run.feature] > 0 else ("lowers", "dashed")
    if weights.doubtful(run.feature):
        line = "dotted"
    share = round(100 * LIGHT.ink * abs(weights.share(run.feature)))
    return rf"\limelight{{limelight{hue}}}{{{share}}}{{\limelight{line}}}{{{escaped(run.text)}}}"


def escaped(text: str) -> str:
    """Text as LaTeX sets it sign for sign: nothing is a command, no signs melt into another, blanks stay."""
    text = _CONTROLS.sub("\ufffd", text)
    text = _LIGATURES.sub("\\1\0", text)
    text = _SPECIAL.sub(lambda found: _ESCAPES[found.group()], text).replace("\0", "{}")
    text = re.sub(r"(?<=[ \t])[ \t]|\t", r"\\ ", text)
    # two ends of line would end the paragraph, and a bracket after one be its option
    return re.sub("\r\n|[\n\r\v\f\x85\u2028\u2029]", r"\\leavevmode\\\\{}", text)
