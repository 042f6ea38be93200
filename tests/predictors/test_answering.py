"""Answers: what is found in a context, what each is scored by, and how a long context is read."""

from __future__ import annotations

import html

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight import Explainer, Explanation, as_predictor, compare, evaluate, explain
from limelight.errors import InputError, ModelError, PredictionError
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.predictors.tasks.reading import Reading, cut
from limelight.text.fields import fields_of
from tests.trained import answered

QUESTION = "what is eaten"
CONTEXT = "then anna meets kurt . boris eats rice . still emma in oslo ."
PAIR = {"question": QUESTION, "context": CONTEXT}
TWICE = {"question": QUESTION, "context": "anna eats rice . emma in oslo . boris eats rice ."}


@pytest.fixture
def trained(answerer):
    return answerer[0]


def bound(model, given):
    *_, last = as_predictor(model).bind(fields_of(given))
    return last


def by_hand(trained, question, context):
    """Log-probabilities of beginning and of end at each token of one window, and where the tokens stand."""
    import torch

    model, tokenizer = trained
    encoded = tokenizer(question, context, return_tensors="pt", return_offsets_mapping=True)
    offsets, of = encoded.pop("offset_mapping")[0].tolist(), encoded.sequence_ids(0)
    with torch.no_grad():
        output = model(**encoded)
    allowed = [at for at, which in enumerate(of) if which == 1 or at == 0]
    logs = [edge[0, allowed].double().log_softmax(-1).tolist() for edge in (output.start_logits, output.end_logits)]
    return *logs, [offsets[at] for at in allowed[1:]]


def test_the_answer_is_found_with_its_place_or_none(trained):
    random, predictor, right = np.random.default_rng(9), as_predictor(trained), 0
    for _ in range(60):
        question, context, answers = answered(random)
        *_, found = predictor.bind(fields_of({"question": question, "context": context}))
        right += found.targets[0] in (answers or ["no answer"])
        for target in found.targets:
            assert target.group == "answers"
            if target != "no answer":
                field, start, stop = target.span
                assert field == 1 and context[start:stop] == target
    assert right >= 56
    assert found.scale == "probability" and found.measured == "log-probability"


def test_the_planted_word_is_named_first(trained):
    random, right, asked = np.random.default_rng(3), 0, 0
    while asked < 12:
        question, context, answers = answered(random)
        if len(answers) != 1 or context.count(".") < 2:
            continue
        asked += 1
        found = explain({"question": question, "context": context}, trained, budget=200, explained=["context"])
        words = context.split()
        right += found.top(1)[0][0] == words[words.index(answers[0]) - 1]
        assert answers[0] not in found.features
    assert right >= 11


def test_the_score_is_that_of_the_frozen_span(trained):
    starts, ends, offsets = by_hand(trained, QUESTION, CONTEXT)
    found = explain(PAIR, trained, budget=40)
    at = offsets.index([CONTEXT.index("rice"), CONTEXT.index("rice") + 4]) + 1
    assert found.targets == ("rice",) and found.scale == "log-probability"
    assert found.scores[0] == pytest.approx(starts[at] + ends[at], abs=1e-5)
    none = explain({"question": QUESTION, "context": "anna meets kurt . still emma in oslo ."}, trained, budget=40)
    starts, ends, _ = by_hand(trained, QUESTION, none.fields[1].text)
    assert none.targets[0] == "no answer" and none.targets[0].span is None and none.targets[1].span is not None
    assert none.scores[0] == pytest.approx(starts[0] + ends[0], abs=1e-5)


BOUND: dict[str, object] = {}


@pytest.mark.slow  # a thousand masks
@settings(max_examples=1000, deadline=None)
@given(data=st.data())
def test_the_span_is_followed_under_deletion(answerer, data):
    """Against a hand computation: the words that are left are counted off one by one."""
    if not BOUND:
        BOUND["twice"] = bound(answerer[0], TWICE)
    predictor = BOUND["twice"]
    assert [target.span for target in predictor.targets if target.span] == [*predictor.pinned]
    texts = [TWICE["question"], TWICE["context"]]
    places, kept = [], []
    for field, text in enumerate(texts):
        for at, word in enumerate(text.split()):
            start = sum(len(one) + 1 for one in text.split()[:at])
            if (field, start, start + len(word)) not in predictor.pinned:
                places.append((field, start, start + len(word)))
    kept = data.draw(st.lists(st.booleans(), min_size=len(places), max_size=len(places)))
    (one,) = Game(predictor, texts, places, MASKERS["delete"]).inputs(np.array([kept]))
    out = {place for place, keep in zip(places, kept, strict=True) if not keep}
    left: list[list[int]] = [[], []]  # where the words that are left began
    for field, text in enumerate(texts):
        start = 0
        for word in text.split():
            if (field, start, start + len(word)) not in out:
                left[field].append(start)
            start += len(word) + 1
    now = [" ".join(text[start:].split()[0] for start in own) for text, own in zip(texts, left, strict=True)]
    assert [text.split() for text in one.texts] == [text.split() for text in now]
    starts, ends, _ = by_hand(answerer[0], *now)
    wanted = []
    for target in predictor.targets:
        at = 0 if target.span is None else 1 + left[1].index(target.span[1])  # every word is one token
        wanted.append(starts[at] + ends[at])
    assert np.log(predictor.score([one]).values[0]) == pytest.approx(wanted, abs=2e-3)


def test_two_of_one_name_are_told_apart_everywhere(trained):
    found = explain(TWICE, trained, budget=60)
    assert found.targets[:2] == ("rice [0]", "rice [1]") and "rice" not in found.features
    spans = [target.span for target in found.targets[:2]]
    assert sorted(spans) == [(1, 10, 14), (1, 43, 47)]
    assert found.index(spans[1]) == 1 and Explanation.from_dict(found.to_dict()) == found
    for target in found.targets:
        assert target in html.unescape(found.to_svg(target=target))
        assert target in found.to_csv() and target in found.to_html() and target in found.to_latex(target=target)
    assert found.to_svg(target=0) != found.to_svg(target=1)


def test_fields_are_known_by_name_in_either_order(trained):
    turned = explain({"context": CONTEXT, "question": QUESTION}, trained, budget=60)
    straight = explain(PAIR, trained, budget=60)
    assert turned.targets == straight.targets and turned.targets[0].span == (0, 34, 38)
    assert turned.scores == pytest.approx(straight.scores)
    other = explain({"text": CONTEXT, "question": QUESTION}, trained, budget=60)
    assert other.scores == pytest.approx(straight.scores)
    unnamed, turned = {"q": QUESTION, "c": CONTEXT}, {"context": CONTEXT, "question": QUESTION}
    for method in ("gradient_x_input", "attention_rollout"):
        one, two = (explain(given, trained, method=method).top(None) for given in (unnamed, turned))
        assert dict(one) == pytest.approx(dict(two))


@pytest.mark.parametrize(
    "method",
    ["lime", "shapley", "interactions", "occlusion", "gradient_x_input", "integrated_gradients", "attention_rollout"],
)
def test_every_kind_of_method_explains_answers(trained, method):
    found = explain(TWICE, trained, method=method, budget=80)
    assert found.weights.shape == (len(found.targets), len(found.features)) and np.isfinite(found.weights).all()


def test_gradients_go_to_the_targets_own_score(trained):
    """Integrated gradients add up to what the score loses on the way to the blank text: they follow the same number."""
    found = explain(TWICE, trained, method="integrated_gradients")
    assert max(found.fit["convergence"]) < 0.1 * np.abs(found.scores).max() + 0.2
    best = explain(PAIR, trained, method="integrated_gradients")
    assert best.scores[0] == pytest.approx(explain(PAIR, trained, budget=40).scores[0], abs=1e-5)


def test_rather_than_another_answer_and_units_of_their_own(trained):
    rather = explain(TWICE, trained, contrast=(0, 1), budget=80)
    plain = explain(TWICE, trained, budget=80)
    assert rather.targets[0] == "rice [0] rather than rice [1]"
    assert rather.scores[0] == pytest.approx(plain.scores[0] - plain.scores[1])
    halves = explain(PAIR, trained, unit={"question": "word", "context": "sentence"}, budget=80)
    assert halves.features[:3] == ("what", "is", "eaten") and "boris eats" in " ".join(halves.features[3:])
    assert halves.unit == {"question": "word", "context": "sentence"}


def test_of_one_answer_alone_its_rivals_can_be_taken_out(trained):
    both = explain(TWICE, trained, budget=100)
    assert both.targets[:2] == ("rice [0]", "rice [1]")
    place = both.targets[1].span
    found = explain(TWICE, trained, only=[("context", *place[1:])], budget=100)
    assert found.targets == ("rice [1]",) and found.pinned == (place,)
    assert found.features.count("rice") == 1 == len(found.features) - len(both.features)
    # nothing else is as likely an answer: without the other the one gains
    assert dict(zip(found.features, found.weights[0], strict=True))["rice"] < 0
    assert Explanation.from_dict(found.to_dict()) == found and evaluate(found, trained)


def test_exam_and_comparison(trained):
    found = explain(PAIR, trained, budget=200)
    assert evaluate(found, trained, maskers="delete")[0].srg > 0
    assert "rice" in str(compare(PAIR, trained, methods=["lime", "occlusion"], budget=60).to_dict())


def test_the_widget_finds_chooses_and_hides(trained):
    widget = Explainer(TWICE, trained, budget=60)
    try:
        widget.wait(60)
        assert widget.status == "done" and widget.error == ""
        widget.target = "rice [1]"
        assert widget.explanation.targets[0] == "rice [0]"
        widget.hidden = [("context", 5, 9)]
        widget.wait(60)
        assert widget.what_if["status"] == "done"
        assert set(widget.tries[-1].prediction) == set(widget.explanation.targets)
        widget.hidden = [widget.explanation.targets[0].span]
        widget.wait(60)
        assert "a word of an answer was taken out" in widget.what_if["error"]
    finally:
        widget.close()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (QUESTION, "the input has one text.*give it {'question'"),
        ({"a": "a", "b": "b", "c": "c"}, "3 fields"),
        ({"question": QUESTION, "context": ""}, "the field 'context' has no word"),
        ({"question": QUESTION, "context": " ... "}, "the field 'context' has no word"),
        ({"question": "what " * 60, "context": CONTEXT}, "the question has 60 tokens"),
        ({"question": "", "context": "rice"}, "besides what is explained"),
    ],
)
def test_what_cannot_be_is_refused(trained, given, said):
    with pytest.raises(InputError, match=said):
        explain(given, trained)


def test_names_of_classes_are_refused_and_windows_are_its_own(trained):
    with pytest.raises(InputError, match="class_names is.*points at words"):
        as_predictor(trained, class_names=["a", "b"])
    assert as_predictor(trained, windows=True).targets == ()
    assert explain(PAIR, trained, windows=True, budget=40).targets == ("rice",)


def test_a_pipeline_is_taken_as_it_was_set_up_and_finds_what_transformers_finds(trained):
    import transformers

    if not hasattr(transformers, "QuestionAnsweringPipeline"):
        pytest.skip("this transformers has no such pipeline: up to 4.57 it has")
    more = {"handle_impossible_answer": True, "max_answer_len": 3}
    pipe = transformers.pipeline("question-answering", model=trained[0], tokenizer=trained[1], **more)
    predictor, random = as_predictor(pipe), np.random.default_rng(4)
    assert (predictor.longest, predictor.unanswerable) == (3, True)
    for _ in range(20):
        question, context, _ = answered(random)
        *_, found = predictor.bind(fields_of({"question": question, "context": context}))
        theirs = pipe(question=question, context=context)
        span = (1, theirs["start"], theirs["end"]) if theirs["answer"] else None
        assert found.targets[0].span == span and "no answer" in found.targets
        assert found([(question, context)])[0, 0] == pytest.approx(theirs["score"], abs=1e-5)


def test_an_untrained_head_is_said_and_a_head_without_edges_refused(trained):
    import torch
    from transformers import BertForQuestionAnswering

    model, tokenizer = trained
    torch.manual_seed(0)
    fresh = BertForQuestionAnswering(model.config)
    assert any("qa_outputs" in str(one) for one in explain(PAIR, (fresh, tokenizer), budget=20).warnings)

    class Other(BertForQuestionAnswering):
        def forward(self, *args, **more):
            output = super().forward(*args, **more)
            output.end_logits = None
            return output

    with pytest.raises(ModelError, match="Other answers without start_logits and end_logits"):
        explain(PAIR, (Other(model.config).eval(), tokenizer))

    class Broken(BertForQuestionAnswering):
        def forward(self, *args, **more):
            output = super().forward(*args, **more)
            output.end_logits = output.end_logits * np.nan
            return output

    with pytest.raises(PredictionError, match="NaN or infinity"):
        explain(PAIR, (Broken(model.config).eval(), tokenizer))


def test_a_folder_is_known_by_its_head_and_answers_keep_their_bits_in_any_company(answerer):
    predictor = bound(answerer[1], TWICE)
    texts = [TWICE["question"], TWICE["context"]]
    places = [
        (0, 0, 4),
        (0, 5, 7),
        (0, 8, 13),
        (1, 0, 4),
        (1, 5, 9),
        (1, 17, 21),
        (1, 22, 24),
        (1, 33, 38),
        (1, 39, 43),
    ]
    inputs = Game(predictor, texts, places, MASKERS["delete"]).inputs(np.random.default_rng(0).random((20, 9)) < 0.5)
    together = predictor.score(inputs).values
    predictor.forget()
    apart = []
    for one in inputs:
        apart.append(predictor.score([one]).values)
        predictor.forget()
    assert np.array_equal(together, np.concatenate(apart))


logs = st.lists(st.tuples(st.floats(-9, 0), st.floats(-9, 0)), min_size=1, max_size=12)


@settings(max_examples=300)
@given(logs, st.integers(1, 6), st.integers(1, 4))
def test_the_likeliest_are_those_of_all_spans(rows, longest, most):
    """Against the table of all starts and ends: the end is never before the start, and nothing overlaps."""
    n = len(rows)
    spans = np.array([[2 * at, 2 * at + 1] for at in range(n)], dtype=float)
    reading = Reading(spans, np.array(rows), 0.0)
    found = reading.likeliest("a " * n, longest, most)
    left = {(i, j): rows[i][0] + rows[j][1] for i in range(n) for j in range(i, min(n, i + longest))}
    for start, stop in found:
        first, last = start // 2, stop // 2
        assert (first, last) in left and left[first, last] == max(left.values())
        assert reading.log_probability((start, stop)) == left[first, last]
        left = {(i, j): value for (i, j), value in left.items() if j < first or i > last}
    assert len(found) == most or not left


@settings(max_examples=300)
@given(st.lists(st.sampled_from(["a", "bcd", " ", "  ", "好", "."]), min_size=1, max_size=60), st.integers(2, 12))
def test_windows_cover_a_context_and_overlap(pieces, room):
    context = "".join(pieces)
    offsets, at = [], 0
    for piece in pieces:
        if piece.strip():
            offsets.append((at, at + len(piece)))
        at += len(piece)
    windows = cut(context, offsets, room)
    assert windows[0][0] == 0 and windows[-1][1] == len(context)
    holds = [[at for at, span in enumerate(offsets) if a <= span[0] and span[1] <= b] for a, b in windows]
    assert all(len(own) <= room for own in holds)
    assert {at for own in holds for at in own} == set(range(len(offsets)))
    for one, other in zip(holds, holds[1:], strict=False):
        assert len(set(one) & set(other)) >= room // 4 and other[0] > one[0]
