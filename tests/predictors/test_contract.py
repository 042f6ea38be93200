"""One contract over every kind of model, then what is special to each."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from limelight import as_predictor, explain
from limelight.errors import InputError, ModelError, PredictionError
from limelight.predictors.hf.threads import padded
from limelight.predictors.tasks.classification import HEADS, Classification, head_of

TEXTS = ["good film", "", "not a bad film, never dull!", "好 看 👍", "good film", "x" * 300]


def load(folder):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    return AutoModelForSequenceClassification.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)


def pipeline_of(folder, **options):
    from transformers import pipeline

    model, tokenizer = load(folder)
    return pipeline("text-classification", model=model, tokenizer=tokenizer, **options)


KINDS = {
    "bundled": lambda bert, sk: None,
    "folder": lambda bert, sk: bert(num_labels=3),
    "bundled, bfloat16": lambda bert, sk: as_predictor(dtype="bfloat16"),
    "folder, bfloat16": lambda bert, sk: as_predictor(bert(num_labels=3), dtype="bfloat16"),
    "pair": lambda bert, sk: load(bert(num_labels=3)),
    "multi-label": lambda bert, sk: bert(num_labels=3, problem_type="multi_label_classification"),
    "regression": lambda bert, sk: bert(num_labels=1),
    "pipeline": lambda bert, sk: pipeline_of(bert(num_labels=3)),
    "pipeline, top_k=None": lambda bert, sk: pipeline_of(bert(num_labels=3), top_k=None),
    "predict_proba": lambda bert, sk: sk.predict_proba,
    "estimator": lambda bert, sk: sk,
    "function": lambda bert, sk: lambda texts: [[len(t), 1.0, 0.0] for t in texts],
}


@pytest.fixture(scope="module", params=KINDS)
def model(request, bert, sklearn_pipeline):
    return KINDS[request.param](bert, sklearn_pipeline)


@pytest.fixture
def predictor(model):
    return as_predictor(model)


def test_a_row_a_text_and_a_column_a_target(predictor):
    table = predictor(TEXTS)
    assert table.shape == (len(TEXTS), len(predictor.targets)) and table.dtype == float
    assert len(set(predictor.targets)) == len(predictor.targets) > 0
    assert np.isfinite(table).all()
    assert np.array_equal(table[0], table[4])
    assert predictor([]).shape == (0, len(predictor.targets))


def test_scores_keep_their_place_in_every_batching(predictor):
    alone = np.concatenate([predictor([text]) for text in TEXTS])
    assert np.allclose(predictor(TEXTS), alone, atol=1e-5)
    assert np.allclose(predictor(TEXTS[::-1])[::-1], alone, atol=1e-5)
    rows = np.concatenate([rows for rows, _ in predictor.batches(TEXTS)])
    assert sorted(rows) == list(range(len(TEXTS)))


def test_the_scale_is_what_it_says(predictor):
    table = predictor(TEXTS)
    if predictor.scale == "probability":
        assert (table >= 0).all() and (table <= 1).all()
    assert predictor.name and isinstance(predictor.warnings, tuple)
    assert 0 < predictor.reads("good film") == len("good film")


def test_it_can_be_explained(model):
    found = explain("not a bad film", model, budget=40)
    assert found.weights.shape == (len(found.targets), 4)


def test_heads_follow_the_config():
    assert head_of(None, 3) is head_of("single_label_classification", 3) is HEADS["single_label_classification"]
    assert head_of(None, 1) is HEADS["regression"]
    assert head_of("multi_label_classification", 1).scale == "probability"
    with pytest.raises(ModelError, match="'ranking'.*'regression'"):
        head_of("ranking", 1)
    logits = np.array([[1000.0, 0.0, -1000.0], [0.0, 0.0, 0.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no overflow
        assert np.allclose(HEADS["single_label_classification"].scores(logits), [[1, 0, 0], [1 / 3] * 3])
        assert np.allclose(HEADS["multi_label_classification"].scores(logits), [[1, 0.5, 0], [0.5] * 3])
        assert np.array_equal(HEADS["regression"].scores(logits), logits)


def test_scores_are_the_models_own(bert):
    import torch

    folder = bert(num_labels=3, id2label={0: "no", 1: "maybe", 2: "yes"}, label2id={"no": 0, "maybe": 1, "yes": 2})
    model, tokenizer = load(folder)
    with torch.no_grad():
        wanted = model.eval()(**tokenizer(["not a bad film"], return_tensors="pt")).logits.softmax(-1).numpy()
    assert np.allclose(as_predictor(folder)(["not a bad film"]), wanted, atol=1e-6)
    assert as_predictor(folder).targets == ("no", "maybe", "yes")
    every = pipeline_of(folder, top_k=None)(["not a bad film"])[0]
    named = {row["label"]: row["score"] for row in every}
    # top_k=1, transformers' default, answers one class; we ask for all
    assert as_predictor(pipeline_of(folder))(["not a bad film"])[0] == pytest.approx(
        [named[t] for t in ("no", "maybe", "yes")], abs=1e-6
    )
    sigmoid = as_predictor(pipeline_of(folder, function_to_apply="sigmoid"))
    assert not np.isclose(sigmoid(["not a bad film"]).sum(), 1)


def test_the_users_model_is_left_as_it_was(bert):
    import torch

    model, tokenizer = load(bert(num_labels=3))
    model.train()
    model.bert.encoder.eval()  # a frozen part stays frozen
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes, vocabulary = [m.training for m in model.modules()], len(tokenizer)
    predictor = as_predictor((model, tokenizer))
    first = predictor(TEXTS)
    assert np.array_equal(first, predictor(TEXTS)), "dropout was on"
    assert [m.training for m in model.modules()] == modes and len(tokenizer) == vocabulary
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    model.forward = lambda **_: 1 / 0
    with pytest.raises(PredictionError, match="ZeroDivisionError"):
        predictor(["good"])
    assert [m.training for m in model.modules()] == modes


def test_batches_are_bounded_by_tokens_and_sorted_by_length(bert):
    predictor = as_predictor(load(bert(num_labels=2)))
    predictor._tokens_per_batch = 40
    texts = ["good " * n for n in (1, 20, 3, 18, 2, 5, 1, 9)]
    plan = predictor.plan(texts)
    lengths = [[padded(len(texts[row].split()) + 2, 32) for row in rows] for rows in plan]
    assert all(len(batch) * max(batch) <= 40 or len(batch) == 1 for batch in lengths)
    assert [n for batch in lengths for n in batch] == sorted(n for batch in lengths for n in batch)


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")],
)
def test_out_of_memory_halves_the_batch_and_goes_on(error):
    sizes = []

    def tight(texts):
        sizes.append(len(texts))
        if len(texts) > 10:
            raise error
        return [[len(t), 1.0] for t in texts]

    predictor = as_predictor(tight)
    texts = ["x" * n for n in range(100)]
    assert np.array_equal(predictor(texts)[:, 0], np.arange(100))
    assert max(sizes) == 64
    sizes.clear()
    predictor(texts)
    assert max(sizes) <= 10  # the next call knows


def test_cuda_out_of_memory_is_known_by_its_name(bert):
    predictor = as_predictor(load(bert(num_labels=2)))
    real, calls = predictor._model.forward, []

    def tight(**inputs):
        calls.append(len(inputs["input_ids"]))
        if calls[-1] > 2:
            raise type("OutOfMemoryError", (RuntimeError,), {})("CUDA")
        return real(**inputs)

    texts = ["good film", "bad film", "fun film", "dull film", "never fun", "not good"]
    wanted = predictor(texts)
    predictor._model.forward = tight
    assert np.allclose(predictor(texts), wanted, atol=1e-6) and max(calls) > 2


def test_a_missing_head_is_named(bert):
    folder = bert(num_labels=2, mode="headless")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (said,) = as_predictor(folder).warnings
        assert "no trained classification head" in said and "classifier.weight" in said and "noise" in said
        # in hand, the model no longer tells what its checkpoint lacked
        (said,) = as_predictor(load(folder)).warnings
        assert "classifier.weight" in said
        assert as_predictor(pipeline_of(folder)).warnings
    with pytest.warns(UserWarning, match="no trained classification head"):
        assert explain("good film", folder, budget=10).warnings == as_predictor(folder).warnings


@pytest.mark.parametrize("labels", [1, 2, 5])
def test_a_trained_head_is_not_called_noise(bert, labels):
    assert as_predictor(bert(num_labels=labels)).warnings == ()
    assert as_predictor(load(bert(num_labels=labels))).warnings == ()


def test_the_window_is_where_the_model_stops_reading(bert):
    predictor = as_predictor(bert(num_labels=2))
    text = "👍 " + "good " * 60
    read = predictor.reads(text)
    assert text[:read] == "👍 " + "good " * 28 + "good"  # 30 pieces and two special tokens
    assert np.allclose(predictor([text]), predictor([text[:read]]), atol=1e-6)
    found = explain(text, predictor, budget=40)
    assert len(found.features) == 30 and found.read == read and found.text == text
    assert "stops reading after 30 words" in found.warnings[0]


def test_roberta_counts_positions_from_its_padding_index():
    from types import SimpleNamespace

    import torch

    from limelight.predictors.hf.declared import window

    model = torch.nn.Module()
    model.position_embeddings = torch.nn.Embedding(514, 4, padding_idx=1)
    model.config = SimpleNamespace(max_position_embeddings=514)
    assert window(model, SimpleNamespace(model_max_length=10**30)) == 512
    bare = torch.nn.Module()
    bare.config = SimpleNamespace()
    assert window(bare, SimpleNamespace(model_max_length=128)) == 128
    assert window(bare, SimpleNamespace(model_max_length=10**30)) is None


def test_a_folder_is_loaded_once(bert):
    folder = bert(num_labels=2)
    first, second = as_predictor(folder), as_predictor(folder, class_names=["no", "yes"])
    assert first._model is second._model
    assert second.targets == ("no", "yes") and first.targets == ("LABEL_0", "LABEL_1")
    with pytest.raises(InputError, match="has 2 classes.*give one name for each"):
        as_predictor(folder, class_names=["only"])


def test_threads_share_a_model_one_at_a_time(bert):
    predictor = as_predictor(bert(num_labels=2))
    texts = [["good film " * (i % 9), "not bad " * (j % 20)] for i in range(30) for j in range(3)]
    wanted = [predictor(pair) for pair in texts]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(predictor, texts))
        assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(found, wanted, strict=True))
        assert len(set(pool.map(predictor.reads, ["good " * 60] * 50))) == 1


def test_pickles_are_refused_unless_asked_for(bert):
    folder = bert(num_labels=2, mode="pickle")
    with pytest.raises(ModelError, match="pickle.*safetensors_only=False"):
        as_predictor(folder)
    assert as_predictor(folder, safetensors_only=False).targets == ("LABEL_0", "LABEL_1")


def test_what_cannot_be_had_is_said_in_one_sentence(tmp_path):
    with pytest.raises(ModelError, match="'org/absent'.*looked in.*the cache.*Offline, name a folder"):
        as_predictor("org/absent")
    with pytest.raises(ModelError, match="holds no sequence classifier.*save both there"):
        as_predictor(tmp_path)


def test_a_model_on_another_device_is_not_moved(bert):
    with pytest.raises(InputError, match="is on 'cpu'.*leave device out"):
        as_predictor(load(bert(num_labels=2)), device="cuda")


def test_class_names(sklearn_pipeline):
    assert as_predictor(sklearn_pipeline.predict_proba).targets == ("negative", "neutral", "positive")
    assert as_predictor(sklearn_pipeline, class_names=["a", "b", "c"]).targets == ("a", "b", "c")
    assert as_predictor(lambda t: [[1, 2]] * len(t), class_names=["x", "x"]).targets == ("x [0]", "x [1]")
    function = as_predictor(lambda t: [[1, 2]] * len(t))
    function(["a"])
    assert function.targets == ("class 0", "class 1") and function.scale == "value"
    with pytest.raises(InputError, match="class_names is the str 'ab'"):
        as_predictor(lambda t: t, class_names="ab")
    for names in (np.array(["a", "b"]), ("a", "b"), {0: "a", 1: "b"}.values()):
        assert as_predictor(lambda t: t, class_names=names).targets == ("a", "b")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda texts: [0.5] * len(texts), r"shape \(1,\) for 1 text.*predict_proba"),
        (lambda texts: [[0.5, 0.5]] * (len(texts) + 1), r"shape \(2, 2\) for 1 text"),
        (lambda texts: [[0.5, float("nan")]] * len(texts), "NaN or infinity for 1 of 1 text.*'good film'"),
        (lambda texts: [["yes"]] * len(texts), "no table of numbers"),
        (lambda texts: [{"label": "A", "score": 1}] * len(texts), "no table of numbers"),
        (lambda texts: None, r"shape \(\)"),
        (lambda texts: [[]] * len(texts), r"shape \(1, 0\)"),
        (lambda texts: 1 / 0, "'good film': the model raised ZeroDivisionError: division by zero on this text"),
    ],
)
def test_a_bad_answer_is_said_in_three_beats(answer, said):
    with pytest.raises(PredictionError, match=said):
        explain("good film", answer)


def test_names_that_do_not_fit_the_columns():
    with pytest.raises(PredictionError, match="class_names now names 3"):
        explain("good film", lambda t: [[1, 2]] * len(t), class_names=["a", "b", "c"])


def test_what_is_no_model_is_refused():
    with pytest.raises(ModelError, match="is of type int.*wrap yours"):
        as_predictor(7)


def test_a_torch_table_is_taken():
    import torch

    assert as_predictor(lambda t: torch.ones(len(t), 2, requires_grad=True))(["a"]).tolist() == [[1, 1]]


def test_text_pairs_are_not_mistaken_for_a_model(bert):
    assert Classification.accepts(load(bert(num_labels=2)))
    assert not Classification.accepts(len) and not Classification.accepts(("a", "b"))


def test_a_pipeline_that_is_not_served_is_refused_with_those_that_are(bert):
    pipeline = pipeline_of(bert(num_labels=2))
    pipeline.task = "table-question-answering"
    served = ".*".join(f"'{name}'" for name in ("token-classification", "fill-mask", "feature-extraction", "zero-shot"))
    with pytest.raises(ModelError, match=f"pipeline for 'table-question-answering'.*pipelines for .*{served[:-1]}"):
        as_predictor(pipeline)
