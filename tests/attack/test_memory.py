"""Many texts and many models: what is done with is forgotten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attack.conftest import DONE, SECONDS

pytestmark = pytest.mark.attack

ROUNDS, MODELS = round(max(20, SECONDS / 2)), round(max(6, SECONDS / 15))  # 300 and 40 in ten minutes
WORKS = ["a_function", "a_transformer", "gradients", "an_exam", "a_comparison", "a_failure", "a_widget"]
WORKS += ["texts_of_a_widget"]
EXPLANATION = 58  # blocks of memory that the one of a short text takes
MODEL = 7e6  # bytes


@pytest.fixture(scope="module")
def report(bert):
    """What was left behind by each kind of work, and by models."""
    command = [sys.executable, "-m", "tests.attack.remembering", bert(num_labels=2), str(ROUNDS), str(MODELS)]
    environment = os.environ | {"HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    where = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, timeout=300 + SECONDS)
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout.splitlines()[-1])
    DONE["texts remembered"], DONE["models remembered"] = ROUNDS, MODELS
    print(json.dumps(report, indent=1))
    return report


@pytest.mark.parametrize("name", WORKS)
def test_texts_that_were_explained_are_forgotten(report, name):
    left = report["left"][name]
    assert left["blocks"] < EXPLANATION * 2 / 3
    assert left["bytes"] * ROUNDS < 30e6


def test_models_that_were_explained_are_forgotten(report):
    dropped = report["dropped"]
    assert dropped["alive"] == 0
    assert dropped["resident"][-1] - dropped["resident"][1] < 3 * MODEL


def test_models_that_were_loaded_are_forgotten(report):
    assert report["loaded"] <= 1  # the last one is held until the next call
