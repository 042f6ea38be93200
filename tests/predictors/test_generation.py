"""An answer of a language model, word by word: as the model itself says, whatever is asked beside it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from limelight import Explanation, as_predictor, explain
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.errors import InputError, PredictionError
from limelight.predictors.tasks.generation import Generation
from limelight.text.fields import fields_of
from limelight.text.tokens import edges_of, parts_of
from tests.conftest import explanations
from tests.speaking import KINDS, loaded, model, templated, tokenizer

PROMPT = "The capital of France is not so bad and it was old"
ANSWER = " Paris, and 好看 👍!"


def bound(given, prompt=PROMPT, answer=ANSWER, **more):
    from limelight.document import Answer

    *_, last = as_predictor(given, **more).bind(fields_of(prompt), Answer(answer) if answer else None)
    return last


def by_hand(net, prompt_ids, answer_ids):
    """Log-probabilities of the answer's tokens and of the end after them, one prompt at a time, all logits."""
    import torch

    with torch.no_grad():
        logs = net(torch.tensor([[*prompt_ids, *answer_ids]])).logits[0].double().log_softmax(-1)
    at = len(prompt_ids) - 1
    own = [logs[at + t, token].item() for t, token in enumerate(answer_ids)]
    return np.array(own), logs[at + len(answer_ids), 0].item()


@pytest.mark.parametrize("kind", KINDS)
def test_words_are_the_sum_of_their_tokens_and_a_batch_is_as_one_prompt_alone(kind):
    net, cut = loaded(kind)
    one = bound((net, cut))
    random = np.random.default_rng(0)
    words = PROMPT.split()
    texts = [" ".join(w for w in words if random.random() < 0.6) for _ in range(30)] + [PROMPT, ""]
    together = one(texts)
    for text, row in zip(texts, together, strict=True):
        logs, end = by_hand(net, cut(text)["input_ids"], one.answer.ids)
        starts = [part.tokens[0] for part in one._spoken.parts]
        wanted = [*np.add.reduceat(logs, starts), end]
        assert np.log(row[: len(one.targets)]) == pytest.approx(wanted, abs=1e-4)
        assert row == pytest.approx(one([text])[0], rel=1e-4)


def test_an_answer_is_cut_into_words_and_signs_of_whole_characters_and_whole_tokens():
    cut = tokenizer()
    decode = lambda ids: cut.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False)  # noqa: E731
    for text in (ANSWER, "Paris", " a\n\nb  c!?", "👍👍🏽 x", "\n", "don't stop…", "日本語が好きです。", "naïve café"):
        ids = cut(text, add_special_tokens=False)["input_ids"]
        said, edges = edges_of(decode, ids)
        assert said == text and edges == sorted(edges) and len(edges) == len(ids) + 1
        parts = parts_of(said, edges)
        assert [at for part in parts for at in range(*part.tokens)] == list(range(len(ids)))
        assert all(a.span[1] <= b.span[0] for a, b in itertools.pairwise(parts))
        if text.strip():
            assert "".join(text[slice(*part.span)] for part in parts) == "".join(text.split())
    found = explain(PROMPT, loaded(), answer=ANSWER)
    assert found.targets == ("Paris", ",", "and", "好", "看", "👍", "!", "(end)")
    assert [ANSWER[slice(*span)] for span in found.answer.spans] == list(found.targets[:-1])
    assert found.targets[3].span == found.answer.spans[3] and found.targets[3].group == "answer"


def test_the_answer_is_what_transformers_itself_writes():
    import torch

    for kind in KINDS:
        net, cut = loaded(kind)
        found = explain(PROMPT, (net, cut), generation={"max_new_tokens": 9}, budget=30)
        theirs = net.generate(
            torch.tensor([cut(PROMPT)["input_ids"]]), do_sample=False, max_new_tokens=9,
            attention_mask=torch.ones(1, len(cut(PROMPT)["input_ids"]), dtype=torch.long),
        )[0, len(cut(PROMPT)["input_ids"]) :].tolist()  # fmt: skip
        ended = theirs[-1] == 0
        assert list(found.answer.ids) == theirs[: len(theirs) - ended]
        assert bool(found.answer.end) == ended
        assert ended or "cut off after 9 tokens" in " ".join(found.warnings)


def test_a_sample_is_frozen_with_its_seed_and_drawn_as_transformers_draws():
    import torch

    net, cut = loaded("llama")
    ways = {"do_sample": True, "temperature": 1.3, "top_k": 20, "top_p": 0.9, "max_new_tokens": 6}
    random = torch.get_rng_state()
    one, same, other = (bound((net, cut), answer=None, generation={**ways, "seed": seed}).answer for seed in (1, 1, 2))
    assert one == same and one.ids != other.ids and (one.seed, other.seed) == (1, 2)
    assert (torch.get_rng_state() == random).all()
    # with one token to draw from there is no chance: what is kept is what transformers keeps
    last = bound((net, cut), answer=None, generation={**ways, "top_k": 1, "repetition_penalty": 1.5}).answer
    ids = torch.tensor([cut(PROMPT)["input_ids"]])
    theirs = net.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, repetition_penalty=1.5, max_new_tokens=6
    )
    assert list(last.ids) == theirs[0, ids.shape[1] :].tolist()
    with pytest.raises(InputError, match="'temperature' without do_sample"):
        as_predictor((net, cut), generation={"temperature": 0.5})


def test_the_answer_shows_as_it_is_written_then_the_prediction_then_weights_that_add_up():
    predictor = as_predictor(loaded(), generation={"max_new_tokens": 6})
    steps = explanations(PROMPT, predictor, Options(budget=80))
    writing = [one for one in steps if one.state == "answering"]
    assert [len(one.answer.ids) for one in writing] == list(range(1, 7)) and not any(one.targets for one in writing)
    last = steps[-1]
    assert steps[len(writing)].state == "prediction" and last.answer.text.startswith(writing[0].answer.text)
    assert last.scale == "log-probability" and last.weights.shape == (len(last.targets), len(last.features))
    assert last.scores == pytest.approx(np.log(last.probabilities)) and last.answer.seed is None
    assert last.answer.probabilities == pytest.approx(last.probabilities[: len(last.answer.spans)])
    assert Explanation.from_dict(last.to_dict()) == last


def test_a_stretch_is_the_sum_of_its_words_with_its_own_interval():
    found = explain(PROMPT, loaded("llama"), answer=ANSWER, budget=90)
    assert found.state == "spent" and found.intervals is not None
    for one in (0, 4):  # the interval of one word is that which the document has
        alone = found.over(*found.answer.spans[one])
        assert alone.targets == (found.targets[one],) and alone.weights[0] == pytest.approx(found.weights[one])
        assert alone.intervals[0] == pytest.approx(found.intervals[one], abs=1e-6)
    some, whole = found.over(1, 11), found.over()
    assert repr(found) == repr(whole) and f"{whole.top(1)[0][1]:+.2f}" in repr(found)
    assert some.targets == ("Paris, and",) and some.targets[0].span == (1, 11)
    assert some.weights[0] == pytest.approx(found.weights[:3].sum(axis=0))
    assert whole.scores[0] == pytest.approx(found.scores.sum()) and whole.targets == (ANSWER[1:],)
    wide, bound_ = np.ptp(some.intervals[0], axis=1), np.ptp(found.intervals[:3], axis=2).sum(axis=0)
    assert (wide <= bound_ + 1e-9).all() and (wide < 0.95 * bound_).any() and (wide > 0).all()
    assert Explanation.from_dict(some.to_dict()) == some and some.top(1)
    with pytest.raises(InputError, match="touches no word"):
        found.over(0, 1)
    with pytest.raises(InputError, match="is of no answer"):
        explain("a good film", lambda texts: [[len(t), 1] for t in texts]).over(0, 1)


def test_what_it_could_have_said_is_set_against_a_word_at_no_new_price():
    net, cut = loaded()
    predictor = as_predictor((net, cut))
    fields, options = PROMPT, {"answer": ANSWER, "budget": 60}
    found = explanations(fields, predictor, Options(**options))[-1]
    for word, rivals in enumerate(found.answer.alternatives):
        shares = [rival.probability for rival in rivals]
        assert 0 < len(rivals) <= 5 and shares == sorted(shares, reverse=True)
        assert found.targets[word] not in [rival.text for rival in rivals]
    asked = []
    predictor_score = Generation.score
    try:
        Generation.score = lambda self, inputs: asked.extend(inputs) or predictor_score(self, inputs)
        rival = found.answer.alternatives[0][1]
        rather = explanations(fields, predictor, Options(**options, contrast=((1, 6), rival.text)))[-1]
    finally:
        Generation.score = predictor_score
    assert not asked and rather.targets[0] == f"Paris rather than {rival.text}"
    # they differ in the first token, whose probabilities these are
    own, other = (by_hand(net, cut(PROMPT)["input_ids"], [one])[0][0] for one in (found.answer.ids[0], rival.id))
    assert rather.scores[0] == pytest.approx(own - other, abs=1e-4)
    with pytest.raises(InputError, match="could hardly have said 'Timbuktu'"):
        explain(PROMPT, (net, cut), answer=ANSWER, contrast=((1, 6), "Timbuktu"))


def test_single_removals_are_the_differences_of_whole_prompts():
    net, cut = loaded("neox")
    found = explain(PROMPT, (net, cut), answer=ANSWER, method="occlusion")
    words = PROMPT.split()
    whole, _ = by_hand(net, cut(PROMPT)["input_ids"], found.answer.ids)
    for at in range(len(words)):
        without, _ = by_hand(net, cut(" ".join(words[:at] + words[at + 1 :]))["input_ids"], found.answer.ids)
        assert found.over(0, len(ANSWER)).weights[0, at] == pytest.approx((whole - without).sum(), abs=1e-4)


# chats


CHAT = [{"role": "system", "content": "be brief and warm"}, {"role": "user", "content": "what is the capital of Italy"}]


def test_a_chat_goes_through_the_models_own_template_and_its_markers_are_no_features():
    net, cut = loaded("llama", chat=True)
    one = bound((net, cut), CHAT)
    rendered = templated(cut, CHAT)
    (ids,) = one._prompts([tuple(m["content"] for m in CHAT)])
    assert ids == rendered and ids.count(cut.bos_token_id) == 1
    (ids,) = one._prompts([("", "what")])
    emptied = [{"role": "system", "content": ""}, {"role": "user", "content": "what"}]
    assert ids == templated(cut, emptied)
    found = explain(CHAT, (net, cut), answer="Rome.", budget=40)
    assert set(found.features) == set(" ".join(m["content"] for m in CHAT).split())
    assert found.answer.route == "chat" and not found.warnings


def test_one_text_is_a_message_of_a_user_unless_it_is_sent_raw():
    net, cut = loaded("llama", chat=True)
    one, raw = bound((net, cut)), bound((net, cut), template=None)
    (ids,), (plain,) = one._prompts([(PROMPT,)]), raw._prompts([(PROMPT,)])
    message = [{"role": "user", "content": PROMPT}]
    assert ids == templated(cut, message)
    assert plain == cut(PROMPT)["input_ids"]
    assert "one message of a user" in one.warnings[0] and not raw.warnings
    assert one([PROMPT])[0, 0] != pytest.approx(raw([PROMPT])[0, 0], rel=1e-3)
    # what a document says of its answer is enough to ask in the same way again
    *_, again = as_predictor((net, cut)).bind(fields_of(PROMPT), raw.answer)
    assert again([PROMPT]) == pytest.approx(raw([PROMPT]))
    fields = {"context": "It is warm", "question": "what is it"}
    made = bound((net, tokenizer()), fields, template="{context}. Q: {question}?")
    (ids,) = made._prompts([("It is", "what")])
    assert tokenizer().decode(ids[1:]) == "It is. Q: what?"


# what cannot be, and what goes wrong in the middle


@pytest.mark.parametrize(
    ("given", "prompt", "more", "said"),
    [
        (("gpt2",), "old " * 200, {"answer": " Paris"}, r"the prompt has \d+ tokens, and the window of .* never cuts"),
        (("gpt2",), "old " * 20, {"answer": " Paris" * 30}, "and the answer .* the window"),
        (("gpt2",), PROMPT, {"answer": ""}, "answer is ''"),
        (("gpt2",), CHAT, {"answer": "a"}, "a chat of 2 messages was given, and the model has no chat template"),
        (("gpt2", True), CHAT[::-1], {"answer": "a"}, "takes no such input: it raised .*a system message comes first"),
        (("gpt2",), PROMPT, {"template": "{nothing}"}, "the template takes no such input: it raised KeyError"),
        (("gpt2",), PROMPT, {"template": 3}, "template is 3"),
        (("gpt2",), PROMPT, {"generation": {"num_beams": 3}}, "generation has 'num_beams'"),
        (("gpt2",), PROMPT, {"generation": {"max_new_tokens": 0}}, "max_new_tokens 0. limelight takes a whole number"),
        (("gpt2",), PROMPT, {"class_names": ["a", "b"]}, "class_names is .*writes"),
        (("gpt2",), PROMPT, {"method": "integrated_gradients"}, "looks into the model, which cannot be done here"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(given, prompt, more, said):
    with pytest.raises(InputError, match=said):
        explain(prompt, loaded(*given), **more)


def test_a_classifier_takes_no_answer_and_no_template():
    classifier = lambda texts: [[len(t), 1] for t in texts]  # noqa: E731
    with pytest.raises(InputError, match="answer is 'x', and .* writes none"):
        explain("a good film", classifier, answer="x")
    with pytest.raises(InputError, match="template or generation was given"):
        explain("a good film", classifier, template=None)


def test_an_answer_of_one_token_and_one_of_no_probability():
    import torch

    net, cut = loaded()
    found = explain(PROMPT, (net, cut), answer="!")
    assert found.targets == ("!", "(end)") and len(found.answer.ids) == 1
    bias = torch.zeros(len(cut))
    bias[cut("!", add_special_tokens=False)["input_ids"]] = -torch.inf
    hook = net.lm_head.register_forward_hook(lambda layer, args, out: out + bias)
    try:
        never = explain(PROMPT, (net, cut), answer="! old")
    finally:
        hook.remove()
    assert never.probabilities[0] == 0 and np.isfinite(never.weights).all() and np.isfinite(never.scores).all()


def state_of(net, cut):
    hooks = [(dict(m._forward_hooks), dict(m._forward_pre_hooks)) for m in net.modules()]
    tensors = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    config = net.config.to_dict(), net.generation_config.to_dict(), net.config._attn_implementation
    return hooks, tensors, config, [m.training for m in net.modules()], len(cut), cut.chat_template, cut.padding_side


def same(one, other):
    assert one[0] == other[0] and one[2:] == other[2:]
    assert all((one[1][name] == other[1][name]).all() for name in one[1]) and one[1].keys() == other[1].keys()


def test_the_model_is_left_as_it_was_after_an_answer_an_error_and_a_stop():
    import torch

    net, cut = loaded("llama")
    net.train()
    random = torch.get_rng_state()
    before = state_of(net, cut)
    try:
        explain(PROMPT, (net, cut), generation={"max_new_tokens": 5}, budget=30)
        same(before, state_of(net, cut))
        writing = as_predictor((net, cut)).bind(fields_of(PROMPT))
        next(writing)
        writing.close()  # a Stop after one token
        same(before, state_of(net, cut))
        calls = []

        def fail(*_):
            calls.append(1)
            if len(calls) > 3:
                raise RuntimeError("no more of this")

        hook = net.model.register_forward_hook(fail)
        with pytest.raises(PredictionError, match="no more of this"):
            explain(PROMPT, (net, cut), answer=ANSWER, budget=60)
        hook.remove()
        same(before, state_of(net, cut))
        assert (torch.get_rng_state() == random).all()
    finally:
        net.eval()


def test_out_of_memory_halves_the_batch_and_goes_on():
    net, cut = loaded("bloom")
    whole = bound((net, cut))
    texts = [" ".join(PROMPT.split()[at:]) for at in range(8)]
    wanted = whole(texts)
    sizes = []

    def full(layer, args, kwargs):
        sizes.append(len(args[0]))
        if len(args[0]) > 2:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    again = bound((net, cut))
    hook = net.register_forward_pre_hook(full, with_kwargs=True)
    try:
        assert again(texts) == pytest.approx(wanted, rel=1e-4)
    finally:
        hook.remove()
    assert max(sizes) > 2 and min(sizes) <= 2


def test_a_folder_and_a_pipeline_are_language_models_too(tmp_path):
    from transformers import pipeline

    net, cut = loaded("llama")
    net.save_pretrained(tmp_path)
    cut.save_pretrained(tmp_path)
    wanted = bound((net, cut))([PROMPT])
    assert bound(str(tmp_path))([PROMPT]) == pytest.approx(wanted, rel=1e-5)
    assert bound(pipeline("text-generation", model=net, tokenizer=cut))([PROMPT]) == pytest.approx(wanted)
    assert as_predictor(str(tmp_path)).warnings == () and model("llama") is net


def test_the_first_picture_is_had_for_two_passes_with_and_without_the_content():
    net, cut = loaded("llama")
    asked = []
    score = Generation.score
    try:
        Generation.score = lambda self, inputs: asked.extend(inputs) or score(self, inputs)
        work = iter(steps(fields_of(PROMPT), as_predictor((net, cut)), Options(answer=ANSWER)))
        draft = next(one for one in work if one is not None and one.state == "draft")
        assert len(asked) == 1 and draft.evaluations == 2  # the whole was asked to settle the answer
    finally:
        Generation.score = score
    own, _ = by_hand(net, cut(PROMPT)["input_ids"], draft.answer.ids)
    none, _ = by_hand(net, cut("")["input_ids"], draft.answer.ids)
    assert draft.features == (PROMPT,) and draft.over(0, len(ANSWER)).weights[0, 0] == pytest.approx(
        (own - none).sum(), abs=1e-4
    )
    chat = explanations(CHAT, as_predictor(loaded("llama", chat=True)), Options(answer=ANSWER, budget=40))
    draft = next(one for one in chat if one.state == "draft")
    assert draft.features == tuple(message["content"] for message in CHAT)


def test_what_could_think_first_does_not_and_that_is_said():
    """What is explained is all that was said: where a template has an option to think, it is off."""
    import copy

    net, cut = loaded("llama", chat=True)
    thinking = copy.deepcopy(cut)
    thinking.chat_template = (
        cut.chat_template + "{% if enable_thinking is not defined or enable_thinking %}hm {% endif %}"
    )
    assert thinking.apply_chat_template(CHAT, tokenize=False, add_generation_prompt=True).endswith("hm ")
    one = bound((net, thinking), CHAT)
    assert (
        one._prompts([tuple(message["content"] for message in CHAT)])[0]
        == bound((net, cut), CHAT)._prompts([tuple(message["content"] for message in CHAT)])[0]
    )
    assert [note.code for note in one.warnings] == ["no-thinking"]
