"""A MiniLM that finds entities, trained on sentences whose evidence is planted. See ``make test-tasks``."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import explain
from tests import recipes
from tests.minilm import trained


@pytest.fixture(scope="module")
def finder():
    return trained(recipes.entities)


def test_entities_of_names_never_seen_are_found(finder):
    random, found, right = np.random.default_rng(9), 0, 0
    for _ in range(20):
        words, labels = recipes.tagged(random, 2, held_out=True)
        starts = np.cumsum([0, *(len(word) + 1 for word in words)])
        wanted = {(label[2:], int(start)) for label, start in zip(labels, starts, strict=False) if label[0] == "B"}
        explained = explain(" ".join(words), finder, budget=40)
        told = {(one.split()[0], one.span[1]) for one in explained.targets if not one.startswith("O ")}
        found += len(wanted)
        right += len(wanted & told)
    assert right >= 0.9 * found


def test_the_man_and_the_city_are_told_apart_by_what_stands_beside_them(finder):
    text = "Mr Washington met Paula in Lisbon last week . The train from Washington to Oslo was late again ."
    found = explain(text, finder)
    names = [str(one) for one in found.targets if "Washington" in one]
    assert names == ['PER "Washington"', 'LOC "Washington"']
    first, second = (found.top(3, name) for name in names)
    assert "Mr" in dict(first) and {"train", "from", "to"} & {word for word, weight in second if weight > 0}
