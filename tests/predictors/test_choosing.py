"""Multiple choice: against transformers' own call, and with evidence that is planted."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import as_predictor, explain
from limelight.errors import InputError
from limelight.text.fields import fields_of
from tests.trained import fitted, small, tokenizer_of

GOES = {"bread": "baker", "shoes": "cobbler", "milk": "farmer", "bricks": "mason"}
OTHERS = ["the", "a", "who", "makes", "sells", "old", "today", "there"]
GIVEN = {"question": "who makes the old bread today", "choices": ["the old mason there", "a baker today", "a farmer"]}


def question(random):
    """A question, two choices, and which of them is right."""
    thing, other = random.choice(list(GOES), 2, replace=False)
    choices = [[str(random.choice(OTHERS)), GOES[one], str(random.choice(OTHERS))] for one in (thing, other)]
    right = int(random.integers(2))
    asked = [*random.choice(OTHERS, 2), thing, *random.choice(OTHERS, random.integers(0, 3))]
    return " ".join(asked), [" ".join(one) for one in (choices if right == 0 else choices[::-1])], right


@pytest.fixture(scope="module")
def chooser(tmp_path_factory):
    import torch
    from transformers import BertForMultipleChoice

    torch.manual_seed(0)
    random = np.random.default_rng(0)
    tokenizer, size = tokenizer_of(tmp_path_factory.mktemp("choices"), [*GOES, *GOES.values(), *OTHERS])
    model = BertForMultipleChoice(small(size))

    def batches():
        while True:
            asked = [question(random) for _ in range(48)]
            pairs = [(first, choice) for first, choices, _ in asked for choice in choices]
            encoded = tokenizer(*zip(*pairs, strict=True), padding=True, return_tensors="pt")
            several = {key: value.view(len(asked), 2, -1) for key, value in encoded.items()}
            yield {**several, "labels": torch.tensor([right for *_, right in asked])}

    fitted(model, batches(), 600)  # fewer do not find out which word goes with which
    return model, tokenizer


def bound(model, given):
    (one,) = as_predictor(model).bind(fields_of(given))
    return one


def test_the_scores_are_transformers(chooser):
    import torch

    model, tokenizer = chooser
    predictor = bound(chooser, GIVEN)
    assert predictor.targets == tuple(GIVEN["choices"])
    asked = [(GIVEN["question"], *GIVEN["choices"]), ("who sells milk", "", "a farmer there", "mason")]
    for texts, row in zip(asked, predictor(asked), strict=True):
        encoded = tokenizer([texts[0]] * 3, list(texts[1:]), padding=True, return_tensors="pt")
        with torch.no_grad():
            logits = model(**{key: value[None] for key, value in encoded.items()}).logits
        assert row == pytest.approx(logits.softmax(-1)[0].numpy(), abs=1e-5)
    alone = np.concatenate([predictor([one]) for one in asked])
    assert np.array_equal(predictor(asked), alone)


def test_what_was_planted_is_named(chooser):
    random, right = np.random.default_rng(3), 0
    for _ in range(10):
        asked, choices, at = question(random)
        found = explain({"question": asked, "choices": choices}, chooser, budget=150)
        assert found.index() == at
        right += found.top(1, at)[0][0] not in OTHERS
    assert right >= 7  # by chance a third


def test_a_folder_is_known_by_its_head(chooser, tmp_path):
    for part in chooser:
        part.save_pretrained(tmp_path)
    found = explain(GIVEN, str(tmp_path), explained=("question",), budget=40)
    assert found.top(1, "a baker today")[0][0] == "bread" and not found.warnings


TWO = ["c", "d"]


@pytest.mark.parametrize(
    "given", ["a", {"question": "a", "choices": ["b"]}, {"choices": TWO}, {"a": "a", "b": "b", "choices": TWO}]
)
def test_what_is_no_choice_is_refused(chooser, given):
    with pytest.raises(InputError, match="chooses among several texts that follow one.*'choices'"):
        explain(given, chooser)


def test_what_it_cannot_is_said(chooser):
    with pytest.raises(InputError, match="asked about each choice by itself"):
        explain(GIVEN, chooser, method="integrated_gradients")
    with pytest.raises(InputError, match="chooses among the texts that it is given"):
        explain(GIVEN, chooser, class_names=["a", "b"])
