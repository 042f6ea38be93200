"""Settings, names and paths that make no sense: each is a sentence, and nothing waits for ever."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path

import pytest

from limelight import as_predictor
from limelight.errors import InputError, LimelightError, ModelError

pytestmark = pytest.mark.attack

NAN, HUGE = float("nan"), 10**30
DEEP = b"[" * 200_000
NAMES = {"0": "no", "1": "maybe", "2": "yes"}
# Nothing that could be explained is meant by these.
REFUSED = {
    "tokenizer_config.json": {
        "model_max_length": ["32", "x", -1, -1e30, 0, 1, 2, NAN, 31.5, [32], {"a": 1}, True],
    },
    "config.json": {
        "max_position_embeddings": ["32", -1, 0, 1, 31, [32], NAN, True, HUGE, 10**9, {}],
        "problem_type": ["ranking", "", 7, ["regression"], {"a": 1}],
        "id2label": [
            *({}, [], ["no", "maybe", "yes"], "no", 7),
            *({"0": "no"}, {"0": "no", "2": "yes"}, {"0": "a", "1": "b", "3": "c"}, {**NAMES, "3": "more"}),
            *({"zero": "a", "one": "b", "two": "c"}, {"-1": "a", "0": "b", "1": "c"}, {"0.5": "a", "1": "b", "2": "c"}),
            *({**NAMES, "0": {"a": "b"}}, {**NAMES, "0": ["a"]}, {**NAMES, "0": None}),
            *({**NAMES, "0": "\ud800"}, {**NAMES, "0": "x" * 5_000_000}, {**NAMES, "0": "\x1b]0;x\x07"}),
            {str(i): "a" for i in range(200_000)},
        ],
        "num_labels": [0, -1, 1, 4, 10**9, HUGE, "3", 2.5, NAN, [3], {}],
        "vocab_size": [5, 10**9, 10**12, HUGE, 0, -1, "23", NAN, None],
        "num_hidden_layers": [10**6, 10**9, HUGE, "1", NAN, [1]],
        "hidden_size": [0, -16, 15, 10**9, "16"],
        "num_attention_heads": [0, 3, "2"],
        "pad_token_id": [10**9, -(10**9), "x"],
        "dtype": ["hub", "load", "float77", 5, ["float32"]],
        "model_type": [None, 5, "", "nope", "../bert", ["bert"]],
    },
}
# What these mean is plain, or they mean nothing to the answer.
ACCEPTED = {
    "tokenizer_config.json": {"model_max_length": [None, 10**30, 1e30, float("inf"), 32.0, 32, 10]},
    "config.json": {
        "problem_type": [None, "single_label_classification"],
        "id2label": [NAMES, {"0": 0, "1": 1, "2": 2}, {"0": "", "1": "", "2": "é 好"}],
        "attn_implementation": ["eager", "sdpa"],
        "label2id": [{"token": 0, "_x": 1, "layers": 10**9}],
    },
}
# Either way; only no other error.
ODD = {
    "tokenizer_config.json": {
        "added_tokens_decoder": [{"x": {}}, {"-1": {"content": "a"}}, {"9" * 12: {"content": "a"}}, [], 5, {"5": None}],
        "unk_token": [5, [], {"content": 5}, {"__type": "AddedToken"}, None, "\ud800"],
        "pad_token": [5, None, "absent", "\ud800"],
        "tokenizer_class": [5, None, [], "Nope", "os.system", "../x", "BertTokenizer", "T5Tokenizer"],
        "extra_special_tokens": [5, {"a": 5}, [5], {"a_token": "<a>"}],
        "padding_side": ["up", 5],
        "model_input_names": [5, ["x"], []],
        "do_lower_case": ["x", 5],
        "chat_template": [5, "{{ 1 / 0 }}"],
    },
    "special_tokens_map.json": {"unk_token": [5, {"content": 5}, []], "additional_special_tokens": [5, [5], {}]},
    "added_tokens.json": {"a": [-1, 10**12, "x", None, 1.5]},
    "config.json": {
        "architectures": [None, [], ["Nope"], [5], 5, True, "BertModel"],
        "model_type": ["gpt2", "roberta"],
        "num_hidden_layers": [-1, 0],
        "num_attention_heads": [-2],
        "hidden_act": ["nope", 5, None, "os.system"],
        "classifier_dropout": ["x", -1, 2],
        "initializer_range": ["x", -1, NAN],
        "layer_norm_eps": ["x", -1, NAN],
        "tokenizer_class": [5, "Nope", "BertTokenizer"],
        "to_dict": [5],
        "__class__": ["x"],
        "text_config": [5, [], {}, {"model_type": "nope"}],
        "is_decoder": [True, "x"],
        "output_attentions": [True, "x"],
        "torchscript": [True],
        "pruned_heads": [{"0": [0]}, {"9": [0]}, 5],
        "tie_word_embeddings": [True, "x"],
    },
}
BYTES = [b"", b"{", b"{}", b"[]", b"null", b"7", b'"x"', b"\xff\xfe\x00", b"\x80", DEEP, b'{"a":' * 200_000, b"\0" * 99]


def cases(table):
    return [
        pytest.param(file, key, value, id=f"{key}={value!r:.40}")
        for file, settings in table.items()
        for key, values in settings.items()
        for value in values
    ]


@pytest.fixture(scope="module")
def good(bert):
    return bert(num_labels=3)


@pytest.fixture
def folder(good, tmp_path):
    shutil.copytree(good, tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture(autouse=True)
def no_hang():
    """What waits for ever fails, instead of keeping the tests."""

    def late(*_):
        raise BaseException("it hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def change(folder: Path, file: str, **changes) -> None:
    path = folder / file
    settings = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if "num_labels" in changes:
        del settings["id2label"]  # which counts for more
    path.write_text(json.dumps(settings | changes), "utf-8")


def answer(source, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return as_predictor(source, dtype="float32", device="cpu", **options)(["not a good film"])


@contextmanager
def refused(kind=(ModelError, InputError)):
    """Expects an error of ours: what was given, what is accepted, what to do, in bounds."""
    with pytest.raises(kind) as caught:
        yield caught
    said = str(caught.value)
    assert ". limelight " in said and said.endswith(".") and len(said) < 2000
    said.encode()


@pytest.mark.parametrize(("file", "key", "value"), cases(REFUSED))
def test_what_makes_no_sense_is_refused_in_a_sentence(folder, file, key, value):
    change(folder, file, **{key: value})
    with refused(ModelError):
        answer(folder)


@pytest.mark.parametrize(("file", "key", "value"), cases(ACCEPTED))
def test_what_makes_sense_is_taken(folder, good, file, key, value):
    change(folder, file, **{key: value})
    assert answer(folder) == pytest.approx(answer(good), abs=1e-6)


@pytest.mark.parametrize(("file", "key", "value"), cases(ODD))
def test_what_is_odd_is_answered_or_refused(folder, file, key, value):
    change(folder, file, **{key: value})
    try:
        assert answer(folder).shape == (1, 3)
    except LimelightError as error:
        assert str(error).endswith(".") and len(str(error)) < 2000


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json", "tokenizer.json", "special_tokens_map.json"])
@pytest.mark.parametrize("data", BYTES, ids=lambda data: repr(data[:9]))
def test_files_that_are_no_settings(folder, file, data):
    (folder / file).write_bytes(data)
    if data == b"{}" and file != "config.json":
        return  # nothing said is nothing wrong
    with refused(ModelError):
        answer(folder)


def test_a_token_without_an_embedding_is_refused(folder):
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    tokenizer["model"]["vocab"]["extra"] = 10**6
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    with refused(ModelError) as caught:
        answer(folder)
    assert "1,000,000" in str(caught.value) and "resize_token_embeddings" in str(caught.value)


PATHS = {
    "nothing": lambda root: "",
    "a NUL": lambda root: f"{root}/model\0",
    "only a NUL": lambda root: "\0",
    "a file": lambda root: root / "model" / "config.json",
    "a file of weights": lambda root: root / "model" / "model.safetensors",
    "a pipe": lambda root: os.mkfifo(root / "pipe") or root / "pipe",
    "a loop of links": lambda root: (root / "loop").symlink_to("loop") or root / "loop",
    "a link to nothing": lambda root: (root / "link").symlink_to("absent") or root / "link",
    "a device": lambda root: "/dev/zero",
    "an empty folder": lambda root: (root / "empty").mkdir() or root / "empty",
    "an absent folder": lambda root: root / "absent",
    "a long name": lambda root: "x" * 5000,
    "a long path": lambda root: "/".join(["x" * 200] * 200),
    "a very long path": lambda root: "x/" * 500_000,
    "half a character": lambda root: "\ud800",
    "a byte that is no character": lambda root: "\udcff",
    "control characters": lambda root: "\x1b[31m\n",
    "spaces": lambda root: "  ",
    "an address": lambda root: "http://127.0.0.1:9/x",
    "upwards": lambda root: "../" * 50 + "absent",
}


@pytest.mark.parametrize("name", PATHS)
def test_paths_to_nothing(folder, name):
    source = PATHS[name](folder.parent)
    for only in (True, False):
        with refused():
            answer(source, safetensors_only=only)


def test_a_folder_without_permission(good):
    root = Path(tempfile.mkdtemp())  # not below a folder that only its owner may enter
    root.chmod(0o755)
    try:
        shutil.copytree(good, root / "model")
        (root / "model").chmod(0o755)
        for path, said in [(root / "model" / "config.json", "config.json"), (root / "model", "cannot be read")]:
            path.chmod(0)
            with nobody(), refused(ModelError) as caught:
                answer(root / "model")
            assert said in str(caught.value) and "Permission denied" in str(caught.value)
    finally:
        (root / "model").chmod(0o755)
        shutil.rmtree(root)


@contextmanager
def nobody():
    """Gives up the rights of root for the while, which no permission binds."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_pickles_are_read_where_they_are_asked_for_and_hold_tensors_alone(folder):
    import torch
    from safetensors.torch import load_file

    wanted = answer(folder)
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    for index in (False, True):
        torch.save(weights, folder / ("a.bin" if index else "pytorch_model.bin"))
        if index:
            (folder / "pytorch_model.bin").unlink()
            change(folder, "pytorch_model.bin.index.json", weight_map=dict.fromkeys(weights, "a.bin"))
        with refused(ModelError):
            answer(folder)
        assert (answer(folder, safetensors_only=False) == wanted).all()
    # by the name that safetensors_only looks for
    change(folder, "model.safetensors.index.json", weight_map=dict.fromkeys(weights, "a.bin"))
    for only in (True, False):
        with refused(ModelError):
            answer(folder, safetensors_only=only)
    (folder / "model.safetensors.index.json").unlink()
    for other in ([weights], {"a": 5}, {"a": Path("x")}):
        torch.save(other, folder / "a.bin")
        with refused(ModelError):
            answer(folder, safetensors_only=False)
