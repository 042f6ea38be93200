import numpy as np
import pytest

from limelight import explain
from limelight.errors import InputError
from limelight.scales import SCALES, clear_of, exclusive, log_odds, logit, noise, probabilities


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def test_logit_gives_the_models_logits_back_up_to_their_level():
    logits = np.random.default_rng(0).normal(0, 4, (20, 3))
    assert np.allclose(logit(softmax(logits)), logits - logits.mean(axis=1, keepdims=True))


def test_two_classes_have_opposite_log_odds():
    p = np.array([[0.9, 0.1], [0.5, 0.5]])
    assert np.allclose(log_odds(p), [[np.log(9), -np.log(9)], [0, 0]])


def test_classes_that_do_not_exclude_each_other_have_log_odds_for_logits():
    p = np.array([[0.9, 0.8], [0.2, 0.1]])
    assert np.allclose(logit(p), log_odds(p))


def test_certainty_stays_finite():
    p = np.array([[1.0, 0.0]])
    assert all(np.isfinite(scale(p)).all() for scale in SCALES.values())


@pytest.mark.parametrize("scale", ["logit", "log-odds"])
def test_an_additive_logit_model_is_explained_exactly_on_its_scale(scale):
    effects = {"good": 2.0, "bad": -1.5, "not": 0.5}

    def model(texts):
        up = np.array([0.3 + sum(effects.get(word, 0) for word in text.split()) for text in texts])
        return np.stack([1 / (1 + np.exp(-up)), 1 / (1 + np.exp(up))], axis=1)

    found = explain("a good film not a bad one", model, scale=scale)
    wanted = [effects.get(word, 0.0) for word in found.features]
    half = 0.5 if scale == "logit" else 1.0  # two centred logits share what their difference is
    assert np.allclose(found.weights[0], half * np.array(wanted), rtol=2e-3, atol=2e-3)
    assert found.scale == scale and found.probabilities.sum() == pytest.approx(1)
    assert found.fit["r2"][0] > 0.999


def test_values_have_no_logit():
    with pytest.raises(InputError, match="scale='logit' was asked of a model that answers values.*leave scale out"):
        explain("one two three", lambda texts: [[float(len(t))] for t in texts], scale="logit")


def test_a_change_of_scale_unit_or_budget_asks_nothing_twice(linear):
    linear.scale = "probability"
    linear.predict = lambda texts: linear.asked.extend(texts) or np.full((len(texts), 2), 0.5)
    first = explain("not a good film", linear)
    assert len(linear.asked) == first.evaluations == 16
    explain("not a good film", linear, scale="logit")
    explain("not a good film", linear, budget=10)
    assert len(linear.asked) == 16
    # after an edit, texts without the edited word still hold
    after = explain("not a bad film", linear)
    assert len(linear.asked) == 24 and after.evaluations == 16


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("table", [[[0.2, 0.3, 0.5], [0.9, 0.09, 0.01]], [[0.9, 0.8], [0.1, 0.3]], [[0.25], [0.75]]])
def test_probabilities_undo_every_scale(scale, table):
    table = np.array(table)
    assert probabilities(SCALES[scale](table), scale, exclusive(table)) == pytest.approx(table)
    far = probabilities(np.full((1, table.shape[1]), 1e4), scale, exclusive(table))
    assert np.isfinite(far).all()


def test_noise_on_a_scale_is_what_many_draws_show():
    random = np.random.default_rng(0)
    likely = np.array([[0.3, 0.7], [0.55, 0.45], [0.2, 0.8]])
    errors = np.array([[0.01, 0.01], [0.02, 0.02], [0.005, 0.005]])
    shift = random.normal(size=(20_000, 3, 1)) * errors[:, :1]
    draws = np.clip(likely + np.concatenate([shift, -shift], axis=2), 1e-6, 1 - 1e-6)
    for scale in ("probability", "log-probability", "log-odds", "logit"):
        seen = np.array([SCALES[scale](one) for one in draws[:4000]]).var(axis=0)
        said = noise(errors**2, likely, scale)
        assert np.allclose(said, seen, rtol=0.15), scale


def test_a_probability_is_kept_clear_of_its_noise_where_the_scale_has_no_end():
    likely, variance = np.array([[0.0, 1.0, 0.99]]), np.array([[0.01, 0.01, 0.01]])
    assert np.allclose(clear_of(likely, variance, "log-odds"), [[0.1, 0.9, 0.9]])
    assert np.allclose(clear_of(likely, variance, "log-probability"), [[0.1, 1.0, 0.99]])
