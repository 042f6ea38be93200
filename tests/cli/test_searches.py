"""``limelight flip``: what is printed, for readers and for programs."""

from __future__ import annotations

import json
import os
import re
import signal
import time

import pytest

from limelight.cli.command import INTERRUPTED, MISUSED, main

TEXT = "a good film"


def test_a_flip_is_printed_with_its_edits_and_the_scores_on_the_way(capsys, bert):
    folder = bert(num_labels=2)
    assert main(["flip", TEXT, "--model", folder, "--budget", "60", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["done"] and record["evaluations"] <= 60 and record["fields"] == [{"name": "text", "text": TEXT}]
    assert main(["flip", TEXT, "--model", folder, "--budget", "60"]) == 0
    out = capsys.readouterr().out
    assert f"{record['evaluations']} evaluations" in out
    for one in record["flips"]:
        assert " → ".join(f"{score:.2f}" for score in one["path"]) in out
        assert all(f"[-{TEXT[start:stop]}-]" in out for _, start, stop, _ in one["edits"] if stop > start)
        assert all(f"{{+{new.strip()}+}}" in out for *_, new in one["edits"] if new)


def test_what_cannot_be_is_refused_with_a_sentence(capsys):
    for arguments, sentence in (
        (["flip"], "0 texts were given"),
        (["flip", "a b", "c d"], "2 texts were given"),
        (["flip", TEXT, "--into", "splendid"], "unknown target 'splendid'"),
        (["flip", TEXT, "--budget", "1"], "budget is 1"),
        (["flip", TEXT, "--method", "lime"], "unknown option '--method'"),
    ):
        assert main(arguments) == MISUSED, arguments
        assert sentence in capsys.readouterr().err


def test_an_interrupt_gives_what_was_found_so_far(capsys, monkeypatch):
    import threading

    from limelight.cli import lines

    class Heard:
        def __enter__(self):
            event = threading.Event()
            event.set()
            return event

        def __exit__(self, *error):
            return None

    monkeypatch.setattr(lines, "interrupts", Heard)
    monkeypatch.setattr("limelight.api.flip.problem_of", settled)
    assert main(["flip", TEXT, "--json"]) == INTERRUPTED
    assert not json.loads(capsys.readouterr().out)["done"]


def test_an_interrupt_that_falls_into_the_search_gives_what_was_found_so_far():
    from limelight.cli.lines import latest_of

    def search(found):
        yield None
        yield from found
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    before = signal.getsignal(signal.SIGINT)
    assert latest_of(search(["first", "second"]), "looking") == ("second", False)
    with pytest.raises(KeyboardInterrupt):
        latest_of(search([]), "looking")
    assert signal.getsignal(signal.SIGINT) is before


def settled(*given):
    """The input without a pause, in which an interrupt would find nothing."""
    from limelight.api.problem import problem_of

    work = problem_of(*given)
    try:
        while True:
            next(work)
    except StopIteration as end:
        return end.value
    yield


def test_layers_are_printed_from_the_last_to_the_first(capsys, bert):
    folder = bert(num_labels=2, num_hidden_layers=3)
    assert main(["layers", TEXT, "--model", folder, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["layers"] == ["words", "layer 1", "layer 2", "layer 3"] and len(record["whole"]) == 4
    assert main(["layers", TEXT, "--model", folder]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0].strip() for line in lines[:4]] == record["layers"][::-1]
    assert next(line for line in lines if "decided here" in line).startswith(record["layers"][record["decided"]])
    strongest = [f"{one['layer']} {one['index']} (" for one in record["neurons"][:5]]
    assert lines[-1].startswith("Neurons that move ") and re.findall(r"\d+ \d+ \(", lines[-1]) == strongest
    assert main(["layers"]) == MISUSED
    assert "0 texts were given" in capsys.readouterr().err


def test_a_dream_is_printed_as_its_front(capsys, bert):
    assert main(["dream", TEXT, "--model", bert(num_labels=2), "--budget", "80"]) == 0
    *rows, _, last = capsys.readouterr().out.splitlines()
    scores, changed = zip(*((float(row.split()[0]), int(row.split()[1])) for row in rows), strict=True)
    assert list(scores) == sorted(scores) and list(changed) == sorted(set(changed)) and rows[0].endswith(TEXT)
    assert "evaluations" in last
    assert main(["dream", TEXT, "--neuron", "3", "308", "--budget", "40"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("layer 3, neuron 308, words changed")
    assert main(["dream", "--target", "positive", "--budget", "20", "--seed", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()[0].split()) == 2 + 6
    assert main(["dream", TEXT, "--neuron", "9", "0"]) == MISUSED
    assert "there is no neuron (9, 0)" in capsys.readouterr().err
    assert main(["dream", TEXT, "--target", "splendid", "--budget", "20"]) == MISUSED
    assert "unknown target 'splendid'" in capsys.readouterr().err
