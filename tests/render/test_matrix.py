"""The table of an answer as a picture: every number of it, where it stands, and none where none is defined."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from limelight.errors import InputError
from tests.browser.test_answers import EARLIER, answered
from tests.conftest import document

NUMBER = re.compile(r"^[+−]\d")


def texts(svg: str) -> list[tuple[float, float, str]]:
    """``x``, ``y`` and what stands there, of every text that is not turned."""
    root = ET.fromstring(svg)
    plain = [one for one in root if one.tag.endswith("text")]
    return [(float(one.get("x")), float(one.get("y")), one.text) for one in plain]


def turned(svg: str) -> list[str]:
    return [one[0].text for one in ET.fromstring(svg) if one.tag.endswith("}g")]


def test_every_effect_stands_in_the_row_of_its_word_and_the_column_of_its_feature():
    found = answered()
    svg = found.to_svg(view="table")
    assert turned(svg) == list(found.features)
    said = [(x, y, text) for x, y, text in texts(svg) if NUMBER.match(text)]
    # the only four weights that do not read as nought, top to bottom
    assert [text for _, _, text in said] == ["+2.0", "+1.0", "−1.0", "+0.5"]
    assert [y for _, y, _ in said] == sorted(y for _, y, _ in said)
    columns = [np.flatnonzero(row)[0] for row in found.weights]
    steps = [(said[at][0] - said[0][0]) / 34 for at in range(4)]
    assert steps == pytest.approx([column - columns[0] for column in columns])


def test_earlier_words_have_columns_of_their_own_and_no_number_where_none_is_defined():
    found = answered()
    svg = replace(found, answer=replace(found.answer, earlier=EARLIER)).to_svg(view="table", lang="en", dark=True)
    assert turned(svg) == [*found.features, "…Paris", "…of", "…course"]
    said = [text for _, _, text in texts(svg) if NUMBER.match(text)]
    assert said == ["+2.0", "+1.0", "+1.5", "−1.0", "+0.2", "−3.0", "+0.5", "+0.5", "+4.0"]
    cells = svg.count("<rect") - 1
    defined = found.weights.size + sum(map(len, EARLIER))
    nought = sum(abs(one) < 0.05 for row in EARLIER for one in row) + int((found.weights == 0).sum())
    assert cells == defined and nought == defined - len(said)


def test_what_has_no_table_is_refused():
    plain = document("a b", [(0, 1), (2, 3)], ["x"], [0.5], weights=[[0.1, 0.2]])
    with pytest.raises(InputError, match="no table of one"):
        plain.to_svg(view="table")
    with pytest.raises(InputError, match="unknown view 'tables'.*Did you mean 'table'"):
        plain.to_svg(view="tables")
    assert answered().to_png(view="table").startswith(b"\x89PNG")
