"""Interrupts at random moments and at every call: nothing is held or left, and the next one is as ever."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from limelight import evaluate, explain
from tests.attack.conftest import DONE, SECONDS
from tests.attack.models import free_for_others, pure, same

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


FILM = "a good film, not a bad one"
Call = tuple[str, int, str, int]  # file and line of a function, and of what calls it


def traced(work: Callable, seen: Callable[[Call], None]) -> None:
    """Does a work, and says of each call of a Python function, whoever's it is, that it begins.

    There Python looks for signals, too, which it does not at any line: not where a ``with`` ends.
    """

    def call(frame, *_):
        code, caller = frame.f_code, frame.f_back
        seen((code.co_filename, code.co_firstlineno, caller.f_code.co_filename, caller.f_lineno))

    before = sys.gettrace()
    gc.disable()  # which may call what others left behind, and lets nothing out of it
    sys.settrace(call)
    try:
        work()
    finally:
        sys.settrace(before)
        gc.enable()


def heard(work: Callable, place: Call) -> bool | None:
    """Interrupts a work at a call when it first comes to it; None if it never does, or Python says that it was lost."""
    came, lost = False, []

    def interrupt(call: Call) -> None:
        nonlocal came
        if call == place and not came:
            came = True
            raise KeyboardInterrupt

    before, sys.unraisablehook = sys.unraisablehook, lost.append  # as from a generator that is not used up
    try:
        traced(work, interrupt)
    except KeyboardInterrupt:
        return True
    except Exception:
        return False
    finally:
        sys.unraisablehook = before
    return False if came and not lost else None


@pytest.mark.parametrize("name", ["explain", "evaluate", "a_transformer"])
def test_an_interrupt_at_any_call_is_heard(name, bert, no_hang):
    """Also where Python is called by compiled code, which may make another error of it, and where threads are told."""
    explained = explain(FILM, pure, budget=24)
    folder = bert(num_labels=2)
    pair = AutoModelForSequenceClassification.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    work = {
        "explain": lambda: explain(FILM, pure, budget=24),
        "evaluate": lambda: evaluate(explained, pure),
        "a_transformer": lambda: explain(FILM, pair, method="occlusion", dtype="float32"),
    }[name]
    work()  # what is imported late is left out, as is what is done once
    places: dict[Call, None] = {}
    traced(work, lambda place: places.setdefault(place))
    outcomes = {place: heard(work, place) for place in places}
    assert [place for place, outcome in outcomes.items() if outcome is False] == []
    assert list(outcomes.values()).count(True) > 0.9 * len(outcomes) > 100
    free_for_others(pure)
    assert same(explain(FILM, pure, budget=24), explained)
