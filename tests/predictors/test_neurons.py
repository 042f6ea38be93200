"""Neurons: activation times slope is what they do to first order, a firing is what their layer reads."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from limelight import InputError, as_predictor, dream, layers
from limelight.predictors.hf.maps import shape_of
from limelight.predictors.hf.neurons import neurons_of, readers_of
from limelight.predictors.tasks.neurons import Firing
from tests.methods.test_one_pass import NAMES, known  # noqa: F401 - a fixture
from tests.speaking import loaded, tokenizer

TEXT = "The capital of France is not so bad, she said."
pytestmark = pytest.mark.filterwarnings("ignore:This checkpoint has no trained")
STEP = 0.02


def stretched(model, layer, index, by):
    """A hook under which one neuron fires ``by`` times as much."""

    def hook(_, args):
        states = args[0].clone()
        states[..., index] *= by
        return (states, *args[1:])

    return readers_of(model)[layer - 1].register_forward_pre_hook(hook)


@pytest.mark.parametrize("name", NAMES)
def test_an_effect_is_the_slope_along_the_neuron(name, known):  # noqa: F811
    model = copy.deepcopy(known[name]).double()
    predictor = as_predictor((model, tokenizer()), dtype="float32")
    internals = predictor.internals((TEXT,))
    size = internals.inputs["input_ids"].shape[1]
    found = neurons_of(internals, 1, "log-odds", np.eye(size, dtype=bool), 3)
    assert [abs(one.effect) for one in found] == sorted((abs(one.effect) for one in found), reverse=True)

    def score():
        with torch.no_grad():
            return float(internals.scores(internals.model(**internals.inputs), "log-odds")[0, 1])

    for one in found:
        values = []
        for by in (1 + STEP, 1 - STEP):
            handle = stretched(internals.model, one.layer, one.index, by)
            values.append(score())
            handle.remove()
        assert (values[0] - values[1]) / (2 * STEP) == pytest.approx(one.effect, rel=1e-2, abs=1e-5)


def test_the_neurons_told_of_are_the_strongest_of_all(known):  # noqa: F811
    internals = as_predictor((known["bert"], tokenizer()), dtype="float32").internals((TEXT,))
    members = np.eye(internals.inputs["input_ids"].shape[1], dtype=bool)
    readers = readers_of(internals.model)
    every = neurons_of(internals, 0, "log-odds", members, 10_000)
    assert len(every) == sum(shape_of(one)[0] for one in readers) == len({(one.layer, one.index) for one in every})
    assert neurons_of(internals, 0, "log-odds", members, 5) == every[:5]


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama"])
def test_a_firing_is_the_most_that_the_layer_reads_at_a_word_of_the_text(name, known):  # noqa: F811
    model = known[name]
    firing = Firing(as_predictor((model, tokenizer()), dtype="float32"), 2, 7)
    texts = ["The capital", "of France", "is not so bad, she said", "Rome"]
    for text, (score, rest) in zip(texts, firing(texts), strict=True):
        seen = []
        handle = readers_of(model)[1].register_forward_pre_hook(lambda _, args, seen=seen: seen.append(args[0]))
        encoded = tokenizer()(text, return_tensors="pt", return_offsets_mapping=True)
        offsets = encoded.pop("offset_mapping")[0].tolist()
        with torch.no_grad():
            model(input_ids=encoded["input_ids"])
        handle.remove()
        own = [at for at, (start, stop) in enumerate(offsets) if stop > start]
        assert score == pytest.approx(float(seen[0][0, own, 7].max()), abs=1e-5) and rest == 0


def test_a_dream_of_a_neuron_raises_it_and_leaves_the_model_as_it_was():
    predictor = as_predictor()
    model = predictor.internals(("a",)).model
    hooks = [len(module._forward_pre_hooks) for module in model.modules()]
    one = layers("It is not a bad film.", neurons=3).neurons[0]
    found = dream(target=(one.layer, one.index), start="It is a film.", budget=120, banned=["bad"])
    scores = Firing(predictor, one.layer, one.index)([text.text for text in found])[:, 0]
    assert [text.score for text in found] == pytest.approx(scores.tolist(), abs=1e-4)
    assert found[-1].score > found[0].score and found.target == f"layer {one.layer}, neuron {one.index}"
    assert not any("bad" in text.text.lower().split() for text in found)
    assert [len(module._forward_pre_hooks) for module in model.modules()] == hooks


def test_what_is_no_neuron_is_refused():
    for target in ((0, 0), (7, 0), (1, -1), (1, 1536), (1.5, 0), (True, 0)):
        with pytest.raises(InputError, match="there is no neuron") as refused:
            dream(target=target, start="a film", budget=10)
        assert "the layers 1 to 6 with the neurons 0 to 1535 each" in str(refused.value)
    with pytest.raises(InputError, match="looked into"):
        dream(lambda texts: [[0.5, 0.5]] * len(texts), (1, 1), start="a film", budget=10)
    with pytest.raises(InputError, match=r"target is \(1, 2, 3\)"):
        dream(target=(1, 2, 3), start="a film", budget=10)
    with pytest.raises(InputError, match="neurons is -1"):
        layers("a film", neurons=-1)
    assert layers("a film", neurons=0).neurons == ()


def test_a_dream_from_nothing_begins_with_words_that_the_seed_chooses():
    first, again, other = (dream(target="positive", budget=30, seed=seed) for seed in (1, 1, 2))
    assert first[0].text == again[0].text != other[0].text and len(first[0].text.split()) == 6
    assert first[-1].score > first[0].score


def test_a_dream_of_a_word_of_a_language_model_is_as_likely_as_the_model_says():
    model, cut = loaded("gpt2")
    found = dream((model, cut), " Rome", start="the big old", budget=40, banned=["Italy"])
    for one in found:
        prompt, said = cut(one.text)["input_ids"], cut(" Rome", add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            logs = model(torch.tensor([[*prompt, *said]])).logits[0].double().log_softmax(-1)
        own = [float(logs[len(prompt) - 1 + at, token]) for at, token in enumerate(said)]
        assert np.log(one.score) == pytest.approx(sum(own), abs=1e-3)
    for target, sentence in ((None, "writes"), (0, "writes"), (" Rome and Paris", "is 3 words")):
        with pytest.raises(InputError, match=sentence):
            dream((model, cut), target, start="the big old", budget=10)


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_the_neurons_of_an_answer_carry_its_log_probability(name):
    model, cut = loaded(name)
    prompt, answer = "The capital of France", " is Rome"
    found = layers(prompt, (model, cut), answer=answer, neurons=4, template=None)
    ids = cut(prompt)["input_ids"]
    whole = torch.tensor([cut(prompt + answer)["input_ids"]])
    assert whole[0, : len(ids)].tolist() == ids

    def log():
        with torch.no_grad():
            logs = model(whole).logits[0, len(ids) - 1 : -1].double().log_softmax(-1)
        return float(logs.gather(1, whole[0, len(ids) :, None]).sum())

    assert len(found.neurons) == 4
    texts = [cut.decode([one]).strip() for one in whole[0].tolist()]
    for one in found.neurons:
        values = []
        for by in (1 + STEP, 1 - STEP):
            handle = stretched(model, one.layer, one.index, by)
            values.append(log())
            handle.remove()
        assert (values[0] - values[1]) / (2 * STEP) == pytest.approx(one.effect, rel=2e-2, abs=1e-5)
        assert one.word == texts[one.feature]
    assert layers(prompt, (model, cut), answer=answer, neurons=0, template=None).neurons == ()


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_a_neuron_of_a_language_model_opens_what_it_wants(name):
    model, cut = loaded(name)
    found = layers("The capital of France", (model, cut), answer="is Rome", neurons=1, template=None)
    one = found.neurons[0]
    front = dream((model, cut), (one.layer, one.index), start="the big old house", budget=60)
    states = []
    handle = readers_of(model)[one.layer - 1].register_forward_pre_hook(lambda _, args: states.append(args[0]))
    with torch.no_grad():
        model(torch.tensor([cut(front[-1].text)["input_ids"]]))
    handle.remove()
    offsets = cut(front[-1].text, return_offsets_mapping=True)["offset_mapping"]
    own = [at for at, (start, stop) in enumerate(offsets) if stop > start]
    assert front[-1].score == pytest.approx(float(states[0][0, own, one.index].max()), abs=1e-4)
    assert front[-1].score > front[0].score and front.target == f"layer {one.layer}, neuron {one.index}"


@pytest.mark.parametrize("name", ["bert", "llama"])
def test_a_direction_is_taken_as_far_as_the_layers_states_go_along_it(name, known):  # noqa: F811
    model, along = known[name], np.random.default_rng(3).normal(size=32)
    given = (model, tokenizer())
    front = dream(given, (1, along), start="The capital of France", budget=60)
    encoded = tokenizer()(front[-1].text, return_tensors="pt", return_offsets_mapping=True)
    offsets = encoded.pop("offset_mapping")[0].tolist()
    with torch.no_grad():
        states = model(input_ids=encoded["input_ids"], output_hidden_states=True).hidden_states[1][0].numpy()
    own = [at for at, (start, stop) in enumerate(offsets) if stop > start]
    assert front[-1].score == pytest.approx(float((states[own] @ (along / np.linalg.norm(along))).max()), abs=1e-4)
    assert front[-1].score > front[0].score and front.target == "layer 1, direction"
    # as long as it likes, and from torch, it is the same direction
    again = dream(given, (1, torch.tensor(7 * along)), start="The capital of France", budget=60)
    assert [one.text for one in again] == [one.text for one in front]
    for wrong in (np.zeros(32), along[:-1], [1.0, 2.0], "ab", None, [["a"]]):
        with pytest.raises(InputError, match="there is no neuron"):
            dream(given, (1, wrong), start="The capital", budget=10)
