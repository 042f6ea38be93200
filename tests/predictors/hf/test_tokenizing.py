"""Token ids put together from words are the tokenizer's own, or are not put together."""

import numpy as np
import pytest
import tokenizers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from limelight import as_predictor
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.predictors.hf.tokenizing import Encoding
from limelight.text.units import words

CORPUS = [
    "It is not a bad film, but the plot isn't new.",
    "Ein schöner Film: nie langweilig, oft komisch!",
    "这部电影不错，演员很好。",
    "The film was good; the filming was better. 🎬 12,50 €",
] * 20
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def trained(kind: str) -> PreTrainedTokenizerFast:
    """A small tokenizer of one of the common families."""
    if kind == "unigram":
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.NFKC()
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(vocab_size=160, special_tokens=SPECIAL, unk_token="[UNK]")
    else:
        tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
        alphabet = []
        if kind == "byte-level":
            tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
            tokenizer.decoder, alphabet = decoders.ByteLevel(), pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=SPECIAL, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(CORPUS, trainer)
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **{f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")},
    )


KINDS = ("bundled", "byte-level", "unigram", "no words")


@pytest.fixture(scope="module")
def tokenizer_of():
    made = {kind: trained(kind) for kind in KINDS[1:]}
    return {"bundled": as_predictor()._tokenizer, **made}


def thinned(text: str, masker: str, rows: int, seed: int) -> list[str]:
    """Texts as a method asks about them."""

    class Model:
        mask_token = "[MASK]"

    spans = words(text)
    masks = np.random.default_rng(seed).random((rows, len(spans))) > 0.5
    masks[0] = True
    game = Game(Model, [text], [(0, *span) for span in spans], MASKERS[masker])
    return [one.plain for one in game.inputs(masks)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("window", [None, 9])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.sampled_from(CORPUS[:4]), st.text(st.sampled_from("abc film Die.é́不错🎬\t\n ’'[MASK]"), max_size=40)
    ),
    masker=st.sampled_from(sorted(MASKERS)),
)
def test_ids_are_the_tokenizers_own(tokenizer_of, kind, window, text, masker):
    if not words(text):
        return
    tokenizer = tokenizer_of[kind]
    encoding = Encoding(tokenizer, window)
    texts = thinned(text, masker, 30, seed=len(text))
    for asked in (texts[:8], texts[8:], texts):
        wanted = tokenizer(asked, truncation=window is not None, max_length=window)
        found = encoding([(one,) for one in asked])
        assert {key: found[key] for key in wanted} == dict(wanted)


@pytest.mark.parametrize("kind", KINDS[:3])
def test_most_texts_never_reach_the_tokenizer(tokenizer_of, kind):
    encoding = Encoding(tokenizer_of[kind], 128)
    texts = thinned(CORPUS[0], "delete", 400, seed=0)
    encoding([(text,) for text in texts])
    assert encoding.joins
    assert encoding.read < 60


def test_a_tokenizer_that_joins_words_reads_every_text(tokenizer_of):
    encoding = Encoding(tokenizer_of["no words"], None)
    texts = list(dict.fromkeys(thinned(CORPUS[0], "delete", 100, seed=0)))
    encoding([(text,) for text in texts])
    assert not encoding.joins
    assert encoding.read == len(texts)


def test_a_word_with_other_ids_than_before_ends_the_joining():
    # "b" after a is another token than "b" alone: a normaliser may look across words
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1, "b": 2, "B": 3}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Replace(tokenizers.Regex("(?<=a )b"), "B")
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    encoding = Encoding(PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]"), None)
    assert encoding([("b a b",)])["input_ids"] == [[2, 1, 3]]
    assert encoding([("b b b",), ("b b",)])["input_ids"] == [[2, 2, 2], [2, 2]]
    assert not encoding.joins
