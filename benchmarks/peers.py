"""Other packages' explanations on our words: weights ``(k, d)``, or what they say of any thinned text.

Where a peer weighs its own pieces of the text, these are summed to words. What a peer says
of thinned texts is a function of masks, made from another that asks the model.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from itertools import combinations
from math import comb

import numpy as np

from limelight.predictors import Predictor
from limelight.text.spans import Span
from limelight.text.units import words

Said = Callable[[np.ndarray], np.ndarray]  # bool[n, d] -> one number a mask


def spread(pieces: list[Span], values: np.ndarray, spans: list[Span]) -> np.ndarray:
    """``(k, d)``: each piece's values ``(p, k)`` go to the word that its first sign stands in."""
    out = np.zeros((values.shape[1], len(spans)))
    for (start, stop), value in zip(pieces, values, strict=True):
        for at, (first, last) in enumerate(spans):
            if stop > start and first <= start < last:
                out[:, at] += value
    return out


def lime_of(text: str, predictor: Predictor, evaluations: int, seed: int = 0) -> np.ndarray:
    """lime's own text explainer with so many samples, each occurrence a feature, on all classes."""
    from lime.lime_text import LimeTextExplainer

    explainer = LimeTextExplainer(bow=False, random_state=seed)
    k = len(predictor.targets)
    found = explainer.explain_instance(
        text,
        lambda batch: predictor(list(map(str, batch))),
        labels=range(k),
        num_features=10**6,
        num_samples=evaluations,
    )
    strings = found.domain_mapper.indexed_string
    values = np.zeros((strings.num_words(), k))
    for target in range(k):
        for piece, weight in found.local_exp[target]:
            values[piece, target] = weight
    starts = [strings.string_position(piece)[0] for piece in range(strings.num_words())]
    pieces = [(int(start), int(start) + len(strings.word(at))) for at, start in enumerate(starts)]
    return spread(pieces, values, words(text))


def shap_of(text: str, predictor: Predictor, evaluations: int, seed: int = 0) -> np.ndarray:
    """shap's text explainer (Owen values over a hierarchy of the tokenizer's pieces) with so many evaluations."""
    import shap

    masker = shap.maskers.Text(predictor._tokenizer)
    explainer = shap.Explainer(lambda batch: predictor(list(map(str, batch))), masker, seed=seed)
    found = explainer([text], max_evals=evaluations, silent=True)
    pieces = predictor._tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    return spread([tuple(piece) for piece in pieces], np.asarray(found.values[0]), words(text))


def beside(ours: list[float], theirs: list[float]) -> str:
    """The means of two and their ratio, with its 95 % interval from a bootstrap over texts, paired, as cells."""
    table = np.array([ours, theirs])
    drawn = np.random.default_rng(0).integers(0, table.shape[1], (2000, table.shape[1]))
    own, others = table[:, drawn].mean(axis=2)
    low, high = np.quantile(own / others, [0.025, 0.975])
    gap, other = table.mean(axis=1)
    return f"{gap:.3f} | {other:.3f} | {gap / other:.2f} [{low:.2f}, {high:.2f}]"


def installed(name: str):
    """A package that only benchmarks need, or the end of the run with what to do."""
    try:
        return import_module(name)
    except ImportError:
        sys.exit(f"{name} is not installed, and this benchmark compares with it; pip install 'limelight[bench]'.")


def adding(sets: dict[tuple[int, ...], float]) -> Said:
    """Adds up sets of words: each counts where all of its words are kept, the empty one always."""
    return lambda masks: sum(value * masks[:, list(one)].all(axis=1) for one, value in sets.items())


def proxy_spex(game: Said, features: int, evaluations: int, seed: int, orders: tuple[int, ...]) -> dict[int, Said]:
    """shapiq's ProxySPEX (Butler et al., 2025): Faith-Banzhaf interactions of trees, up to each of these orders.

    The trees do not depend on the order. Interactions up to the largest possible order are the
    polynomial itself, from which shapiq works out those of any other: so the trees are fitted once.
    What comes out is the same, to the last bit, as when each order is asked for alone.
    """
    shapiq = installed("shapiq")
    from shapiq.game_theory.moebius_converter import MoebiusConverter

    installed("lightgbm")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's on names of columns, once a fit
        whole = shapiq.approximator.ProxySPEX(n=features, index="FBII", random_state=seed).approximate(
            evaluations, game
        )
    sets = dict(whole.interactions)
    polynomial = shapiq.InteractionValues(
        sets,
        interaction_lookup={one: at for at, one in enumerate(sets)},  # else it lists every set that there could be
        index="Moebius",
        min_order=0,
        max_order=features,
        n_players=features,
        baseline_value=sets.get((), 0.0),
    )
    converter = MoebiusConverter(polynomial)
    return {order: adding(dict(converter(index="FBII", order=min(order, features)).interactions)) for order in orders}


def faithful(game: Said, features: int, evaluations: int, seed: int, index: str) -> Said | None:
    """shapiq's regression on words and pairs (Tsai, Yeh & Ravikumar, 2023), or None where it has too few evaluations.

    It has no penalty: with fewer evaluations than sets it still answers, hundreds of times the variance off.

    Args:
        index: ``"FSII"``, Faith-Shap, or ``"FBII"``, Faith-Banzhaf.
    """
    if evaluations <= 1 + features + comb(features, 2):
        return None
    regression = getattr(installed("shapiq").approximator, f"Regression{index}")
    found = regression(n=features, max_order=2, random_state=seed).approximate(evaluations, game)
    return adding(dict(found.interactions))


def lasso(game: Said, features: int, evaluations: int, seed: int) -> Said:
    """scikit-learn's cross-validated lasso on words and all pairs, each word kept half of the time.

    With -1 and 1 for words, and pairs as their products, no column foretells another.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LassoCV

    first, second = np.array(list(combinations(range(features), 2))).T

    def columns(masks: np.ndarray) -> np.ndarray:
        signs = 2.0 * masks - 1
        return np.concatenate([signs, signs[:, first] * signs[:, second]], axis=1)

    # distinct masks: a repeated one would be an evaluation less
    drawn = np.random.default_rng(seed).choice(2**features, evaluations, replace=False)
    masks = (drawn[:, None] >> np.arange(features)) % 2 == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of the smallest penalties, which are not chosen
        fitted = LassoCV(cv=5).fit(columns(masks), game(masks))
    return lambda fresh: fitted.predict(columns(fresh))
