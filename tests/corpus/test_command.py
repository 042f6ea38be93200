"""The command: what it finds, what it says, and that it goes on where it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from limelight import Corpus
from limelight.cli import command as cli
from limelight.corpus import files
from tests.conftest import WORDS, until
from tests.corpus.models import files_in, texts_of

PLAIN = [word for word in WORDS if word.isalpha() and word.isascii()]


@pytest.fixture
def texts(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("text,from\n" + "".join(f"{text},a\n" for text in texts_of(60, words=PLAIN)) + ",b\n")
    return str(path)


def test_words_of_each_class_are_printed_and_all_is_written(texts, bert, tmp_path, capsys):
    out = str(tmp_path / "out")
    model = bert(num_labels=2)
    capsys.readouterr()
    options = ["--model", model, "--workers", "1", "--slices", "from", "--masks", "4", "--least", "2"]
    assert cli.main(["corpus", texts, "--out", out, *options]) == 0
    said, errors = capsys.readouterr()
    corpus = Corpus(out)
    strongest = corpus.words(corpus.targets[0], least=2).word[0]
    assert strongest in said and f"{len(corpus.failures())} of them failed" in said and not errors
    assert corpus.masks == 4 and corpus.slices == ("from",)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "a path of texts is not given"),
        (["texts.csv"], "--out is not given"),
        (["nowhere.csv", "--out", "out"], "no file that limelight reads"),
        (["nowhere.csv", "--out", "out", "--masks", "5"], "a power of two"),
        (["nowhere.csv", "--out", "out", "--engine", "rya"], "Did you mean 'ray'"),
    ],
)
def test_what_it_does_not_take_is_said(arguments, said, capsys):
    assert cli.main(["corpus", *arguments]) == 2 and said in capsys.readouterr().err


@pytest.mark.slow  # starts the command in a process of its own, to interrupt it
def test_ctrl_c_keeps_what_is_done(tmp_path):
    path, out = tmp_path / "texts.txt", tmp_path / "out"
    path.write_text("\n".join(texts_of(3000, words=["good", "bad", "film"], length=(2, 5))))
    arguments = [sys.executable, "-m", "limelight", "corpus", str(path), "--out", str(out), "--workers", "1"]
    environment = os.environ | {"PYTHONPATH": ":".join(sys.path)}
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=environment)
    until(lambda: files.parts(out, files.TEXTS), 120)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130 and "goes on from there" in errors
    assert not [name for name in files_in(out) if name.startswith("effects")]
