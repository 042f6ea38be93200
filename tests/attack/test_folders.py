"""Folders that would have a model read, fetch or run something else: nothing of that happens."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.attack

TRAP = Path(__file__).with_name("trap.py")
SAFE, INDEX = "model.safetensors", "model.safetensors.index.json"
KERNELS = ["org/x", "org/x@main:f", "flash_attention_2", "paged|org/x", {"": "org/x"}, {"text_config": "org/x"}]


class Payload:
    """Unpickled, it writes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


class Case:
    """A copy of a good folder beside one with files that must not be read."""

    def __init__(self, root: Path, good: str) -> None:
        self.folder, self.outside = root / "model", root / "outside"
        shutil.copytree(good, self.folder)
        shutil.copytree(good, self.outside)
        self.mark = root / "was-run"

    def settings(self, file: str = "config.json", **changes) -> None:
        path = self.folder / file
        settings = json.loads(path.read_text("utf-8")) if path.exists() else {}
        path.write_text(json.dumps(settings | changes), "utf-8")

    def index(self, shard: object, file: str = INDEX) -> None:
        (self.folder / SAFE).unlink(missing_ok=True)
        self.settings(file, metadata={"format": "pt"}, weight_map={"classifier.bias": shard})

    def link(self, name: str, target: object) -> None:
        (self.folder / name).unlink(missing_ok=True)
        (self.folder / name).symlink_to(target)

    def pipe(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        os.mkfifo(self.folder / name)

    def pickle(self, name: str) -> None:
        (self.folder / name).write_bytes(pickle.dumps(Payload(self.mark)))

    def pickled_weights(self, name: str) -> None:
        import torch
        from safetensors.torch import load_file

        torch.save(load_file(self.folder / SAFE), self.folder / name)

    def code(self, name: str) -> None:
        (self.folder / f"{name}.py").write_text(f"import pathlib; pathlib.Path({str(self.mark)!r}).touch()")

    def tokenizer(self, file: str = "tokenizer_config.json", **changes) -> None:
        """With a vocabulary alone, so that the tokenizer is made from what its settings name."""
        (self.folder / "tokenizer.json").unlink()
        self.settings(file, **changes)

    @property
    def vocabulary(self) -> str:
        return str(self.outside / "vocab.txt")


def remote_code(case, **auto):
    for name in ("modeling_x", "configuration_x", "tokenization_x"):
        case.code(name)
    case.settings(auto_map=auto)


def bare_adapter(case):
    case.settings("adapter_config.json", base_model_name_or_path=str(case.outside), peft_type="LORA")
    (case.folder / "config.json").unlink()


def another_config(case):
    case.settings(configuration_files=["config.4.0.0.json"])
    shutil.copy(case.folder / "config.json", case.folder / "config.4.0.0.json")
    case.settings("config.4.0.0.json", attn_implementation="org/x")


# Refused, all of them: what they name is the model itself.
REFUSED = {
    "an index of a pickle": lambda c: (c.pickle("x.bin"), c.index("x.bin")),
    "an index of pickled weights": lambda c: (c.pickled_weights("x.bin"), c.index("x.bin")),
    "an index of a pickle by another name": lambda c: (c.pickle("x.safetensors"), c.index("x.safetensors")),
    "an index of an absolute path": lambda c: c.index(str(c.outside / SAFE)),
    "an index of a path upwards": lambda c: c.index(f"../outside/{SAFE}"),
    "an index of a path down and up": lambda c: c.index(f"x/../../outside/{SAFE}"),
    "an index of a Windows path": lambda c: c.index(f"..\\outside\\{SAFE}"),
    "an index of a drive": lambda c: c.index("C:x.safetensors"),
    "an index of a NUL": lambda c: c.index("x\0.safetensors"),
    "an index of half a character": lambda c: c.index("\ud800.safetensors"),
    "an index of a list": lambda c: c.index([SAFE]),
    "an index of nothing": lambda c: c.settings(INDEX, weight_map={}) or (c.folder / SAFE).unlink(),
    "an index of a missing shard": lambda c: c.index("model-00001-of-00002.safetensors"),
    "an index of a tensor that is not there": lambda c: (
        shutil.copy(c.folder / SAFE, c.folder / "a.safetensors"),
        c.index("a.safetensors"),
        c.settings(INDEX, weight_map={"bert.absent": "a.safetensors"}),
    ),
    "an index of a link": lambda c: (c.index("a.safetensors"), c.link("a.safetensors", c.outside / SAFE)),
    "an index of itself": lambda c: c.index(INDEX),
    "an index that is no JSON": lambda c: (c.index("x"), (c.folder / INDEX).write_text("{")),
    "an index that is a list": lambda c: (c.index("x"), (c.folder / INDEX).write_text("[]")),
    "an index that is deep": lambda c: (c.index("x"), (c.folder / INDEX).write_text("[" * 200_000)),
    "weights that are a link to elsewhere": lambda c: c.link(SAFE, c.outside / SAFE),
    "weights that are a link by another link": lambda c: (c.link("b", c.outside), c.link(SAFE, f"b/{SAFE}")),
    "weights that are a loop": lambda c: c.link(SAFE, SAFE),
    "weights that are a link to nothing": lambda c: c.link(SAFE, "absent"),
    "weights that are a pipe": lambda c: c.pipe(SAFE),
    "weights that are a folder": lambda c: ((c.folder / SAFE).unlink(), (c.folder / SAFE).mkdir()),
    "weights that are a pickle by another name": lambda c: c.pickle(SAFE),
    "weights that are empty": lambda c: (c.folder / SAFE).write_bytes(b""),
    "weights that are cut short": lambda c: os.truncate(c.folder / SAFE, 3000),
    "weights that are a variant alone": lambda c: (c.folder / SAFE).rename(c.folder / "model.fp16.safetensors"),
    "pickled weights alone": lambda c: (c.pickled_weights("pytorch_model.bin"), (c.folder / SAFE).unlink()),
    "a pickle alone": lambda c: ((c.folder / SAFE).unlink(), c.pickle("pytorch_model.bin")),
    "a pickle and an index of it": lambda c: (
        (c.folder / SAFE).unlink(),
        c.pickle("x.bin"),
        c.index("x.bin", "pytorch_model.bin.index.json"),
    ),
    "a config that names weights elsewhere": lambda c: c.settings(transformers_weights=f"../outside/{SAFE}"),
    "a config that names a pickle": lambda c: (
        c.pickle("adapter_model.bin"),
        c.settings(transformers_weights="adapter_model.bin"),
    ),
    "a config that is a link to elsewhere": lambda c: c.link("config.json", c.outside / "config.json"),
    "a config that is a pipe": lambda c: c.pipe("config.json"),
    "a vocabulary that is a link to elsewhere": lambda c: (c.tokenizer(), c.link("vocab.txt", c.vocabulary)),
    "a vocabulary that is a pipe": lambda c: c.pipe("tokenizer.json"),
    "settings of a tokenizer that are a pipe": lambda c: c.pipe("tokenizer_config.json"),
    "an adapter of another model": bare_adapter,
    "an adapter in a whole model": lambda c: c.settings("adapter_config.json", base_model_name_or_path="org/x"),
    "a quantized model": lambda c: c.settings(quantization_config={"quant_method": "fp8"}),
    "a quantized part": lambda c: c.settings(text_config={"quantization_config": {"quant_method": "mxfp4"}}),
}
# Read as if these were not there: the answers are the good folder's.
HARMLESS = {
    "a pickle beside": lambda c: c.pickle("pytorch_model.bin"),
    "an index beside": lambda c: c.settings(INDEX, weight_map={"classifier.bias": f"../outside/{SAFE}"}),
    "pipes beside": lambda c: (c.pipe("optimizer.bin"), c.pipe("notes.json"), c.pipe("pytorch_model.bin")),
    "code of a model": lambda c: remote_code(c, AutoModelForSequenceClassification="modeling_x.X"),
    "code of a config": lambda c: remote_code(c, AutoConfig="configuration_x.X"),
    "code of another repository": lambda c: remote_code(c, AutoConfig="org/y--configuration_x.X"),
    "code of a tokenizer": lambda c: (
        c.code("tokenization_x"),
        c.settings("tokenizer_config.json", auto_map={"AutoTokenizer": [None, "tokenization_x.X"]}),
    ),
    "code of a tokenizer, the old way": lambda c: (
        c.code("tokenization_x"),
        c.settings("tokenizer_config.json", auto_map=["tokenization_x.X", None]),
    ),
    "code of a generation": lambda c: (
        (c.folder / "custom_generate").mkdir(),
        c.code("custom_generate/generate"),
        c.settings("generation_config.json", transformers_version="4.57.0"),
    ),
    "code in names that Python imports": lambda c: [c.code(name) for name in ("torch", "sitecustomize", "__init__")],
    "experts of the hub": lambda c: c.settings(experts_implementation="deepgemm", _experts_implementation="sonicmoe"),
    "kernels for all": lambda c: c.settings(use_kernels=True, kernel_config={"kernel_mapping": {"GELU": "org/x"}}),
    "kernels by a setting renamed": lambda c: c.settings(attribute_map={"x": "_attn_implementation"}, x="org/x"),
    "kernels by private state": lambda c: c.settings(_attn_implementation_internal="org/x"),
    "fusion": lambda c: c.settings(fusion_config={"patch_embeddings": True}),
    "another config": another_config,
    "other names": lambda c: c.settings(
        _name_or_path=str(c.outside), name_or_path="org/x", _commit_hash="0" * 40, base_model_name_or_path="org/x"
    ),
    "a vocabulary elsewhere": lambda c: c.tokenizer(vocab_file=c.vocabulary, name_or_path=str(c.outside)),
    "a vocabulary upwards": lambda c: c.tokenizer(vocab_file="../outside/vocab.txt"),
    "a vocabulary elsewhere, by position": lambda c: c.tokenizer(init_inputs=[c.vocabulary]),
    "a vocabulary elsewhere, by its tokens": lambda c: c.tokenizer("special_tokens_map.json", vocab_file=c.vocabulary),
    "a vocabulary elsewhere, as it is": lambda c: c.tokenizer(vocab=c.vocabulary),
    "a tokenizer elsewhere": lambda c: c.settings(
        "tokenizer_config.json", tokenizer_file=str(c.outside / "tokenizer.json"), from_slow=False
    ),
    "a tokenizer of another version": lambda c: c.settings(
        "tokenizer_config.json", fast_tokenizer_files=["tokenizer.json", "tokenizer.4.0.0.json"]
    ),
    "a tokenizer in GGUF": lambda c: c.settings("tokenizer_config.json", gguf_file=c.vocabulary),
    "a tokenizer from a hub": lambda c: c.settings(
        "tokenizer_config.json", local_files_only=False, proxies={"http": "127.0.0.1:9"}, cache_dir=str(c.outside)
    ),
} | {
    f"kernels by {key} {value!r}": lambda c, key=key, value=value: c.settings(**{key: value})
    for key in ("attn_implementation", "_attn_implementation")
    for value in KERNELS
}
CASES = REFUSED | HARMLESS


@pytest.fixture(scope="module")
def told(bert, tmp_path_factory):
    """What each case made a process do: outcome, events, what was asked of packages, what was opened outside."""
    good = bert(num_labels=3)
    root = tmp_path_factory.mktemp("cases")
    cases = {name: Case(root / str(at), good) for at, name in enumerate(["good", *CASES])}
    watched = root / "outside"  # one for all, so that one watch sees it
    shutil.copytree(good, watched)
    for name, case in cases.items():
        shutil.rmtree(case.outside)
        case.outside.symlink_to(watched)
        CASES.get(name, lambda case: None)(case)
    home, temporary = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("temporary")
    hub = {"HF_HUB_OFFLINE": "0", "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(home)}
    environment = os.environ | hub | {"TMPDIR": str(temporary)}
    done = subprocess.run(
        [sys.executable, TRAP, watched],
        input=json.dumps([str(case.folder) for case in cases.values()]),
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == len(cases), done.stderr[-3000:]
    assert not list(home.glob("modules/*")) and not list(temporary.glob("limelight-*"))
    return {name: json.loads(line) | {"case": case} for (name, case), line in zip(cases.items(), lines, strict=True)}


@pytest.mark.parametrize("name", CASES)
def test_nothing_else_is_read_fetched_or_run(told, name):
    one = told[name]
    assert one["events"] == [] and one["asked"] == [] and one["outside"] == []
    assert not one["case"].mark.exists()


@pytest.mark.parametrize("name", REFUSED)
def test_what_names_other_weights_is_refused_in_a_sentence(told, name):
    said = told[name]["outcome"]
    assert isinstance(said, str) and said.startswith("ModelError: the folder ") and ". limelight " in said
    assert said.endswith(".") and len(said) < 2000


@pytest.mark.parametrize("name", HARMLESS)
def test_what_else_a_folder_asks_for_is_passed_over(told, name):
    assert told[name]["outcome"] == told["good"]["outcome"]


def test_the_trap_sees_what_it_is_set_for(tmp_path, bert):
    """A pickle that is asked for is seen, and so are a kernel and a file that transformers is let read."""
    case = Case(tmp_path, bert(num_labels=3))
    code = f"""
import sys; sys.path.insert(0, {str(TRAP.parent)!r}); sys.argv = ["trap", {str(case.outside)!r}]
import limelight, trap, pickle, transformers, socket
def ask(folder, **_):
    if folder == "evil":
        pickle.loads({pickle.dumps(Payload(case.mark))!r}); socket.socket()
        from safetensors.torch import load_file
        load_file({str(case.outside / SAFE)!r}); open({str(tmp_path / "new")!r}, "w")
        transformers.AutoModelForSequenceClassification.from_pretrained({str(case.folder)!r}, attn_implementation="o/x")
    return lambda texts: __import__("numpy").zeros((1, 1))
limelight.as_predictor = ask
trap.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps([str(case.folder), "evil"]),
        capture_output=True,
        text=True,
        timeout=120,
    )
    (_, seen) = map(json.loads, done.stdout.splitlines())
    assert seen["outside"] == [SAFE] and "kernels.get_kernel('o/x'" in str(seen["asked"])
    assert {"pickle.find_class", "socket.__new__", "open"} <= {event.split()[0] for event in seen["events"]}
