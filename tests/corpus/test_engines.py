"""Engines: the same files whoever did the work, and whoever died over it."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from limelight import InputError, LimelightError, explain_corpus
from limelight.corpus import files, source
from limelight.corpus.begin import begun
from limelight.corpus.options import Pooling
from limelight.predictors.options import Loading
from tests.conftest import until
from tests.corpus.models import Deadly, Negated, Slow, Sum, files_in, texts_of


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    """A hundred texts a shard."""
    monkeypatch.setattr(source, "SHARD", 100)


def test_any_number_of_workers_gives_the_same_files(tmp_path):
    texts = texts_of(450)
    explain_corpus(texts, Negated(), out=tmp_path / "here")
    for workers in (2, 3):
        explain_corpus(texts, Negated(), out=tmp_path / str(workers), workers=workers)
        assert files_in(tmp_path / str(workers)) == files_in(tmp_path / "here")


@pytest.mark.slow  # loads the bundled model four times
def test_a_transformer_gives_the_same_bits_in_any_number_of_processes(tmp_path):
    # long ones among them, which torch computes with all its threads
    texts = [*texts_of(30, words=("good", "bad", "film", "not", "a", "very")), " ".join(["a good film,"] * 60)]
    for workers in (1, 2):
        explain_corpus([*texts, *texts_of(110)], out=tmp_path / str(workers), workers=workers, dtype="float32")
    assert files_in(tmp_path / "1") == files_in(tmp_path / "2")


def test_a_worker_that_is_killed_is_replaced(tmp_path):
    texts, mark = texts_of(350), str(tmp_path / "mark")
    explain_corpus(texts, Sum(), out=tmp_path / "whole")
    assert "plot" not in texts[0].split()  # which is asked to know the model
    explain_corpus(texts, Deadly(mark), out=tmp_path / "out", workers=2)
    assert Path(mark).read_text() == "x"
    names = ("texts", "effects", "words.parquet")
    same = [{k: v for k, v in files_in(tmp_path / at).items() if k.startswith(names)} for at in ("whole", "out")]
    assert same[0] == same[1]


def test_a_shard_that_kills_every_worker_ends_the_job_with_a_sentence(tmp_path):
    texts = [*texts_of(150, words=("good", "film")), "a deadly film"]
    # not before the other worker is done with its shard, however slow it is
    model = Deadly(str(tmp_path / "mark"), "deadly", times=99, after=str(tmp_path / "out" / files.TEXTS))
    with pytest.raises(LimelightError, match="died 3 times at texts 100 to 150"):
        explain_corpus(texts, model, out=tmp_path / "out", workers=1 + 1)
    assert list(files.parts(tmp_path / "out", files.TEXTS)) == [0]


DRIVER = """
import sys
from limelight import explain_corpus
from limelight.corpus import source
from tests.corpus.models import Slow, texts_of
source.SHARD = 100
explain_corpus(texts_of(600), Slow(0.01), out=sys.argv[1], workers=2)
"""


def test_a_driver_that_is_killed_goes_on_and_ends_the_same(tmp_path):
    explain_corpus(texts_of(600), Slow(0.0), out=tmp_path / "whole")
    out = tmp_path / "out"
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, out], env=os.environ | {"PYTHONPATH": ":".join(sys.path)})
    until(lambda: len(files.parts(out, files.TEXTS)) >= 2, 60)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    done = files.parts(out, files.TEXTS)
    assert 2 <= len(done) < 6
    times = {path: path.stat().st_mtime_ns for path in done.values()}
    model = Slow(0.0)
    explain_corpus(texts_of(600), model, out=out)
    assert files_in(out) == files_in(tmp_path / "whole")
    assert {path: path.stat().st_mtime_ns for path in done.values()} == times  # nothing was done twice


def test_closing_ends_the_workers_within_a_batch(tmp_path):
    others = children()
    steps = begun(texts_of(300), Slow(0.05), tmp_path / "out", Pooling(workers=2), Loading())
    for step in steps:
        if step.evaluations > 100:
            break
    pids = children() - others
    assert len(pids) >= 2
    begin = time.monotonic()
    steps.close()
    assert not children() & pids and time.monotonic() - begin < 5
    assert json.loads((tmp_path / "out" / "progress.json").read_text())["state"] == "stopped"


def children():
    """Processes that this one has begun and that live."""
    import psutil

    return {one.pid for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE}


def test_a_model_that_no_other_process_can_have_is_refused_for_several(tmp_path):
    def own(texts):
        return [[len(text), 1.0] for text in texts]

    with pytest.raises(InputError, match="workers is 2, and the model cannot be given"):
        explain_corpus(["good film"], own, out=tmp_path / "out", workers=2)
    assert explain_corpus(["good film"], own, out=tmp_path / "out").progress.state == "done"
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(own)


def test_what_a_model_prints_gets_between_no_messages(tmp_path):
    explain_corpus(texts_of(120), Chatty(), out=tmp_path / "out", workers=2)
    assert files.parts(tmp_path / "out", files.TEXTS).keys() == {0, 1}


class Chatty(Sum):
    """Prints what it is asked."""

    def predict(self, texts):
        print(texts, flush=True)
        return super().predict(texts)


def test_a_job_in_the_background_is_shown_while_it_runs_and_can_be_stopped(tmp_path):
    corpus = explain_corpus(texts_of(500), Slow(0.02), out=tmp_path / "out", wait=False)
    until(lambda: corpus.progress.evaluations > 100)
    assert corpus.progress.state == "running" and corpus.progress.size == 500
    corpus.stop()
    corpus.wait(10)
    assert corpus.progress.state == "stopped"
    again = explain_corpus(texts_of(500), Slow(0.0), out=tmp_path / "out", wait=False).wait(30)
    assert again.progress.state == "done" and len(again.words()) > 0
