"""Layers and dreams as a notebook shows them: what the view is told, live, stopped, opened, taken away."""

from __future__ import annotations

import base64
import dataclasses
import threading

import numpy as np
import pytest

from limelight import Explainer, InputError, Layers, as_predictor, dream, heads, layers
from limelight.api.deep import MOST_COLUMNS, MOST_LOOKS, MOST_TARGETS, heads_record, layers_record, pieces
from limelight.predictors import FunctionPredictor
from tests.conftest import until
from tests.search.test_dream import START, anything, planted
from tests.speaking import KINDS, loaded


class Gate:
    """A planted model that answers its first batches, and then waits."""

    def __init__(self, batches):
        self.left, self.open = batches, threading.Event()

    def __call__(self, texts):
        self.left -= 1
        if self.left < 0:
            assert self.open.wait(20)
        return planted(["w3", "w40"])(texts)


def gated(batches=3):
    gate = Gate(batches)
    return gate, FunctionPredictor(gate, class_names=["wanted", "other"])


def test_a_dream_is_watched_while_it_grows_and_stopped_with_what_was_found():
    gate, model = gated()
    front = dream(model, "wanted", start=START, proposer=anything, budget=4000, wait=False)
    view = front.view
    until(lambda: gate.left < 0)
    assert front.running and view.status == "running" and view.record["budget"] == 4000
    view._heard(view, {"kind": "stop"}, None)
    gate.open.set()
    until(lambda: not front.running)
    until(lambda: view.status == "stopped")
    assert not front.done and front.status == "stopped"
    assert view.record["evaluations"] == front.evaluations < 4000
    assert [row["text"] for row in view.record["rows"]] == [one.text for one in front]


def test_a_dream_that_is_waited_for_is_what_it_would_have_been():
    given = {"start": START, "proposer": anything, "seed": 3}
    live = dream(planted(["w3", "w40"]), "wanted", wait=False, **given).wait(60)
    whole = dream(planted(["w3", "w40"]), "wanted", **given)
    assert list(live) == list(whole) and live.done and live.view.status == "done"
    assert whole.to_frame()["score"].tolist() == [one.score for one in whole]


def test_a_dream_whose_model_fails_says_so_and_keeps_what_was_found():
    calls = []

    def failing(texts):
        calls.append(len(texts))
        if len(calls) > 3:
            raise RuntimeError("out of order")
        return planted(["w3", "w40"])(texts)

    front = dream(failing, 0, start=START, proposer=anything, wait=False)
    until(lambda: not front.running)
    until(lambda: "out of order" in front.view.error)
    assert front.status == "failed" and front[0].text == START
    with pytest.raises(InputError, match="budget is 1"):
        dream(failing, 0, start=START, budget=1, wait=False)


def test_a_text_of_the_front_is_explained_below_it():
    front = dream(planted(["w3", "w40"]), "wanted", start=START, proposer=anything)
    view = front.view
    for message in ({"kind": "explain", "at": 99}, {"kind": "explain"}, "explain", {"kind": "explain", "at": 1}):
        view._heard(view, message, None)
    (opened,) = view._slot.children
    assert isinstance(opened, Explainer) and opened.text == front[1].text
    opened.close()


def test_real_texts_stand_beside_those_that_were_searched():
    model = planted(["w3", "w40"])
    texts = [*(f"a b {word}" for word in ("w1", "w3", "w40")), "w40 w3", "w9"] * 30
    front = dream(model, "wanted", start=START, proposer=anything, beside=texts)
    assert front.real[0][0] == "w40 w3" and [text for text, _ in front.real[1:3]] == ["a b w3", "a b w40"]
    assert [score for _, score in front.real] == pytest.approx([float(model([text])[0, 0]) for text, _ in front.real])
    assert front.view.record["real"] == [[text, round(score, 4)] for text, score in front.real]
    for beside in ("a text", [1, 2], 7):
        with pytest.raises(InputError, match="beside is"):
            dream(model, "wanted", start=START, proposer=anything, beside=beside)


def test_a_neuron_of_a_layer_opens_what_it_wants():
    found = layers("It is not a bad film.", neurons=2)
    view = found.view
    view._heard(view, {"kind": "dream", "at": 1}, None)
    (box,) = view._slot.children
    (inner, _) = box.children
    one = found.neurons[1]
    assert inner.kind == "dream" and inner.record["target"] == f"layer {one.layer}, neuron {one.index}"
    inner._source.stop()
    until(lambda: not inner._source.running)


def test_pieces_put_together_are_the_text_and_say_what_was_there():
    found = pieces("The film was on, at eight.", "The movie was on, at ten.")
    assert "".join(text for text, _ in found) == "The movie was on, at ten."
    assert [(text, was) for text, was in found if was is not None] == [("movie", "film"), ("ten", "eight")]
    assert pieces("a b", "a b c") == [("a b c", None)] and pieces("a b", "a b") == [("a b", None)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_lens_ends_in_what_the_model_says(kind):
    """The last layer says what the model says; each word stands first where the model itself wrote it."""
    predictor = as_predictor(loaded(kind), generation={"max_new_tokens": 5})
    found = layers("The capital of France", predictor)
    answer = next(reversed(list(predictor.bind(found.fields))))
    assert found.targets == answer.targets and found.words is None and len(found.whole) == 3
    expected = answer.score([_whole(found)]).values[0][: len(found.targets)]
    assert found.whole[-1] == pytest.approx(expected, abs=1e-6)
    assert found.likeliest[-1].all()  # it was written greedily
    for at in range(len(found.targets)):
        shares = [share for _, share in found.others[-1][at]]
        assert shares == sorted(shares, reverse=True) and sum(shares) <= 1
        changes = [row for row in range(2) if not found.likeliest[row, at]]
        assert found.decided(at) == (changes[-1] + 1 if changes else 0)


def _whole(found):
    from limelight.text.inputs import Input

    return Input.of(tuple(field.text for field in found.fields))


def test_a_given_answer_is_read_and_its_words_are_as_likely_as_their_tokens():
    import torch

    model, tokenizer = loaded("llama")
    found = layers("The capital of France", (model, tokenizer), answer=" is Paris", template=None, dtype="float32")
    prompt, said = tokenizer("The capital of France")["input_ids"], tokenizer(" is Paris", add_special_tokens=False)
    ids = [*prompt, *said["input_ids"]]
    with torch.no_grad():
        logs = model(torch.tensor([ids])).logits[0].log_softmax(-1)
    each = [float(logs[at - 1, ids[at]].exp()) for at in range(len(prompt), len(ids))]
    product = 1.0
    for one in each:
        product *= one
    assert float(found.whole[-1][:2].prod()) == pytest.approx(product, rel=1e-4)


def test_a_model_in_two_halves_has_no_lens():
    import transformers as t

    from tests.speaking import tokenizer

    sizes = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2}
    sizes |= {"decoder_attention_heads": 2, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "vocab_size": 340}
    model = t.BartForConditionalGeneration(t.BartConfig(**sizes, bos_token_id=1, eos_token_id=0, pad_token_id=0))
    with pytest.raises(InputError, match="layers cannot be read"):
        layers("The capital", (model.eval(), tokenizer()), answer="a b")


def test_a_view_of_many_words_and_targets_is_told_of_the_first_and_the_likeliest():
    from limelight.text.fields import Field

    words, targets = MOST_COLUMNS + 40, MOST_TARGETS + 8
    random = np.random.default_rng(0)
    whole, cells = random.random((3, targets)), random.random((3, words, targets))
    places = tuple((0, 2 * at, 2 * at + 1) for at in range(words))
    names = tuple(f"t{at}" for at in range(targets))
    found = Layers((Field("text", "a " * words),), places, names, whole, cells)
    record = layers_record(found)
    assert record["size"] == words and len(record["columns"]) == MOST_COLUMNS == len(record["cells"][0])
    best = sorted(np.argsort(-whole[-1])[:MOST_TARGETS])
    assert record["targets"] == [names[at] for at in best]
    assert record["whole"][1] == pytest.approx(whole[1, best], abs=1e-4)
    assert record["cells"][2][7] == pytest.approx(cells[2, 7, best], abs=1e-4)
    assert record["decided"] == [found.decided(at) for at in best]  # none excludes another


def test_layers_show_themselves_and_are_taken_away(tmp_path):
    found = layers("It is not a <b>bad</b> film.")
    page = found.to_html(tmp_path / "page.html", target="positive")
    assert (tmp_path / "page.html").read_text("utf-8") == page and page.count("</script>") == 2
    assert found.view.record == layers_record(found) and found.view.kind == "layers"
    assert found._repr_html_().count("<tr>") == 8 and "<b>bad" not in found._repr_html_()
    with pytest.raises(InputError, match="unknown target"):
        found.to_html(target="splendid")
    with pytest.raises(InputError, match="lang is 'xx'"):
        found.to_html(lang="xx")


def test_heads_are_switched_off_while_they_are_looked_at():
    text, off = "It is not a bad film.", [[6, 1], [6, 2], [5, 3]]
    view = heads(text).view
    assert view.kind == "heads" and view.record["off"] == [] and view.record["without"] == view.record["scores"]
    view._heard(view, {"kind": "off", "of": off[:1]}, None)
    view._heard(view, {"kind": "off", "of": off}, None)  # at once: what was asked for last is what comes
    until(lambda: view.record["off"] == off and view.status == "done", 60)
    there = heads(text, off=[tuple(one) for one in off])
    assert view.record["without"] == pytest.approx(there.without, abs=1e-4)
    assert view.record["effects"] == heads_record(there)["effects"]
    view._heard(view, {"kind": "off", "of": []}, None)
    until(lambda: view.record["off"] == [], 60)
    assert view.record["without"] == pytest.approx(view.record["scores"], abs=1e-4)
    for wrong in ([[99, 1]], [1], "x", None, {"a": 1}):
        view._heard(view, {"kind": "off", "of": wrong}, None)
        until(lambda: "there is no head" in view.error and view.status == "failed", 60)
        assert view.record["off"] == []
        view._heard(view, {"kind": "off", "of": []}, None)
        until(lambda: view.error == "" and view.status == "done", 60)


def test_heads_on_show_hold_the_shares_of_each_word_in_each():
    found = heads({"premise": "She did not <i>sleep</i>.", "hypothesis": "She slept well, they say."})
    record = found.view.record
    layers_, count, words, _ = found.attention.shape
    shares = np.frombuffer(base64.b64decode(record["data"]), np.uint8).reshape(layers_, count, words, words) / 255
    assert np.abs(shares - found.attention).max() < 0.5 / 255 + 1e-9
    assert "".join(text for text, _ in record["pieces"]) == " / ".join(field.text for field in found.fields)
    assert [text for text, at in record["pieces"] if at is not None] == list(found.features) == record["words"]
    assert [at for _, at in record["pieces"] if at is not None] == list(range(words))


def test_of_many_words_the_first_are_shown():
    found = heads("It is not a bad film. " * 3)
    words = found.attention.shape[-1]
    long = dataclasses.replace(found, attention=np.zeros((100, 100, words, words)))
    record = heads_record(long)
    shown = len(record["words"])
    assert shown == int(np.sqrt(MOST_LOOKS / 10_000)) < words == record["size"]
    assert len(base64.b64decode(record["data"])) == 10_000 * shown**2 <= MOST_LOOKS
    assert record["pieces"][-1] == (" …", None) and record["pieces"][-2][1] == shown - 1


def test_heads_show_themselves_and_are_taken_away(tmp_path):
    found = heads("It is not a <b>bad</b> film.", off=[(1, 1)])
    page = found.to_html(tmp_path / "page.html", target="positive")
    assert (tmp_path / "page.html").read_text("utf-8") == page and page.count("</script>") == 2
    layers_, count, _ = found.effects.shape
    assert found._repr_html_().count("<tr>") == layers_ + 1 and found._repr_html_().count("<td>") == layers_ * count + 1
    with pytest.raises(InputError, match="unknown target"):
        found.to_html(target="splendid")
