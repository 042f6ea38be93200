"""A language model that chooses among labels: as it would write them, one prompt and one label at a time."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import as_predictor, evaluate, explain
from limelight.errors import InputError
from limelight.text.fields import fields_of
from tests.speaking import loaded, templated

PROMPT = "It was not so bad and the capital is warm"
LABELS = ["Paris", "Rome", "not so bad", "not so old"]


def by_hand(net, ids, own):
    import torch

    with torch.no_grad():
        logs = net(torch.tensor([[*ids, *own]])).logits[0].double().log_softmax(-1)
    return sum(logs[len(ids) - 1 + t, token].item() for t, token in enumerate(own))


@pytest.mark.parametrize(("kind", "chat"), [("gpt2", False), ("llama", True)])
def test_labels_are_as_likely_as_the_model_would_write_them(kind, chat):
    net, cut = loaded(kind, chat)
    (one,) = as_predictor((net, cut)).among(LABELS).bind(fields_of(PROMPT))
    texts = [PROMPT, "not so bad", "It was"]
    for text, row in zip(texts, one(texts), strict=True):
        if chat:
            said = [{"role": "user", "content": text}]
            ids = templated(cut, said)
        else:
            ids = cut(text)["input_ids"]
        own = [cut(("" if chat else " ") + label, add_special_tokens=False)["input_ids"] for label in LABELS]
        logs = np.array([by_hand(net, ids, one) for one in own])
        assert row == pytest.approx(np.exp(logs) / np.exp(logs).sum(), abs=1e-5)


def test_labels_are_explained_as_classes_and_examined_again():
    found = explain(PROMPT, loaded(), labels=LABELS, budget=80)
    assert found.targets == tuple(LABELS) and found.scale == "probability" and found.answer is None
    assert found.probabilities.sum() == pytest.approx(1) and found.labels == tuple(LABELS)
    assert np.isfinite(evaluate(found, loaded(), maskers="delete")[0].srg)
    rather = explain(PROMPT, loaded(), labels=LABELS, contrast=("Paris", "Rome"), budget=60)
    assert rather.scale == "logit" and rather.targets[0] == "Paris rather than Rome"


def test_what_cannot_be_chosen_is_refused():
    with pytest.raises(InputError, match="answer is 'x'.*writes none"):
        explain(PROMPT, loaded(), labels=LABELS, answer="x")
    with pytest.raises(InputError, match="the prompt has .* tokens"):
        explain("old " * 200, loaded(), labels=LABELS)


@pytest.mark.parametrize("labels", [None, LABELS])
def test_nothing_is_scored_before_there_is_an_answer_or_a_prompt(labels):
    with pytest.raises(InputError, match="before it had an answer or a prompt"):
        as_predictor(loaded()).among(labels)([PROMPT, ""])
