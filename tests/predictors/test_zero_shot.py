"""Labels of the reader's: chosen among as transformers' pipeline does, each as a sentence that the text entails."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import Explainer, as_predictor, compare, evaluate, explain
from limelight.errors import InputError, ModelError
from limelight.predictors.base import Predictor
from limelight.predictors.tasks.zero_shot import ZeroShot

TEXT = "The match was a long one."
LABELS = ["sport", "politics", "weather"]
CLASSES = ("contradiction", "neutral", "entailment")
KNOWN = {"match": "sport", "goal": "sport", "vote": "politics"}


class Judge(Predictor):
    """Knows what words entail; its scores are logits."""

    name = "judge"
    targets = CLASSES
    scale = "value"
    most_fields = 2

    def __init__(self):
        self.asked = []

    def predict(self, texts):
        self.asked += texts
        rows = []
        for text, sentence in texts:
            hits = sum(KNOWN.get(word.strip(".").lower()) in sentence.strip(".").split() for word in text.split())
            rows.append([1.0 - 2 * hits, 0.0, 3.0 * hits])
        return rows


@pytest.fixture
def judge():
    return Judge()


def zero_shot(judge, **more):
    return ZeroShot(judge, CLASSES, **more)


def test_one_of_several_labels_is_the_softmax_of_entailment(judge):
    predictor = zero_shot(judge).among(LABELS)
    assert predictor.targets == tuple(LABELS) and predictor.scale == "probability"
    wanted = np.exp([3.0, 0, 0]) / np.exp([3.0, 0, 0]).sum()
    assert predictor([TEXT, ""]) == pytest.approx(np.array([wanted, [1 / 3] * 3]))
    assert (TEXT, "This example is sport.") in judge.asked


def test_labels_that_can_hold_together_and_a_lone_one_are_judged_by_themselves(judge):
    each = zero_shot(judge, several=True).among(LABELS)
    # entailment against contradiction: 3 against -1, and 0 against 1
    assert each([TEXT])[0] == pytest.approx([1 / (1 + np.exp(-4)), *[1 / (1 + np.exp(1))] * 2])
    assert zero_shot(judge).among(["sport"])([TEXT])[0] == pytest.approx([1 / (1 + np.exp(-4))])


def test_the_template_makes_the_sentence(judge):
    zero_shot(judge, template="It is about {}!").among(["sport"])([TEXT])
    assert judge.asked == [(TEXT, "It is about sport!")]
    for wrong in ("no place", "{} and {}", "{label}", "{", 7):
        with pytest.raises(InputError, match="the hypothesis template is .*a sentence with {} where the label goes"):
            zero_shot(judge, template=wrong)


def test_words_are_explained_for_every_label_and_other_labels_ask_only_what_is_new(judge):
    predictor = zero_shot(judge)
    found = explain(TEXT, predictor, labels=LABELS)
    assert found.targets == found.labels == tuple(LABELS)
    assert found.top(1, "sport")[0][0] == "match" and found.top(1, "sport")[0][1] > 0.3
    assert found.top(1, "politics")[0][0] == "match" and found.top(1, "politics")[0][1] < -0.1
    before = len(judge.asked)
    explain(TEXT, predictor, labels=["sport", "weather"])
    assert len(judge.asked) == before
    explain(TEXT, predictor, labels=["sport", "food"])
    assert {sentence for _, sentence in judge.asked[before:]} == {"This example is food."}
    assert len(set(judge.asked)) == len(judge.asked)


def test_an_explanation_knows_its_labels_wherever_it_is_used(judge):
    predictor = zero_shot(judge)
    found = explain(TEXT, predictor, labels=LABELS, contrast=("sport", "politics"))
    assert found.targets[0] == "sport rather than politics" and found.top(1)[0][0] == "match"
    again = type(found).from_dict(found.to_dict())
    assert again == found and again.labels == tuple(LABELS)
    assert evaluate(again, predictor, maskers="delete")[0].srg > 0
    assert compare(TEXT, predictor, methods=["lime", "occlusion"], labels=LABELS).failures == {}


@pytest.mark.parametrize(
    ("labels", "what"),
    [
        (["sport", "art", "sport"], "labels has 'sport' more than once. Each label takes a name of its own"),
        ("sport", "labels is 'sport'. limelight takes a list of names"),
        ([], r"labels is \[\]"),
        (["sport", " "], "a list of names to choose among"),
        (["sport", 7], "a list of names to choose among"),
        ([f"{at}" for at in range(1001)], "labels has 1,001 names"),
    ],
)
def test_labels_that_make_no_sense_are_refused(judge, labels, what):
    with pytest.raises(InputError, match=what):
        explain(TEXT, zero_shot(judge), labels=labels)


def test_who_needs_labels_says_so_and_who_has_classes_too(judge):
    with pytest.raises(InputError, match=r"judge chooses among labels, and none were given.*labels=\['sport', 'pol"):
        explain(TEXT, zero_shot(judge))
    with pytest.raises(InputError, match="has targets of its own.*Leave labels out"):
        explain(TEXT, lambda texts: [[0.5, 0.5]] * len(texts), labels=LABELS)
    with pytest.raises(ModelError, match="the model's classes are 'yes', 'no'. A zero-shot model is one of entailment"):
        ZeroShot(judge, ("yes", "no"))
    with pytest.raises(InputError, match="has 2 fields.*takes one text"):
        explain({"a": "x", "b": "y"}, zero_shot(judge), labels=LABELS)


def test_labels_are_edited_in_the_page_and_the_text_stays(judge):
    explainer = Explainer(TEXT, zero_shot(judge), labels=LABELS)
    assert explainer.wait().targets == tuple(LABELS) and explainer._menu["targets"] == LABELS
    explainer.set_state({"labels": ["sport", "food"]})
    found = explainer.wait()
    assert found.targets == ("sport", "food") and explainer.text == TEXT and explainer.target == "sport"
    explainer.hidden = ["match"]
    explainer.wait()
    assert set(explainer.tries[-1].prediction) == {"sport", "food"}
    explainer.set_state({"labels": ["sport", "sport"]})
    assert "more than once" in explainer.error and list(explainer.labels) == ["sport", "food"]
    explainer.close()


def test_a_page_can_choose_among_the_labels_before_there_is_an_answer(judge):
    from limelight.widget.menu import menu_of

    known = explain(TEXT, zero_shot(judge), labels=["sport", "food"])
    for explanation in (None, known):
        assert menu_of(zero_shot(judge), explanation, LABELS)["targets"] == LABELS
    assert menu_of(as_predictor(lambda texts: [[0.5, 0.5]] * len(texts)), None, LABELS)["targets"] == []


@pytest.fixture(scope="module")
def nli(bert):
    """``(model, tokenizer)`` of a small BERT with the classes of entailment, in another order than most."""
    names = {0: "entailment", 1: "neutral", 2: "contradiction"}
    predictor = as_predictor(bert(num_labels=3, id2label=names, label2id={name: at for at, name in names.items()}))
    return predictor._model, predictor._tokenizer


TEXTS = ["a good film", "it was never dull", "fun"]


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("labels", [["good", "bad", "fun"], ["good"]])
def test_scores_are_those_of_transformers_pipeline(nli, several, labels):
    from transformers import pipeline

    model, tokenizer = nli
    template = "the film is {}"
    pipe = pipeline(
        "zero-shot-classification", model=model, tokenizer=tokenizer, hypothesis_template=template, multi_label=several
    )
    predictor = as_predictor(pipe).among(labels)
    for text in TEXTS:
        theirs = pipe(text, candidate_labels=labels)
        known = dict(zip(theirs["labels"], theirs["scores"], strict=True))
        assert predictor([text])[0] == pytest.approx([known[label] for label in labels], abs=1e-5)
    found = explain(TEXTS[0], pipe, labels=labels, budget=60)
    assert found.targets == tuple(labels) and found.weights is not None
    with pytest.raises(InputError, match="chooses among labels, and none were given"):
        explain(TEXTS[0], pipe)


def test_a_model_of_entailment_takes_labels_or_pairs(nli):
    found = explain("a good film", nli, labels=["good", "bad"], masker="mask", unit="token")
    assert found.targets == ("good", "bad") and found.features == ("a", "good", "film")
    pair = explain({"premise": "a good film", "hypothesis": "it is bad"}, nli, budget=60)
    assert pair.targets == ("entailment", "neutral", "contradiction")
    with pytest.raises(InputError, match="asked about the text once for each label"):
        explain("a good film", nli, labels=["good", "bad"], method="integrated_gradients")


def test_a_long_text_is_read_beside_the_longest_sentence(nli):
    found = explain("good film " * 20, nli, labels=["bad", "fun"], budget=80)
    assert found.reads[0] < 20 * 10 and any("stops reading" in said for said in found.warnings)


def test_labels_reach_a_model_that_reads_in_windows(judge):
    predictor = as_predictor(zero_shot(judge), windows=True)
    found = explain(TEXT, predictor, labels=LABELS)
    assert found.targets == tuple(LABELS) and found.top(1, "sport")[0][0] == "match"
