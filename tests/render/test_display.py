"""Numbers are written as the page writes them, to the last digit: what is marked there is marked everywhere."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess

import numpy as np

from limelight.render import display
from limelight.render.numbers import decimals, number
from tests.conftest import document
from tests.test_house import JS


def page(expression: str, given: object) -> list:
    """What the page's own functions answer, for each of ``given`` as ``it``."""
    (home,) = (path for path in JS.glob("src/**/*.js") if "export function number(" in path.read_text("utf-8"))
    code = (
        f"import {{ decimals, number }} from {json.dumps(home.as_uri())}; import {{ readFileSync }} from 'node:fs';"
        f"const given = JSON.parse(readFileSync(0, 'utf8'));"
        f"process.stdout.write(JSON.stringify(given.map((it) => {expression})));"
    )
    node = [shutil.which("node"), "--input-type=module", "--eval", code]
    return json.loads(subprocess.run(node, input=json.dumps(given), capture_output=True, check=True, text=True).stdout)


def doubles() -> list[float]:
    """Numbers of all sizes, those half between two decimals, and the neighbours of each."""
    random = np.random.default_rng(0)
    plain = random.normal(size=1000) * 10.0 ** random.integers(-8, 6, 1000)
    # a whole number of these is half between two decimals, wherever it can be in binary at all
    halves = [random.integers(1, 4000) / 2.0 ** random.integers(1, 9) for _ in range(1000)]
    decimal = random.integers(1, 10**6, 1000) / 10.0 ** random.integers(1, 9, 1000)
    large = random.uniform(1, 10, 200) * 10.0 ** random.integers(15, 300, 200)
    edges = [0.0, -0.0, 1.005, 0.625, 0.045, 2.5, 1e21, 1e300, 5e-324, 999999999999999868928.0]
    numbers = np.concatenate([plain, halves, decimal, large, edges])
    return [*numbers.tolist(), *np.nextafter(numbers, np.inf).tolist(), *np.nextafter(numbers, -np.inf).tolist()]


def test_numbers_are_those_of_the_page():
    """W7."""
    given = [[value, digits] for value in doubles() for digits in (0, 1, 2, 4, 8)]
    theirs = page("[number(it[0], it[1]), number(it[0], it[1], true)]", given)
    ours = [[number(value, digits), number(value, digits, True)] for value, digits in given]
    assert ours == theirs
    python = [f"{abs(value):.{digits}f}" for value, digits in given]
    rounded = sum(a != b[0].removeprefix("−") for a, b in zip(python, ours, strict=True))
    assert rounded > 100, "there were none that lie between two roundings"


def test_a_half_goes_up_and_a_binary_fraction_is_what_it_is():
    assert [number(0.625), number(-0.625), number(1.005), number(0.375), number(0.125)] == [
        "0.63", "−0.63", "1.00", "0.38", "0.13"
    ]  # fmt: skip


def test_decimals_are_those_of_the_page():
    powers = [float(f"1e{power}") for power in range(-300, 300)]
    given = [abs(value) for value in doubles() if value] + powers
    given += [math.nextafter(power, way) for power in powers for way in (0, math.inf)]
    assert [decimals(most) for most in given] == page("decimals(it)", given)


def test_what_lies_between_two_roundings_is_marked_in_every_picture():
    """W7: where 64 is the full colour a weight of .5 reads 1 in the page, and read 0 here."""
    found = document("one two", [(0, 3), (4, 7)], ["x"], [0.5], weights=[[64.0, 0.5]], scale="value")
    assert page("number(it, 0) !== number(0, 0)", [0.5]) == [True] and number(0.5, 0) == "1"
    assert display.Weights.of(found, 0).marked(1)
    assert re.findall(r"<title>(\w+): ", found.to_svg()) == ["one", "two"]
    assert re.findall(r' title="[^"]*">(\w+)</span>', found._repr_html_()) == ["one", "two"]
    assert found.to_latex().count("\\limelightsolid}{one}") == found.to_latex().count("\\limelightsolid}{two}") == 1
