"""Interrupts at random moments and at every call: nothing is held or left, and the next one is as ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attack.conftest import DONE, SECONDS

pytestmark = pytest.mark.attack

WORKS = ["a_function", "a_transformer", "windows", "gradients", "attention", "an_exam", "a_comparison"]
WORKS += ["a_widget", "a_widget_with_rows", "loading", "saving"]


@pytest.fixture(scope="module")
def report(bert, tmp_path_factory):
    """What was seen when each kind of work was interrupted."""
    root = tmp_path_factory.mktemp("interrupts")
    for name in ("temporary", "saved"):
        (root / name).mkdir()
    command = [sys.executable, "-m", "tests.attack.interrupted", bert(num_labels=2), str(root / "saved")]
    environment = os.environ | {"TMPDIR": str(root / "temporary")}
    done = subprocess.run(
        [*command, "0.3", "150", "1000"],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=200 + 2 * SECONDS,
    )
    assert (root / "report.json").exists(), done.stderr[-5000:]
    report = json.loads((root / "report.json").read_text())
    DONE["interrupts"] = report["rounds"]
    print(json.dumps({**report, "problems": {}}, indent=1))
    return report


@pytest.mark.parametrize("name", WORKS)
def test_an_interrupt_leaves_nothing_behind(report, name):
    assert not report["problems"][name], "\n".join(report["problems"][name])
    assert report["counts"][name]["interrupted"] > 1


def test_few_interrupts_are_lost(report):
    """Python itself drops those that fall into what it calls while it tidies up, and says so."""
    lost = sum(counts.get("not heard", 0) for counts in report["counts"].values())
    assert lost <= sum(report["ignored"].values()) + report["rounds"] / 50


@pytest.mark.parametrize("name", ["explain", "evaluate", "a_transformer"])
def test_an_interrupt_at_any_call_is_heard(name, bert):
    """Also where Python is called by compiled code, which may make another error of it, and where threads are told."""
    command = [sys.executable, "-m", "tests.attack.calls", name, bert(num_labels=2)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60 + SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr[-5000:]
    told = json.loads(done.stdout)
    assert told["lost"] == []
    assert told["heard"] > 0.9 * told["calls"] > 100
