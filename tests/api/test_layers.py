"""When it is decided: a layer's reading is what the model would say that ended there."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from limelight import InputError, as_predictor, heads, layers
from limelight.api.deep import layers_record
from tests.methods.test_one_pass import NAMES, known  # noqa: F401 - a fixture
from tests.speaking import loaded, tokenizer

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


@pytest.mark.parametrize("name", ["bert", "modernbert", "gpt2"])
def test_a_lens_stands_between_a_layer_and_the_last_norm(name, known):  # noqa: F811
    model = known[name]
    plain = layers(TEXT, (model, tokenizer()), dtype="float32")
    seen = []

    def lens(states, at):
        seen.append((at, tuple(states.shape)))
        return states * 0 if at == 1 else states

    found = layers(TEXT, (model, tokenizer()), dtype="float32", lens=lens)
    assert [at for at, _ in seen] == [0, 1] and {len(shape) for _, shape in seen} == {3}
    assert found.whole[[0, 2]] == pytest.approx(plain.whole[[0, 2]], abs=1e-6)
    assert np.abs(found.whole[1] - plain.whole[1]).max() > 1e-4
    assert np.ptp(found.words[1], axis=0) == pytest.approx(0, abs=1e-6)  # every word's state is the same then
    for wrong, sentence in (
        (7, "lens is 7"),
        (lambda states, at: states[0], "made"),
        (lambda states: states, "raised"),
    ):
        with pytest.raises(InputError, match=sentence):
            layers(TEXT, (model, tokenizer()), lens=wrong)


def test_a_lens_reads_an_answer_and_one_that_undoes_the_layers_after_it_says_what_they_say():
    model, cut = loaded("llama")
    given = {"generation": {"max_new_tokens": 4}, "neurons": 0}
    text, made = "The capital of France", []
    after = model.model.layers[-1]
    handle = after.register_forward_hook(lambda _, args, output: made.append(output))
    plain = layers(text, (model, cut), **given)
    handle.remove()
    assert f"likeliest from {plain.targets[0]} at {plain.names[plain.decided(0)]}" in repr(plain)
    states = made[-1][0] if isinstance(made[-1], tuple) else made[-1]
    # the best lens there is: of the layer before the last it makes what the last one makes
    perfect = len(plain.whole) - 2
    found = layers(text, (model, cut), lens=lambda own, at: states if at == perfect else own, **given)
    assert found.whole[-2] == pytest.approx(found.whole[-1], rel=1e-4)
    assert found.whole[:-2] == pytest.approx(plain.whole[:-2], rel=1e-4)


def test_where_a_word_looks_is_the_mean_of_the_heads_and_shown_where_it_is_pointed_at():
    text = "It is not a bad film."
    found, each = layers(text, neurons=0), heads(text)
    assert found.attention == pytest.approx(each.attention.mean(axis=1), abs=1e-3)
    looks = layers_record(found)["looks"]
    for layer, at in ((1, 2), (6, 4)):
        row = found.attention[layer - 1, at]
        assert [int(to) for to, _ in looks[layer - 1][at]] == np.argsort(-row, kind="stable")[:3].tolist()
        assert [share for _, share in looks[layer - 1][at]] == pytest.approx(np.sort(row)[::-1][:3], abs=1e-4)
