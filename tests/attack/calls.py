"""Interrupts a work at every call of a Python function; run by ``test_interrupts``.

In a process of its own: what numpy and torch set for the while, an interrupt may leave set.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable

from transformers import AutoModelForSequenceClassification, AutoTokenizer

from limelight import evaluate, explain
from tests.attack.models import free_for_others, pure, same

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


def main(name: str, folder: str) -> None:
    explained = explain(FILM, pure, budget=24)
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
    for model in (pure, pair):
        free_for_others(model)
    assert same(explain(FILM, pure, budget=24), explained)
    lost = [place for place, outcome in outcomes.items() if outcome is False]
    print(json.dumps({"lost": lost, "heard": list(outcomes.values()).count(True), "calls": len(outcomes)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
