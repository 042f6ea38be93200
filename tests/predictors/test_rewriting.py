"""A translation or a summary, word by word: as its encoder and decoder say, and as a dictionary has it."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest

from limelight import as_predictor, explain
from limelight.errors import InputError
from limelight.predictors.tasks.rewriting import Rewriting
from limelight.text.fields import fields_of
from tests.speaking import tokenizer

SOURCE = "It was warm and old, and the capital is big"
ANSWER = " Paris was not so bad."


@functools.cache
def model(kind):
    import torch
    import transformers as t

    common = {"vocab_size": len(tokenizer()), "d_model": 32, "pad_token_id": 0, "eos_token_id": 0, "bos_token_id": 1}
    common["decoder_start_token_id"] = 1
    torch.manual_seed(2)
    if kind == "t5":
        config = t.T5Config(d_kv=8, d_ff=64, num_layers=2, num_heads=4, initializer_factor=1.0, **common)
        made = t.T5ForConditionalGeneration(config)
    else:
        heads = {f"{side}_attention_heads": 4 for side in ("encoder", "decoder")}
        layers = {f"{side}_layers": 2 for side in ("encoder", "decoder")}
        made = t.BartForConditionalGeneration(
            t.BartConfig(
                encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=64, init_std=0.3,
                forced_eos_token_id=None, **heads, **layers, **common,
            )
        )  # fmt: skip
        made.generation_config.forced_bos_token_id = 2  # as some say in which language to answer
    return made.eval()


def by_hand(net, source, answer, start):
    """Log-probabilities of each token of an answer, for one source without padding."""
    import torch

    with torch.no_grad():
        output = net(input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([[*start, *answer]]))
    logs = output.logits[0, len(start) - 1 :].double().log_softmax(-1)
    return np.array([logs[at, token].item() for at, token in enumerate(answer)])


@pytest.mark.parametrize(("kind", "start"), [("t5", [1]), ("bart", [1, 2])])
def test_words_are_the_sum_of_their_tokens_whatever_is_asked_beside_a_source(kind, start):
    net, cut = model(kind), tokenizer()
    found = explain(SOURCE, (net, cut), answer=ANSWER, budget=40)
    assert found.targets[:3] == ("Paris", "was", "not") and found.features[0] == "It"
    predictor = as_predictor((net, cut))
    assert isinstance(predictor, Rewriting)
    *_, one = predictor.bind(fields_of(SOURCE), found.answer)
    texts = [" ".join(SOURCE.split()[at:]) for at in range(9)] + [""]
    for text, row in zip(texts, one(texts), strict=True):
        logs = by_hand(net, cut(text)["input_ids"], found.answer.ids, start)
        wanted = np.add.reduceat(logs, [part.tokens[0] for part in one._spoken.parts])
        assert np.log(row[: len(wanted)]) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("kind", ["t5", "bart"])
def test_the_answer_is_what_transformers_itself_writes(kind):
    import torch

    net, cut = model(kind), tokenizer()
    found = explain(SOURCE, (net, cut), generation={"max_new_tokens": 7}, budget=20)
    theirs = net.generate(
        torch.tensor([cut(SOURCE)["input_ids"]]), do_sample=False, num_beams=1,
        max_new_tokens=7 + (kind == "bart"),
    )[0].tolist()[1 + (kind == "bart") :]  # fmt: skip
    assert list(found.answer.ids) == theirs[: len(found.answer.ids)] and len(found.answer.ids) > 1


def test_a_folder_is_read_and_what_is_too_long_refused(tmp_path):
    net, cut = model("bart"), tokenizer()
    net.save_pretrained(tmp_path)
    cut.save_pretrained(tmp_path)
    whole = explain(SOURCE, (net, cut), answer=ANSWER, budget=20)
    again = explain(SOURCE, str(tmp_path), answer=ANSWER, budget=20)
    assert again.scores == pytest.approx(whole.scores, abs=1e-4)
    with pytest.raises(InputError, match="never cuts a prompt"):
        explain("old " * 60, (net, cut), answer=ANSWER)
    labelled = explain(SOURCE, (net, cut), labels=["Paris", "Rome"], budget=20)
    assert labelled.probabilities.sum() == pytest.approx(1)


KINDS = [
    {"dog": "cao", "cat": "gato", "bird": "ave", "horse": "cavalo"},
    {"sees": "ve", "wants": "quer", "hears": "ouve", "eats": "come"},
    {"bread": "pao", "water": "agua", "milk": "leite", "wine": "vinho"},
]
WORDS = {word: other for kind in KINDS for word, other in kind.items()}
FILLERS = ["so", "the", "well", "a", "now", "and"]


def sentence(random, missing=0.0):
    """Words in any order among some that say nothing, and their translation in order; a guess for what is out."""
    words = [str(random.choice(list(kind))) for kind in KINDS]
    said = [word for word in words if random.random() >= missing]
    source = random.permutation([*said, *random.choice(FILLERS, random.integers(0, 4))]).tolist()
    known = [word if word in said else str(random.choice(list(kind))) for word, kind in zip(words, KINDS, strict=True)]
    return source, [WORDS[word] for word in known], words


@functools.cache
def translator():
    """A BART that has learnt to translate, from scratch, in a fixed number of steps."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BartConfig, BartForConditionalGeneration, PreTrainedTokenizerFast

    names = ["<pad>", "<s>", "</s>", "<unk>", *WORDS, *WORDS.values(), *FILLERS]
    own = Tokenizer(models.WordLevel({name: at for at, name in enumerate(names)}, unk_token="<unk>"))
    own.pre_tokenizer = pre_tokenizers.Whitespace()
    own.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)])
    cut = PreTrainedTokenizerFast(
        tokenizer_object=own, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    torch.manual_seed(0)
    config = BartConfig(
        vocab_size=len(names), d_model=48, encoder_layers=1, decoder_layers=1, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=96, decoder_ffn_dim=96, max_position_embeddings=24, dropout=0.0,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1, forced_eos_token_id=None,
    )  # fmt: skip
    net, random = BartForConditionalGeneration(config), np.random.default_rng(0)
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # matrices this small are slower in several
    try:
        for _ in range(400):
            rows = [sentence(random, 0.3) for _ in range(32)]
            inputs = cut([" ".join(source) for source, _, _ in rows], padding=True, return_tensors="pt")
            labels = cut([" ".join(said) for _, said, _ in rows], return_tensors="pt")["input_ids"]
            masked = {"input_ids": inputs["input_ids"], "attention_mask": inputs["attention_mask"]}
            loss = net(**masked, labels=labels).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    finally:
        torch.set_num_threads(threads)
    return net.eval(), cut


@pytest.mark.slow  # trains a model
def test_the_strongest_source_word_is_the_dictionarys():
    random, right, exact = np.random.default_rng(1), [], 0
    for _ in range(30):
        source, said, words = sentence(random)
        found = explain(" ".join(source), translator())
        if list(found.targets[:-1]) != said:
            continue  # what was translated wrongly says nothing of the explanation
        exact += 1
        right += [found.top(1, target)[0][0] == word for word, target in zip(words, said, strict=True)]
    assert exact >= 25 and np.mean(right) >= 0.95


@pytest.mark.slow  # enumerates all thinned sources
def test_intervals_of_words_and_stretches_hold_the_truth_as_often_as_they_say():
    random, hits = np.random.default_rng(0), []
    predictor = as_predictor(translator())
    for seed in range(10):
        source, _, _ = sentence(random)
        source = random.permutation([*source, *random.choice(FILLERS, 10 - len(source))])
        exact = explain(" ".join(source), predictor, budget=2**10)
        some = explain(" ".join(source), predictor, seed=seed)
        assert exact.state == "exact" and some.state in ("spent", "settled") and some.evaluations <= 64
        spans = some.answer.spans
        for stretch in [*spans, *((one[0], other[1]) for one, other in itertools.pairwise(spans)), ()]:
            low, high = np.moveaxis(some.over(*stretch).intervals[0], 1, 0)
            truth = exact.over(*stretch).weights[0]
            hits += ((low <= truth) & (truth <= high)).tolist()
    assert 0.9 <= np.mean(hits) <= 0.985


def test_an_answer_has_the_room_that_what_it_begins_with_leaves():
    """Learned positions end there: bart has 64, of which its start and the forced token are 2."""
    pair = model("bart"), tokenizer()
    written = explain(SOURCE, pair, budget=64, generation={"max_new_tokens": 200})
    assert len(written.answer.ids) == 62
    with pytest.raises(InputError, match=r"the answer has 63 tokens, and the decoder of .* has room for 62\."):
        explain(SOURCE, pair, answer="q" * 63)  # a letter that is no part of another token
