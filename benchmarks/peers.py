"""Other packages' explanations on our words: ``(k, d)`` weights, or on their own pieces, summed to words."""

from __future__ import annotations

import numpy as np

from limelight.predictors import Predictor
from limelight.text.spans import Span
from limelight.text.units import words


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
