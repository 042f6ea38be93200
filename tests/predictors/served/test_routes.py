"""What an endpoint's answers are worth: each route against a stub whose probabilities are known."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from limelight import Endpoint, Explainer, Explanation, as_predictor, explain
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.document import Answer
from limelight.errors import InputError
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.text.fields import fields_of
from limelight.text.inputs import Input
from tests.conftest import explanations
from tests.predictors.served.stub import ANSWER, Stub, log_probability, serving, yes

PROMPT = "What is the capital of France, my good friend?"
REVIEW = "It was a good film, not bad but dull"
THINNED = [PROMPT, "capital of France", "my good friend", "What is the capital of France", ""]


def bound(url, prompt=PROMPT, answer=ANSWER, labels=None, **more):
    *_, last = Endpoint(url, **more).among(labels).bind(fields_of(prompt), Answer(answer) if answer else None)
    return last


@pytest.mark.parametrize("dialect", ["llama", "vllm", "echo"])
def test_a_given_answer_has_the_probabilities_that_the_model_gives_it(dialect):
    with serving(Stub(dialect)) as url:
        one = bound(url)
        assert one.targets[:4] == ("Paris", "is", "fine", ".")
        for text, row in zip(THINNED, one(THINNED), strict=True):
            wanted = [log_probability(text, at) for at in range(4)]
            assert np.log(row[:4]) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("dialect", ["llama", "vllm"])
def test_the_answer_comes_in_is_frozen_and_explained_as_any_other(dialect):
    with serving(Stub(dialect)) as url:
        found = explanations(PROMPT, Endpoint(url), Options(budget=60))
        writing = [one for one in found if one.state == "answering"]
        assert [one.answer.text for one in writing[:2]] == [" Paris", " Paris is"] and not any(
            o.targets for o in writing
        )
        last = found[-1]
        assert last.answer.text == ANSWER and last.targets[-1] == last.answer.end == "(end)"
        assert last.top(3, "Paris")[0][0] == "France" and last.over().top(1)[0][0] == "France"
        assert last.scale == "log-probability" and last.answer.route.split(", ")[1] == "chat"
        assert np.allclose(last.weights[1:], 0, atol=1e-9)  # the words after it follow by themselves
        again = Explanation.from_dict(last.to_dict())
        assert again == last and again.answer.ids == last.answer.ids


def test_it_is_had_by_its_address_too():
    with serving(Stub()) as url:
        found = explain(PROMPT, url, budget=30)
        assert found.model == f"stub-1 at {url.split('/')[2]}" and found.answer.text == ANSWER
        assert explain(PROMPT, url.removesuffix("/v1"), budget=30).top(3) == found.top(3)


@pytest.mark.parametrize("labels", [None, ["yes", "no"]])
def test_nothing_is_scored_before_there_is_an_answer_or_a_prompt(labels):
    with serving(Stub()) as url, pytest.raises(InputError, match="before it had an answer or a prompt"):
        as_predictor(url).among(labels)([REVIEW, ""])


def test_an_endpoint_has_no_classes_of_its_own():
    with pytest.raises(InputError, match="class_names is .*labels"):
        explain(PROMPT, "http://127.0.0.1:1/v1", class_names=["a", "b"])


def test_a_contrast_asks_for_the_other_word_wherever_words_go():
    stub = Stub()
    with serving(stub) as url:
        found = explain(PROMPT, url, budget=40, contrast=("Paris", "other0"))
        sides = [log_probability(text, 0) for text in (PROMPT, "")]
        wanted = sides[0] - np.log1p(-np.exp(sides[0]))  # the stub's other is 3 below its own
        assert found.targets[0] == "Paris rather than other0" and found.top(1)[0][0] == "France"
        assert np.isfinite(found.scores).all() and wanted != found.scores[0]


def test_labels_are_scored_exactly_where_a_server_does():
    for dialect in ("llama", "vllm", "echo", "top"):
        with serving(Stub(dialect)) as url:
            one = bound(url, REVIEW, None, labels=["yes", "no"])
            texts = [REVIEW, "bad", "good", "dull film", ""]
            table = one(texts)
            assert table[:, 0] == pytest.approx([yes(text) for text in texts], abs=1e-6), dialect
            assert table.sum(axis=1) == pytest.approx(1)
            assert (one.targets, one.answer) == (("yes", "no"), None)


def test_a_label_that_is_not_among_the_likeliest_has_bounds():
    with serving(Stub("top", top=2)) as url:
        one = bound(url, "good good good good", None, labels=["yes", "no"])
        scores = one.score([Input.of("good good good good")])
        truth = 1 - yes("good good good good")
        assert truth < 0.01 and scores.variance[0, 1] > 0
        # its bound is the second spelling of the other, a fifth of all
        assert 0 < scores.values[0, 1] < 0.2
        assert abs(scores.values[0, 1] - truth) < 2 * np.sqrt(scores.variance[0, 1])


def test_labels_that_begin_alike_are_counted_rather_than_guessed():
    with serving(Stub("top")) as url:
        one = bound(url, REVIEW, None, labels=["not good", "not bad"])
        assert "labels are counted" in " ".join(one.warnings)


@pytest.mark.parametrize("several", [True, False])
def test_labels_are_counted_with_their_noise_where_nothing_else_is_told(several):
    stub = Stub("text", several=several)
    with serving(stub) as url:
        one = bound(url, REVIEW, None, labels=["yes", "no"], samples=100)
        before = len(stub.requests)
        scores = one.score([Input.of("bad"), Input.of("good")])
        assert len(stub.requests) - before == (2 if several else 200)
        for row, text in enumerate(("bad", "good")):
            error = np.sqrt(scores.variance[row, 0])
            assert error == pytest.approx(np.sqrt(yes(text) * (1 - yes(text)) / 100), rel=0.2)
            assert abs(scores.values[row, 0] - yes(text)) < 4 * error


def test_the_floor_of_noise_is_measured_first_and_counted_in():
    quiet, loud = Stub(), Stub(noise=0.2)
    with serving(quiet) as still, serving(loud) as moving:
        calm, wavers = explain(PROMPT, still, budget=60), explain(PROMPT, moving, budget=60)
        assert not any("standard deviation" in one for one in calm.warnings)
        (said,) = [one for one in wavers.warnings if "standard deviation" in one]
        floor = float(re.search(r"deviation of ([\d.]+)", said).group(1))
        assert 0.2 < floor < 1.0  # of the sum of five
        assert np.diff(wavers.intervals[0], axis=1).mean() > np.diff(calm.intervals[0], axis=1).mean()


SOURCES = {"sources": ["France has a capital: good, good, good.", "Nothing here."]}


@pytest.mark.parametrize(
    ("question", "noise", "wanted"),
    [
        ("So bad?", 0.0, "grounded in [1]"),  # less likely by 3.04, and log 20 is 3.00
        ("So bad?", 0.002, "grounded in [1]"),
        ("So bad?", 0.2, "cannot be told"),
        ("So bad and bad?", 0.2, "grounded in [1]"),  # by 5.0
        ("So fine?", 0.2, "from memory"),  # by .7
    ],
)
def test_a_verdict_that_noise_could_turn_is_not_told(question, noise, wanted):
    with serving(Stub(noise=noise)) as url:
        found = explain({**SOURCES, "question": question}, url, unit="source", method="banzhaf")
    assert found.sources()["verdict"].unique().tolist() == [wanted]


@pytest.mark.slow
def test_of_noisy_verdicts_hardly_one_is_wrong():
    """By 3.04 and 2.80 where log 20 is 3.00: of thirty fourteen were wrong while noise was not counted."""
    wrong = 0
    for seed in range(15):
        for question, right in (("So bad?", "grounded in [1]"), ("Is it bad, bad, fine, fine, fine?", "from memory")):
            with serving(Stub(noise=0.2, seed=seed)) as url:
                found = explain({**SOURCES, "question": question}, url, unit="source", method="banzhaf")
            (said,) = found.sources()["verdict"].unique()
            wrong += "cannot" not in said and said != right
    assert wrong <= 5


class Counted(Predictor):
    """A model of which only samples are seen."""

    costly, targets = True, ("yes", "no")

    def __init__(self, weights, samples, seed):
        self.weights, self.samples, self.random = weights, samples, np.random.default_rng(seed)

    def predict(self, texts):
        raise NotImplementedError

    def score(self, inputs):
        from limelight.predictors.served.choice import _frequencies

        values, variances = [], []
        for one in inputs:
            there = [int(word[1:]) for word in one.texts[0].split()]
            likely = 1 / (1 + np.exp(-(sum(self.weights[there]) + 1.5 * (0 in there and 1 in there))))
            count = self.random.binomial(self.samples, likely) if self.samples else likely
            rows = _frequencies(np.array([count, self.samples - count]), self.samples) if self.samples else None
            values.append(rows[0] if rows else [likely, 1 - likely])
            variances.append(rows[1] if rows else [0, 0])
        return Scores(np.array(values, dtype=float), np.array(variances, dtype=float))


def held(features: int, budget: int, texts: int) -> float:
    """The share of true weights that the intervals hold, over so many texts of so many words."""
    inside = []
    for seed in range(texts):
        weights = np.random.default_rng(seed).normal(size=features)
        text = " ".join(f"w{at}" for at in range(features))
        truth = explain(text, Counted(weights, 0, 0), budget=2**features)
        found = explain(text, Counted(weights, 8, seed), budget=budget, seed=seed)
        low, high = found.intervals[0].T
        inside += [*(low <= truth.weights[0]) & (truth.weights[0] <= high)]
    return float(np.mean(inside))


@pytest.mark.slow
def test_intervals_of_counted_labels_hold_what_they_say():
    for features, budget, least in ((5, 64, 0.90), (9, 64, 0.90)):
        share = held(features, budget, 30)
        assert least <= share <= 0.99, (features, share)


def test_occlusion_of_counted_labels_has_intervals_too():
    inside = []
    for seed in range(40):
        weights = np.random.default_rng(seed).normal(size=6)
        text = " ".join(f"w{at}" for at in range(6))
        truth = explain(text, Counted(weights, 0, 0), method="occlusion")
        found = explain(text, Counted(weights, 8, seed), method="occlusion")
        assert (truth.state, truth.intervals, found.state) == ("exact", None, "spent")
        low, high = found.intervals[0].T
        inside += [*(low <= truth.weights[0]) & (truth.weights[0] <= high)]
    assert 0.9 <= np.mean(inside) <= 0.99


def test_counted_labels_on_a_scale_of_logarithms_say_that_they_are_drawn_to_the_middle():
    text = " ".join(f"w{at}" for at in range(6))
    found = explain(text, Counted(np.array([4.0, 4, 4, -4, 4, 4]), 8, 0), budget=40, scale="log-odds")
    assert any("weights come out too small" in one for one in found.warnings)


def test_nothing_is_asked_twice():
    stub = Stub()
    with serving(stub) as url:
        model = Endpoint(url)
        explain(PROMPT, model, budget=40)
        before = [repr(one) for one in stub.requests if one[0] == "/completion"]
        # but for the repeats of the whole prompt, which are asked on purpose
        assert len(before) - len(set(before)) == 7
        explain(PROMPT, model, budget=40)
        explain(PROMPT, model, budget=40, method="shapley")
        after = [repr(one) for one in stub.requests if one[0] == "/completion"]
        assert len(after) - len(set(after)) == 7


def test_an_interrupted_batch_is_not_asked_again():
    stub = Stub()
    with serving(stub) as url:
        model = Endpoint(url)
        model.batch_size = 4
        found = steps(fields_of(PROMPT), model, Options(budget=60))
        for one in found:
            if one and one.evaluations > 10:
                break
        found.close()
        before = len([one for one in stub.requests if one[0] == "/completion"])
        explain(PROMPT, model, budget=60)
        asked = [repr(one) for one in stub.requests if one[0] == "/completion"]
        assert len(asked) > before and len(asked) - len(set(asked)) == 7


def test_an_empty_answer_and_one_that_is_cut_off_are_said():
    with serving(Stub(answer="")) as url, pytest.raises(InputError, match="ends at once after this prompt"):
        explain(PROMPT, url)
    with serving(Stub()) as url:
        found = explain(PROMPT, url, budget=30, generation={"max_new_tokens": 2})
        assert found.answer.text == " Paris is" and not found.answer.end
        assert any("cut off after 2 tokens" in one for one in found.warnings)
        with pytest.raises(InputError, match="'no_repeat_ngram_size', which llama.cpp has not"):
            explain(PROMPT, url, generation={"no_repeat_ngram_size": 2})


def test_what_refuses_to_say_a_label_is_counted_as_none(monkeypatch):
    stub = Stub("text")
    plain = stub.chat

    def refusing(body):
        status, answer = plain(body)
        for choice in answer["choices"]:
            choice["message"] = {"content": None, "refusal": "I cannot help with that."}
        return status, answer

    stub.chat = refusing
    with serving(stub) as url:
        found = explain(REVIEW, url, labels=["yes", "no"], budget=30)
        assert not found.probabilities.any()
        assert any("none of the labels was likely" in one for one in found.warnings)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Yes", 0), ("**no**", 1), ("yes, but no", 0), ("It is a no.", 1), ("yesterday", None), ("neither", None),
        ("either yes or no", None), ("", None),
    ],
)  # fmt: skip
def test_which_label_an_answer_is(text, label):
    from limelight.predictors.served.choice import _said

    assert _said({"message": {"content": text}}, ["yes", "no"]) == label


def test_a_chat_and_named_texts_become_prompts_as_for_a_model_in_memory():
    stub = Stub()
    with serving(stub) as url:
        chat = [{"role": "system", "content": "Be good."}, {"role": "user", "content": "Capital of France?"}]
        found = explain(chat, url, budget=30)
        assert found.answer.text == ANSWER and {place[0] for place in found.places} == {0, 1}
        sent = [body["messages"] for path, body in stub.requests if path == "/apply-template"]
        thinned = [one for one in sent if len(one) == 2 and "France" not in one[1]["content"]]
        assert chat in sent and thinned and all([m["role"] for m in one] == ["system", "user"] for one in thinned)
        raw = explain("Capital of France", url, budget=30, template=None)
        assert raw.answer.route == "llama.cpp, raw"
        prompts = [body["prompt"] for path, body in stub.requests if path == "/completion"]
        assert "Capital of France" in prompts


def test_a_word_that_is_hidden_costs_one_question():
    for dialect, labels in (("llama", None), ("top", ["yes", "no"]), ("text", ["yes", "no"])):
        stub = Stub(dialect)
        with serving(stub) as url:
            widget = Explainer(REVIEW, Endpoint(url), budget=30, labels=labels)
            widget.wait(60)
            before = len(stub.requests)
            widget.hidden = ["good", "bad"]
            widget.wait(30)
            assert widget.tries[-1].words == ("good", "bad")
            # scored once, with its prompt; of an answer another is written to what is left
            assert len(stub.requests) - before <= (6 if labels is None else 1), dialect
            widget.close()


@pytest.mark.parametrize("fault", ["html", "empty"])
@pytest.mark.parametrize("dialect", ["llama", "vllm", "echo", "top"])
def test_one_bad_answer_to_the_first_questions_costs_no_route(monkeypatch, dialect, fault):
    monkeypatch.setattr("limelight.predictors.served.client.FIRST_PAUSE", 0.01)
    stub = Stub(dialect)
    with serving(stub) as url:
        right = Endpoint(url)._contact.server
    for bad in range(1, len(stub.requests)):  # the first lists models, and what is wrong with that is said
        other, count = Stub(dialect), itertools.count()
        monkeypatch.setattr(other, "fault", lambda bad=bad, count=count: fault if next(count) == bad else "")
        with serving(other) as url:
            found = Endpoint(url)._contact.server
        assert (found.title, found.route, found.templated) == (right.title, right.route, right.templated), bad
