"""Heads switched off: as if their columns of the mixing map were 0, and the model is bit for bit as it was."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from transformers import BertConfig

from limelight import InputError, as_predictor, heads
from limelight.predictors.hf.switched import mixers_of
from tests.methods.test_one_pass import NAMES, known  # noqa: F401 - a fixture
from tests.speaking import tokenizer

TEXT = "The capital of France is not so bad, she said."
pytestmark = pytest.mark.filterwarnings("ignore:This checkpoint has no trained")
# as transformers calls them
MIXERS = {
    "bert": "attention.output.dense",
    "roberta": "attention.output.dense",
    "distilbert": "attention.out_lin",
    "modernbert": "attn.Wo",
    "gpt2": "attn.c_proj",
    "llama": "self_attn.o_proj",
    "qwen2": "self_attn.o_proj",
}


def loud(model):
    """A copy whose maps are all large enough for its heads to do something."""
    made = copy.deepcopy(model)
    with torch.no_grad():
        for value in made.parameters():
            if value.ndim == 2 and value.std() < 0.1:
                value *= 0.3 / value.std()
    return made


def silenced(model, name, off):
    """A copy whose mixing maps read nothing of some heads."""
    made = copy.deepcopy(model)
    layers = [module for key, module in made.named_modules() if key.endswith(MIXERS[name])]
    with torch.no_grad():
        for layer, head in off:
            weight = layers[layer - 1].weight
            if type(layers[layer - 1]).__name__ == "Conv1D":
                weight[8 * (head - 1) : 8 * head] = 0
            else:
                weight[:, 8 * (head - 1) : 8 * head] = 0
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_head_that_is_off_is_one_that_nobody_reads(name, known):  # noqa: F811
    model, off = loud(known[name]), [(1, 2), (2, 1), (2, 4)]
    before = {key: value.clone() for key, value in model.state_dict().items()}
    hooks = [(dict(one._forward_hooks), dict(one._forward_pre_hooks)) for one in model.modules()]
    attributes = {key: dict(vars(one)).keys() for key, one in model.named_modules()}
    found = heads(TEXT, (model, tokenizer()), off=off)
    expected = as_predictor((silenced(model, name, off), tokenizer()), dtype="float32")([TEXT])[0]
    assert found.without == pytest.approx(expected, abs=1e-5)
    alone = as_predictor((silenced(model, name, [(2, 3)]), tokenizer()), dtype="float32")([TEXT])[0]
    assert found.scores - found.effects[1, 2] == pytest.approx(alone, abs=1e-5)
    assert found.effects.shape == (2, 4, 3) and np.abs(found.effects).max() > 1e-4
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert [(dict(one._forward_hooks), dict(one._forward_pre_hooks)) for one in model.modules()] == hooks
    assert {key: dict(vars(one)).keys() for key, one in model.named_modules()} == attributes


def test_where_a_word_looks_is_the_softmax_of_its_query_with_all_keys(known):  # noqa: F811
    model, text = known["bert"], "The capital of France"
    found = heads(text, (model, tokenizer()))
    encoded = tokenizer()(text, return_tensors="pt", return_offsets_mapping=True)
    starts = [start for start, stop in encoded.pop("offset_mapping")[0].tolist()]
    with torch.no_grad():
        states = model(**encoded, output_hidden_states=True).hidden_states[1]
        own = model.bert.encoder.layer[1].attention.self
        query, key = (part(states)[0].view(-1, 4, 8)[:, 2] for part in (own.query, own.key))
        shares = (query @ key.T / np.sqrt(8)).softmax(-1).numpy()
    members = [
        [at for at, first in enumerate(starts) if at and start - 1 <= first < stop] for _, start, stop in found.places
    ]
    for at, tokens in enumerate(members):
        row = dict(found.looks(found.features[at], layer=2, head=3))
        expected = {found.features[to]: shares[tokens][:, members[to]].sum(axis=1).mean() for to in range(4)}
        assert row == pytest.approx(expected, abs=1e-5)
    assert [share for _, share in found.looks(0, 2, 3)] == sorted((s for _, s in found.looks(0, 2, 3)), reverse=True)


def test_none_off_is_the_model_as_it_is_and_the_strongest_lose_most():
    found = heads("It is not a bad film.")
    assert found.off == () and found.without == pytest.approx(found.scores, abs=1e-6)
    assert found.scores == pytest.approx(as_predictor()(["It is not a bad film."])[0], abs=0.02)
    best = found.strongest(5, "negative")
    at = found.targets.index("negative")
    assert abs(best[0][1]) == pytest.approx(np.abs(found.effects[:, :, at]).max())
    (layer, head), value = best[0]
    assert found.to_frame().loc[(layer, head), "negative"] == pytest.approx(value)


def test_what_is_no_head_or_cannot_be_switched_is_refused(known):  # noqa: F811
    model = known["bert"], tokenizer()
    for off in ([(0, 1)], [(3, 1)], [(1, 5)], [1], [(1.0, 1)], [(1, 1, 1)], "ab", 7):
        with pytest.raises(InputError, match="there is no head"):
            heads(TEXT, model, off=off)
    found = heads(TEXT, model)
    for word in ("nowhere", 99, True, None):
        with pytest.raises(InputError, match="there is no word"):
            found.looks(word, 1, 1)
    with pytest.raises(InputError, match="looked into"):
        heads(TEXT, lambda texts: [[0.5, 0.5]] * len(texts))
    bare = torch.nn.Linear(8, 8)
    bare.config = BertConfig(hidden_size=8, num_attention_heads=2)
    with pytest.raises(InputError, match="no attention heads"):
        mixers_of(bare)
    with pytest.raises(TypeError, match="unit"):
        heads(TEXT, model, units="word")
