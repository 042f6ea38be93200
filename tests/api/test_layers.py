"""When it is decided: a layer's reading is what the model would say that ended there."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from limelight import InputError, as_predictor, layers
from tests.methods.test_one_pass import NAMES, known  # noqa: F401 - a fixture
from tests.speaking import tokenizer

TEXT = "The capital of France is not so bad, she said."
pytestmark = pytest.mark.filterwarnings("ignore:This checkpoint has no trained")


def shortened(model, count):
    """A model of the first ``count`` layers."""
    short = copy.deepcopy(model)
    for module in short.modules():
        for name, child in module.named_children():
            if isinstance(child, torch.nn.ModuleList) and name in ("layer", "layers", "h") and len(child) > 1:
                setattr(module, name, child[:count])
    short.config.num_hidden_layers = short.config.n_layer = count
    return short


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_reads_as_the_model_that_ends_there(name, known):  # noqa: F811
    whole = layers(TEXT, (known[name], tokenizer()), dtype="float32").whole
    assert len(whole) == 3
    for count in (1, 2):
        predictor = as_predictor((shortened(known[name], count), tokenizer()), dtype="float32")
        assert whole[count] == pytest.approx(predictor([TEXT])[0], abs=1e-5)


def test_a_word_reads_as_its_own_state_in_the_place_of_the_whole_text(known):  # noqa: F811
    model, text = copy.deepcopy(known["bert"]), "The capital of France"
    found = layers(text, (model, tokenizer()), dtype="float32")
    encoded = tokenizer()(text, return_tensors="pt", return_offsets_mapping=True)
    starts = encoded.pop("offset_mapping")[0, :, 0].tolist()
    with torch.no_grad():
        states = model(**encoded, output_hidden_states=True).hidden_states
        shares = [model.classifier(model.bert.pooler(state[0][:, None])).softmax(-1).numpy() for state in states]
    for at, (_, start, stop) in enumerate(found.places):
        own = [token for token, first in enumerate(starts) if token and start - 1 <= first < stop]
        for layer, share in enumerate(shares):
            assert found.words[layer, at] == pytest.approx(share[own].mean(axis=0), abs=1e-5)


def test_it_is_decided_where_what_is_predicted_stays():
    from dataclasses import replace

    found = layers("It is not a bad film.")
    made = lambda rows: replace(found, targets=tuple("abc"[: len(rows[0])]), whole=np.array(rows))  # noqa: E731
    assert made([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.9, 0.1]]).decided() == 2
    assert made([[0.9, 0.1], [0.8, 0.2]]).decided() == 0
    assert made([[0.9, 0.1], [0.4, 0.3], [0.6, 0.1]]).decided("a") == 2
    # of classes a tie is no decision, and it is one however far below one half it stands
    ties = made([[0.3, 0.3, 0.4], [0.34, 0.33, 0.33], [0.42, 0.3, 0.28], [0.9, 0.05, 0.05]])
    assert [ties.decided(at) for at in (None, 0, 1, 2)] == [2] * 4
    assert made([[0.2, 0.8], [0.51, 0.49]]).decided() == 1  # one that ends in a tie
    assert found.to_frame().shape == (7, 3) and found.names[:2] == ("words", "layer 1")
    assert found.whole[-1] == pytest.approx(as_predictor()(["It is not a bad film."])[0], abs=0.02)


def test_the_model_is_left_as_it_was_and_what_cannot_be_read_is_refused(known):  # noqa: F811
    model = known["bert"]
    before = {key: dict(vars(module)).keys() for key, module in model.named_modules()}
    layers(TEXT, (model, tokenizer()))
    assert all(vars(module).keys() == before[key] for key, module in model.named_modules())
    assert not any(module._forward_hooks for module in model.modules())
    with pytest.raises(InputError, match="looked into"):
        layers(TEXT, lambda texts: [[0.5, 0.5]] * len(texts))


def test_a_masked_word_is_read_at_its_place(bert):
    import transformers as t

    folder = bert()
    cut = t.AutoTokenizer.from_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
    model = t.BertForMaskedLM(t.BertConfig(vocab_size=len(cut), **sizes)).eval()
    found = layers("a [MASK] film", (model, cut), dtype="float32")
    assert found.words is None and found.whole.shape == (4, 5)
    assert found.whole[-1] == pytest.approx(np.sort(found.whole[-1])[::-1])  # targets come likeliest first
