"""Where the command's results go, and what it says where they cannot: files, pipes, devices that are full or closed."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import subprocess
import sys
from types import SimpleNamespace

import pytest

from limelight import explain, predictors
from limelight.cli import command as cli
from limelight.render.exports import FORMATS

TEXT = "a good film, not bad"
pytestmark = pytest.mark.usefixtures("plain_surroundings")

# The command in a process of its own, with a toy in the place of the model, so that nothing heavy is loaded.
TOY = """
import sys
from limelight import predictors
from limelight.cli.command import main
from tests.conftest import Linear
predictors.load_predictor = lambda *_: Linear({"good": 0.5, "bad": -0.25})
sys.exit(main(sys.argv[1:]))
"""
COMMAND = [sys.executable, "-c", TOY]
EXPLAIN = ["explain", "--method", "occlusion"]  # the one that loads least
FULL = "limelight: stdout does not take the result (No space left on device)."


@pytest.fixture
def toy(monkeypatch, linear):
    monkeypatch.setattr(predictors, "load_predictor", lambda *_: linear)
    return linear


def untimed(made: str | bytes) -> bytes:
    return re.sub(rb'"seconds": [^,}]+', b"", made.encode() if isinstance(made, str) else made)


@pytest.mark.parametrize("stdout", ["-", "/dev/stdout"])
@pytest.mark.parametrize("name", cli.FILES)
def test_every_file_can_go_to_stdout_and_then_nothing_else_does(name, stdout, toy, capsysbinary, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["explain", TEXT, "--target", "down", f"--{name}", stdout]) == 0
    out, err = capsysbinary.readouterr()
    assert untimed(out) == untimed(FORMATS[name].make(explain(TEXT, toy), "down", "")) and err == b""
    assert not any(tmp_path.iterdir()), "no file is called -"


def test_stdout_that_was_sent_to_a_file_holds_that_alone(tmp_path):
    with (tmp_path / "page.html").open("wb") as out:
        subprocess.run([*COMMAND, *EXPLAIN, TEXT, "--html", "/dev/stdout"], stdout=out, check=True)
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.startswith("<!doctype html>") and page.endswith("</html>\n") and os.listdir(tmp_path) == ["page.html"]


def test_on_a_terminal_text_is_harmless_and_bytes_are_refused_before_the_work(toy, capsys, monkeypatch):
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True)
    assert cli.main(["explain", "good \x1b[31mfilm\x07 \x9b2J", "--csv", "-", "--unit", "sentence"]) == 0
    out = capsys.readouterr().out
    assert r"\x1b[31m" in out and not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", out)
    toy.asked.clear()
    assert cli.main(["explain", TEXT, "--png", "-"]) == 2
    assert "would send bytes to the terminal" in capsys.readouterr().err and not toy.asked


@pytest.mark.parametrize("name", cli.FILES)
def test_a_path_where_nothing_can_be_written_is_refused_before_the_work(name, toy, capsys, tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("good")
    paths = [
        "",
        "a\0b",
        "x" * 300,
        str(tmp_path / "folder"),
        str(tmp_path / "none" / "file"),
        str(tmp_path / "file" / "x"),
    ]
    for path in paths:
        assert cli.main(["explain", TEXT, f"--{name}", str(path)]) == 2
        out, err = capsys.readouterr()
        assert out == "" and err.startswith("limelight: cannot write ") and err.rstrip().endswith("give another path.")
    monkeypatch.setattr(os, "access", lambda *_: False)  # as the system says to one without rights
    for path in ("new", "file"):
        assert cli.main(["explain", TEXT, f"--{name}", str(tmp_path / path)]) == 2
        assert "(Permission denied)" in capsys.readouterr().err
    assert not toy.asked and (tmp_path / "file").read_text() == "good"


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        [*EXPLAIN, TEXT],
        [*EXPLAIN, TEXT, "--json"],
        [*EXPLAIN, TEXT, "--html", "-"],
        EXPLAIN,
        ["methods"],
        ["--version"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_device_is_said_in_a_sentence(arguments, unbuffered):
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "wb") as full:
        streams = {"stdout": full, "stderr": subprocess.PIPE, "input": b"good\nbad\n"}
        said = (done := subprocess.run([*COMMAND, *arguments], **streams, env=environment)).stderr.decode()
    assert done.returncode == 1 and said.startswith(FULL) and said.count("\n") == 1 and "send it elsewhere" in said


def limited(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.slow
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("asked", ["--json", "--html"])
def test_a_disk_that_takes_only_a_part_is_full(asked, unbuffered, tmp_path):
    arguments = [*COMMAND, *EXPLAIN, TEXT, asked, *(["-"] if asked == "--html" else [])]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with (tmp_path / "out").open("wb") as out:
        done = subprocess.run(
            arguments, stdout=out, stderr=subprocess.PIPE, env=environment, preexec_fn=lambda: limited(500)
        )
    assert done.returncode == 1 and b"stdout does not take the result (File too large)" in done.stderr


def test_where_even_stderr_is_full_the_status_tells():
    with open("/dev/full", "wb") as full:
        assert subprocess.run([*COMMAND, *EXPLAIN, TEXT], stdout=full, stderr=full).returncode == 1
        assert subprocess.run([*COMMAND, *EXPLAIN, " "], stderr=full).returncode == 2


def test_a_full_disk_under_a_file_is_said_and_the_old_file_stays(tmp_path, toy, capsys, monkeypatch):
    (tmp_path / "page.html").write_text("good")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert cli.main(["explain", TEXT, "--html", str(tmp_path / "page.html")]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "(No space left on device)" in err
    assert (tmp_path / "page.html").read_text() == "good" and os.listdir(tmp_path) == ["page.html"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [[*EXPLAIN, TEXT], [*EXPLAIN, TEXT, "--json"], [*EXPLAIN, TEXT, "--html", "-"], EXPLAIN, ["methods"]],
    ids=" ".join,
)
def test_a_pipe_that_was_closed_ends_the_command_without_a_word(arguments):
    end, start = os.pipe()
    os.close(end)  # before anything is written, whatever the pace
    done = subprocess.run([*COMMAND, *arguments], stdout=start, input=b"good\nbad\n", stderr=subprocess.PIPE)
    os.close(start)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])  # as in many containers
def test_a_reader_who_has_seen_enough(unbuffered):
    run = subprocess.Popen(
        [*COMMAND, *EXPLAIN, TEXT, "--html", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    assert run.stdout.read(10) == b"<!doctype "
    run.stdout.close()  # a page is more than a pipe holds
    assert run.stderr.read() == b"" and run.wait(30) == 1
    run.stderr.close()


@pytest.mark.parametrize(
    ("redirected", "status", "said"),
    [(">&-", 2, "stdout is closed.*send it to /dev/null"), ("2>&-", 0, "^$"), ("<&-", 0, "^$")],
)
def test_streams_that_are_closed_from_the_start(redirected, status, said):
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" "$@" {redirected}', *COMMAND, *EXPLAIN, TEXT], capture_output=True, text=True
    )
    assert done.returncode == status and re.search(said, done.stderr) and (TEXT in done.stdout) == (status == 0)


@pytest.mark.parametrize("options", [[], ["--json"], ["--contrast", "up", "my text"], ["--contrast", "up", "down"]])
def test_no_text_at_all_is_never_silent(options, toy, capsys, monkeypatch):
    def unwanted(_):
        raise AssertionError("the model is loaded for nothing")

    monkeypatch.setattr(predictors, "as_predictor", unwanted)
    for stream in (SimpleNamespace(isatty=lambda: False, buffer=iter(())), io.TextIOWrapper(io.BytesIO(b""))):
        monkeypatch.setattr(sys, "stdin", stream)
        assert cli.main(["explain", *options]) == 2
        out, err = capsys.readouterr()
        assert out == "" and "no text was given, and stdin is empty" in err and "give it one" in err
        assert ("--contrast took 'up' and " in err) == ("--contrast" in options)


def test_an_empty_device_is_never_silent():
    with open(os.devnull) as nothing:
        done = subprocess.run([*COMMAND, *EXPLAIN], stdin=nothing, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "") and "stdin is empty" in done.stderr


def test_the_line_that_was_looked_for_is_explained_too(toy, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"good\nbad")))
    assert cli.main(["explain"]) == 0
    assert [json.loads(line)["fields"][0]["text"] for line in capsys.readouterr().out.splitlines()] == ["good", "bad"]
