"""Contexts that a model reads in windows, and tokenizers of other kinds, against computations by hand."""

from __future__ import annotations

import time

import numpy as np
import pytest

from limelight import Explainer, as_predictor, explain
from limelight.errors import InputError
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.text.fields import fields_of
from limelight.text.inputs import Input
from tests.trained import BESIDE, PEOPLE

QUESTION = "what is eaten"
FACT = "anna eats rice ."


@pytest.fixture
def trained(answerer):
    return answerer[0]


def noise(words, seed=0):
    """Sentences that answer nothing."""
    random = np.random.default_rng(seed)
    said = [f"{random.choice(BESIDE)} {random.choice(PEOPLE)} meets kurt ." for _ in range(-(-words // 5))]
    return " ".join(" ".join(said).split()[:words])


def bound(model, given):
    *_, last = as_predictor(model).bind(fields_of(given))
    return last


def logits_of(model, tokenizer, question, context):
    """Of one window: where its tokens stand, their logits, and those of the first token."""
    import torch

    encoded = tokenizer(question, context, return_tensors="pt", return_offsets_mapping=True)
    offsets, of = encoded.pop("offset_mapping")[0].tolist(), encoded.sequence_ids(0)
    with torch.no_grad():
        output = model(**encoded)
    logits = torch.stack([output.start_logits[0], output.end_logits[0]], dim=1).double().numpy()
    own = [at for at, which in enumerate(of) if which == 1]
    return np.array([offsets[at] for at in own]).reshape(-1, 2), logits[own], logits[0]


def counted(model, work):
    """How many rows the model is asked about, those among them that are there for the padding."""
    rows: list[int] = []
    handle = model.register_forward_hook(lambda _, given, output: rows.append(len(output.start_logits)))
    try:
        return work(), sum(rows)
    finally:
        handle.remove()


def test_what_fits_is_read_at_once_and_what_does_not_in_windows(trained):
    model, tokenizer = trained
    room = 64 - 3 - 3  # of special tokens and those of the question
    reader = as_predictor(trained)
    fits = f"{noise(room - 4)} {FACT}"
    assert len(tokenizer(QUESTION, fits)["input_ids"]) == 64
    assert reader.windows(QUESTION, fits) == [(0, len(fits))]
    assert len(reader.windows(QUESTION, f"then {fits}")) == 2
    spans, logits, none = logits_of(model, tokenizer, QUESTION, fits)
    found = bound(trained, {"question": QUESTION, "context": fits})
    both = np.concatenate([[none], logits])
    logs = both - np.log(np.exp(both).sum(axis=0))
    at = spans.tolist().index([len(fits) - 6, len(fits) - 2]) + 1
    (score,) = found.score([Input((QUESTION, fits))]).values[:, list(found.targets).index("rice")]
    assert np.log(score) == pytest.approx(logs[at].sum(), abs=1e-4)


@pytest.mark.parametrize("before", [0, 30, 52, 58, 90, 150])
def test_windows_say_together_what_is_computed_by_hand(trained, before):
    context = " ".join([*[noise(before)] * bool(before), FACT, noise(120 - min(before, 60), 1)])
    predictor, reader = bound(trained, {"question": QUESTION, "context": context}), as_predictor(trained)
    windows = reader.windows(QUESTION, context)
    assert len(windows) >= 3 and all(context[a - 1 : a + 1].strip() != context[a - 1 : a + 1] for a, _ in windows[1:])
    parts = [logits_of(*trained, QUESTION, context[a:b]) for a, b in windows]
    none = min((part[2] for part in parts), key=lambda row: row.sum())
    tokens = {}  # by where a token begins: how far it is from the nearer edge of the window that it is taken from
    for at, ((a, b), (spans, logits, _)) in enumerate(zip(windows, parts, strict=True)):
        for (begin, _), row in zip(spans, logits, strict=True):
            near = min(np.inf if at == 0 else begin, np.inf if at == len(windows) - 1 else b - a - begin)
            if a + begin not in tokens or near >= tokens[a + begin][0]:
                tokens[a + begin] = near, row
    both = np.array([none, *(row for _, row in tokens.values())])
    logs = both - np.log(np.exp(both).sum(axis=0))
    begins = list(tokens)
    ends = [begin + len(context[begin:].split()[0]) for begin in begins]  # every word is one token
    scores = predictor.score([Input((QUESTION, context))]).values[0]
    for target, score in zip(predictor.targets, scores, strict=True):
        wanted = logs[0].sum()
        if target.span is not None:
            wanted = logs[1 + begins.index(target.span[1]), 0] + logs[1 + ends.index(target.span[2]), 1]
        assert np.log(score) == pytest.approx(wanted, abs=1e-3)
    assert max(scores) >= 0.9 * best_of(logs)


def best_of(logs):
    """The probability of the likeliest answer of up to 15 tokens, or of none."""
    spans = [logs[i, 0] + logs[j, 1] for i in range(1, len(logs)) for j in range(i, min(len(logs), i + 15))]
    return np.exp(max(*spans, logs[0].sum()))


def test_the_answer_is_tracked_from_window_to_window(trained):
    """Words go until one window is enough: the same as a model that is given what is left."""
    context = f"{noise(100)} {FACT} {noise(40, 2)}"
    predictor = bound(trained, {"question": QUESTION, "context": context})
    own = {at for _, start, stop in predictor.pinned for at in range(start, stop)}
    places = [(1, at, at + len(word)) for at, word in words_of(context) if at not in own]
    game = Game(predictor, [QUESTION, context], places, MASKERS["delete"])
    middle = predictor.pinned[0][1]
    (one,) = game.inputs(np.array([[abs(start - middle) < 60 for _, start, _ in places]]))
    assert len(one.texts[1]) < len(context) / 2 and len(as_predictor(trained).windows(*one.texts)) == 1
    spans, logits, none = logits_of(*trained, *one.texts)
    both = np.concatenate([[none], logits])
    logs = both - np.log(np.exp(both).sum(axis=0))
    for target, score in zip(predictor.targets, predictor.score([one]).values[0], strict=True):
        first = last = 0
        if target.span is not None:
            start, stop = one.at(target.span)
            assert one.texts[1][start:stop] == context[slice(*target.span[1:])]
            first, last = 1 + spans[:, 0].tolist().index(start), 1 + spans[:, 1].tolist().index(stop)
        assert np.log(score) == pytest.approx(logs[first, 0] + logs[last, 1], abs=1e-3)


def words_of(text):
    at = 0
    for word in text.split(" "):
        yield at, word
        at += len(word) + 1


def test_a_window_that_two_texts_share_is_asked_once(trained):
    context = f"{noise(200)} {FACT}"
    predictor = bound(trained, {"question": QUESTION, "context": context})
    again, rows = counted(trained[0], lambda: bound(trained, {"question": QUESTION, "context": f"{context} oslo"}))
    assert again.targets and rows > 0
    known = as_predictor(trained)
    list(known.bind(fields_of({"question": QUESTION, "context": context})))
    _, twice = counted(trained[0], lambda: list(known.bind(fields_of({"question": QUESTION, "context": context}))))
    assert twice == 0 and predictor.targets


def test_what_cannot_be_in_windows_is_refused(trained):
    context = f"{noise(100)} {FACT}"
    with pytest.raises(InputError, match="several windows; shorten the context"):
        explain({"question": QUESTION, "context": context}, trained, method="gradient_x_input")
    with pytest.raises(InputError, match="the question has 40 tokens.*windows of which the question takes half"):
        explain({"question": "what " * 40, "context": context}, trained)


@pytest.mark.slow  # some thousand windows
def test_a_context_of_100_000_characters_is_explained_and_stops_within_a_batch(trained):
    context = f"{noise(10_000)} {FACT} {noise(10_000, 1)}"
    assert len(context) > 90_000
    given = {"question": QUESTION, "context": context}
    steps = as_predictor(trained).bind(fields_of(given))
    _, rows = counted(trained[0], lambda: next(steps))
    assert rows <= 64  # of hundreds of windows: whoever asks can stop in between
    steps.close()
    widget = Explainer(given, trained, unit={"question": "word", "context": "sentence"})
    try:
        end = time.monotonic() + 120
        while widget.explanation is None and time.monotonic() < end and not widget.error:
            time.sleep(0.05)
        assert widget.explanation.targets
        widget.stop()
        widget.wait(10)
        assert widget.status in ("stopped", "done") and not widget.error
    finally:
        widget.close()


def byte_level(folder, **more):
    """A RoBERTa of random weights over bytes and a few pieces, as its tokenizer would be trained on very little."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaConfig, RobertaForQuestionAnswering, RobertaTokenizerFast

    inner = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    inner.train_from_iterator(["anna eats rice in oslo, boris eats soup"] * 20, vocab_size=300, special_tokens=special)
    inner.save(str(folder / "tokenizer.json"))
    tokenizer = RobertaTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), model_max_length=48, **more)
    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=50, initializer_range=0.3, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        type_vocab_size=1,
    )  # fmt: skip
    model = RobertaForQuestionAnswering(config).eval()
    with torch.no_grad():
        model.qa_outputs.bias.normal_(0, 0.1)
    return model, tokenizer


@pytest.mark.parametrize("trim", [True, False])
def test_a_tokenizer_of_bytes_is_followed_to_the_letter(tmp_path, trim):
    model, tokenizer = byte_level(tmp_path, trim_offsets=trim)
    question, context = "what is eaten?", "Anna eats rice 👍 in  Oslo. Zoë eats soup."
    predictor = bound((model, tokenizer), {"question": question, "context": context})
    spans, logits, none = logits_of(model, tokenizer, question, context)
    both = np.concatenate([[none], logits])
    logs = both - np.log(np.exp(both).sum(axis=0))
    scores = predictor.score([Input((question, context))]).values[0]
    pieces = [context[a:b] for a, b in spans]
    shown = [
        (b - len(piece.lstrip()), b - len(piece) + len(piece.rstrip()))
        for piece, (_, b) in zip(pieces, spans, strict=True)
    ]
    for target, score in zip(predictor.targets, scores, strict=True):
        if target.span is None:
            assert np.log(score) == pytest.approx(logs[0].sum(), abs=1e-4)
            continue
        _, start, stop = target.span
        assert context[start:stop].strip() == context[start:stop]
        first = next(at for at, (_, b) in enumerate(shown) if b > start)
        last = max(at for at, (a, _) in enumerate(shown) if a < stop)
        assert np.log(score) == pytest.approx(logs[1 + first, 0] + logs[1 + last, 1], abs=1e-4)
    found = explain({"question": question, "context": context}, (model, tokenizer), budget=80)
    assert np.isfinite(found.weights).all()


def test_a_long_context_of_bytes_keeps_its_blanks(tmp_path):
    """Each word of a window has the tokens that it has in the whole: the blank before the first goes with it."""
    model, tokenizer = byte_level(tmp_path)
    reader = as_predictor((model, tokenizer))
    context = " ".join(["anna eats rice in oslo, boris eats soup"] * 12)
    windows = reader.windows("what is eaten?", context)
    assert len(windows) > 3 and all(context[start] == " " for start, _ in windows[1:])
    whole = tokenizer.convert_ids_to_tokens(tokenizer(context, add_special_tokens=False)["input_ids"])
    for start, stop in windows:
        own = tokenizer.convert_ids_to_tokens(tokenizer(context[start:stop], add_special_tokens=False)["input_ids"])
        assert any(whole[at : at + len(own)] == own for at in range(len(whole)))
    predictor = bound((model, tokenizer), {"question": "what is eaten?", "context": context})
    assert predictor.targets


def test_a_slow_tokenizer_is_refused_with_a_sentence(trained):
    class Slow:
        is_fast, mask_token, model_max_length, padding_side = False, "[MASK]", 64, "right"

        def __init__(self, tokenizer):
            self._tokenizer = tokenizer

        def __getattr__(self, name):
            return getattr(self._tokenizer, name)

        def __call__(self, *args, **more):
            return self._tokenizer(*args, **more)

    model, tokenizer = trained
    with pytest.raises(InputError, match="cannot say where its answers stand.*load a fast tokenizer"):
        explain({"question": QUESTION, "context": FACT}, (model, Slow(tokenizer)))


def test_where_padding_comes_first_the_context_does(trained):
    import copy

    model, tokenizer = trained
    turned = copy.deepcopy(tokenizer)
    turned.padding_side = "left"
    reader = as_predictor((model, turned))
    assert reader.beside("q", "c").texts == ("c", "q")
    found = bound((model, turned), {"question": QUESTION, "context": f"{FACT} emma in oslo ."})
    assert all(target.span is None or target.span[0] == 1 for target in found.targets)
    given = {"question": QUESTION, "context": FACT}
    one, two = (explain(given, (model, turned), method=method) for method in ("lime", "gradient_x_input"))
    assert one.scores == pytest.approx(two.scores) and one.targets == two.targets
