"""The page and every export show the same of documents that nobody thought of: marks, numbers, order, winner."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from html import unescape

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.console import Console

from limelight import Explanation
from limelight.captions import LANGUAGES, captions
from limelight.render import across, display, latex, terminal
from limelight.text.units import words
from tests.conftest import document
from tests.test_house import JS

AT_ONCE, TIMES = 25, 20  # 500 documents
VOCABULARY = ["not", "bad", "film", "never", "电影", "好看", "סרט", "גרוע", "فيلم", "سيئ", "na\u00efve", "plot"]
SCALES = ["probability", "logit", "log-odds", "value", "attention"]
# ties, nothing, halves that round either way, what no digit shows, and what fills the page
TOLD = [0.0, -0.0, 0.5, -0.5, 0.125, 0.005, -0.045, 0.625, 1e-12, -1e-7, 999.5, -1e8, 3e21, 0.0049999]
NUMBERS = st.sampled_from(TOLD) | st.floats(-2, 2) | st.floats(-1e6, 1e6)

SCRIPT = f"""
import {{ readFileSync }} from "node:fs";
import {{ CAPTIONS }} from "{(JS / "src/captions.js").as_uri()}";
import {{ across }} from "{(JS / "src/model/across.js").as_uri()}";
import * as display from "{(JS / "src/model/display.js").as_uri()}";
import {{ decode }} from "{(JS / "src/model/document.js").as_uri()}";
import {{ csv }} from "{(JS / "src/parts/download.js").as_uri()}";
const {{ decimals, doubtful, marked, number, sentence, strongest, sureTerms, SHOWING }} = display;
const shown = (found, target, say) => {{
  const [row, most] = [found.weights[target], display.fullColour(found)];
  const digits = decimals(most);
  const unsure = (at) => found.state === "draft" || doubtful(found.intervals?.[target][at]);
  const effects = row.map((weight, at) => !marked(weight, digits) ? "" :
    (weight > 0 ? "raises" : "lowers") + (unsure(at) ? " in doubt" : ""));
  return {{
    effects,
    order: strongest(row, SHOWING.mostBars),
    numbers: strongest(row, SHOWING.mostBars).map((at) => number(row[at], digits, true)),
    full: say("fullColour", {{ most: number(most, digits) }}),
    effect: say.effect(found.scale, found.targets[target]),
    total: number(display.total(found, target), Math.max(2, digits)),
    across: across(found, target).cells.map(({{ row, column, weight }}) => [row, column, number(weight, digits, true)]),
    terms: sureTerms(found, target, null, SHOWING.mostTerms).map(({{ term, relation, weight }}) => {{
      const parts = sentence(say, relation, term.map((at) => found.features[at]));
      return parts.map(({{ text }}) => text).join("") + " " + number(weight, digits, true);
    }}),
  }};
}};
const told = JSON.parse(readFileSync(0, "utf8")).map(({{ lang, made }}) => {{
  const found = decode(made);
  return {{
    chosen: display.chosenTarget(found.targets, found.scores, null, found.contrast),
    csv: csv(found),
    names: display.names(found, CAPTIONS[lang]),
    targets: found.targets.map((_, target) => shown(found, target, CAPTIONS[lang])),
  }};
}});
process.stdout.write(JSON.stringify(told));
"""


@st.composite
def documents(draw) -> tuple[str, Explanation]:
    """A language and a document: of any shape that a method could leave."""
    fields = draw(st.lists(st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=5), min_size=1, max_size=3))
    texts = {f"part {at}": " ".join(chosen) for at, chosen in enumerate(fields)}
    spans = [(at, *span) for at, text in enumerate(texts.values()) for span in words(text)]
    k, d = draw(st.integers(1, 3)), len(spans)
    contrast = draw(st.sampled_from([None, None, (1, 0)]))
    k = 2 if contrast else k
    table = lambda columns: np.array(draw(st.lists(NUMBERS, min_size=k * columns, max_size=k * columns))).reshape(k, -1)  # noqa: E731
    rooms = st.sampled_from([0.0, 1e-9, 0.05, 0.5, 100.0])
    around = lambda rows: np.stack([rows - draw(rooms), rows + draw(rooms)], -1)  # noqa: E731
    weights = table(d)
    more = {"weights": weights, "intercepts": table(1)[:, 0], "scale": draw(st.sampled_from(SCALES))}
    if draw(st.booleans()):
        more["intervals"] = around(weights)
    elif draw(st.booleans()):
        more["state"] = "draft"
    pairs = [(at, later) for at in range(d - 1) for later in range(at + 1, min(d, at + 4))] + [
        (at, at + 1, at + 2) for at in range(d - 2)
    ]
    if pairs and draw(st.booleans()):
        terms = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=5, unique=True))
        own = table(len(terms))
        more |= {"terms": terms, "term_weights": own, "term_intervals": around(own), "joint": draw(st.booleans())}
    scores = draw(st.lists(NUMBERS, min_size=k, max_size=k))
    given = texts if len(texts) > 1 else texts["part 0"]
    targets = ["bad", "good", "so so"][:k]
    return draw(st.sampled_from(LANGUAGES)), document(given, spans, targets, scores, contrast=contrast, **more)


def page(made: list[tuple[str, Explanation]]) -> list[dict]:
    """What the page's own functions show of documents."""
    sent = json.dumps([{"lang": lang, "made": one.to_dict()} for lang, one in made])
    node = [shutil.which("node"), "--input-type=module", "--eval", SCRIPT]
    done = subprocess.run(node, input=sent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # what keeps names from the right apart has no place in pictures, which do it their own way
    return json.loads(re.sub("[\u2068\u2069]", "", done.stdout))


def of_html(found: Explanation, target: int) -> tuple[list[str], list[str]]:
    """Effects of the words that are marked, in the order of the text, and the numbers of the strongest."""
    part = re.findall("<details.*?</details>", found._repr_html_(), re.S)[target]
    marks = re.findall(r'border-bottom:2px (\w+) [^"]*" title="([^"]*)"', part)
    effects = ["lowers" if "−" in title else "raises" for _, title in marks]
    effects = [one + (" in doubt" if line == "dotted" else "") for one, (line, _) in zip(effects, marks, strict=True)]
    rows = re.findall(r"<tr><td>(.*?)</td><td>([^<]*?)(?: ± [^<]*)?</td></tr>", part.split("<tbody>")[1])
    return effects, [f"{unescape(name)} {number}" for name, number in rows]


def of_svg(found: Explanation, target: int, lang: str) -> list[str]:
    picture = found.to_svg(target=target, lang=lang)
    titles = re.findall(r'data-feature="(\d+)"><title>[^<]*?: ([+−][^,<]*)(, [^<]+)?</title>', picture)
    effects = {
        int(at): ("lowers" if "−" in said else "raises") + (" in doubt" if more else "") for at, said, more in titles
    }
    return [effects[at] for at in sorted(effects)]


def of_latex(found: Explanation, target: int, lang: str) -> tuple[list[str], str]:
    snippet = found.to_latex(target=target, lang=lang)
    text, _, below = snippet.partition("\\par\\medskip\\noindent\n")[2].rpartition(
        "\\par\n\\smallskip\\noindent{\\footnotesize\n"
    )
    caption = below.partition("\\enspace ")[2]
    marks = re.findall(r"\\limelight\{limelight(\w+)\}\{\d+\}\{\\limelight(\w+)\}", text)
    return marks, caption


def of_terminal(found: Explanation, target: int) -> list[str]:
    weights, palette = display.Weights.of(found, target), terminal.Palette.of(Console(force_terminal=True))
    spans = [
        span for runs in display.runs(found) for span in terminal._text(runs, weights, palette).spans if str(span.style)
    ]
    return [
        "raises" if span.style.underline else "lowers" for span in spans if span.style.underline or span.style.italic
    ]


@pytest.mark.slow  # node is started for every 25 documents
@settings(
    max_examples=TIMES,
    deadline=None,
    phases=[Phase.generate],
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(documents(), min_size=AT_ONCE, max_size=AT_ONCE))
def test_the_page_and_every_export_show_the_same(made):
    for (lang, found), shown in zip(made, page(made), strict=True):
        say = captions(lang)
        assert shown["chosen"] == found.index()
        assert shown["names"] == display.names(found, say)
        ours, theirs = (list(csv.reader(io.StringIO(table))) for table in (found.to_csv(), shown["csv"]))
        first = len(found._columns())
        assert [row[:first] for row in ours] == [row[:first] for row in theirs] and ours[0] == theirs[0]
        assert [list(map(float, row[first:])) for row in ours[1:]] == [
            list(map(float, row[first:])) for row in theirs[1:]
        ]
        for target, page_shows in enumerate(shown["targets"]):
            weights = display.Weights.of(found, target)
            names = display.names(found, captions())
            effects = [one for one in page_shows["effects"] if one]
            assert weights.strongest() == page_shows["order"]
            marked, rows = of_html(found, target)
            assert marked == effects
            assert rows == [
                f"{names[at]} {said}" for at, said in zip(page_shows["order"], page_shows["numbers"], strict=True)
            ]
            assert of_svg(found, target, lang) == effects
            assert of_terminal(found, target) == [one for one in effects if "doubt" not in one]
            lines = {"raises": "solid", "lowers": "dashed"}
            marks, caption = of_latex(found, target, lang)
            assert marks == [(one.split()[0], "dotted" if "doubt" in one else lines[one]) for one in effects]
            assert latex.escaped(page_shows["full"]) in caption and latex.escaped(page_shows["effect"]) in caption
            assert weights.full_colour(say) == page_shows["full"]
            ours = [
                "".join(part for part, _ in display.sentence(term, list(found.features), say))
                + f" {weights.said(term.weight)}"
                for term in weights.terms
            ]
            assert ours == page_shows["terms"]
            table = across.table(found, target)
            cells = [[cell.row, cell.column, weights.said(cell.weight)] for cell in (table.cells if table else ())]
            assert cells == page_shows["across"]
            assert f"= {page_shows['total']}" in display.fidelity(found, target, say)[0]
