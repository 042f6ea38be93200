"""Axioms every method must keep on toy models, and lime's own answer for LIME."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import explain
from limelight.api.options import Options
from limelight.api.problem import problem_of
from limelight.errors import InputError
from limelight.masking.designs import lime_masks
from limelight.methods import METHODS, as_method
from limelight.methods.estimate import Estimate
from limelight.methods.lime import distances, kernel, regress
from limelight.predictors import as_predictor
from limelight.surrogate.fit import fit_of
from limelight.text.fields import fields_of
from tests.conftest import Linear, explanations, result

TEXT = "It is not a good film and not a bad idea."


# Those that estimate from drawn masks; what the others must keep is in test_references.py.
SAMPLED = ("lime", "shapley", "interactions", "banzhaf")


@pytest.fixture(params=SAMPLED)
def method(request):
    return request.param


def test_a_linear_model_gets_its_own_weights_back(method, linear):
    found = explain(TEXT, linear, method=method, budget=3000)
    wanted = [linear.weights.get(word, 0.0) for word in found.features]
    # the ridge shrinks by about 1/(1 + .085 n): far under a thousandth here
    assert np.allclose(found.weights[0], wanted, atol=2e-3)
    assert np.allclose(found.weights[1], -found.weights[0])
    assert (found.intervals[..., 0] <= found.weights).all() and (found.weights <= found.intervals[..., 1]).all()
    assert found.intercepts[0] == pytest.approx(linear.base, abs=2e-3)
    assert np.allclose(found.fit["r2"], 1, atol=1e-4)


@pytest.mark.slow
def test_base_value_and_weights_add_up_to_the_prediction(method, linear):
    found = explain(TEXT, linear, method=method, budget=3000)
    assert np.allclose(found.intercepts + found.weights.sum(axis=1), found.scores, atol=2e-3)


def test_a_word_the_model_ignores_weighs_nothing(method):
    def only_good(texts):
        return [[0.9, 0.1] if "good" in t else [0.2, 0.8] for t in texts]

    found = explain("a truly good film here", only_good, method=method, scale="probability", budget=2000)
    weights = dict(zip(found.features, found.weights[0], strict=True))
    assert weights["good"] == pytest.approx(0.7, abs=0.01)
    assert all(abs(weight) < 0.01 for word, weight in weights.items() if word != "good")


def test_a_constant_model_weighs_nothing(method):
    found = explain(TEXT, lambda texts: [[0.3, 0.7]] * len(texts), method=method, scale="probability", budget=200)
    assert np.abs(found.weights).max() < 1e-12
    assert np.allclose(found.intercepts, [0.3, 0.7])
    assert any("same answer whatever is removed" in warning for warning in found.warnings)


def test_interchangeable_words_weigh_the_same(method):
    def both(texts):
        return [[float("alpha" in t and "beta" in t), 0.0] for t in texts]

    found = explain("alpha beta gamma delta", both, method=method, budget=4000)
    alpha, beta, gamma, delta = found.weights[0]
    # two coefficients of 4,000 draws differ by about .01; what is no part of the
    # pair takes a little of what an additive fit cannot place, and equally so
    assert alpha == pytest.approx(beta, abs=0.05) and gamma == pytest.approx(delta, abs=0.05)
    assert min(alpha, beta) > 0.2 and max(abs(gamma), abs(delta)) < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("budget", [13, 64, 100, 777])
def test_the_budget_is_never_exceeded(method, linear, budget):
    found = explain(TEXT, linear, method=method, budget=budget)
    assert len(linear.asked) == len(set(linear.asked)) == found.evaluations <= budget == found.budget
    assert found.state == "spent" and (found.intervals is None) == (budget == 13 and method != "banzhaf")


def test_auto_stops_when_it_is_settled(method, linear):
    found = explain(TEXT, linear, method=method)
    assert found.state == "settled" and found.evaluations < 200
    # what it stopped with is what more would have given
    assert found.top(3) == [
        (word, pytest.approx(weight, abs=5e-3)) for word, weight in [("good", 0.5), ("bad", -0.25), ("not", 0.125)]
    ]


def test_all_subsets_within_the_budget_are_exact(method):
    def uneven(texts):
        return [[0.7 * ("good" in t and "not" not in t) + 0.1, 0.0] for t in texts]

    text = "not a good film"
    found = explain(text, uneven, method=method)
    assert found.state == "exact" and found.evaluations == 16
    assert np.ptp(found.intervals, axis=-1).max() == 0
    assert np.allclose(found.weights, explain(text, uneven, method=method, seed=9).weights, atol=1e-12)


def test_words_that_work_together_are_named(method):
    def pair(texts):
        return [[0.1 + 0.8 * ("bad" in t.split() and "not" in t.split()), 0.0] for t in texts]

    found = explain(
        "it is not at all a bad film to see on some winter nights", pair, method=method, scale="probability", budget=400
    )
    (i, j), weight = found.terms[0], found.term_weights[0][0]
    assert {found.features[i], found.features[j]} == {"not", "bad"}
    assert weight == pytest.approx(0.8, abs=0.05)
    low, high = found.term_intervals[0][0]
    assert low <= 0.8 <= high or abs(weight - 0.8) < 0.01
    assert len(found.terms) == 1  # there is nothing else


def test_a_time_budget_gives_the_answer_so_far(linear):
    import time

    asked = []

    def slow(texts):
        time.sleep(0.01)
        asked.append(len(texts))
        return [[0.01 * len(t), 0.0] for t in texts]

    found = explain(TEXT + " " + TEXT, slow, time_budget=0.4, budget=100_000)
    assert found.weights is not None and found.state in ("draft", "partial")
    assert len(asked) <= 0.4 / 0.01 + 1, "each took a hundredth of a second at least"


def test_a_first_guess_that_time_ended_says_so_wherever_it_is_seen():
    import time

    def slow(texts):
        time.sleep(0.01 * len(texts))
        return [[0.1 + 0.01 * text.count("good"), 0.4] for text in texts]

    text = " ".join(["good film with a plot"] * 40)
    found = explain(text, slow, time_budget=0.3, class_names=["a", "b"])
    assert found.state == "draft"
    (said,) = [one for one in found.warnings if getattr(one, "code", "") == "draft"]
    assert "first guess" in said and "unit='sentence'" in said
    assert repr(found).startswith("<Explanation a 0.50, a first guess: ") and len(repr(found)) < 200
    assert "could be 0" in found.to_svg(target=0)


@pytest.mark.parametrize("method", ["lime", "shapley", "interactions"])
def test_the_first_picture_is_of_blocks_and_gets_finer(method):
    """What is only known of neighbours together is said of them together, with what goes with them."""
    words = [f"w{i}" for i in range(12)]
    worth = {w: (i % 5 - 2) / 10 for i, w in enumerate(words)}
    model = Linear(worth)
    model.batch_size = 3
    own = np.array(list(worth.values()))
    drafts = [s for s in explanations(" ".join(words), model, Options(method=method, budget=200)) if s.state == "draft"]
    assert drafts[0].evaluations == 5
    assert drafts[0].features == tuple(" ".join(words[at : at + 3]) for at in (0, 3, 6, 9))
    assert drafts[0].weights[0] == pytest.approx(own.reshape(4, 3).sum(axis=1))
    # batch by batch a word is known alone, and what is left of its block counts by its share
    until = [len(s.features) for s in drafts].index(12) + 1
    assert until > 4 and [len(s.features) for s in drafts[:until]] == sorted(len(s.features) for s in drafts[:until])
    for draft in drafts[:until]:
        assert np.allclose(draft.weights.sum(axis=1) + draft.intercepts, draft.scores)
        alone = [at for at, name in enumerate(draft.features) if name in worth]
        if draft is not drafts[0]:  # a word by itself was asked about, or is left of a block of which the others were
            assert any(np.isclose(draft.weights[0, at], worth[draft.features[at]]) for at in alone)
    assert np.allclose(drafts[until - 1].weights[0], own)


@pytest.mark.parametrize(("count", "parts", "passes"), [(60, 4, 4), (61, 3, 3), (120, 3, 3), (300, 3, 3)])
def test_the_first_picture_of_a_long_text_takes_as_long_as_three_of_it(count, parts, passes):
    words, asked = [f"w{i}" for i in range(count)], []

    def model(texts):
        asked.extend(texts)
        return [[len(text.split()) / count, 1.0] for text in texts]

    steps = explanations(" ".join(words), as_predictor(model), Options(budget=400))
    first = next(step for step in steps if step.state == "draft")
    assert len(first.features) == parts and first.evaluations == parts + 1
    assert first.weights[0] == pytest.approx(np.full(parts, 1 / parts), abs=1 / count)
    assert sum(len(text.split()) for text in asked[: parts + 1]) == passes * count


def test_a_first_picture_puts_no_two_fields_into_one_stretch():
    texts = {"premise": "a b c d e f g", "hypothesis": "h i j k l"}
    model = as_predictor(lambda pairs: [[len(one) + len(other), 1.0] for one, other in pairs])
    drafts = [s for s in explanations(texts, model, Options(budget=200)) if s.state == "draft"]
    assert drafts[0].features == ("a b c", "d e f", "g", "h i", "j k l")


def test_intervals_narrow_and_come_with_every_estimate_but_a_draft(method, linear):
    rough = lambda texts: [[hash_share(t), 0.0] for t in texts]  # noqa: E731
    seen = [
        s for s in explanations(TEXT, as_predictor(rough), Options(method=method, budget=800)) if s.weights is not None
    ]
    assert seen[0].state == "draft" and seen[0].intervals is None
    widths = [np.ptp(s.intervals, axis=-1)[0].mean() for s in seen if s.state != "draft"]
    assert widths[-1] < 0.5 * widths[0]
    # noise has weights too, by chance, and 800 of 2,048 texts are known: the intervals hold, and nothing is explained
    last, truth = seen[-1], explain(TEXT, rough, method=method, budget=4000)
    assert truth.state == "exact"
    low, high = last.intervals[0].T  # the other score is always 0
    assert np.mean((low <= truth.weights[0]) & (truth.weights[0] <= high)) >= 0.9
    assert last.fit["r2"][0] < 0.1


def hash_share(text):
    import zlib

    return zlib.crc32(text.encode()) / 2**32


@pytest.mark.slow
def test_the_late_correction_is_as_sure_as_it_says(method):
    """Past the surrogate's rows, fresh masks correct it; on noise that is a plain regression."""
    text = "one two three four five six seven eight nine ten eleven twelve thirteen"
    noise = lambda texts: [[hash_share(t), 0.0] for t in texts]  # noqa: E731
    found = explain(text, noise, method=method, scale="probability", budget=5000)
    truth = explain(text, noise, method=method, scale="probability", budget=2**13)
    assert truth.state == "exact" and found.state == "spent"
    inside = (found.intervals[0, :, 0] <= truth.weights[0]) & (truth.weights[0] <= found.intervals[0, :, 1])
    assert inside.mean() > 0.75


def test_same_seed_same_answer_for_every_batch_size(method, linear):
    found = []
    for size in (1, 7, 64, 1000):
        linear.batch_size = size
        linear.forget()
        found.append(explain(TEXT, linear, method=method, seed=3))
    assert all(other == found[0] for other in found)
    linear.forget()
    assert explain(TEXT, linear, method=method, seed=4) != found[0]


def test_randomness_elsewhere_changes_nothing(method, linear):
    np.random.seed(1)
    first = explain(TEXT, linear, method=method)
    np.random.seed(2)
    np.random.rand(10)
    state = np.random.get_state()[1].copy()
    linear.forget()
    assert explain(TEXT, linear, method=method) == first
    assert np.array_equal(np.random.get_state()[1], state)


def test_steps_are_complete_ever_longer_and_one_a_batch(method, linear):
    linear.batch_size = 10
    seen = explanations(TEXT, linear, Options(method=method, budget=300))
    assert seen[0].weights is None and np.allclose(seen[0].scores, linear([TEXT])[0])
    counts = [s.evaluations for s in seen]
    assert counts == sorted(counts) and max(np.diff(counts)) <= 10
    fitted = [s for s in seen if s.weights is not None]
    assert fitted[-1] == explain(TEXT, linear, method=method, budget=300)
    assert len({s.evaluations for s in fitted}) > 3  # it sharpens, rather than appears at the end
    assert all(s.seconds <= t.seconds for s, t in zip(seen, seen[1:], strict=False))


def test_too_small_a_budget_says_what_is_needed(method, linear):
    least = 8 if method == "banzhaf" else 13
    with pytest.raises(InputError, match=f"budget is 5.*at least {least}.*budget={least}"):
        explain(TEXT, linear, method=method, budget=5)
    assert len(linear.asked) == 1


@pytest.mark.parametrize("text", ["good", "good bad"])
def test_one_or_two_words_get_their_own_weights(method, linear, text):
    found = explain(text, linear, method=method, budget=10)
    assert np.allclose(found.weights[0], [0.5, -0.25][: len(found.features)], atol=2e-3)
    assert found.evaluations == 2 ** len(found.features)


def test_lime_weighs_the_full_text_most():
    masks = np.tril(np.ones((11, 10), dtype=bool), -1)[::-1]  # full, then one word less each
    weights = kernel(distances(masks))
    assert weights[0] == 1 and (np.diff(weights) < 0).all()
    # w(s) = exp(-8 (1 - sqrt(1 - s))^2): .98 at 10 %, .50 at 50 %, .0003 at 100 % removed
    assert weights[[1, 5, 10]] == pytest.approx([0.97916, 0.50344, 0.000335], abs=1e-5)


def test_the_fit_is_limes_own():
    """lime, made to see our masks, weights and targets, gives our numbers."""
    from lime.lime_text import LimeTextExplainer

    text = "good bad film not never"
    asked = []

    def classifier(texts):
        asked.extend(texts)
        score = [0.1 + 0.5 * ("good" in t) - 0.3 * ("bad" in t and "not" not in t) for t in texts]
        return np.stack([score, 1 - np.array(score)], axis=1)

    theirs = LimeTextExplainer(class_names=["a", "b"], bow=False, random_state=7, feature_selection="none")
    found = theirs.explain_instance(text, classifier, labels=(0, 1), num_samples=500, num_features=5)
    masks = np.array([[piece != "UNKWORDZ" for piece in t.split()] for t in asked])
    weights, intercepts = regress(masks, classifier(list(asked)), kernel(distances(masks)))
    for target in (0, 1):
        assert dict(found.local_exp[target]) == pytest.approx(dict(enumerate(weights[target])), abs=1e-10)
        assert found.intercept[target] == pytest.approx(intercepts[target], abs=1e-10)


def test_the_fit_is_limes_regression_to_rounding():
    """Against scikit-learn's ridge, which is all that LimeBase does once every feature is kept."""
    from sklearn.linear_model import Ridge

    masks = lime_masks(8, 300, seed=0)
    scores = np.random.default_rng(0).random((300, 3))
    w = np.exp(-8 * (1 - np.sqrt(masks.mean(axis=1))) ** 2)
    weights, intercepts = regress(masks, scores, w)
    ridge = Ridge(alpha=1).fit(masks, scores, sample_weight=w)
    assert np.allclose(weights, ridge.coef_, atol=1e-10) and np.allclose(intercepts, ridge.intercept_, atol=1e-10)
    one = ridge.predict(masks)
    mean = np.average(scores, axis=0, weights=w)
    wanted = 1 - (w @ (scores - one) ** 2) / (w @ (scores - mean) ** 2)
    assert np.allclose(fit_of(scores, masks @ weights.T + intercepts, w)["r2"], wanted)


def test_one_solve_for_all_targets_is_limebase_on_each():
    from lime.lime_base import LimeBase

    masks = lime_masks(6, 200, seed=0)
    for scores in (np.random.default_rng(0).random((200, 3)), np.random.default_rng(1).random((200, 1))):
        counts = kernel(distances(masks))
        weights, intercepts = regress(masks, scores, counts)
        r2 = fit_of(scores, masks @ weights.T + intercepts, counts)["r2"]
        for target in range(scores.shape[1]):
            intercept, pairs, score, _ = LimeBase(kernel).explain_instance_with_data(
                masks.astype(float), scores, distances(masks), target, 6, feature_selection="none"
            )
            assert dict(pairs) == pytest.approx(dict(enumerate(weights[target])), abs=1e-12)
            assert intercept == pytest.approx(intercepts[target], abs=1e-12) and score == pytest.approx(r2[target])


def test_unknown_names_get_a_hint():
    with pytest.raises(InputError, match="unknown method 'lmie'.*Did you mean 'lime'"):
        as_method("lmie")
    with pytest.raises(InputError, match=r"write Lime\(\)"):
        as_method(METHODS["lime"])


def test_problem_keeps_the_text_byte_for_byte(linear):
    text = "  Good\u00a0film 😀,\r\n<b>not</b>  bad "
    problem = result(problem_of(fields_of(text), linear, Options()))
    assert problem.prediction.text == text and linear.asked == [text]
    assert [text[a:b] for a, b in problem.prediction.spans] == list(problem.prediction.features)


def test_predictor_objects_pass_through(linear):
    assert as_predictor(linear) is linear


def test_what_nobody_knows_yet_is_not_settled_however_little_it_seems():
    """Of a text of 400 words 75 evaluations told nothing: weights of .002 within 4 on both sides."""
    full, small = 0.05, np.array([[0.002, 0.001], [0.0, 0.002]])
    for errors, settled in ((4.0, False), (0.02, False), (0.0101, False), (0.009, True), (0.001, True)):
        found = Estimate(small, np.zeros(2), np.full((2, 2), errors), {})
        assert found.settled(full) is settled, errors
