"""The widget as it is displayed and written: its words, its picture, in containers and when it is closed."""

from __future__ import annotations

import ipywidgets
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from limelight import Explainer
from limelight.widget.boxes import within

TEXT = "a good film"


def model(texts):
    return [[0.5 - 0.4 * ("good" in text), 0.5 + 0.4 * ("good" in text)] for text in texts]


@pytest.fixture(scope="module")
def shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def outputs(shell, shown):
    """What a cell with an object in its last line puts out: media types, one set an output."""
    with capture_output() as captured:
        if shell.display_formatter.format(shown)[0]:
            from IPython.display import display

            display(shown)
    return [output.data for output in captured.outputs]


def pictures(shell, shown):
    return [data["text/html"] for data in outputs(shell, shown) if "limelight-still" in data.get("text/html", "")]


def test_it_says_what_was_found(explainer):
    widget = explainer(TEXT, model, class_names=["no", "yes"])
    assert repr(widget).startswith("<Explainer yes 0.90: good +0.40, ")
    widget.text = "?!"
    widget.wait(20)
    assert repr(widget).startswith("<Explainer failed: the text '?!' holds no word")
    widget.text = "a day"
    assert repr(widget).startswith("<Explainer ") and TEXT not in repr(widget)


def test_a_misspelt_attribute_is_refused(explainer):
    widget = explainer(TEXT, model)
    with pytest.raises(AttributeError, match=r"Explainer has no attribute 'txt'.*'text'.*Did you mean 'text'\?"):
        widget.txt = "another text"
    assert widget.text == TEXT
    widget.text, widget.layout.width = "a day", "50%"

    class Own(Explainer):
        pass

    own = Own(TEXT, model)
    own.note = "mine"
    own.close()
    assert own.note == "mine"


def test_a_closed_one_can_be_displayed(explainer, shell):
    widget = explainer(TEXT, model)
    widget.close()
    assert repr(widget).endswith("(closed)") and len(pictures(shell, widget)) == 1


BOXES = {
    "HBox": lambda *inside: ipywidgets.HBox(inside),
    "VBox": lambda *inside: ipywidgets.VBox([ipywidgets.IntSlider(), *inside]),
    "Tab": lambda *inside: ipywidgets.Tab(inside),
    "Accordion": lambda *inside: ipywidgets.Accordion(inside),
    "GridBox": lambda *inside: ipywidgets.GridBox(inside),
    "AppLayout": lambda *inside: ipywidgets.AppLayout(center=inside[0], right_sidebar=inside[-1]),
    "nested": lambda *inside: ipywidgets.HBox([ipywidgets.VBox([ipywidgets.Tab(inside)])]),
}


@pytest.mark.parametrize("box", BOXES)
def test_a_container_is_displayed_with_a_picture_of_each_in_it(explainer, shell, box):
    inside = explainer(TEXT, model), explainer("a bad film", model)
    shown = outputs(shell, BOXES[box](*inside))
    assert "application/vnd.jupyter.widget-view+json" in shown[0]
    found = [data["text/html"] for data in shown[1:]]
    assert len(found) == 2 and all("<details" in html for html in found)
    assert all(sum(widget._still in html for html in found) == 1 for widget in inside)


def test_a_container_without_one_is_displayed_as_ever(explainer, shell):
    explainer(TEXT, model)
    box = ipywidgets.HBox([ipywidgets.IntSlider()])
    (shown,) = outputs(shell, box)
    assert "application/vnd.jupyter.widget-view+json" in shown


def test_each_is_found_once_in_a_container_that_holds_itself(explainer):
    widget = explainer(TEXT, model)
    box = ipywidgets.HBox([widget, widget])
    box.children = (*box.children, ipywidgets.VBox([box]))
    assert list(within(box, Explainer)) == [widget]


def test_another_printer_of_containers_is_asked_still(explainer, shell):
    printers, said = shell.display_formatter.ipython_display_formatter, []
    ours = printers.type_printers.pop(ipywidgets.Box, None)
    try:
        printers.for_type(ipywidgets.Box, lambda box: said.append(box))
        box = ipywidgets.HBox([explainer(TEXT, model)])
        assert len(pictures(shell, box)) == 1 and said == [box]
        other = ipywidgets.HBox()
        outputs(shell, other)
        assert said == [box, other]
    finally:
        printers.type_printers[ipywidgets.Box] = ours
