"""What an answer's earlier words do to its later ones: equal to what the model says with each of them out."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import Explanation, as_predictor, explain
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.document import Answer
from limelight.errors import InputError
from limelight.text.fields import fields_of
from tests.speaking import KINDS, loaded, model, tokenizer

PROMPT = "The capital of France is not so bad"
ANSWER = " Paris, and 好看 it was 👍!"


def by_hand(net, prompt, answer):
    """Log-probabilities of an answer's tokens and of the end after them, alone."""
    import torch

    with torch.no_grad():
        logs = net(torch.tensor([[*prompt, *answer]])).logits[0].double().log_softmax(-1)
    at = len(prompt) - 1
    return [logs[at + t, token].item() for t, token in enumerate([*answer, 0])]


@pytest.mark.parametrize("kind", KINDS)
def test_each_word_is_taken_out_of_what_was_said_before_and_of_nothing_else(kind):
    net, cut = loaded(kind)
    found = explain(PROMPT, (net, cut), answer=ANSWER, earlier=True, budget=32)
    answer, prompt = found.answer, cut(PROMPT)["input_ids"]
    *_, bound = as_predictor((net, cut)).bind(fields_of(PROMPT), Answer(ANSWER, answer.ids, end=answer.end))
    words = [part.tokens for part in bound._spoken.parts]
    assert [len(row) for row in answer.earlier] == [min(at, len(words)) for at in range(len(found.targets))]
    whole = by_hand(net, prompt, answer.ids)
    for at, (start, stop) in enumerate(words):
        without = by_hand(net, prompt, answer.ids[:start] + answer.ids[stop:])
        for later, (first, last) in enumerate(words[at + 1 :], at + 1):
            gone = stop - start
            effect = sum(whole[first:last]) - sum(without[first - gone : last - gone])
            assert answer.earlier[later][at] == pytest.approx(effect, abs=1e-4)


def rewriter():
    from tests.predictors.test_rewriting import model as rewriting

    return rewriting("t5"), tokenizer()


def test_an_encoder_decoder_encodes_its_source_once_for_all():
    import torch

    net, cut = rewriter()
    answer = " Paris was not so bad."
    predictor = as_predictor((net, cut))
    *_, bound = predictor.bind(fields_of(PROMPT), Answer(answer))
    read = []
    hook = net.get_encoder().register_forward_pre_hook(lambda *_: read.append(1))
    try:
        *_, rows = bound.earlier()
    finally:
        hook.remove()
    assert len(read) == 1
    ids, source = bound.answer.ids, cut(PROMPT)["input_ids"]

    def alone(said):
        with torch.no_grad():
            logits = net(input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([[1, *said]])).logits
        logs = logits[0].double().log_softmax(-1)
        return [logs[t, token].item() for t, token in enumerate(said)]

    (start, stop), (first, last) = bound._spoken.parts[0].tokens, bound._spoken.parts[2].tokens
    gone = stop - start
    effect = sum(alone(ids)[first:last]) - sum(alone(ids[:start] + ids[stop:])[first - gone : last - gone])
    assert rows[2][0] == pytest.approx(effect, abs=1e-4)


def test_a_stretch_rests_on_the_sum_and_no_word_on_itself_or_on_later_ones():
    found = explain(PROMPT, loaded(), answer=ANSWER, earlier=True, budget=32)
    rows, words = found.answer.earlier, [found.answer.text[slice(*span)] for span in found.answer.spans]
    assert found.earlier(None, 0) == []
    assert dict(found.earlier(None, 2)) == {words[0]: rows[2][0], words[1]: rows[2][1]}
    span = (found.answer.spans[1][0], found.answer.spans[3][1])
    effects = dict(found.earlier(None, span))
    assert effects[words[0]] == pytest.approx(rows[1][0] + rows[2][0] + rows[3][0])
    assert effects[words[2]] == pytest.approx(rows[3][2])
    assert set(effects) == set(words[:3])
    sizes = [abs(effect) for _, effect in found.earlier(None)]
    assert sizes == sorted(sizes, reverse=True)
    assert Explanation.from_dict(found.to_dict()) == found


def test_it_is_found_out_on_demand_and_costs_a_pass_a_word_and_can_be_stopped():
    net, cut = loaded()
    plain = explain(PROMPT, (net, cut), answer=ANSWER, budget=32)
    assert plain.answer.earlier is None
    with pytest.raises(InputError, match=r"earlier=True"):
        plain.earlier()
    predictor = as_predictor((net, cut))
    predictor._tokens_per_batch = 1
    options = Options(answer=ANSWER, earlier=True, budget=32)
    running = steps(fields_of(PROMPT), predictor, options, before=plain)
    asked = []
    hook = net.register_forward_pre_hook(lambda *_: asked.append(1))
    try:
        pauses = 0
        for one in running:
            pauses += one is None
            if pauses == 3:
                break
        before = len(asked)
        running.close()
        assert len(asked) == before
    finally:
        hook.remove()
    *_, done = steps(fields_of(PROMPT), predictor, options, before=plain)
    assert done.evaluations == plain.evaluations + len(plain.answer.spans) + 1
    assert np.array_equal(done.weights, plain.weights)


def test_a_model_that_writes_nothing_has_no_earlier_words():
    with pytest.raises(InputError, match="cannot be asked about an answer without"):
        explain("a good film", lambda texts: [[len(text), 1.0] for text in texts], earlier=True)


def test_half_precision_is_compared_with_itself():
    """The whole answer is asked beside the answers without a word: what rounding moves is moved in both."""
    import copy

    import torch

    net = copy.deepcopy(model("llama")).to(torch.bfloat16)
    found = explain(PROMPT, (net, tokenizer()), answer=ANSWER, earlier=True, budget=32)
    exact = explain(PROMPT, loaded("llama"), answer=ANSWER, earlier=True, budget=32)
    pairs = zip(found.answer.earlier, exact.answer.earlier, strict=True)
    assert max(abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True)) < 0.5
