"""The spectrum against a transform over all masks, and the choice of terms against trying every one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.masking.designs import every_mask
from limelight.surrogate.kernel import Kernel
from limelight.surrogate.process import Surrogate
from limelight.surrogate.spectrum import candidates, closed, coefficients, columns, subsets, worthwhile


def process(d, rows, seed):
    random = np.random.default_rng(seed)
    masks = random.permutation(every_mask(d))[:rows]
    kernel = Kernel.of(np.r_[random.normal(-1.5, 1, d), 0, 0.2, 0.5, -3, random.normal()])
    return Surrogate(masks, random.normal(size=(rows, 2)), kernel, search=False, random=random)


@given(st.integers(2, 7), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_every_coefficient_is_that_of_the_transform(d, seed):
    surrogate = process(d, min(2**d, 30), seed)
    every = every_mask(d)
    said = surrogate.predict(every)
    for size in range(2, min(d, 5) + 1):
        terms = subsets(range(d), size)
        products = (2.0 * every - 1)[:, terms].prod(axis=2)
        found = coefficients(surrogate.kernel, 2 * surrogate.masks - 1, surrogate._dual, terms) * surrogate._spread
        assert np.allclose(found, products.T @ said / len(every), atol=1e-9)


def test_what_masks_leave_open_of_a_term_is_what_draws_of_the_process_differ_by():
    """Functions drawn from the process given its masks, and the terms of each by the transform."""
    d, rows = 4, 9
    surrogate, every = process(d, rows, 3), every_mask(d).astype(float)
    kernel, seen = surrogate.kernel, surrogate.masks
    across, noise = kernel(every, seen), kernel.noise * np.eye(rows)
    left = kernel(every, every) - across @ np.linalg.solve(kernel(seen, seen) + noise, across.T)
    for term in [(0, 1, 2, 3), (0, 2), (1, 2, 3)]:  # alone each is a product of signs, four or eight times
        of = (2.0 * every - 1)[:, term].prod(axis=1) * 2 ** len(term) / len(every)
        assert surrogate.unknown_of([term])[0] == pytest.approx(of @ left @ of, rel=1e-6)
    pair, both = surrogate.unknown_of([(0, 2), (0, 1, 2, 3)])
    assert pair == pytest.approx(surrogate.unknown_of([(0, 2)])[0] + both / 16)


def test_candidates_are_the_largest_and_all_within_them():
    surrogate = process(6, 40, 1)
    signs, amounts = 2 * surrogate.masks - 1, surrogate._dual
    found = candidates(surrogate.kernel, signs, amounts)
    assert set(found) == {term for size in (2, 3, 4) for term in combinations(range(6), size)}
    assert candidates(Kernel(np.full(6, 0.3), 1.0, 1e-30, 1e-30, 0.1, -0.5), signs, amounts) == []
    assert closed([(0, 2, 5)]) == [(0, 2, 5), (0, 2), (0, 5), (2, 5)]


@given(st.integers(2, 6), st.integers(2, 4))
def test_a_term_is_what_half_of_all_masks_does_not_expect(d, size):
    """Its column has mean 0 and no slope in any feature when each is kept half of the time."""
    term = tuple(range(min(size, d)))
    every = every_mask(d).astype(float)
    column = columns(every, [term])[:, 0]
    assert column.mean() == pytest.approx(0, abs=1e-12)
    assert np.allclose((every - 0.5).T @ column, 0, atol=1e-12)
    both = every[:, list(term)].all(axis=1)
    assert np.ptp((column - both)[both]) == pytest.approx(0, abs=1e-12)


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_each_term_is_the_one_that_lowers_what_is_left_most(seed):
    random = np.random.default_rng(seed)
    beside, offered, wanted = np.ones((40, 1)), random.normal(size=(40, 6)), random.normal(size=(40, 2))

    def left(chosen):
        table = np.column_stack([beside, offered[:, chosen]])
        return ((wanted - table @ np.linalg.lstsq(table, wanted, rcond=None)[0]) ** 2).sum()

    chosen: list[int] = []
    for _ in range(4):
        chosen.append(min(set(range(6)) - set(chosen), key=lambda at: left([*chosen, at])))
    assert worthwhile(beside, offered, wanted, 4, 0.0) == chosen
    gains = [left(chosen[:at]) - left(chosen[: at + 1]) for at in range(4)]
    stop = next((at for at, gain in enumerate(gains) if gain <= gains[0] / 2), 4)
    assert worthwhile(beside, offered, wanted, 4, gains[0] / 2) == chosen[:stop]


def test_a_column_that_others_make_up_is_no_term():
    random = np.random.default_rng(0)
    one, two = random.normal(size=(2, 30))
    wanted = (3 * one + two)[:, None]
    assert worthwhile(np.ones((30, 1)), np.column_stack([one, one, two]), wanted, 3, 0.0) == [0, 2]
