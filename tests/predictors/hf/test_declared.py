"""What a model in hand says of itself: its classes, its window, its vocabulary."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from limelight import as_predictor
from limelight.errors import ModelError
from limelight.predictors.hf.declared import check_vocabulary, class_names, window
from limelight.predictors.tasks.classification import head_of

NAN = float("nan")


def model(positions: object = None, padding: int | None = None) -> torch.nn.Module:
    module = torch.nn.Module()
    module.position_embeddings = torch.nn.Embedding(514, 4, padding_idx=padding)
    module.config = SimpleNamespace(max_position_embeddings=positions)
    return module


def tokenizer(limit: object = None, special: int = 2) -> SimpleNamespace:
    return SimpleNamespace(model_max_length=limit, num_special_tokens_to_add=lambda: special)


def test_the_window_is_the_least_of_the_bounds():
    assert window(model(512), tokenizer(10**30)) == 512
    assert window(model(512), tokenizer(128)) == 128
    assert window(model(512), tokenizer(512.0)) == 512
    assert window(model(None), tokenizer(None)) is None
    assert window(model(10**30), tokenizer(float("inf"))) is None
    # RoBERTa and its kin count positions from the padding index on, and only positions
    assert window(model(514, padding=1), tokenizer(514)) == 512
    assert window(model(514, padding=0), tokenizer(10**30)) == 513
    assert window(model(512), tokenizer(3)) == 3


@pytest.mark.parametrize("limit", ["512", "", -1, -1e30, -float("inf"), 0, 1, 2, NAN, 2.5, [512], {}, True, 3j])
def test_a_window_that_is_none_is_refused(limit):
    for one in (lambda: window(model(limit), tokenizer(512)), lambda: window(model(512), tokenizer(limit))):
        with pytest.raises(
            ModelError, match=r"(max_position_embeddings|model_max_length) is .*limelight takes a whole"
        ):
            one()
    with pytest.raises(ModelError, match="more than the 4 that"):
        window(model(4, padding=1), tokenizer(512))


def test_classes_are_named_by_their_outputs():
    assert class_names(SimpleNamespace(num_labels=2, id2label=None)) == ["LABEL_0", "LABEL_1"]
    assert class_names(SimpleNamespace(num_labels=3, id2label={1: "b", "0": "a"})) == ["a", "b", "LABEL_2"]
    assert class_names(SimpleNamespace(id2label={0: 7, 1: "好"})) == ["7", "好"]


STRANGE = [{2: "c"}, {-1: "c"}, {"x": "c"}, {0.5: "c"}, {None: "c"}, ["a", "b"], 7, {0: None}, {0: {}}]


@pytest.mark.parametrize("labels", [*STRANGE, {0: "\ud800"}, {0: "a\x1b"}, {0: "a\n"}, {0: "a" * 1001}])
def test_names_of_no_output_are_refused(labels):
    with pytest.raises(ModelError, match="the model's config .*limelight takes .*correct config.id2label"):
        class_names(SimpleNamespace(num_labels=2, id2label=labels))


@pytest.mark.parametrize("outputs", [0, -1, 2.0, "2", NAN, 10**6, [2], None])
def test_a_number_of_classes_that_is_none_is_refused(outputs):
    with pytest.raises(ModelError, match="num_labels .*limelight explains .*set config.num_labels"):
        class_names(SimpleNamespace(num_labels=outputs, id2label={}))


def test_errors_stay_short():
    with pytest.raises(ModelError) as caught:
        class_names(SimpleNamespace(num_labels=1, id2label={0: "\x1b[31m" * 10**6}))
    assert len(str(caught.value)) < 1000 and str(caught.value).isprintable()


@pytest.mark.parametrize("kind", [["regression"], {}, 7, ""])
def test_a_head_of_no_kind_is_refused(kind):
    with pytest.raises(ModelError, match="problem_type .*limelight knows"):
        head_of(kind, 2)


def test_a_pair_in_hand_is_checked_too(bert):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = bert(num_labels=2)
    classifier, words = (
        AutoModelForSequenceClassification.from_pretrained(folder),
        AutoTokenizer.from_pretrained(folder),
    )
    check_vocabulary(classifier, words)
    words.add_tokens(["unheard"])
    with pytest.raises(ModelError, match=r"tokens up to (\d+), and the model has embeddings up to \d+.*resize_token"):
        check_vocabulary(classifier, words)
    words.model_max_length = "512"
    with pytest.raises(ModelError, match="model_max_length is '512'"):
        as_predictor((classifier, words))
