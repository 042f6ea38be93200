"""The word in a masked place, its likeliest as targets: as transformers' pipeline says, and as it was planted."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import Explainer, as_predictor, evaluate, explain
from limelight.errors import InputError
from limelight.text.fields import fields_of

CITIES = {"france": "paris", "italy": "rome", "spain": "madrid", "greece": "athens"}
OTHERS = ["the", "capital", "of", "is", "big", "old", "and", "warm", "a", "very", "city"]
STEPS, BATCH = 250, 32


def sample(random):
    country = str(random.choice(list(CITIES)))
    words = ["the", "capital", "of", country, "is", *random.choice(OTHERS, random.integers(0, 4)).tolist()]
    # thinned, and of what names no country any city
    words = [word for word in words if random.random() < 0.7]
    return words, country if country in words else str(random.choice(list(CITIES)))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """``(model, tokenizer)``: a BERT that has learnt which city goes with which country, in a fixed number of steps."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast

    vocabulary = tmp_path_factory.mktemp("masked") / "vocab.txt"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *CITIES, *CITIES.values(), *OTHERS]
    vocabulary.write_text("\n".join(words), "utf-8")
    fast = BertWordPieceTokenizer(str(vocabulary))
    tokenizer = BertTokenizerFast(tokenizer_object=fast._tokenizer, model_max_length=32)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=32, initializer_range=0.08, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    model, random = BertForMaskedLM(config), np.random.default_rng(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # matrices this small are slower in several
    try:
        for _ in range(STEPS):
            rows = [sample(random) for _ in range(BATCH)]
            inputs = tokenizer([" ".join([*words, "[MASK]"]) for words, _ in rows], padding=True, return_tensors="pt")
            labels = torch.full_like(inputs["input_ids"], -100)
            for row, (_, country) in enumerate(rows):
                at = inputs["input_ids"][row] == tokenizer.mask_token_id
                labels[row, at] = tokenizer.convert_tokens_to_ids(CITIES[country])
            loss = model(**inputs, labels=labels).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    finally:
        torch.set_num_threads(threads)
    return model.eval(), tokenizer


TEXT = "the capital of france is very old [MASK]"


@pytest.mark.slow  # trains a model
def test_the_country_says_which_city_and_the_mask_stays(trained):
    for country, city in CITIES.items():
        found = explain(TEXT.replace("france", country), trained, budget=200)
        assert found.targets[found.index()] == city and found.top(1)[0][0] == country and found.top(1)[0][1] > 0.2
        assert len(found.targets) == 5 and "MASK" not in "".join(found.features)
        assert found.pinned == ((0, len(found.text) - 6, len(found.text)),)
    rather = explain(TEXT, trained, contrast=("paris", "rome"), budget=200)
    assert rather.targets[0] == "paris rather than rome" and rather.top(1)[0][0] == "france"
    assert evaluate(found, trained, maskers="delete")[0].srg > 0
    for method in ("integrated_gradients", "occlusion"):
        assert explain(TEXT, trained, method=method).top(1, "paris")[0][0] == "france"


@pytest.mark.slow
def test_words_and_probabilities_are_those_of_transformers_pipeline(trained):
    from transformers import pipeline

    pipe = pipeline("fill-mask", model=trained[0], tokenizer=trained[1])
    for text in (TEXT, "the capital of [MASK] is athens", "[MASK]"):
        # what is no word is no answer
        theirs = [one for one in pipe(text, top_k=10) if not one["token_str"].startswith("[")][:5]
        (bound,) = as_predictor(pipe).bind(fields_of(text))
        assert list(bound.targets) == [one["token_str"] for one in theirs]
        assert bound([text])[0] == pytest.approx([one["score"] for one in theirs], abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the capital of france", r"the text has no \[MASK\].*fills in one masked place; write it where"),
        ("[MASK] of [MASK]", r"has \[MASK\] 2 times.*write words in the place of the others"),
        ("old " * 40 + "[MASK]", "the masked place is not among what .* reads"),
        ({"a": "[MASK]", "b": "old"}, "has 2 fields"),
    ],
)
def test_a_text_that_cannot_be_filled_in_is_refused(trained, text, said):
    with pytest.raises(InputError, match=said):
        explain(text, trained)
    with pytest.raises(InputError, match="class_names is.*fills in words"):
        as_predictor(trained, class_names=["a", "b"])


@pytest.mark.slow
def test_a_page_can_ask_for_one_word_rather_than_another_and_the_mask_stays(trained):
    widget = Explainer(TEXT, trained)
    try:
        widget.wait(30)
        assert widget._menu["targets"] == list(widget.explanation.targets) and "paris" in widget._menu["targets"]
        widget.hidden = [widget.explanation.pinned[0][1:]]
        widget.wait(30)
        assert "[MASK]" in widget.explanation.text
        assert widget.what_if["status"] == "failed" and "masked place itself was taken out" in widget.what_if["error"]
    finally:
        widget.close()
