"""What words of two fields do together, in numbers and in every picture."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from rich.console import Console

from limelight import explain
from limelight.errors import InputError
from limelight.render import across, terminal
from tests.conftest import document

PAIR = {"premise": "A man sleeps", "hypothesis": "he is awake now"}


def entails(pairs):
    """Known exactly: two words across add .5, three of them take .25 away, and each side alone adds a little."""
    rows = []
    for premise, hypothesis in pairs:
        sleeps, man = "sleeps" in premise, "man" in premise
        awake, he = "awake" in hypothesis, "he" in hypothesis.split()
        rows.append([2 + 0.5 * (sleeps and awake) - 0.25 * (man and he and awake) + 0.125 * sleeps])
    return rows


@pytest.fixture(scope="module")
def found():
    return explain(PAIR, entails, class_names=["contradicts"], method="interactions", budget=1000)


def test_what_two_words_do_together_is_what_the_model_does_with_all_others_there(found):
    said = {(row, column): weight for row, column, weight in found.across(None)}
    text = (PAIR["premise"], PAIR["hypothesis"])

    def without(*words):
        thinned = [" ".join(word for word in one.split() if word not in words) for one in text]
        return entails([thinned])[0][0]

    for row in PAIR["premise"].split():
        for column in PAIR["hypothesis"].split():
            both = without() - without(row) - without(column) + without(row, column)
            assert said.get((row, column), 0.0) == pytest.approx(both, abs=1e-3)
    assert found.across(1) == [("sleeps", "awake", pytest.approx(0.5, abs=1e-3))]
    assert len(said) == 3


def test_words_of_one_field_are_set_against_nothing(found):
    for given, explained, count in ((PAIR, ["premise"], "1 field"), ({**PAIR, "third": "and so on"}, None, "3 fields")):
        model = lambda texts: [[float(len("".join(one)))] for one in texts]  # noqa: E731
        other = explain(given, model, explained=explained, budget=100)
        assert across.table(other, 0) is None
        with pytest.raises(InputError, match=f"the features stand in {count}.*explain a pair of texts"):
            other.across()
    with pytest.raises(InputError, match="n is -1"):
        found.across(-1)


def test_every_picture_shows_the_table(found):
    html = found._repr_html_()
    (table,) = re.findall("<table><caption>.*?</table>", html, re.S)
    assert "premise × hypothesis · together, beyond their sum" in table
    assert re.findall('scope="col">([^<]*)', table) == ["he", "awake"]
    assert re.findall('scope="row">([^<]*)', table) == ["man", "sleeps"]
    assert re.findall("<td>([^<]*)</td>", table.split("<tbody>")[1]) == ["−0.25", "−0.25", "", "+0.50"]
    svg = found.to_svg()
    assert "premise × hypothesis · together, beyond their sum" in svg and svg.count("−0.25") >= 2
    for wide in (100, 60):
        console = Console(width=wide, force_terminal=True, color_system="truecolor", record=True)
        with console.capture() as shown:
            terminal.show(found, console)
        lines = re.sub("\x1b.*?m", "", shown.get()).splitlines()
        at = next(i for i, line in enumerate(lines) if "premise × hypothesis" in line)
        assert lines[at + 1].split() == ["he", "awake"]
        assert [line.split() for line in lines[at + 2 : at + 4]] == [["man", "−0.25", "−0.25"], ["sleeps", "+0.50"]]
    plain = Console(file=io.StringIO(), color_system=None, width=80)
    terminal.show(found, plain)
    lines = plain.file.getvalue().splitlines()
    assert lines[lines.index("premise × hypothesis · together, beyond their sum") + 1] == "  +0.50  sleeps × awake"


def test_a_table_has_the_rows_and_columns_with_the_strongest_cells():
    words = [f"w{at}" for at in range(10)]
    text = " ".join(words)
    places = [(field, 3 * at, 3 * at + 2) for field in (0, 1) for at in range(10)]
    weights = np.full((1, 20), 0.5)
    own = 0.1 * np.arange(1, 11)[None]
    made = document(
        {"a": text, "b": text}, places, ["yes"], [1.0], weights=weights, intercepts=[0.0],
        terms=[(at, 10 + at) for at in range(10)], term_weights=own,
        term_intervals=np.stack([own - 0.01, own + 0.01], -1),
    )  # fmt: skip
    table = across.table(made, 0)
    assert table.rows == [4, 5, 6, 7, 8, 9] and table.columns == [14, 15, 16, 17, 18, 19]
    assert table.at(9, 19) == pytest.approx(1.0) and table.at(9, 18) is None
    assert len(made.across(None)) == 10
