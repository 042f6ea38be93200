"""The command: results on stdout, the rest on stderr, an exit status that tells, a picture that needs no colour."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from dataclasses import fields
from types import SimpleNamespace

import pytest

import limelight
from limelight import explain, predictors
from limelight.api.options import Options
from limelight.cli import command as cli
from limelight.methods import METHODS
from limelight.predictors.options import Loading
from limelight.render import background
from limelight.render.exports import FORMATS
from tests.conftest import Linear

TEXT = "a good film, not bad"
COMMAND = [sys.executable, "-m", "limelight"]


pytestmark = pytest.mark.usefixtures("plain_surroundings")


@pytest.fixture
def toy(monkeypatch, linear):
    """Has the command explain the linear model, or another that is handed over."""

    def use(model):
        monkeypatch.setattr(predictors, "load_predictor", lambda *_: model)
        return model

    use(linear)
    return use


def piped(monkeypatch, *lines: bytes):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n".join(lines))))


def test_into_a_file_go_the_text_and_a_list_of_numbers(toy, capsys):
    assert cli.main(["explain", TEXT]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(TEXT + "\n\n") and err == "" and "\x1b" not in out
    score = float(re.search(r"^▸ up +([\d.]+)$", out, re.M)[1])
    assert score == pytest.approx(0.1 + 0.5 - 0.25 + 0.125, abs=0.006)
    found = re.findall(r"^  ([+−]?[\d.]+)(?: ± [\d.]+)? +(\w+)$", out, re.M)
    listed = {word: float(n.replace("−", "-")) for n, word in found}
    assert list(listed)[:3] == ["good", "bad", "not"]
    assert [listed["good"], listed["bad"], listed["not"]] == pytest.approx([0.5, -0.25, 0.125], abs=0.01)
    assert "R² 1.00" in out and "words deleted · every thinned text asked: exact" in out


def test_no_line_of_a_file_is_wrapped_or_cut(toy, capsys):
    long = "bad" * 60
    toy(Linear({"good": 0.1, long: 0.5}))
    text = "a good film and " * 30 + "\n  " + long
    assert cli.main(["explain", text, "--budget", "200"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(text + "\n") and re.search(rf"^  \+[\d.]+ ± [\d.]+ +{long}$", out, re.M)


def test_json_is_the_document_and_nothing_else(toy, linear, capsys):
    assert cli.main(["explain", TEXT, "--json", "--method", "occlusion", "--seed", "5"]) == 0
    document = json.loads(capsys.readouterr().out)
    expected = explain(TEXT, linear, method="occlusion", seed=5).to_dict()
    assert {**document, "seconds": 0} == {**expected, "seconds": 0}


def test_every_option_of_explain_is_one_of_the_command(toy, capsys):
    options = ["--unit", "character", "--budget", "60", "--time-budget", "9.5", "--scale", "auto", "--masker", "delete"]
    assert cli.main(["explain", "not good", "--json", *options, "--method", "shapley"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["unit"], document["budget"], document["method"]) == ("character", 60, "shapley")
    with pytest.raises(SystemExit, match="0"):
        cli.main(["explain", "--help"])
    said = capsys.readouterr().out
    named = {item.name for cls in (Options, Loading) for item in fields(cls)}
    assert all(re.search(rf"^  --{name.replace('_', '-')}\b", said, re.M) for name in named)
    assert all(name in said for name in METHODS) and "character" in said and "log-odds" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--method", "lmie"], "unknown method 'lmie'.*Did you mean 'lime'"),
        (["--unit", "words"], "Did you mean 'word'"),
        (["--scale", "logits"], "Did you mean 'logit'"),
        (["--budget", "1.5"], "budget is 1.5.*whole number"),
        (["--budget", "many"], "budget is 'many'"),
        (["--time-budget", "soon"], "time_budget is 'soon'"),
        (["--time-budget", "nan"], "time_budget is nan"),
        (["--seed", "-1"], "seed is -1"),
        (["--target", "upp"], "unknown target 'upp'.*Did you mean 'up'"),
        (["--target", "2"], "unknown target 2"),
        (["--contrast", "up", "up"], "two different classes"),
        (["--contrast", "up", "dwon"], "Did you mean 'down'"),
        (["--html", "no/such/folder/page.html"], "cannot write .*: there is no folder 'no/such/folder'"),
        (["--svg", "no/such/folder/picture.svg"], "cannot write .*: there is no folder 'no/such/folder'"),
        (["another text"], "2 texts were given.*in quotes"),
        (["--json", "--html", "page.html"], "not allowed with"),
        (["--budgt", "5"], "unknown option '--budgt'.*Did you mean '--budget'"),
        (["--method", "attention_rollout"], "looks into the model, which cannot be done here"),
    ],
)
def test_misuse_is_said_in_a_sentence(arguments, said, toy, linear, capsys):
    status = cli.main(["explain", TEXT, *arguments])
    out, err = capsys.readouterr()
    assert status == 2 and out == "" and re.search(said, err)
    assert len(linear.asked) <= 3, "refused before the work, not after it"


def test_texts_that_cannot_be_explained(toy, monkeypatch, capsys):
    assert cli.main(["explain", " "]) == 2 and "the text is empty" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    assert cli.main(["explain"]) == 2 and "no text was given" in capsys.readouterr().err
    assert cli.main([]) == 2 and "explain" in capsys.readouterr().err


def test_a_model_that_fails_or_is_not_there(toy, monkeypatch, tmp_path, capsys):
    class Sick(Linear):
        def predict(self, texts):
            return [[float("nan")] * 2 for _ in texts]

    toy(Sick({}))
    assert cli.main(["explain", TEXT]) == 1 and "NaN" in capsys.readouterr().err
    monkeypatch.undo()
    assert cli.main(["explain", TEXT, "--model", str(tmp_path / "none")]) == 1
    assert "could not be had" in capsys.readouterr().err


def test_classes_by_name_or_position(bert, capsys):
    folder = bert(num_labels=3, id2label={0: "1", 1: "2", 2: "3"}, label2id={"1": 0, "2": 1, "3": 2})
    run = ["explain", "good film", "--model", folder]
    assert cli.main([*run, "--contrast", "2", "0", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    # "2" is the name of the second class; nothing is called "0", which is the position of the first
    assert document["contrast"] == [1, 0] and document["targets"][0]["name"] == "2 rather than 1"
    assert cli.main([*run, "--target", "1"]) == 0
    assert re.search(r"^▸ 1 ", capsys.readouterr().out, re.M)
    assert cli.main([*run, "--contrast", "3", "1"]) == 0
    assert "▸ 3 rather than 1" in capsys.readouterr().out


def test_piped_lines_give_json_lines_and_a_failing_one_does_not_end_them(toy, monkeypatch, capsys):
    piped(monkeypatch, b"a good film\r", b"", "这部电影不好 👨‍👩‍👧".encode(), b"caf\xe9", "a\u2028bad film".encode())
    assert cli.main(["explain", "--budget", "30"]) == 1
    out, err = capsys.readouterr()
    documents = [json.loads(line) for line in out.removesuffix("\n").split("\n")]
    assert [d["fields"][0]["text"] for d in documents] == [
        "a good film",
        "",
        "这部电影不好 👨‍👩‍👧",
        "caf\ufffd",
        "a\u2028bad film",
    ]
    assert [sorted(d) == ["error", "fields"] for d in documents] == [False, True, False, True, False]
    assert (
        "the text is empty" in documents[1]["error"] and "not UTF-8 (byte 0xe9 at position 3)" in documents[3]["error"]
    )
    assert limelight.Explanation.from_dict(documents[2]).weights is not None
    assert err.strip().startswith("limelight: 2 of 5 lines failed")


def test_a_line_is_answered_before_the_next_is_read(toy, monkeypatch, capsys):
    answered = []

    def lines():
        yield b"good\n"
        answered.append(capsys.readouterr().out)
        yield b"bad\n"

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False, buffer=lines()))
    assert cli.main(["explain"]) == 0
    documents = [json.loads(line) for line in (answered[0], capsys.readouterr().out)]
    assert [d["fields"] for d in documents] == [[{"name": "text", "text": text}] for text in ("good", "bad")]


def test_a_line_on_which_we_ourselves_fail_is_a_line_too(toy, linear, monkeypatch, capsys):
    reach = linear.reach
    monkeypatch.setattr(linear, "reach", lambda texts: 1 / 0 if texts == ["one"] else reach(texts))
    piped(monkeypatch, b"one", b"good")
    assert cli.main(["explain"]) == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert "ZeroDivisionError" in first["error"] and "report it" in first["error"] and second["weights"]


def untimed(made: str | bytes) -> bytes:
    return re.sub(rb'"seconds": [^,}]+', b"", made.encode() if isinstance(made, str) else made)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_had(name, toy, linear, tmp_path, capsys):
    if FORMATS[name].reason:
        pytest.skip(f"{name} {FORMATS[name].reason}")
    file = tmp_path / f"found.{name}"
    asked = ["--json"] if name == "json" else [f"--{name}", str(file)]
    assert cli.main(["explain", TEXT, "--target", "down", *asked]) == 0
    out = capsys.readouterr().out
    if name == "json":  # what the command prints anyhow needs no file
        file.write_text(out.removesuffix("\n"), "utf-8")
    else:
        assert out == f"{file}\n"
    assert untimed(file.read_bytes()) == untimed(FORMATS[name].make(explain(TEXT, linear), "down", ""))


def test_files_that_cannot_be_had(toy, linear, tmp_path, monkeypatch, capsys):
    assert cli.main(["explain", TEXT, "--html", str(tmp_path)]) == 2
    assert "cannot write" in capsys.readouterr().err
    linear.asked.clear()
    piped(monkeypatch, b"good")
    assert cli.main(["explain", "--csv", str(tmp_path / "a.csv")]) == 2
    assert "write --csv 'line-{}.csv'" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert cli.main(["explain", TEXT, "--png", str(tmp_path / "a.png")]) == 2
    assert "--png needs resvg-py, which is not installed" in capsys.readouterr().err
    assert not linear.asked and not any(tmp_path.iterdir())


HOSTILE = "good \x1b[31mfilm\x07 \x9b2J \u202edab\u2066 [red]not[/red] :smile: \x7f\r\x00"


def test_no_control_character_reaches_the_terminal(toy, capsys):
    class Hostile(Linear):
        name = "\x1b]0;title\x07"
        warnings = ("mind \x1b[2J this",)

    model = toy(Hostile({"good": 0.5}))
    model.targets = ("\x1b[1mup", "down")
    assert cli.main(["explain", HOSTILE, "--budget", "30"]) == 0
    out = capsys.readouterr().out
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out)
    assert r"good \x1b[31mfilm\x07 \x9b2J \u202edab\u2066 [red]not[/red] :smile: \x7f\x0d\x00" + "\n" in out
    assert r"▸ \x1b[1mup" in out and r"mind \x1b[2J this" in out and r"\x1b]0;title\x07" in out
    assert cli.main(["explain", HOSTILE, "--budget", "30", "--json"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out)["fields"][0]["text"] == HOSTILE and not re.search("[\x7f-\x9f\u202a-\u202e]", out)
    assert cli.main(["explain", TEXT, "--target", "\x1b[5mx"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_ctrl_c_gives_the_best_so_far_and_says_so(toy, capsys):
    class Interrupted(Linear):
        left = 0

        def predict(self, texts):
            self.left -= len(texts)
            if self.left < 0:
                raise KeyboardInterrupt
            return super().predict(texts)

    words = " ".join(f"word{i}" for i in range(10)) + " good"
    for left, state, said in ((20, "draft", "stopped at a draft"), (2, "prediction", "before any weight")):
        model = toy(Interrupted({"good": 0.5}))
        model.batch_size, model.left = 1, left
        assert cli.main(["explain", words]) == 130
        assert said in capsys.readouterr().out
        model = toy(Interrupted({"good": 0.5}))
        model.batch_size, model.left = 1, left
        assert cli.main(["explain", words, "--json"]) == 130
        assert json.loads(capsys.readouterr().out)["state"] == state
    toy(Interrupted({}))
    assert cli.main(["explain", words]) == 130 and capsys.readouterr() == ("", "limelight: stopped.\n")


def test_ctrl_c_among_lines_ends_them(toy, monkeypatch, capsys):
    class Interrupted(Linear):
        def predict(self, texts):
            if any("here" in text and "stop" not in text for text in texts):  # a thinned text of the second line
                raise KeyboardInterrupt
            return super().predict(texts)

    toy(Interrupted({"good": 0.5}))
    piped(monkeypatch, b"good", b"stop here now", b"never read")
    assert cli.main(["explain"]) == 130
    assert [json.loads(line)["state"] for line in capsys.readouterr().out.splitlines()] == ["exact", "prediction"]


def test_methods_and_demo(toy, capsys):
    assert cli.main(["methods"]) == 0
    rows = capsys.readouterr().out.splitlines()[1 : len(METHODS) + 1]
    for row, (name, method) in zip(rows, METHODS.items(), strict=True):
        assert re.split(r" {2,}", row.strip()) == [
            name,
            method.title,
            method.asks,
            "needed" if method.needs_internals else "–",
        ]
    assert cli.main(["demo"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(cli.EXAMPLE) and 'limelight explain "your own text"' in out


def test_the_version_and_the_entry_point():
    said = subprocess.check_output([*COMMAND, "--version"], text=True)
    assert said == f"limelight {limelight.__version__}\n"


def test_help_imports_nothing_heavy():
    heavy = ["torch", "transformers", "numpy", "rich", "limelight.methods"]
    code = (
        "import sys\nfrom limelight.cli.command import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert "explain" in said and said.splitlines()[-1] == "[]"
    code = code.replace("'--help'", "'explain', '--help'").replace(str(heavy), "['torch', 'transformers', 'scipy']")
    assert subprocess.check_output([sys.executable, "-c", code], text=True).splitlines()[-1] == "[]"


@pytest.mark.slow
def test_a_real_pipe_with_the_bundled_model():
    done = subprocess.run(
        [*COMMAND, "explain", "--budget", "40"], input="A dull film.\n?!\n", capture_output=True, encoding="utf-8"
    )
    first, second = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 1 and first["model"] == "limelight's own BERT" and "no word" in second["error"]
    assert done.stderr == 'limelight: 1 of 2 lines failed; their JSON says why, under "error".\n'


def test_ctrl_c_ends_the_work_even_where_the_exception_is_lost(toy, linear, capsys):
    predict, before = linear.predict, signal.getsignal(signal.SIGINT)

    def eats(texts):
        if len(texts) > 1:
            try:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(5)
            except KeyboardInterrupt:  # as a destructor or a library may
                pass
        return predict(texts)

    linear.predict = eats
    many = " ".join(f"w{i}" for i in range(20))
    assert cli.main(["explain", many, "--budget", "3000", "--json"]) == cli.INTERRUPTED
    assert json.loads(capsys.readouterr().out)["evaluations"] < 1000
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.slow
def test_a_real_terminal_asked_for_its_background_and_stopped():
    """A terminal of our own: white, 80 columns; the bar is on it, then Ctrl-C brings the picture."""
    main, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, b"\x28\x00\x50\x00\x00\x00\x00\x00")
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    run = subprocess.Popen(
        [*COMMAND, "explain", cli.EXAMPLE, "--budget", "50000"],
        stdin=child,
        stdout=child,
        stderr=child,
        env=environment,
        # a session of its own, whose terminal this is
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(child)
    seen, asked, interrupted = b"", False, False
    until = time.monotonic() + 120
    try:
        while time.monotonic() < until and select.select([main], [], [], 60)[0]:
            try:
                seen += os.read(main, 65536)
            except OSError:  # the other end is closed
                break
            if not interrupted and re.search(rb"([3-9]\d|\d{3}) of 50,000 evaluations", seen):
                os.write(main, b"\x03")
                interrupted = True
            if not asked and b"\x1b]11;?" in seen:
                os.write(main, b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;c")
                asked = True
        assert run.wait(30) == 130 and interrupted and asked
    finally:
        run.kill()
        os.close(main)
    picture = seen[seen.index(b"\x1b[?62;c" if b"\x1b[?62;c" in seen else b"\x1b]11;?") :].decode()
    assert "stopped early" in picture or "stopped at a draft" in picture
    grounds = {tuple(map(int, rgb)) for rgb in re.findall(r"48;2;(\d+);(\d+);(\d+)", picture)}
    assert grounds and all(background.luminance(rgb) > 0.2 for rgb in grounds), "mixed with the white that was answered"
