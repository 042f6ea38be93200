"""Pairs of texts in classifiers of both kinds: with token types as BERT has them, with two separators as RoBERTa."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limelight import as_predictor, explain
from limelight.errors import InputError, PredictionError
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.methods.attention import rollout
from limelight.methods.gradients import IntegratedGradients
from limelight.predictors.hf.tokenizing import Encoding
from limelight.predictors.tasks.classification import Classification
from limelight.text.units import words
from tests.conftest import Linear

CORPUS = [
    "A man sleeps in the park.",
    "He isn't awake at all, is he?",
    "Ein Mann schläft.",
    "这部电影不错。",
    "12,50 €!",
]
PAIR = {"premise": "A man sleeps in the park", "hypothesis": "he isn't awake at all"}
TEXTS = tuple(PAIR.values())
KINDS = ("bert", "roberta")


def tokenizer_of(kind):
    """The bundled BERT's, or a small one as RoBERTa's are."""
    if kind == "bert":
        return as_predictor()._tokenizer
    from tokenizers import ByteLevelBPETokenizer
    from tokenizers.processors import RobertaProcessing
    from transformers import PreTrainedTokenizerFast

    trained = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained.train_from_iterator(CORPUS * 20, vocab_size=400, special_tokens=special)
    # as RoBERTa's own, whose arguments are others in each version of transformers
    trained.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    names = {"bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>", "unk_token": "<unk>"}
    names |= {"pad_token": "<pad>", "mask_token": "<mask>", "model_input_names": ["input_ids", "attention_mask"]}
    return PreTrainedTokenizerFast(tokenizer_object=trained._tokenizer, **names)


def model_of(kind, tokenizer):
    import torch
    from transformers import BertConfig, BertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification

    config, model = {
        "bert": (BertConfig, BertForSequenceClassification),
        "roberta": (RobertaConfig, RobertaForSequenceClassification),
    }[kind]
    torch.manual_seed(0)
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    size |= {"vocab_size": len(tokenizer), "max_position_embeddings": 66, "num_labels": 3}
    size |= {"type_vocab_size": 2 if kind == "bert" else 1, "pad_token_id": tokenizer.pad_token_id}
    made = model(config(**size)).eval()
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if "embeddings" in name and "Norm" not in name:
                parameter.normal_(0, 1)  # spread out, so that words and token types change the answer visibly
            elif "classifier" in name or (name.endswith("weight") and parameter.ndim == 2):
                parameter.normal_(0, 0.4)
    return made


@pytest.fixture(scope="module", params=KINDS)
def pair(request):
    """``(model, tokenizer)`` of each kind."""
    tokenizer = tokenizer_of(request.param)
    return model_of(request.param, tokenizer), tokenizer


@pytest.fixture(scope="module")
def tokenizers_of():
    return {kind: tokenizer_of(kind) for kind in KINDS}


def thinned(texts: tuple[str, ...], masker: str, token: str, rows: int = 30) -> list[tuple[str, ...]]:
    """Pairs as a method asks about them, one with nothing left in either text among them."""
    model = Linear({})
    model.mask_token = token
    places = [(at, *span) for at, text in enumerate(texts) for span in words(text)]
    masks = np.random.default_rng(len("".join(texts))).random((rows, len(places))) > 0.5
    masks[0], masks[-1] = True, False
    for at in range(len(texts)):
        masks[1 + at] = [field != at for field, _, _ in places]
    return [one.texts for one in Game(model, texts, places, MASKERS[masker]).inputs(masks)]


WRITTEN = st.one_of(st.sampled_from(CORPUS), st.text(st.sampled_from("ab man He.é́不错€\t\n ’'"), max_size=30))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("window", [None, 8, 13])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=WRITTEN, second=WRITTEN, masker=st.sampled_from(sorted(MASKERS)))
def test_ids_are_the_tokenizers_own(tokenizers_of, kind, window, first, second, masker):
    tokenizer = tokenizers_of[kind]
    encoding = Encoding(tokenizer, window)
    pairs = thinned((first, second), masker, tokenizer.mask_token)
    for asked in (pairs[:8], pairs[8:], pairs):
        wanted = tokenizer(asked, truncation=window is not None, max_length=window)
        assert encoding(asked) == dict(wanted)
        # one text and pairs of it are apart, though they share words
        alone = [one[0] for one in asked]
        assert encoding([(text,) for text in alone]) == dict(
            tokenizer(alone, truncation=window is not None, max_length=window)
        )


@pytest.mark.parametrize("kind", KINDS)
def test_most_pairs_never_reach_the_tokenizer(tokenizers_of, kind):
    tokenizer = tokenizers_of[kind]
    encoding = Encoding(tokenizer, 128)
    pairs = list(dict.fromkeys(thinned(TEXTS, "delete", tokenizer.mask_token, 400)))
    found = encoding(pairs)
    assert encoding.joins and encoding.read < len(pairs) / 4
    if kind == "bert":
        assert set(map(max, found["token_type_ids"])) == {1}
    else:
        ends = tokenizer.sep_token_id
        assert "token_type_ids" not in found and all(row.count(ends) == 3 for row in found["input_ids"])


def own_scores(pair, pairs):
    """The model's answers to pairs, asked one at a time without limelight."""
    import torch

    model, tokenizer = pair
    window = Classification(model, tokenizer).window
    rows = []
    with torch.inference_mode():
        for texts in pairs:
            # as a batch: alone, transformers takes an empty second text for none
            batch = [texts[0] if len(texts) == 1 else texts]
            inputs = tokenizer(batch, truncation=True, max_length=window, return_tensors="pt")
            rows.append(model(**inputs).logits.softmax(-1)[0].numpy())
    return np.array(rows, dtype=float)


def test_scores_are_the_models_own(pair):
    predictor = as_predictor(pair)
    pairs = [TEXTS, TEXTS[::-1], ("", TEXTS[1]), (TEXTS[0], ""), ("", ""), *thinned(TEXTS, "delete", "", 20)]
    pairs += [("man " * 50, "awake"), ("awake", "man " * 50), ("man " * 50, "awake " * 50)]
    wanted = own_scores(pair, pairs)
    assert predictor(pairs) == pytest.approx(wanted, abs=1e-5)
    assert np.concatenate([predictor([one]) for one in pairs]) == pytest.approx(wanted, abs=1e-5)
    # which text is which counts, so that nothing here is of two texts made one
    assert np.abs(wanted[0] - wanted[1]).max() > 1e-3
    joined = predictor([" ".join(TEXTS)])[0]
    assert np.abs(wanted[0] - joined).max() > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "second", "cut"),
    [
        ("man " * 70, "he is awake  ", (True, False)),
        ("he is awake  ", "man " * 70, (False, True)),
        ("man " * 70, "awake " * 70, (True, True)),
        ("he is  ", " awake ", (False, False)),
        ("", "man " * 70, (False, True)),
        ("", "awake", (False, False)),
    ],
)
def test_each_field_tells_how_far_it_is_read(pair, first, second, cut):
    predictor = as_predictor(pair)
    reach = predictor.reach((first, second))
    assert tuple(n < len(text) for n, text in zip(reach, (first, second), strict=True)) == cut
    read = (first[: reach[0]], second[: reach[1]])
    assert predictor([read]) == pytest.approx(predictor([(first, second)]), abs=1e-6)
    if any(cut):
        # one word more of either changes nothing, since the window is full; one less does
        more = tuple(
            text[: n + 4] if is_cut else text for text, n, is_cut in zip((first, second), reach, cut, strict=True)
        )
        assert predictor([more]) == pytest.approx(predictor([(first, second)]), abs=1e-6)
        less = tuple(
            text[: n - 4] if is_cut else text for text, n, is_cut in zip((first, second), reach, cut, strict=True)
        )
        assert np.abs(predictor([less]) - predictor([read])).max() > 1e-5
    found = explain({"premise": first, "hypothesis": second}, pair, budget=150)
    assert found.reads == reach and found.texts == (first, second)
    for name, is_cut in zip(PAIR, cut, strict=True):
        assert any(f"words of '{name}': its window is full" in said for said in found.warnings) == is_cut


def test_every_token_has_its_place(pair):
    predictor = as_predictor(pair)
    texts = ("A man isn't here", "不错 Ein Mann")
    internals = predictor.internals(texts)
    ids = internals.inputs["input_ids"][0].tolist()
    special = {predictor._tokenizer.cls_token_id, predictor._tokenizer.sep_token_id}
    assert len(internals.places) == len(ids)
    assert [place is None for place in internals.places] == [one in special for one in ids]
    # together they cover all that is no space, each text from its beginning on, the first before the second
    covered = [(field, at) for field, a, b in filter(None, internals.places) for at in range(a, b)]
    signs = [(field, at) for field, text in enumerate(texts) for at, sign in enumerate(text) if not sign.isspace()]
    assert sorted(set(covered)) == signs and covered == sorted(covered)
    places = [(at, *span) for at, text in enumerate(texts) for span in words(text)]
    members = internals.of_features(places)
    for feature, (field, start, stop) in enumerate(places):
        own = [internals.places[token] for token in np.flatnonzero(members[:, feature])]
        assert own and all(of == field and start <= a < stop for of, a, _ in own)


@pytest.mark.parametrize("texts", [TEXTS, ("A man sleeps", ""), ("", "he is awake"), ("man " * 70, "he is awake")])
def test_what_is_looked_into_is_what_is_asked(pair, texts):
    predictor = as_predictor(pair)
    inputs = {key: row.tolist() for key, row in predictor.internals(texts).inputs.items()}
    assert inputs == dict(pair[1]([texts], truncation=True, max_length=predictor.window))


def test_gradient_times_input_is_the_slope_times_the_embedding(pair):
    import torch

    model, tokenizer = pair
    found = explain(PAIR, pair, method="gradient_x_input", scale="probability")
    inputs = tokenizer(*TEXTS, return_tensors="pt", return_offsets_mapping=True)
    offsets, of = inputs.pop("offset_mapping")[0].tolist(), inputs.sequence_ids(0)
    vectors = model.get_input_embeddings()(inputs.pop("input_ids")).detach().requires_grad_()
    scores = model(inputs_embeds=vectors, **inputs).logits.softmax(-1)
    for target in range(3):
        (slope,) = torch.autograd.grad(scores[0, target], vectors, retain_graph=True)
        tokens = (slope * vectors).sum(-1)[0].detach().numpy()
        wanted = [
            sum(tokens[at] for at, (a, _) in enumerate(offsets) if of[at] == field and start <= a < stop)
            for field, start, stop in found.places
        ]
        assert found.weights[target] == pytest.approx(np.array(wanted), abs=1e-5)


def test_integrated_gradients_add_up_to_what_the_pair_adds_to_a_blank_one(pair):
    import torch

    model, tokenizer = pair
    found = explain(PAIR, pair, method=IntegratedGradients(100), scale="logit")
    inputs = tokenizer(*TEXTS, return_tensors="pt")
    blank = inputs["input_ids"].clone()
    blank[0, [at for at, of in enumerate(inputs.sequence_ids(0)) if of is not None]] = tokenizer.pad_token_id
    ids, embedding = inputs.pop("input_ids"), model.get_input_embeddings()
    with torch.inference_mode():
        whole, start = (model(inputs_embeds=embedding(one), **inputs).logits[0].numpy() for one in (ids, blank))
    wanted = (whole - whole.mean()) - (start - start.mean())
    # every token is part of a word here
    assert np.abs(found.weights.sum(axis=1) - wanted) == pytest.approx(found.fit["convergence"], abs=1e-4)
    assert max(found.fit["convergence"]) < 0.05 * np.abs(wanted).max()


def test_attention_is_that_of_the_pair(pair):
    import torch

    model, tokenizer = pair
    found = explain(PAIR, pair, method="attention_rollout")
    inputs = tokenizer(*TEXTS, return_tensors="pt", return_offsets_mapping=True)
    offsets, of = inputs.pop("offset_mapping")[0].tolist(), inputs.sequence_ids(0)
    before = model.config._attn_implementation
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        layers = model(**inputs, output_attentions=True).attentions
    model.set_attn_implementation(before)
    first = rollout(np.stack([layer[0].numpy() for layer in layers]))[0]
    wanted = [
        sum(first[at] for at, (a, _) in enumerate(offsets) if of[at] == field and start <= a < stop)
        for field, start, stop in found.places
    ]
    assert found.weights[0] == pytest.approx(np.array(wanted), abs=1e-5)
    special = sum(share for share, which in zip(first, of, strict=True) if which is None)
    assert found.weights[0].sum() == pytest.approx(1 - special, abs=1e-5)
    assert found.attention["layers"] == 2 and len(found.features) == 11


def test_one_text_is_explained_by_it_too(pair):
    found = explain("he isn't awake", pair, budget=20)
    assert found.text == "he isn't awake" and found.spans[0] == (0, 2)
    assert found.probabilities == pytest.approx(own_scores(pair, [("he isn't awake",)])[0], abs=1e-5)


def test_three_fields_are_refused_with_what_it_takes(pair):
    given_ = PAIR | {"context": "a park"}
    with pytest.raises(
        InputError, match="has 3 fields .'premise', 'hypothesis', 'context'.*takes one text, or 2 fields"
    ):
        explain(given_, pair)
    with pytest.raises(InputError, match="has 3 fields .*takes one text, or 2 fields at most; give it that"):
        explain({"question": "who", "sources": ["a man", "a park"]}, pair)


def test_a_pair_is_not_read_in_windows(pair, bert):
    with pytest.raises(
        InputError,
        match="has 2 fields .'premise', 'hypothesis'.*takes one text where it reads in windows; leave windows out",
    ):
        explain(PAIR, pair, windows=True)
    assert explain("he is awake", pair, windows=True, budget=10).weights is not None


def test_a_model_of_one_text_says_so(linear):
    with pytest.raises(InputError, match="has 2 fields .*linear takes one text; give it that, or a model of pairs"):
        explain(PAIR, linear)
    assert linear.asked == []


def test_a_callable_is_given_tuples(linear):
    asked = []

    def overlap(pairs):
        asked.extend(pairs)
        return [[len({*a.split()} & {*b.split()}) / 4, 0.5] for a, b in pairs]

    found = explain({"a": "one two three", "b": "two three four"}, overlap, budget=64)
    assert all(isinstance(one, tuple) and len(one) == 2 for one in asked) and len(set(asked)) == len(asked)
    assert found.state == "exact" and found.scores[0] == 0.5
    # a word counts only with the same word on the other side
    names = {
        tuple(found.features[at] for at in term): weight
        for term, weight in zip(found.terms, found.term_weights[0], strict=True)
    }
    assert names["two", "two"] == pytest.approx(0.25) and names["three", "three"] == pytest.approx(0.25)
    assert names.get(("one", "four"), 0) == pytest.approx(0)
    three = explain({"a": "x", "b": "y", "c": "x"}, lambda some: [[a == c, b == ""] for a, b, c in some])
    assert three.features == ("x", "y", "x") and three.explained == (0, 1, 2)


def test_what_cannot_take_tuples_is_told_that_tuples_were_given(sklearn_pipeline):
    for model in (
        sklearn_pipeline,
        sklearn_pipeline.predict_proba,
        lambda texts: [[len(text.split()), 1.0] for text in texts],
    ):
        with pytest.raises(
            PredictionError,
            match=r"""\('A man sleeps.*', "he isn't.*"\).*takes a list of tuples of 2 str, a field each""",
        ):
            explain(PAIR, model)


def test_an_answer_that_is_none_quotes_both_texts():
    with pytest.raises(
        PredictionError, match=r"NaN or infinity for 1 of 1 text .the first: \('A man sleeps in the park', "
    ):
        explain(PAIR, lambda pairs: [[float("nan"), 0.5]] * len(pairs))
