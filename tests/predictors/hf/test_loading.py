"""A folder is read once for each state of its files, into memory of its own; what is asked of a hub is little."""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from limelight import Explainer, as_predictor, explain, predictors
from limelight.errors import InputError, ModelError
from limelight.predictors.hf import loading, transformer

TEXTS = ["good film", "", "not a bad film, never dull!"]


@pytest.fixture
def folder(bert, tmp_path):
    shutil.copytree(bert(num_labels=3), tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def reads(monkeypatch):
    """The folders that were read from the disk, one for each time."""
    seen, real = [], loading.read_weights
    monkeypatch.setattr(loading, "read_weights", lambda folder, *rest: seen.append(folder.path) or real(folder, *rest))
    return seen


def answer(source, **options) -> np.ndarray:
    return as_predictor(source, dtype="float32", device="cpu", **options)(TEXTS)


def train(folder: Path, step: float = 1.0) -> None:
    """Moves the head, as training does, and saves."""
    import torch
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(folder)
    with torch.no_grad():
        model.classifier.bias += step * torch.arange(3)
    model.save_pretrained(folder)


def test_a_folder_that_was_saved_anew_is_loaded_anew(folder, reads):
    first = as_predictor(folder, dtype="float32")
    before = first(TEXTS)
    train(folder)
    second = as_predictor(folder, dtype="float32")
    assert not np.allclose(second(TEXTS), before, atol=0.05)
    copied = folder.with_name("copy")
    shutil.copytree(folder, copied)
    assert np.array_equal(second(TEXTS), answer(copied))
    # who has the old model keeps it
    assert np.array_equal(first(["not dull"]), as_predictor(first)(["not dull"])) and first._model is not second._model
    assert np.array_equal(first(TEXTS), before) and len(reads) == 3


def test_a_widget_asks_the_new_model_when_it_is_told_to(folder):
    widget = Explainer("good film", str(folder), dtype="float32", budget=20)
    widget.wait(60)
    old = widget.explanation.probabilities
    train(folder)
    widget.unit = "character"
    widget.wait(60)
    assert np.array_equal(widget.explanation.probabilities, old)
    widget.explain()
    widget.wait(60)
    new = widget.explanation.probabilities
    assert not np.allclose(new, old, atol=0.05)
    assert np.array_equal(explain("good film", str(folder), dtype="float32", budget=20).probabilities, new)


def test_an_unchanged_folder_is_shared_by_all_its_names(folder, reads, monkeypatch):
    link = folder.with_name("link")
    link.symlink_to(folder)
    monkeypatch.chdir(folder.parent)
    names = [folder, str(folder), f"{folder}/", "model", "./model/../model", link]
    models = [as_predictor(name) for name in names]
    (folder / "notes.txt").write_text("of no concern")
    os.utime(folder)
    models.append(as_predictor(folder))
    assert len({id(model._model) for model in models}) == 1 and len(reads) == 1


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_change_in_place_is_seen_even_where_the_times_were_put_back(folder, file):
    first, path = as_predictor(folder), folder / file
    status = path.stat()
    data = path.read_bytes()
    # another model of the same size: the last byte of the weights, blanks or a letter elsewhere
    changed = data[:-1] + b"\x01" if file.endswith("safetensors") else data.replace(b"{\n", b"{ ", 1)
    assert changed != data and len(changed) == len(data)
    with path.open("r+b") as opened:
        opened.write(changed)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert as_predictor(folder)._model is not first._model


def test_a_folder_that_changes_while_it_is_read_is_read_again(folder, monkeypatch):
    real, changes = loading.read_weights, [0.0]
    wanted = folder.with_name("wanted")
    shutil.copytree(folder, wanted)
    train(wanted)

    def read(place, *rest):
        weights = real(place, *rest)
        if changes:
            train(place.path, 1.0 + changes.pop())
        return weights

    monkeypatch.setattr(loading, "read_weights", read)
    found = answer(folder)
    assert np.array_equal(found, answer(wanted)) and not changes
    # the fingerprint is that of what was read
    assert as_predictor(folder, dtype="float32", device="cpu")._model is not None
    changes += [0.5, 0.25]
    train(folder)
    with pytest.raises(ModelError, match="was written to while it was read.*limelight takes.*ask again when"):
        answer(folder)
    assert not changes
    answer(folder)


def test_half_a_file_is_read_again_too(folder, monkeypatch):
    real, whole = loading.read_weights, (folder / "model.safetensors").read_bytes()
    wanted = answer(folder)
    gc.collect()

    def read(place, *rest):
        try:
            return real(place, *rest)
        except ModelError:
            (place.path / "model.safetensors").write_bytes(whole)  # saving has ended
            raise

    monkeypatch.setattr(loading, "read_weights", read)
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    assert np.array_equal(answer(folder), wanted)


IN_USE = """
import os, shutil, sys
import numpy as np
from limelight import as_predictor
from limelight.errors import ModelError
folder, other = sys.argv[1:]
path, texts = os.path.join(folder, "model.safetensors"), ["good film", "not a bad film"]
ask = lambda source: as_predictor(source, dtype="float32", device="cpu")
used = ask(folder)
before = used(texts)
same = lambda: np.array_equal(used(["x", *texts])[1:], before)
assert not any(path in line for line in open("/proc/self/maps")) if os.path.exists("/proc/self/maps") else True
with open(path, "r+b") as file:  # in place, as older savers do
    file.write(open(os.path.join(other, "model.safetensors"), "rb").read())
new, wanted = ask(folder), ask(other)(texts)
assert same() and np.array_equal(new(texts), wanted) and not np.array_equal(wanted, before)
os.truncate(path, 0)  # ends the process where the file is mapped
assert same() and np.array_equal(new(texts), wanted)
try:
    ask(folder)
except ModelError as error:
    assert "model.safetensors" in str(error)
else:
    raise AssertionError("loaded from an empty file")
shutil.rmtree(folder)
assert same() and np.array_equal(new(texts), wanted)
print("held")
"""


@pytest.mark.slow
def test_a_model_in_use_never_changes_and_never_ends_the_process(folder, bert):
    other = folder.with_name("other")
    shutil.copytree(bert(num_labels=3), other)
    train(other)
    done = subprocess.run([sys.executable, "-c", IN_USE, folder, other], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "held\n"), done.stderr[-2000:]


def test_weights_of_an_older_safetensors_are_its_own_too(folder, monkeypatch):
    """Before 0.8 safetensors reads a file by mapping it, or takes bytes."""
    import safetensors.torch

    wanted = answer(folder)
    gc.collect()

    def load_file(filename, device="cpu"):
        raise AssertionError("the file is mapped")

    monkeypatch.setattr(safetensors.torch, "load_file", load_file)
    assert np.array_equal(answer(folder), wanted)


def test_threads_that_ask_at_once_load_once(folder, reads):
    barrier = threading.Barrier(8)

    def ask(_):
        barrier.wait()
        return as_predictor(folder)

    with ThreadPoolExecutor(8) as pool:
        models = list(pool.map(ask, range(8)))
    assert len({id(model) for model in models}) == 1 and len(reads) == 1


@pytest.mark.parametrize("where", ["find", "read_config", "read_weights", "private_copy", "_quiet", "_placed"])
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, MemoryError])
def test_an_interrupt_while_loading_leaves_nothing_behind(folder, tmp_path, monkeypatch, where, kind):
    def interrupt(*_):
        raise kind

    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    held = len(transformer._LOADED)
    with monkeypatch.context() as patched:
        patched.setattr(predictors if where == "find" else loading, where, interrupt)
        with pytest.raises(BaseException) as caught:
            as_predictor(folder)
    assert isinstance(caught.value, (kind, ModelError))
    assert not transformer._LOADING.locked() and len(transformer._LOADED) == held
    assert not list((tmp_path / "temporary").iterdir())
    assert answer(folder).shape == (3, 3)


@pytest.mark.parametrize("device", ["tpu!", "cuda:99", "", "cpu:x"])
def test_a_device_that_is_not_there_is_said(folder, device):
    with pytest.raises(InputError, match="device is .*cannot be used here.*limelight takes 'auto'.*leave device out"):
        as_predictor(folder, device=device)


@pytest.mark.parametrize(
    ("device", "why"), [("gpu", "torch knows no device of that name"), ("xpu", "this machine has none")]
)
def test_torchs_list_of_devices_is_not_read_to_a_user(folder, device, why):
    with pytest.raises(InputError) as caught:
        as_predictor(folder, device=device)
    said = str(caught.value)
    assert f"cannot be used here: {why}. limelight takes 'auto' or what this machine has, 'cpu'" in said
    assert "hpu" not in said and "compiled" not in said


def test_remote_code_is_never_trusted(folder, tmp_path):
    wanted = answer(folder)
    for name in ("modeling_x", "configuration_x", "tokenization_x"):
        (folder / f"{name}.py").write_text(f"import pathlib; pathlib.Path({str(tmp_path / 'ran')!r}).touch()")
    for file, auto in {
        "config.json": {"AutoConfig": "configuration_x.X", "AutoModelForSequenceClassification": "modeling_x.X"},
        "tokenizer_config.json": {"AutoTokenizer": ["tokenization_x.X", "tokenization_x.X"]},
    }.items():
        settings = json.loads((folder / file).read_text("utf-8"))
        (folder / file).write_text(json.dumps(settings | {"auto_map": auto}), "utf-8")
    assert np.array_equal(answer(folder), wanted) and not (tmp_path / "ran").exists()


def test_shards_are_one_model(folder):
    from transformers import AutoModelForSequenceClassification

    wanted = answer(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    shards = folder.with_name("shards")
    shutil.copytree(folder, shards, ignore=shutil.ignore_patterns("*.safetensors"))
    model.save_pretrained(shards, max_shard_size="8KB")
    assert len(list(shards.glob("model-*.safetensors"))) > 1
    assert np.array_equal(answer(shards), wanted)


def test_every_vocabulary_that_a_tokenizer_names_is_admitted():
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES as CLASSIFIERS

    from limelight.predictors.hf.folders import SETTINGS, VOCABULARIES

    models, named = Path(transformers.__file__).parent / "models", set()
    for name in CLASSIFIERS:
        for path in (models / name.replace("-", "_")).glob("tokenization_*.py"):
            for table in re.findall(r"VOCAB_FILES_NAMES[^=]*= \{(.*?)\}", path.read_text("utf-8"), re.S):
                named |= set(re.findall(r': "([^"]+)"', table))
    assert "vocab.txt" in named and "tokenizer.json" in named
    assert named <= SETTINGS | VOCABULARIES


@pytest.mark.slow
def test_what_is_asked_of_a_hub(bert, tmp_path):
    """By id a model is fetched once, without pickles and what else lies there, and an interrupted fetch is ended."""
    root, home = tmp_path / "hub", tmp_path / "home"
    good = root / "org" / "good"
    shutil.copytree(bert(num_labels=3), good)
    files = {path.name for path in good.iterdir()}
    (good / "onnx").mkdir()
    for junk in ("pytorch_model.bin", "onnx/config.json", "onnx/model.safetensors", "README.md", "modeling_x.py"):
        (good / junk).write_text("{}")
    shutil.copytree(good, root / "org" / "pickled", ignore=shutil.ignore_patterns("*.safetensors"))
    shutil.copytree(good, root / "org" / "kernels")
    config = json.loads((good / "config.json").read_text("utf-8"))
    (root / "org" / "kernels" / "config.json").write_text(json.dumps(config | {"attn_implementation": "org/x"}))
    shutil.copytree(good, root / "org" / "half")
    kept = home / "hub" / "models--org--half"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("0123456789" * 4)
    (kept / "snapshots" / ("0123456789" * 4)).mkdir(parents=True)
    shutil.copy(good / "config.json", kept / "snapshots" / ("0123456789" * 4))
    models = ["org/good", "org/good", "org/pickled", "org/kernels", "org/half", "org/absent"]
    asked = [{"model": model} for model in models] + [{"hub": False}, {"model": "org/good"}, {"model": "org/other"}]
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("hub.py"), root],
        input="".join(json.dumps(line) + "\n" for line in asked),
        env=os.environ | {"HF_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(asked) - 1, done.stderr[-2000:]
    first, again, pickled, kernels, half, absent, offline, unreachable = told
    wanted = answer(good)[2:].tolist()
    assert {line.split()[1] for line in first["asked"]} == files | {"listing"}
    for one, name in ((first, "good"), (again, "good"), (kernels, "kernels"), (half, "half"), (offline, "good")):
        assert one["outcome"][0] == name and np.shape(one["outcome"][1]) == np.shape(wanted)
        assert one["outcome"][1] == first["outcome"][1]
    assert again["asked"] == offline["asked"] == [] and "org/half model.safetensors" in half["asked"]
    assert re.match("ModelError: the model 'org/pickled' holds .* pickle .*safetensors_only=False", pickled["outcome"])
    assert "org/pickled pytorch_model.bin" not in pickled["asked"]
    for one in (absent, unreachable):
        assert "could not be had" in one["outcome"] and one["outcome"].startswith("ModelError: the model 'org/")
