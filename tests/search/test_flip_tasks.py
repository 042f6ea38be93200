"""What would flip it, of models that tell several things: entities, and answers in a context."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import as_predictor, flip
from limelight.text.fields import fields_of
from tests.trained import entities_model


def no_words(before, word, after):
    return []


@pytest.fixture(scope="module")
def tagger(tmp_path_factory):
    return entities_model(tmp_path_factory.mktemp("entities"))


def test_an_entity_flips_where_its_labels_are_less_likely_than_not(tagger):
    text = "mr washington often with people in washington today"
    model = as_predictor(tagger)
    (bound,) = model.bind(fields_of(text))
    for at, target in enumerate(bound.targets):
        whole = bound([text])[0][at]
        found = flip(text, model, target=str(target), proposer=no_words)
        assert found or at  # of the first it is the title before the name that tells it
        for one in found:
            assert one.path[0] == pytest.approx(whole) and one.path[-1] < max(0.5, whole / 2) + 1e-9
            # its own words stay
            assert all(edit.place[2] <= target.span[1] or edit.place[1] >= target.span[2] for edit in one.edits)


def test_an_answer_flips_where_another_is_likelier(answerer):
    (parts, _) = answerer
    model = as_predictor(parts)
    from tests.predictors.test_answering import PAIR

    *_, bound = model.bind(fields_of(PAIR))
    found = flip(PAIR, model, proposer=no_words)
    assert found.source == bound.targets[0]
    for one in found:
        assert one.scores[0][0] == one.scores[0].max() or len(bound.targets) == 1
        assert one.scores[-1][0] < one.scores[0][0] + 1e-9 and np.isfinite(one.scores).all()
