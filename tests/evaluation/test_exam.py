"""The exam on models whose true explanation is known."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from limelight import as_predictor, compare, evaluate, explain
from limelight.api.options import Options
from limelight.errors import InputError
from limelight.evaluation.curves import area, order, points_of
from limelight.evaluation.score import best
from limelight.masking.orders import removals
from tests.conftest import explanations

TEXT = "good film not bad fun"


@pytest.fixture
def additive(linear):
    linear.weights = {"good": 0.5, "bad": -0.25, "not": 0.125, "fun": 0.25}
    return linear


def test_curves_of_a_linear_model_are_known(additive):
    found = explain(TEXT, additive, method="lime")
    assert [found.features[i] for i in order(found, 0)] == ["good", "fun", "not", "film", "bad"]
    assert [found.features[i] for i in order(found, 0, falling=False)] == ["bad", "film", "not", "fun", "good"]
    (score,) = evaluate(found, additive, target="up", beam=True)
    # strongest first: .725 .225 -.025 -.15 -.15 .1; weakest first: .725 .975 .975 .85 .6 .1
    first, last = np.array([0.725, 0.225, -0.025, -0.15, -0.15, 0.1]), np.array([0.725, 0.975, 0.975, 0.85, 0.6, 0.1])
    mean = lambda curve: (curve[1:] + curve[:-1]).mean() / 2  # noqa: E731
    assert score.srg == pytest.approx(mean(last) - mean(first))
    # nothing beats the true order of a linear model
    assert score.share == pytest.approx(1) and score.reachable == pytest.approx(score.srg)
    # 5, 10 and 20 % of five words are one word, 50 % are two
    assert score.comprehensiveness == pytest.approx((3 * 0.5 + 0.75) / 4)
    assert score.sufficiency == pytest.approx((3 * (0.725 - 0.6) + (0.725 - 0.85)) / 4)
    assert score.r2 == pytest.approx(1, abs=1e-4) and score.rank > 0.98  # ties of the model


def test_a_wrong_explanation_fails_the_exam(additive):
    found = explain(TEXT, additive)
    (good,), (bad,) = (evaluate(e, additive, target=0) for e in (found, replace(found, weights=-found.weights)))
    assert bad.srg == pytest.approx(-good.srg) and bad.r2 < 0


def test_random_orders_have_no_gap_on_average(additive):
    found = explain(TEXT, additive)
    random = np.random.default_rng(0)
    gaps = []
    for _ in range(200):
        shuffled = replace(found, weights=random.permuted(found.weights, axis=1))
        gaps.append(evaluate(shuffled, additive, target=0)[0].srg)
    assert abs(np.mean(gaps)) < 3 * np.std(gaps) / np.sqrt(200)


def test_pairs_change_the_order_of_a_joint_explanation():
    def either(texts):
        return [[1.0 * ("good" in t or "fun" in t) + 0.4 * ("film" in t)] for t in texts]

    found = explain("good fun film a b", either, method="interactions")
    # either word alone holds the score up: only both at once bring it down, and then fastest of all
    names = [found.features[i] for i in order(found, 0)]
    assert set(names[:2]) == {"good", "fun"} and names[2] == "film"
    # rising: what keeps it up goes last
    assert set(names[:3]) >= {found.features[i] for i in order(found, 0, falling=False)[-2:]}


def test_points_and_removals():
    assert points_of(3, 99).tolist() == [0, 1, 2, 3] and points_of(1, 5).tolist() == [0, 1]
    assert points_of(100, 3).tolist() == [0, 25, 50, 75, 100]
    assert removals(np.array([2, 0, 1]), np.array([0, 1, 3])).tolist() == [[True] * 3, [True, True, False], [False] * 3]
    assert area(np.array([1.0, 0.0]), np.array([0, 1])) == 0.5


@pytest.mark.slow
@pytest.mark.parametrize("budget", [200, 300, "auto"])
def test_the_exam_costs_little_and_asks_only_for_what_is_new(linear, budget):
    text = "one good two bad three not four fun five six seven eight nine ten"
    rough = lambda t: 0.01 * (sum(map(ord, t)) % 17)  # noqa: E731
    plain, asked = linear.predict, []

    def noisy(texts):
        asked.extend(texts)
        return plain(texts) + np.array([[rough(t), 0] for t in texts])

    linear.predict = noisy
    *_, before, after = explanations(text, linear, Options(budget=budget), examine=True)
    assert before.exam is None and after.exam is not None
    assert after.exam["evaluations"] <= (40 if budget == "auto" else 0.15 * after.evaluations)
    assert len(asked) == len(set(asked)) == after.evaluations + after.exam["evaluations"]
    assert after.exam["first"][0][0] == pytest.approx(noisy([text])[0][after.exam["targets"][0]])


def test_what_was_examined_still_says_how_long_it_took(linear):
    *_, before, last = explanations(TEXT, linear, Options(budget=400), examine="always")
    assert last.exam is not None and before.exam is None
    assert last.seconds >= before.seconds > 0


def test_a_cheap_method_gets_no_dear_exam(linear):
    *_, last = explanations("one good two bad three", linear, Options(method="occlusion"), examine=True)
    assert last.exam is None and last.weights is not None


def test_an_exact_explanation_is_examined_for_nothing(linear):
    *_, last = explanations("one good two bad three", linear, Options(), examine=True)
    assert last.state == "exact" and last.exam["evaluations"] == 0 and len(last.exam["shares"]) == 6


def test_only_the_model_that_was_explained_can_examine(linear):
    found = explain(TEXT, linear)
    with pytest.raises(InputError, match="has 2 targets, the model 3"):
        evaluate(found, lambda texts: [[0.2, 0.3, 0.5]] * len(texts))
    with pytest.raises(InputError, match="unknown masker 'blur'"):
        evaluate(found, linear, maskers=["blur"])
    with pytest.raises(InputError, match="no mask token"):
        evaluate(found, linear, maskers=["mask"])


def test_without_a_model_only_an_explanation_of_the_bundled_one_is_examined(linear):
    found = explain("A good film.", budget=40)
    assert evaluate(found)[0].srg == evaluate(found, as_predictor())[0].srg
    for other in (explain(TEXT, linear), replace(found, model="")):
        with pytest.raises(InputError, match="is of the model .*no model was given.*give the model that was explained"):
            evaluate(other)
    # a name can be taken, the classes behind it less easily
    with pytest.raises(InputError, match="has 2 targets, the model 3"):
        evaluate(replace(explain(TEXT, linear), model=found.model))


def sentiment(up: float, targets=("no", "yes"), scale: str = "probability"):
    """A model of two classes; ``up`` is what it says of the second for a text with "good" in it."""

    def answer(texts):
        yes = np.array([up if "good" in text else up - 0.2 for text in texts])
        return np.stack([1 - yes, yes], axis=1) * (1 if scale == "probability" else 1000)

    return as_predictor(answer, class_names=targets)


@pytest.mark.parametrize("options", [{}, {"scale": "logit"}, {"contrast": ("yes", "no")}])
def test_a_model_under_other_names_is_known_by_its_answer(options):
    found = explain(TEXT, sentiment(0.8), **options)
    assert found.targets != ("LABEL_0", "LABEL_1")
    (same,) = evaluate(found, sentiment(0.8), maskers=["delete"])
    renamed = {"targets": ("LABEL_0", "LABEL_1")}
    assert evaluate(found, sentiment(0.8, **renamed), maskers=["delete"]) == (same,)
    evaluate(found, sentiment(0.81, **renamed), maskers=["delete"])  # as another precision or library may answer
    for other in (0.83, 0.3):
        with pytest.raises(InputError, match="of the targets .*'(no|yes.*)'.*LABEL_.*answers otherwise.*give that one"):
            evaluate(found, sentiment(other, **renamed))
    # the same names are taken at their word: it may have been trained on
    assert evaluate(found, sentiment(0.3), maskers=["delete"])


def test_values_are_compared_by_their_size():
    found = explain(TEXT, sentiment(0.8, scale="value"))
    assert found.scale == "value"
    evaluate(found, sentiment(0.81, ("a", "b"), "value"), maskers=["delete"])
    with pytest.raises(InputError, match="answers otherwise"):
        evaluate(found, sentiment(0.83, ("a", "b"), "value"))


def test_a_contrast_is_not_examined_on_a_model_without_its_classes():
    def three(texts):
        return [[0.2, 0.3, 0.5]] * len(texts)

    found = explain(TEXT, three, contrast=(0, 2), budget=40)
    assert evaluate(found, three, maskers=["delete"])
    with pytest.raises(InputError, match="has 3 targets or more, the model 2"):
        evaluate(found, sentiment(0.8))


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (5, {}, "the text is of type int"),
        (None, {}, "the text is of type NoneType"),
        (b"bytes", {}, "the text is of type bytes"),
        (["a", 5], {}, "the text is of type int"),
        ({"a": 5}, {}, "the field 'a' is of type int"),
        ({5: "b"}, {}, "a field is called 5"),
        (TEXT, {"methods": 5}, "unknown method 5"),
        (TEXT, {"methods": None}, "unknown method None"),
        (TEXT, {"methods": ["lime", 5]}, "unknown method 5"),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_sentence(text, options, said, linear):
    with pytest.raises(InputError, match=said):
        compare(text, linear, **options)
    assert not linear.asked


def test_a_comparison_sends_no_escapes_to_a_terminal(linear):
    shown = repr(compare(["good \x1b[31mfilm", "bad \x07film", "\x9b"], linear, methods="occlusion"))
    assert r"\x1b[31m" in shown and r"\x07" in shown and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)


def test_a_comparison_outlives_a_method_that_fails(linear):
    found = compare(TEXT, linear, methods=["lime", "integrated_gradients", "occlusion"])
    assert found.labels == ("LIME", "Occlusion") and "looks into the model" in found.failures["Integrated gradients"]
    assert found.agreement[0, 1] > 0.95 and found.shared[0, 1] == 1
    page = found._repr_html_()
    assert "Occlusion" in page and "looks into the model" in page and "<script" not in page
    assert list(found.to_frame()["label"]) == ["LIME", "Occlusion"]
    assert found.best is None  # of a linear model both say all there is to say


def test_two_models_and_two_texts(linear, sklearn_pipeline):
    from tests.conftest import Linear

    other = Linear({"good": -1.0}, base=0.0)
    other.name = "other"
    models = compare(TEXT, [linear, other], methods="lime")
    assert models.labels == ("linear", "other") and models.agreement.shape == (2, 2)
    texts = compare(["a good film", "a bad film <b>"], linear, methods="lime")
    assert np.isnan(texts.agreement[0, 1]) and "&lt;b&gt;" in texts._repr_html_()
    with pytest.raises(InputError, match="several of one of them"):
        compare([TEXT, "b"], [linear, other])
    with pytest.raises(TypeError, match="unknown keyword 'budgte'"):
        compare(TEXT, linear, budgte=3)


def test_the_best_has_the_largest_mean_gap_and_nobody_is_best_who_was_not_examined():
    # the mean decides, not the largest single gap
    assert best([[0.4, 0.4], [0.7, 0.0], [0.3, 0.3]]) == 0 and best([[0.1], [0.2]]) == 1
    # nobody by what nobody can see: gaps are told with two digits
    assert best([[0.4], [0.401], [0.1]]) is None and best([[0.4], [0.41], [0.1]]) == 1
    assert best([]) is None and best([[0.1], []]) is None


def test_each_agreement_is_worked_out_once(additive, monkeypatch):
    from limelight.api import compare as module

    pairs, real = [], module._agreement
    monkeypatch.setattr(module, "_agreement", lambda one, other: pairs.append((id(one), id(other))) or real(one, other))
    found = compare(TEXT, additive, methods=["lime", "occlusion", "shapley"])
    assert len(pairs) == len(set(pairs)) == 9
    monkeypatch.undo()
    table = [[module._agreement(one, other)[0] for other in found.explanations] for one in found.explanations]
    assert found.agreement.tolist() == table and np.diag(found.agreement).tolist() == [1.0] * 3
