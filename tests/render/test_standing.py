"""Targets that stand in the text: a box in every picture, two of one name told apart by where they stand."""

from __future__ import annotations

import html
import io
import re

import pytest
from rich.console import Console

from limelight.document.targets import Target
from limelight.render import terminal
from limelight.render.display import runs
from limelight.render.standing import boxes
from tests.conftest import document

TEXT = "Washington met <Jo> in Washington today"
SPANS = [(11, 14), (20, 22), (34, 39)]
PLACES = {'PER "Washington"': (0, 0, 10), 'PER "<Jo>"': (0, 15, 19), 'LOC "Washington"': (0, 23, 33)}
WEIGHTS = [[0.4, 0.1, 0.0], [0.2, 0.1, 0.0], [0.0, 0.5, -0.1]]


def made(places=PLACES, **more):
    targets = [Target(name, "entities", place) for name, place in places.items()]
    given = {"scores": [-0.1, -0.5, -0.2], "probabilities": [0.9, 0.6, 0.8], "scale": "log-probability"} | more
    return document(TEXT, SPANS, targets, weights=WEIGHTS[: len(targets)], **given)


def test_runs_are_the_text_again_and_each_target_stands_in_one():
    (found,) = runs(made())
    assert "".join(run.text for run in found) == TEXT
    assert [(run.text, run.box.target, run.box.tag) for run in found if run.box] == [
        ("Washington", 0, "PER"), ("<Jo>", 1, "PER"), ("Washington", 2, "LOC"),
    ]  # fmt: skip


def test_a_box_gives_way_to_words_to_other_boxes_and_to_a_contrast():
    lying = {"a": (0, 0, 12), "b": (0, 15, 19), "c": (0, 16, 18)}
    assert [one.target for one in boxes(made(lying))] == [1]
    assert boxes(made(contrast=(0, 1), probabilities=None)) == []


@pytest.mark.parametrize("target", [0, 1, 2])
def test_every_picture_has_a_box_for_each_and_shows_which_is_chosen(target):
    found = made()
    svg = found.to_svg(target=target)
    frames = re.findall(r'<g data-target="(\d)"><title>(.*?)</title><rect [^>]*stroke-width="(\d)"/></g>', svg)
    assert [(int(at), html.unescape(name)) for at, name, _ in frames] == list(enumerate(PLACES))
    assert [int(at) for at, _, wide in frames if wide == "2"] == [target]
    assert len({re.search(rf'<g data-target="{at}">.*?x="([\d.]+)" y="([\d.]+)"', svg).groups() for at in "02"}) == 2

    page = found.to_html()
    opened = re.split("<details", page)[1 + target]
    assert re.findall(r"border:(\d)px", opened) == ["2" if at == target else "1" for at in range(3)]
    assert [html.unescape(own) for own in re.findall(r"dotted\">(.*?)</u>&nbsp;<small>", opened)] == [
        "Washington", "<Jo>", "Washington",
    ]  # fmt: skip

    latex = found.to_latex(target=target)
    told = re.findall(r"^|\\limelightbox\{([\d.]+pt)\}\{(.*?)\}\{(PER|LOC)\}", latex)
    assert [tag for _, _, tag in told if tag] == ["PER", "PER", "LOC"]
    assert [width for width, _, _ in told if width] == ["1.2pt" if at == target else ".4pt" for at in range(3)]

    console = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", width=80)
    terminal.show(found, console, target)
    plain = re.sub(r"\x1b\[[\d;]*m", "", console.file.getvalue())
    assert "[Washington PER] met [<Jo> PER] in [Washington LOC] today" in plain


def test_where_there_are_no_styles_the_text_stands_as_it_is():
    console = Console(file=io.StringIO(), color_system=None)
    terminal.show(made(), console, 0)
    assert TEXT in console.file.getvalue().splitlines()


def test_two_of_one_name_and_kind_have_their_position_in_every_picture():
    places = {'LOC "Washington"': (0, 0, 10), 'LOC "Washington" [1]': (0, 23, 33)}
    found = made(places, scores=[-0.1, -0.5], probabilities=[0.9, 0.6])
    assert [run.box.tag for run in runs(found)[0] if run.box] == ["LOC", "LOC [1]"]
    for picture in (found.to_svg(), found.to_html(), found.to_latex()):
        assert "LOC [1]" in html.unescape(picture).replace("\xa0", " ").replace("{[}", "[").replace("{]}", "]")


def test_what_is_called_by_its_own_words_is_faint_where_another_is_likelier():
    """As answers to a question are: of those the likeliest stands out, and one of the same words has its position."""
    places = {"Washington [0]": (0, 0, 10), "<Jo>": (0, 15, 19), "Washington [2]": (0, 23, 33)}
    rivals = made(places, scores=[-0.5, -0.9, -0.1])
    assert [(one.tag, one.faint) for one in boxes(rivals)] == [("[0]", True), ("", True), ("[2]", False)]
    assert not any(one.faint for one in boxes(made()))
    svg = rivals.to_svg(target=0)
    frames = re.findall(r'<g data-target="(\d)">.*?<rect ([^>]*)/></g>', svg)
    assert [int(at) for at, frame in frames if "dasharray" in frame] == [1]  # the one that is chosen is drawn in full
    opened = re.split("<details", rivals.to_html())[1]
    assert re.findall(r"border:\dpx (\w+)", opened) == ["solid", "dotted", "solid"]


def test_what_stays_and_is_no_target_is_dotted_and_in_no_box():
    """As the place of a masked word is, in the page; of a contrast the words of all targets are."""
    found = document(TEXT, SPANS, ["Paris", "Rome"], [0.6, 0.4], weights=WEIGHTS[:2], pinned=((0, 23, 33), (0, 11, 14)))
    assert [(one.target, one.place) for one in boxes(found)] == [(None, (0, 23, 33))]  # the other is a feature
    assert "".join(run.text for run in runs(found)[0]) == TEXT
    svg = found.to_svg()
    dots = re.findall(r'<line x1="([\d.]+)"[^>]*x2="([\d.]+)"[^>]*stroke-dasharray="1.5 2.5"', svg)
    (left, right) = dots[0]
    assert len(dots) == 1 and float(right) - float(left) > 80 and "data-target" not in svg
    opened = re.split("<details", found.to_html())[1]
    assert re.findall(r"<u style=\"text-decoration-style:dotted\">(.*?)</u>", opened) == ["Washington"]
    assert "border:" not in opened.split("<table")[0]
    latex = found.to_latex()
    assert r"\limelightdotted}{Washington}" in latex and "limelightbox" not in latex
    console = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", width=80)
    terminal.show(found, console, 0)
    (line,) = (
        line for line in console.file.getvalue().splitlines() if "Washington met" in re.sub(r"\x1b\[[\d;]*m", "", line)
    )
    assert "\x1b[2mWashington\x1b[0m" in line

    both = {"pinned": tuple(PLACES.values()), "contrast": (0, 1), "probabilities": None}
    assert [one.target for one in boxes(made(**both))] == [None, None, None]
