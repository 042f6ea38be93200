"""Interrupts at random moments of loading: the next one loads."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.attack

INTERRUPTED = """
import gc, random, signal, sys, time
import numpy as np
from limelight import as_predictor
from limelight.errors import ModelError
from limelight.predictors.hf import classifier
folder = sys.argv[1]
load = lambda: as_predictor(folder, dtype="float32", device="cpu")
wanted = load()(["good film"])  # what transformers imports late is imported now
gc.collect()
start = time.perf_counter(); load(); took = time.perf_counter() - start
gc.collect()
rng, interrupted = random.Random(0), 0
signal.signal(signal.SIGALRM, signal.default_int_handler)
for _ in range(30):
    try:
        signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-4, took))
        try:
            load()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except (KeyboardInterrupt, ModelError):  # transformers 4 makes an ImportError of an interrupt in its tokenizers
        interrupted += 1
    gc.collect()
    assert not classifier._LOADING.locked()
    if not len(classifier._LOADED):  # nothing is held that was half read
        continue
    assert all(np.array_equal(model(["good film"]), wanted) for model in classifier._LOADED.values())
assert np.array_equal(load()(["good film"]), wanted)
print(interrupted)
"""


def test_interrupts_while_loading(bert, tmp_path):
    command = [sys.executable, "-c", INTERRUPTED, bert(num_labels=3)]
    environment = os.environ | {"TMPDIR": str(tmp_path)}  # removing a copy can be interrupted too
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 10
