"""One pass: what is left once norms, attention and activations are held is linear, and the model stays as it was."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
import transformers as t

from limelight import InputError, as_predictor, explain
from limelight.methods.one_pass import OnePass
from limelight.predictors.hf.fixed import hold
from limelight.predictors.hf.restoring import as_it_was, eager, telling
from tests.speaking import tokenizer

TEXT = "The capital of France is not so bad, she said."
SMALL = {"vocab_size": 340, "hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 2, "num_labels": 3}
SMALL |= {"pad_token_id": 0, "initializer_range": 0.3}
LONG = {"intermediate_size": 48, "max_position_embeddings": 96}


def models():
    """Of each kind of norm, activation and gate one, by the name of its architecture."""
    return {
        "bert": t.BertForSequenceClassification(t.BertConfig(**SMALL, **LONG)),
        "roberta": t.RobertaForSequenceClassification(t.RobertaConfig(**SMALL, **LONG, hidden_act="gelu_new")),
        "distilbert": t.DistilBertForSequenceClassification(
            t.DistilBertConfig(vocab_size=340, dim=32, n_heads=4, n_layers=2, hidden_dim=48, num_labels=3)
        ),
        "modernbert": t.ModernBertForSequenceClassification(
            t.ModernBertConfig(**SMALL, **LONG, cls_token_id=1, sep_token_id=0, bos_token_id=1, eos_token_id=0)
        ),
        "gpt2": t.GPT2ForSequenceClassification(
            t.GPT2Config(vocab_size=340, n_embd=32, n_head=4, n_layer=2, n_positions=96, num_labels=3, pad_token_id=0)
        ),
        "llama": t.LlamaForSequenceClassification(t.LlamaConfig(**SMALL, **LONG, num_key_value_heads=2)),
        "qwen2": t.Qwen2ForSequenceClassification(t.Qwen2Config(**SMALL, **LONG, num_key_value_heads=2)),
    }


@pytest.fixture(scope="module")
def known():
    torch.manual_seed(0)
    return {name: model.eval() for name, model in models().items()}


pytestmark = pytest.mark.filterwarnings("ignore:This checkpoint has no trained")  # nor need it have one
NAMES = ["bert", "roberta", "distilbert", "modernbert", "gpt2", "llama", "qwen2"]


@pytest.mark.parametrize("name", NAMES)
def test_without_constants_the_slopes_times_the_input_are_the_answer(name, known):
    """A linear map is its slope times the input (Euler): nothing bends, and nothing was cut off."""
    model = copy.deepcopy(known[name])
    with torch.no_grad():
        for key, value in model.named_parameters():
            if key.endswith("bias") or "position" in key or "token_type" in key or "wpe" in key:
                value.zero_()
    words = model.get_input_embeddings()
    vectors = words(torch.tensor([[5, 9, 17, 33, 60]])).detach().requires_grad_()

    def work():
        handle = words.register_forward_hook(lambda *_: vectors)
        output, fixed = hold(model, lambda: model(torch.tensor([[5, 9, 17, 33, 60]]), **telling(model)))
        handle.remove()
        assert fixed.norms and fixed.patterns
        return output.logits[0]

    logits = as_it_was(model, lambda: eager(model, work))
    for logit in logits:
        (slope,) = torch.autograd.grad(logit, vectors, retain_graph=True)
        assert float((slope * vectors).sum().detach()) == pytest.approx(float(logit.detach()), rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_model_is_left_bit_for_bit_as_it_was(name, known):
    model = known[name].train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    plain = {key: dict(vars(module)) for key, module in model.named_modules()}
    attention = model.config._attn_implementation
    found = explain(TEXT, (model, tokenizer()), method=OnePass(passes=2), dtype="float32")
    assert found.state == "exact" and np.abs(found.weights).max() > 0
    assert model.training and model.config._attn_implementation == attention
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    for key, module in model.named_modules():
        assert not module._forward_hooks and not module._forward_pre_hooks and not module._backward_hooks
        assert vars(module).keys() == plain[key].keys()
    assert all(parameter.grad is None for parameter in model.parameters())
    model.eval()


@pytest.mark.parametrize("name", ["bert", "llama"])
def test_parts_add_up_to_the_difference_to_the_blank_text_but_for_what_is_told(name, known):
    predictor = as_predictor((known[name], tokenizer()))
    text = "The capital of France is Paris"  # every token is of a word
    found = explain(text, predictor, method="one_pass")
    internals = predictor.internals([text])
    rows = []
    for ids in (internals.inputs["input_ids"], internals.baseline):  # by their vectors: some look for padding in ids
        with torch.no_grad(), internals.replaced(known[name].get_input_embeddings()(ids)):
            rows.append(known[name](**internals.inputs).logits.double()[0].numpy())
    whole, blank = rows
    difference = (whole - whole.mean()) - (blank - blank.mean())
    missed = np.abs(found.weights.sum(axis=1) - difference)
    assert found.fit["convergence"] == pytest.approx(missed.tolist(), abs=1e-4)


class Apart(torch.autograd.Function):
    """Passes on what it is given, and on the way back looks at numbers, which a batch of slopes does not allow."""

    @staticmethod
    def forward(_, given):
        return given.clone()

    @staticmethod
    def backward(_, slope):
        return slope * (float(slope.abs().sum()) >= 0)


def test_a_step_that_knows_no_batches_of_slopes_goes_back_one_by_one(known):
    model = copy.deepcopy(known["bert"])
    model.bert.encoder.layer[0].register_forward_hook(
        lambda _, args, output: (
            (Apart.apply(output[0]), *output[1:])
            if isinstance(output, tuple)  # of transformers 4
            else Apart.apply(output)
        )
    )
    with pytest.raises(RuntimeError):
        scores = model(torch.tensor([[5, 9]])).logits[0]
        weight = model.get_input_embeddings().weight
        torch.autograd.grad(scores, weight, grad_outputs=torch.eye(3), is_grads_batched=True)
    found, plain = (explain(TEXT, (one, tokenizer()), method="one_pass") for one in (model, known["bert"]))
    assert found.weights == pytest.approx(plain.weights, abs=1e-6)


def test_a_model_without_attention_is_refused(known):
    model = copy.deepcopy(known["bert"])
    model.bert.encoder.layer = torch.nn.ModuleList()
    with pytest.raises(InputError, match="has no attention that limelight knows how to hold fixed"):
        explain(TEXT, (model, tokenizer()), method="one_pass")


def test_a_number_of_passes_that_is_none_is_refused():
    with pytest.raises(InputError, match="passes is 0"):
        OnePass(passes=0)


def test_probabilities_are_explained_too(known):
    pair = known["bert"], tokenizer()
    as_logit, as_probability = (
        explain(TEXT, pair, method="one_pass", scale=scale) for scale in ("logit", "probability")
    )
    share = as_probability.scores
    slope = np.diag(share) - np.outer(share, share)  # of the softmax
    assert as_probability.weights == pytest.approx(slope @ as_logit.weights, abs=1e-5)
