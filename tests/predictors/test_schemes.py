"""Schemes: words of several pieces become entities as transformers' pipeline makes them, by two kinds of tokenizer."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import as_predictor
from limelight.text.fields import fields_of
from tests.trained import small

SCHEMES = ("simple", "first", "average", "max")
TEXT = "Washington met O'Hara"
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
WORDS = ["Washington", "Jordan", "unhappily", "Florence", "New-York", "O'Hara", "l'été", "met", "in", "U.S.A."]
PIECES = [
    "wash",
    "##ing",
    "##ton",
    "jor",
    "##dan",
    "un",
    "##happi",
    "##ly",
    "flor",
    "##ence",
    "new",
    "york",
    "o",
    "hara",
]
PIECES += ["l", "ete", "met", "in", "u", "s", "a", *"'-.,!"]


def wordpiece():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {piece: at for at, piece in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *PIECES])}
    inner = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    inner.normalizer, inner.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    inner.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return of(inner, [f"[{name}]" for name in ("PAD", "UNK", "CLS", "SEP", "MASK")], PreTrainedTokenizerFast)


def byte_level(trims: bool):
    """A byte-level BPE that has seen little, so that words fall to pieces; its offsets may count the blank before."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["<pad>", "<unk>", "<s>", "</s>", "<mask>"]
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer, inner.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=290,
        special_tokens=special,
        initial_alphabet=alphabet,
        show_progress=False,
    )
    # of each word the blank and the first letter are one piece, as in any tokenizer that has seen enough
    begins = " ".join(f" {word[0]}" for word in WORDS)
    inner.train_from_iterator([begins] * 9 + [" washing in a new way, happily with Flora and Jor"] * 4, trainer)
    inner.post_processor = processors.RobertaProcessing(
        ("</s>", 3), ("<s>", 2), trim_offsets=trims, add_prefix_space=False
    )
    return of(inner, special, PreTrainedTokenizerFast)


def of(inner, special, made):
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), special, strict=True))
    return made(tokenizer_object=inner, model_max_length=64, **names)


TOKENIZERS = {"wordpiece": wordpiece, "bytes": lambda: byte_level(False), "bytes, trimmed": lambda: byte_level(True)}


@pytest.fixture(scope="module", params=TOKENIZERS)
def undecided(request):
    """A model whose labels change from piece to piece, so that each scheme makes something else of them."""
    import torch
    from transformers import BertForTokenClassification

    tokenizer = TOKENIZERS[request.param]()
    torch.manual_seed(0)
    model = BertForTokenClassification(small(len(tokenizer), id2label=dict(enumerate(LABELS)))).eval()
    with torch.no_grad():
        model.bert.embeddings.word_embeddings.weight.normal_(0, 1)
        model.classifier.weight.normal_(0, 0.7)
    return model, tokenizer


def texts():
    random = np.random.default_rng(0)
    for _ in range(12):
        ends = random.choice(["", ",", ".", "!"], 6, p=[0.6, 0.2, 0.1, 0.1])
        yield " ".join(f"{word}{end}" for word, end in zip(random.choice(WORDS, 6), ends, strict=True))


def bound(model, text):
    (one,) = as_predictor(model).bind(fields_of(text))
    return one


@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
@pytest.mark.parametrize("scheme", SCHEMES)
def test_words_of_several_pieces_are_the_pipelines(undecided, scheme):
    from transformers import pipeline

    model, tokenizer = undecided
    asked = pipeline("token-classification", model=model, tokenizer=tokenizer, aggregation_strategy=scheme)
    compared = 0
    for text in texts():
        found, wanted = bound(asked, text), asked(text)
        for one in wanted:  # some offsets count the blank before a word in
            one["start"] += len(text[one["start"] : one["end"]]) - len(text[one["start"] : one["end"]].lstrip())
        if not wanted:
            continue
        spans = [(one.split()[0], *one.span[1:]) for one in found.targets]
        assert spans == [(one["entity_group"], one["start"], one["end"]) for one in wanted], text
        likely = found([text])[0]
        for at, one in enumerate(wanted):
            if len(found._found[at].tokens) == 1:  # of several the pipeline tells the mean
                assert likely[at] == pytest.approx(one["score"], abs=1e-5)
                compared += 1
    assert compared > 20


@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
def test_by_the_scheme_none_each_piece_has_its_label(undecided):
    from transformers import pipeline

    model, tokenizer = undecided
    asked = pipeline("token-classification", model=model, tokenizer=tokenizer)
    for text in texts():
        places = [one.span[1:] for one in bound(asked, text).targets if not one.startswith("O ")]
        covered = {at for start, stop in places for at in range(start, stop) if text[at] != " "}
        assert covered == {at for one in asked(text) for at in range(one["start"], one["end"]) if text[at] != " "}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_gradients_go_to_the_score_that_is_told(undecided, scheme):
    from transformers import pipeline

    model, tokenizer = undecided
    found = bound(
        pipeline("ner", model=model, tokenizer=tokenizer, aggregation_strategy=scheme), "Washington met O'Hara"
    )
    internals = found.internals(["Washington met O'Hara"])
    output = model(**internals.inputs)
    told = internals.scores(output, "log-probability").detach().numpy()[0]
    assert told == pytest.approx(np.log(found([TEXT])[0]), abs=1e-4)
