"""What a user of the lime package would have got, by running it by hand beside ours."""

from __future__ import annotations

import numpy as np
import pytest
from lime.lime_text import LimeTextExplainer

from limelight import as_predictor, compare, explain
from limelight.api.options import Options
from limelight.errors import InputError
from limelight.methods import METHODS
from tests.conftest import explanations

TEXT = "It is not a bad film, and not a dull film: a good one, good fun."


def model(texts):
    """Three classes, uneven enough that a line does not fit them."""
    rows = []
    for text in texts:
        words = set(text.replace(",", " ").replace(".", " ").replace(":", " ").split())
        up = 1.5 * ("good" in words) - ("bad" in words and "not" not in words) + 0.4 * ("fun" in words) + len(text) / 90
        rows.append([up, -up, 0.3 * ("film" in words)])
    odds = np.exp(np.array(rows))
    return odds / odds.sum(axis=1, keepdims=True)


def by_hand(text, samples, seed, classifier=model, k=3):
    """lime's own answer: weights by word, intercepts, scores."""
    asked = []

    def ask(texts):
        asked.extend(texts)
        return classifier(texts)

    weights, intercepts, scores = [], [], []
    for target in range(k):
        found = LimeTextExplainer(random_state=seed).explain_instance(
            text, ask, labels=(target,), num_features=10**6, num_samples=samples
        )
        weights.append(dict(found.as_list(target)))
        intercepts.append(found.intercept[target])
        scores.append(found.score)
    return weights, intercepts, scores, asked[:samples]


@pytest.mark.parametrize(("text", "samples", "seed"), [(TEXT, 300, 0), (TEXT, 64, 7), ("good film, good fun", 50, 1)])
def test_it_is_limes_own_answer_with_the_same_seed(text, samples, seed):
    asked = []

    def heard(texts):
        asked.extend(texts)
        return model(texts)

    found = explain(text, heard, method="lime-package", budget=samples, seed=seed)
    weights, intercepts, scores, theirs = by_hand(text, samples, seed)
    assert set(asked) == set(theirs) and len(asked) == len(set(asked)) == found.evaluations <= samples == found.budget
    for target in range(3):
        for feature, weight in zip(found.features, found.weights[target], strict=True):
            # each occurrence has its share
            wanted = weights[target][feature] / found.features.count(feature)
            assert weight == pytest.approx(wanted, abs=1e-9), feature
        assert found.weights[target].sum() == pytest.approx(sum(weights[target].values()), abs=1e-9)
    assert found.intercepts == pytest.approx(np.array(intercepts), abs=1e-9)
    assert found.fit["r2"] == pytest.approx(scores, abs=1e-9)
    assert found.state == "spent" and found.intervals is None and found.scale == "probability"
    assert found.scores == pytest.approx(model([text])[0])


def test_what_it_predicts_for_the_whole_text_is_limes_local_prediction():
    found = explain(TEXT, model, method="lime-package", budget=200, seed=3)
    theirs = LimeTextExplainer(random_state=3).explain_instance(
        TEXT, model, labels=(1,), num_features=10**6, num_samples=200
    )
    whole = found.predict(np.ones((1, len(found.features)), dtype=bool))
    assert whole[0, 1] == pytest.approx(theirs.local_pred[0], abs=1e-9)


def test_left_to_itself_it_draws_as_many_as_an_explanation_may_take():
    asked = []
    found = explain(TEXT, lambda texts: asked.extend(texts) or model(texts), method="lime-package")
    _, _, scores, theirs = by_hand(TEXT, 2000, 0)
    assert found.budget == 2000 and set(asked) == set(theirs) and found.fit["r2"] == pytest.approx(scores, abs=1e-9)


def test_words_that_lime_cuts_otherwise_share_by_overlap(linear):
    chinese = "这部电影非常好看"
    text = f"I don't like {chinese} or well_made_things, don't you"
    linear.predict = lambda texts: np.array([[len(text), text.count("on")] for text in texts], dtype=float)
    weights, intercepts, _, _ = by_hand(text, 200, 0, linear.predict, 2)
    found = explain(text, linear, method="lime-package", budget=200)
    assert "don't" in found.features and "电影" in found.features and chinese in weights[0]
    own = dict(zip(found.spans, found.weights[0], strict=True))
    both = [own[span] for span in own if text[slice(*span)] == "don't"]
    # lime sees "don" and "t", twice each
    assert both == pytest.approx([(weights[0]["don"] + weights[0]["t"]) / 2] * 2)
    cut = {text[slice(*span)]: weight for span, weight in own.items() if text[slice(*span)] in chinese}
    assert len(cut) > 2 and cut == {word: pytest.approx(len(word) / len(chinese) * weights[0][chinese]) for word in cut}
    assert found.weights.sum(axis=1) == pytest.approx([sum(one.values()) for one in weights])
    assert found.intercepts == pytest.approx(np.array(intercepts)) and len(found.warnings) == 1


def test_what_stands_in_no_feature_is_counted_and_goes_into_the_base(linear):
    text = "good ___ film _ bad"
    found = explain(text, linear, method="lime-package", budget=100)
    weights, intercepts, _, _ = by_hand(text, 100, 0, linear.predict, 2)
    assert found.features == ("good", "film", "bad") and set(weights[0]) == {"good", "___", "film", "_", "bad"}
    assert any("2 of the 5 words that the lime package sees" in said for said in found.warnings)
    assert found.weights[0] == pytest.approx([weights[0][word] for word in found.features])
    wanted = [base + own["_"] + own["___"] for base, own in zip(intercepts, weights, strict=True)]
    assert found.intercepts == pytest.approx(np.array(wanted))


@pytest.mark.parametrize("unit", ["sentence", "character"])
def test_features_of_any_unit_add_up_to_its_words(unit):
    found = explain(TEXT, model, method="lime-package", unit=unit, budget=100)
    weights, _, _, _ = by_hand(TEXT, 100, 0)
    assert found.weights.sum(axis=1) == pytest.approx([sum(one.values()) for one in weights])


def test_only_what_the_model_reads_is_drawn_from(bert):
    text = "the film was a film " * 10 + "good"
    found = explain(text, bert(num_labels=2), method="lime-package", budget=60)
    assert found.read < len(text) and len(found.features) == 30
    assert found.evaluations <= 2**5 and len({*found.features}) == 4


def test_it_steps_batch_by_batch_and_can_be_stopped(linear):
    linear.batch_size = 10
    seen = explanations(TEXT, linear, Options(method="lime-package", budget=100))
    counts = [one.evaluations for one in seen]
    assert counts == sorted(counts) and max(np.diff(counts)) <= 10
    assert all(one.weights is None for one in seen[:-1]) and seen[-1].weights is not None
    again = explain(TEXT, linear, method="lime-package", budget=100)
    assert seen[-1] == again and again != explain(TEXT, linear, method="lime-package", budget=100, seed=1)


def test_it_changes_no_randomness_elsewhere(linear):
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    explain(TEXT, linear, method="lime-package", budget=50)
    assert np.array_equal(np.random.get_state()[1], before)


def test_a_contrast_and_a_scale_are_what_it_fits():
    found = explain(TEXT, model, method="lime-package", contrast=(0, 1), budget=100)
    each = explain(TEXT, model, method="lime-package", scale="logit", budget=100)
    assert found.weights[0] == pytest.approx(each.weights[0] - each.weights[1])
    assert found.scale == each.scale == "logit" and found.weights[1] == pytest.approx(-found.weights[0])


def test_it_stands_beside_ours_in_a_comparison():
    found = compare(TEXT, model, methods=["lime-package", "lime", "interactions"], budget=400)
    assert found.labels == ("LIME, the package", "LIME", "Words and interactions") and not found.failures
    assert METHODS["lime-package"].name == "lime-package" and all(found.scores)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"a": "good film", "b": "bad film"},
            "has 2 fields .'a', 'b'.*LIME, the package explains one text; use method='l",
        ),
        ("👍 👍🏽", "'👍 👍🏽' has no word for LIME, the package.*use method='lime'"),
        (" ".join(f"w{at}" for at in range(2500)), "2,500 different words.*takes up to 2,000 words"),
        ("a " * 50_000 + "b" * 90_000, "2 different words, and 90,000 characters without a break"),
    ],
)
def test_what_it_cannot_explain_is_said_in_a_sentence(given, said):
    asked = lambda texts: [[0.5, 0.5]] * len(texts)  # noqa: E731
    with pytest.raises(InputError, match=said):
        explain(given, as_predictor(asked), method="lime-package", unit="sentence" if len(given) > 2000 else "word")


def test_signs_that_a_table_of_strings_drops_move_no_word(linear):
    text = "good \x00\x00 bad \x00 film"
    found = explain(text, linear, method="lime-package", budget=60)
    weights, _, _, _ = by_hand(text, 60, 0, linear.predict, 2)
    assert found.weights[0] == pytest.approx([weights[0][word] for word in ("good", "bad", "film")])
