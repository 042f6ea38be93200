"""What is typed: flags and spans, misspelt ones among them; lines as a table and as files; comparisons."""

from __future__ import annotations

import io
import json
import re
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from limelight import compare, explain, predictors
from limelight.api import compare as comparing
from limelight.cli import command as cli
from limelight.cli import compared, lines, output
from limelight.methods import METHODS
from tests.conftest import Linear

TEXT = "a good film, not bad"

pytestmark = pytest.mark.usefixtures("plain_surroundings")


@pytest.fixture(autouse=True)
def toy(monkeypatch, linear):
    """Has the command explain the linear model."""
    monkeypatch.setattr(predictors, "load_predictor", lambda *_: linear)
    monkeypatch.setattr(comparing, "load_predictor", lambda *_: linear)
    return linear


def piped(monkeypatch, *given: bytes):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n".join(given))))


def terminal(monkeypatch, width: int) -> io.StringIO:
    """A terminal of some columns in the place of stdout; what is printed there."""
    screen = io.StringIO()
    screen.isatty = lambda: True
    console = Console(file=screen, width=width, force_terminal=True, color_system="truecolor", legacy_windows=False)
    for module in (cli, lines, compared):
        monkeypatch.setattr(module, "console", lambda *_, **__: console)
    monkeypatch.setattr(output, "prepare", lambda stream: stream)
    monkeypatch.setattr(cli, "prepare", lambda stream: stream)
    monkeypatch.setattr(sys, "stdout", screen)
    return screen


def bare(screen: io.StringIO) -> list[str]:
    return [line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", screen.getvalue()).split("\n")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["exlain", "x"], "unknown command 'exlain'. limelight takes a command first.*Did you mean 'explain'"),
        (["a good film"], 'unknown command .*for a text, write limelight explain "a good film"'),
        (["--budget", "3"], "unknown option '--budget'. limelight takes a command first"),
        (["explain", TEXT, "--bugdet", "100"], "unknown option '--bugdet'.*--help lists.*Did you mean '--budget'"),
        (["explain", TEXT, "--num-samples", "9"], "unknown option '--num-samples'.*Here: write --budget"),
        (["explain", TEXT, "--nsamples", "9"], "Here: write --budget"),
        (
            ["explain", TEXT, "--labels", "1"],
            "linear has targets of its own.*all targets are explained, target shows one",
        ),
        (["explain", TEXT, "--char-level"], "Here: write --unit character"),
        (["explain", TEXT, "--random_state", "1"], "Here: write --seed"),
        (["explain", TEXT, "--budget"], "--budget: expected one argument.*--help says what"),
        (["explain", TEXT, "--bud", "9"], "unknown option '--bud'"),
        (["demo", TEXT], "limelight demo takes no text"),
        (["methods", "--all"], "unknown option '--all'"),
        (["explain", TEXT, "--phrases", "nowhere"], "--phrases 'nowhere' stands nowhere in the text.*START:STOP"),
        (["explain", TEXT, "--phrases", "3:300"], r"\(3, 300\) is no place in the text"),
        (["explain", TEXT, "--phrases", "title:3:5"], r"unknown field 'title'"),
        (["explain", "--contrast", "up", TEXT], f"stdin is empty.*--contrast took 'up' and '{TEXT}'"),
        (["explain", "--class-names", "no", "yes", TEXT], "stdin is empty.*--class-names took 'no' and 'yes' and"),
        (["compare"], "no text was given.*give it one of these"),
        (["compare", "--methods", "lime", TEXT], f"no text was given.*--methods took 'lime' and '{TEXT}'"),
        (["compare", TEXT, "--methods", "lmie"], "unknown method 'lmie'.*Did you mean 'lime'"),
        (["compare", TEXT, TEXT, "--model", "a", "b"], "2 texts and 2 models were given"),
        (["compare", TEXT, "--field", "a", "b"], "both a text and fields were given"),
    ],
)
def test_what_makes_no_sense_is_said_with_what_to_do(arguments, said, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and re.search(said, err) and err.startswith("limelight: ") and err.count("\n") == 1


@pytest.mark.parametrize("given", [[], [b""]])
def test_with_nothing_to_do_it_says_so(given, monkeypatch, capsys):
    piped(monkeypatch, *given)
    assert cli.main(["explain"]) == 2
    assert "no text was given, and stdin is empty" in capsys.readouterr().err


def test_texts_and_flags_stand_in_any_order(capsys):
    assert cli.main(["explain", "--budget", "60", TEXT, "--seed", "3", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["seed"], document["fields"][0]["text"]) == (3, TEXT)
    assert cli.main(["explain", "--json", "--", "-good"]) == 0
    assert json.loads(capsys.readouterr().out)["fields"][0]["text"] == "-good"


@pytest.mark.parametrize(
    ("typed", "spans"),
    [
        (["good film"], [(2, 11)]),
        (["2:11"], [(2, 11)]),
        (["good film", "not bad"], [(2, 11), (13, 20)]),
        (["text:2:11"], [("text", 2, 11)]),
    ],
)
def test_spans_are_words_or_positions(typed, spans, linear, capsys):
    assert cli.main(["explain", TEXT, "--json", "--phrases", *typed]) == 0
    document = json.loads(capsys.readouterr().out)
    plain = [spot[-2:] for spot in spans]
    assert document["features"] == list(explain(TEXT, linear, phrases=plain).features)
    assert "good film" in document["features"]


def test_words_are_whole_where_there_are_whole_ones(linear, capsys):
    assert cli.main(["explain", "badly bad film", "--json", "--phrases", "bad film"]) == 0
    assert json.loads(capsys.readouterr().out)["features"] == ["badly", "bad film"]
    assert cli.main(["explain", "这部电影不好", "--json", "--phrases", "电影不"]) == 0
    assert "电影不" in json.loads(capsys.readouterr().out)["features"]


def test_names_of_classes_reach_the_model(bert, capsys, monkeypatch):
    monkeypatch.undo()
    folder = bert(num_labels=2)
    run = ["explain", "good film", "--model", folder, "--json", "--class-names", "no", "yes", "--no-safetensors-only"]
    assert cli.main(run) == 0
    assert [target["name"] for target in json.loads(capsys.readouterr().out)["targets"]] == ["no", "yes"]


@pytest.mark.parametrize("width", [80, 40, 24])
def test_on_a_terminal_piped_lines_are_rows_that_fit(width, monkeypatch, capsys):
    screen = terminal(monkeypatch, width)
    long = "a good film that is not bad at all and goes on for longer than a line of the terminal"
    piped(monkeypatch, b"a good film", b"", long.encode(), b"caf\xe9 \x1b[31m")
    assert cli.main(["explain", "--budget", "60"]) == 1
    shown = bare(screen)
    assert max(map(len, shown)) <= width and "{" not in screen.getvalue()
    first = next(line for line in shown if "good" in line)
    assert re.match(r"up +0\.60  +a good", first)
    assert "\x1b[31m" not in screen.getvalue() and "\x1b[4;" in screen.getvalue(), "good raises the class"
    text = " ".join(" ".join(shown).split())
    assert "the text is" in text and "not UTF-8" in text
    assert "2 of 4 lines failed; the table says why" in capsys.readouterr().err


def test_on_a_terminal_json_can_still_be_had_and_a_class_chosen(monkeypatch):
    screen = terminal(monkeypatch, 80)
    piped(monkeypatch, b"a good film")
    assert cli.main(["explain", "--json"]) == 0
    assert json.loads(screen.getvalue())["features"] == ["a", "good", "film"]
    screen.truncate(0)
    piped(monkeypatch, b"a good film")
    assert cli.main(["explain", "--target", "down"]) == 0
    assert bare(screen)[0].lstrip("\x00").startswith("down ")


def test_piped_lines_make_files_with_their_numbers(linear, monkeypatch, tmp_path, capsys):
    piped(monkeypatch, b"a good film", b"?!", b"not bad")
    assert cli.main(["explain", "--csv", str(tmp_path / "line-{}.csv")]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines() == [str(tmp_path / f"line-{at}.csv") for at in (1, 3)]
    assert (tmp_path / "line-3.csv").read_bytes().decode() == explain("not bad", linear).to_csv()
    assert re.search(r"line 2: .*no word to explain", err) and "1 of 3 lines failed; stderr says why" in err


def test_phrases_of_piped_lines_are_those_that_a_line_has(monkeypatch, capsys):
    piped(monkeypatch, b"a good film", b"not bad")
    assert cli.main(["explain", "--phrases", "good film"]) == 0
    found = [json.loads(line)["features"] for line in capsys.readouterr().out.splitlines()]
    assert found == [["a", "good film"], ["not", "bad"]]


RUN = ["compare", TEXT, "--methods", "lime", "occlusion"]


def test_a_comparison_says_how_true_each_is_and_how_far_they_agree(linear, capsys):
    assert cli.main(RUN) == 0
    out = capsys.readouterr().out
    expected = compare(TEXT, linear, methods=["lime", "occlusion"])
    for label, (score,) in zip(expected.labels, expected.scores, strict=True):
        row = re.search(rf"^(▸ |  ){re.escape(label)} +([−\d.]+) +([\d.]+)$", out, re.M)
        assert float(row[2].replace("−", "-")) == pytest.approx(score.srg, abs=0.006)
        assert (row[1] == "▸ ") == (label == expected.best)
    words = [
        f"{word} {'+' if weight > 0 else '−'}{abs(weight):.2f}" for word, weight in expected.explanations[0].top(3)
    ]
    assert " · ".join(words) in out
    assert re.search(rf"^ +{expected.agreement[0, 1]:.2f}  LIME, Occlusion$", out, re.M)
    assert "\x1b" not in out


def test_a_comparison_as_json_reads_back(linear, capsys):
    assert cli.main([*RUN, "--json", "--seed", "5"]) == 0
    document = json.loads(capsys.readouterr().out)
    expected = compare(TEXT, linear, methods=["lime", "occlusion"], seed=5).to_dict()
    for one in (*document["explanations"], *expected["explanations"]):
        one["seconds"] = 0
    assert document == json.loads(json.dumps(expected))
    assert document["labels"] == ["LIME", "Occlusion"]
    assert document["best"] is None  # of a linear model both say all there is to say


def test_who_did_best_is_marked(linear):
    found = compare(TEXT, linear, methods=["lime", "occlusion"])
    scores = [[replace(one, srg=gap) for one in each] for gap, each in zip((0.2, 0.4), found.scores, strict=True)]
    lines = [line.plain for _, line in compared._lines(replace(found, scores=scores), 80)]
    assert [line[:10] for line in lines if line[:2] in ("▸ ", "  ") and "0." in line] == ["  LIME    ", "▸ Occlusio"]


@pytest.mark.parametrize("width", [80, 40, 30])
def test_a_comparison_fits_the_terminal(width, monkeypatch):
    screen = terminal(monkeypatch, width)
    assert cli.main(["compare", TEXT, "--methods", "interactions", "lime", "shapley", "occlusion"]) == 0
    shown = bare(screen)
    assert max(map(len, shown)) <= width
    titles = [METHODS[name].title for name in ("interactions", "lime", "shapley", "occlusion")]
    rows = [line for line in shown if re.search(r" \d\.\d\d +\d\.\d\d$", line)]
    assert len(rows) == 4 and all(row[2:6] == title[:4] for row, title in zip(rows, titles, strict=True))


def test_texts_are_compared_without_a_winner_and_one_that_fails_is_told(capsys):
    assert cli.main(["compare", "a good film", "not bad"]) == 0
    out = capsys.readouterr().out
    assert "▸" not in out and "agreement" not in out and "a good film" in out and "not bad" in out
    assert cli.main(["compare", TEXT, "--methods", "lime", "attention_rollout"]) == 1
    assert re.search(r"Attention rollout: .*cannot be done here", capsys.readouterr().out)


def test_ctrl_c_gives_those_that_are_done(monkeypatch, capsys, linear):
    predict = linear.predict

    class Interrupted(Linear):
        calls = 0

        def predict(self, texts):
            self.calls += 1
            if self.calls > allowed:
                raise KeyboardInterrupt
            return predict(texts)

    allowed = 1000
    whole = Interrupted(linear.weights)
    monkeypatch.setattr(comparing, "load_predictor", lambda *_: whole)
    assert cli.main(["compare", TEXT, "--methods", "occlusion"]) == 0
    capsys.readouterr()
    allowed = whole.calls
    monkeypatch.setattr(comparing, "load_predictor", lambda *_: Interrupted(linear.weights))
    assert cli.main(["compare", TEXT, "--methods", "occlusion", "lime"]) == 130
    out = capsys.readouterr().out
    assert "Occlusion" in out and "LIME" not in out
    allowed = 1
    assert cli.main(["compare", TEXT]) == 130 and capsys.readouterr() == ("", "limelight: stopped.\n")


def test_no_control_character_of_a_comparison_reaches_the_terminal(linear, capsys):
    linear.targets = ("\x1b[1mup", "down")
    assert cli.main(["compare", "good \x1b[31mfilm", "bad \x07 film"]) == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", capsys.readouterr().out)


def test_names_of_methods_are_whole_on_a_narrow_terminal(monkeypatch):
    screen = terminal(monkeypatch, 40)
    assert cli.main(["methods"]) == 0
    shown = bare(screen)
    assert max(map(len, shown)) <= 40 and set(METHODS) <= set(shown)


def test_every_command_has_help(capsys):
    for name in cli.COMMANDS:
        with pytest.raises(SystemExit, match="0"):
            cli.main([name, "--help"])
        assert f"usage: limelight {name}" in capsys.readouterr().out
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {name}" in out for name in cli.COMMANDS) and max(map(len, out.splitlines())) <= 100
