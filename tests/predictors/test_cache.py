"""What a model has answered is kept within a bound, and safely between threads."""

from __future__ import annotations

import numpy as np

from limelight.predictors.cache import OVERHEAD, Cache


def key(name: object) -> tuple[str, ...]:
    return "", str(name)


def test_the_cache_is_bounded_and_forgets_the_oldest():
    cache = Cache(bound=10 * (OVERHEAD + 2 + 8))
    for i in range(10):
        cache.put(key(i), np.zeros(1))
    assert len(cache) == 10 and cache.get(key(0)) is not None
    cache.put(key("x"), np.zeros(1))
    assert len(cache) == 10 and cache.get(key(1)) is None and cache.get(key(0)) is not None
    cache.put(key("x"), np.ones(1))
    assert len(cache) == 10 and cache.get(key("x"))[0] == 1


def test_a_variance_is_kept_and_counted_beside_the_scores():
    cache = Cache(bound=OVERHEAD + 2 + 16)
    values, variance = np.zeros(1), np.full(1, 0.5)
    cache.put(key("x"), values, variance)
    values += 1
    # of its own memory, which nobody writes to
    assert [part.tolist() for part in cache.get(key("x"))] == [[0.0], [0.5]]
    cache.put(key("y"), np.zeros(2), np.zeros(1))
    assert len(cache) == 0 and cache._held == 0


def test_texts_of_several_fields_are_apart():
    cache = Cache()
    cache.put(("", "ab", "c"), np.zeros(1))
    assert cache.get(("", "a", "bc")) is None and cache.get(("", "ab", "c"))[1] is None


def test_the_cache_serves_threads():
    from concurrent.futures import ThreadPoolExecutor

    cache = Cache(bound=50 * (OVERHEAD + 20))

    def work(seed):
        for i in range(500):
            cache.put(key((seed * 7 + i) % 90), np.full(1, i))
            cache.get(key(i % 90))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert 0 < len(cache) <= 55 and 0 < cache._held <= cache._bound


def test_what_is_forgotten_is_asked_anew_and_nothing_stale_comes_back(linear):
    """An answer that was on its way goes to what was held when it was asked (W10)."""
    old = linear.cache
    linear(["good"])
    linear.forget()
    old.put(key("good"), np.ones(2))
    assert linear.cache is not old and linear.cache.get(key("good")) is None
