"""Two texts by the cosine of their embeddings: known exactly of toys, whatever an embedding answers."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import Explainer, as_predictor, evaluate, explain, similarity
from limelight.errors import InputError, ModelError, PredictionError

WORDS = ["dog", "puppy", "runs", "sleeps", "a", "the"]
# "dog" and "puppy" point the same way, "runs" and "sleeps" apart; the rest is nothing
VECTORS = dict(zip(WORDS, [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]], strict=True))
PAIR = {"first": "the dog runs", "second": "a puppy runs"}


class Embedding:
    """Adds up the vectors of words; remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def encode(self, texts):
        self.asked += texts
        return [np.sum([np.zeros(3), *(VECTORS[word] for word in text.split())], axis=0).tolist() for text in texts]


def cosine(first, second):
    one, other = (np.sum([np.zeros(3), *(VECTORS[word] for word in text.split())], axis=0) for text in (first, second))
    size = np.linalg.norm(one) * np.linalg.norm(other)
    return one @ other / size if size else 0.0


@pytest.mark.parametrize("form", ["object", "method", "function"])
def test_the_score_is_the_cosine(form):
    embedding = Embedding()
    given = {"object": embedding, "method": embedding.encode, "function": lambda texts: embedding.encode(texts)}
    predictor = as_predictor(similarity(given[form]))
    pairs = [
        ("the dog runs", "a puppy runs"),
        ("dog", "runs"),
        ("dog dog", "puppy"),
        ("", "dog"),
        ("the", "a"),
        ("", ""),
    ]
    assert predictor(pairs)[:, 0] == pytest.approx([cosine(*pair) for pair in pairs])
    assert predictor.targets == ("similarity",) and predictor.scale == "value"
    assert predictor.name == {"function": "an embedding"}.get(form, "Embedding")


def test_both_texts_are_explained_and_what_makes_them_alike_is_named():
    found = explain(PAIR, similarity(Embedding()), method="interactions")
    assert found.targets == ("similarity",) and found.scale == "value" and found.probabilities is None
    assert found.scores[0] == pytest.approx(1.0)
    assert {feature for feature, _ in found.top(4)} == {"dog", "puppy", "runs"}
    # what the two share needs both sides
    assert {frozenset(pair[:2]) for pair in found.across(2)} == {frozenset({"dog", "puppy"}), frozenset({"runs"})}
    assert evaluate(found, similarity(Embedding()), maskers="delete")[0].r2 > 0.9
    with pytest.raises(InputError, match="scale='logit' was asked of a model that answers values"):
        explain(PAIR, similarity(Embedding()), scale="logit")


def test_a_text_is_embedded_once_a_batch():
    embedding = Embedding()
    explain(PAIR, similarity(embedding), explained=["second"])
    assert embedding.asked.count(PAIR["first"]) <= 3  # the whole, the masks, the empty text


def test_numbers_of_any_size_have_a_direction():
    for size in (1e-200, 1e90):
        predictor = similarity(lambda texts, size=size: np.array([[1.0, len(text)] for text in texts]) * size)
        assert predictor([("ab", "ab")])[0, 0] == pytest.approx(1.0)
        assert predictor([("", "a")])[0, 0] == pytest.approx(1 / np.sqrt(2))


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ("one text", "the input has one text. Embedding says how similar two texts are"),
        ({"a": "dog", "b": "dog", "c": "dog"}, r"the input has 3 fields \('a', 'b', 'c'\).*give it two"),
    ],
)
def test_two_texts_are_wanted(given, what):
    with pytest.raises(InputError, match=what):
        explain(given, similarity(Embedding()))


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (lambda n: [["dog"]] * n, "answered list that is no table of numbers"),
        (lambda n: np.zeros(n), r"answered shape \(\d+,\).*return a vector a text"),
        (lambda n: np.zeros((n, 5, 3)), "not one a token"),
        (lambda n: np.zeros((n + 1, 3)), "answered shape"),
        (lambda n: [[1.0]] * (n - 1) + [[float("nan")]], "NaN or infinity for 1 of .*a row of zeros for a text"),
    ],
)
def test_what_is_no_embedding_is_said(answer, what):
    with pytest.raises(PredictionError, match=what):
        explain(PAIR, similarity(lambda texts: answer(len(texts))))


def test_what_cannot_embed_is_refused():
    for wrong in (7, Embedding, None):
        with pytest.raises(ModelError, match="the embedding is .*limelight takes a function from a list of str"):
            similarity(wrong)
    with pytest.raises(ModelError, match="'org/model' could not be had"):
        similarity("org/model")


def test_an_embedding_that_raises_says_so():
    def embed(texts):
        if "" in texts:
            raise ValueError("empty input")
        return [[1.0, len(text)] for text in texts]

    with pytest.raises(PredictionError, match="the model raised ValueError: empty input"):
        explain(PAIR, similarity(embed))


def test_it_is_refused_where_the_inside_is_needed():
    with pytest.raises(InputError, match="looks into the model.*sees only how similar"):
        explain(PAIR, similarity(Embedding()), method="integrated_gradients")


def test_a_number_of_a_pair_is_explained_as_it_is(bert):
    # similarity as a regression: one output of a model of pairs
    predictor = as_predictor(bert(num_labels=1))
    found = explain({"first": "a good film", "second": "it was fun"}, predictor, method="interactions", budget=200)
    assert found.scale == "value" and found.probabilities is None and len(found.targets) == 1
    kept = np.array([[True] * 6, [False, True, True, True, True, True], [True, True, True, True, True, False]])
    asked = predictor([("a good film", "it was fun"), ("good film", "it was fun"), ("a good film", "it was")])
    assert found.predict(kept) == pytest.approx(asked, abs=0.1 * np.ptp(asked) + 0.02)


def test_the_page_shows_how_similar_they_are():
    explainer = Explainer(PAIR, similarity(Embedding()))
    found = explainer.wait()
    assert explainer.target == "similarity" and found.state == "exact"
    explainer.hidden = ["dog"]
    explainer.wait()
    # "the runs" beside "a puppy runs": one of two directions
    assert explainer.tries[-1].prediction["similarity"] == pytest.approx(1 / np.sqrt(2))
    explainer.close()


@pytest.fixture(scope="module")
def encoder(bert):
    from transformers import AutoModel, AutoTokenizer

    folder = bert(num_labels=2)
    return AutoModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)


TEXTS = {"first": "not a bad film !", "second": "never dull"}


def mean_of(encoder, text):
    """As sentence-transformers averages: over all tokens, special ones among them."""
    import torch

    model, tokenizer = encoder
    with torch.no_grad():
        return model.eval()(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0).numpy()


def test_an_encoder_of_transformers_averages_its_tokens_in_any_company(encoder):
    from transformers import pipeline

    model, tokenizer = encoder
    pairs = [tuple(TEXTS.values()), ("good", "good fun film , it was"), ("", "bad")]
    vectors = [[mean_of(encoder, text) for text in pair] for pair in pairs]
    wanted = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in vectors]
    for given in (encoder, pipeline("feature-extraction", model=model, tokenizer=tokenizer), similarity(encoder)):
        predictor = as_predictor(given)
        assert predictor(pairs)[:, 0] == pytest.approx(wanted, abs=1e-5)
        assert predictor.targets == ("similarity",) and predictor.scale == "value" and not predictor.warnings
    assert np.array_equal(predictor(pairs), np.concatenate([predictor([pair]) for pair in pairs]))
    found = explain(TEXTS, encoder, budget=60, unit="token")
    assert found.weights.shape == (1, 7) and found.scores[0] == pytest.approx(wanted[0], abs=1e-5)


def test_a_folder_of_sentence_transformers_is_known_by_its_files(encoder, tmp_path):
    import json

    for part in encoder:
        part.save_pretrained(tmp_path)
    assert as_predictor(similarity(tmp_path)).targets == ("similarity",)
    (tmp_path / "modules.json").write_text("[]", "utf-8")
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_mean_tokens": True}), "utf-8")
    assert as_predictor(tmp_path)([("good", "good")])[0, 0] == pytest.approx(1)
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}), "utf-8")
    with pytest.raises(ModelError, match="does not average its tokens"):
        as_predictor(tmp_path)


def test_whatever_encodes_is_an_embedding_but_a_tokenizer(encoder):
    assert as_predictor(Embedding())([("dog", "puppy")])[0, 0] == pytest.approx(1)
    with pytest.raises(InputError, match="has one text.*give it two"):
        explain("the dog runs", Embedding())
    with pytest.raises(InputError, match="how similar two texts are, which is one number"):
        as_predictor(Embedding(), class_names=["a"])
    assert type(as_predictor(encoder[1])).__name__ == "FunctionPredictor"


def test_an_encoder_cannot_be_looked_into_for_two_texts(encoder):
    with pytest.raises(InputError, match="no one input to follow gradients"):
        explain(TEXTS, encoder, method="gradient_x_input")
