"""Many threads on one model, and widgets that six threads change and close at random."""

from __future__ import annotations

import gc
import threading
import weakref
from functools import partial
from random import Random

import pytest
import traitlets

from limelight import Explainer, as_predictor, explain
from limelight.errors import LimelightError
from tests.attack.conftest import rounds
from tests.attack.models import FINAL, free_for_others, in_a_thread, pure, same, sentence
from tests.conftest import until

pytestmark = [pytest.mark.attack, pytest.mark.usefixtures("no_hang", "no_thread_left")]

TEXTS = ["a good film", "not a good film, a bad one", "it was fun, never dull", "bad, bad film!", "好看 a film"]
THREADS, WIDGETS, CHANGERS = 30, 20, 6


def together(works) -> list:
    """What works answer that begin at the same moment, each in a thread of its own; raises what one of them does."""
    ready, answers, errors = threading.Barrier(len(works)), [None] * len(works), []

    def run(at: int) -> None:
        ready.wait(30)
        try:
            answers[at] = works[at]()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(at,), daemon=True) for at in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "it waits for ever"
    for error in errors:
        raise error
    return answers


@pytest.fixture(scope="module")
def pair(bert):
    """A tiny BERT in hand."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = bert(num_labels=3)
    return AutoModelForSequenceClassification.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def ways(random: Random) -> dict:
    """A text, and how to explain it."""
    method = random.choice(["lime", "shapley", "occlusion"])
    budget = {} if method == "occlusion" else {"budget": random.choice([16, 40, 64])}
    return {"text": random.choice(TEXTS), "method": method, "seed": random.randrange(3), **budget}


def test_threads_on_one_function_are_answered_as_one_alone():
    for random in rounds("threads on a function", 0.03, 1, 100):
        model, asked = (lambda texts: pure(texts)), [ways(random) for _ in range(THREADS)]
        shared = random.choice([model, as_predictor(model)])
        answers = together([partial(explain, model=shared, **one) for one in asked])
        for one, answer in zip(asked, answers, strict=True):
            assert same(answer, explain(model=pure, **one)), one
        free_for_others(model)


@pytest.mark.parametrize("given", ["a pair", "a predictor"])
def test_threads_on_one_transformer_are_answered_as_one_alone(pair, given):
    for random in rounds(f"threads on {given}", 0.03, 1, 100):
        shared = pair if given == "a pair" else as_predictor(pair)
        asked = [ways(random) for _ in range(THREADS - 4)]
        asked += [{"text": text, "method": "integrated_gradients"} for text in TEXTS[:4]]
        answers = together([partial(explain, model=shared, **one) for one in asked])
        for one, answer in zip(asked, answers, strict=True):
            assert same(answer, explain(model=pair, **one)), one
        free_for_others(pair)


def test_threads_that_load_one_folder_load_it_once(bert):
    folder = bert(num_labels=2)
    answers = together([partial(explain, TEXTS[at % 2], folder, budget=24) for at in range(THREADS)])
    assert all(same(answer, answers[at % 2]) for at, answer in enumerate(answers))
    predictors = together([partial(as_predictor, folder)] * THREADS)
    assert len(set(map(id, predictors))) == 1


# What a page and a kernel may change.
RIGHT = {
    "text": TEXTS,
    "method": ["lime", "shapley", "occlusion"],
    "unit": ["word", "character", "sentence"],
    "hidden": [[], [0]],
    "target": [None, 0, 1],
    "contrast": [None, [0, 1], [1, 0]],
    "budget": ["auto", 100],
    "compare": [[], ["occlusion"], ["occlusion", "lime"]],
    "at": [0],
    "seed": [0, 1],
    "phrases": [(), [(0, 6)]],
    "opened": [(), [(0, 6)]],
    "texts": [[], [TEXTS[0]], TEXTS[1:]],
    "lang": ["", "en", "zh"],
}
WRONG = {
    "text": ["", "?!", "a\ud800", 7, "x" * 300_000],
    "method": ["lmie", 5, "integrated_gradients"],
    "unit": ["wrod", "token", None],
    "hidden": [[99], [-1], "x", [None]],
    "target": ["yes", 99, [0]],
    "contrast": [[0, 0], "x", ["a", "b"], [0, 1, 2]],
    "budget": [0, "x", 3],
    "compare": [["x"], 5, "occlusion"],
    "at": [50, -1, "x"],
    "seed": [-1, "x"],
    "phrases": [[(5, 2)], None, [(0, 10**6)], "x"],
    "opened": [7, [(0,)], [("a", "b")]],
    "texts": [[""], ["\ud800"], 5],
    "lang": ["xx", 5],
}
# What a page sends: of some traits other values, since it knows fields by their position.
PAGE = {name: RIGHT[name] for name in ("text", "method", "unit", "target", "contrast", "compare", "at", "lang")}
PAGE |= {"hidden": [[], [[0, 0, 1]]], "phrases": [[], [[0, 0, 6]]], "opened": [[], [[0, 0, 6]]]}
REQUESTS = ["explain", "cancel", "poll", "export", "explian"]


def change(widget: Explainer, random: Random, wrong: float) -> None:
    """Changes something, or asks something, as a page or as Python; what is refused is refused in a sentence."""
    act = random.random()
    try:
        if act < 0.75:
            page = random.random() < 0.5
            name = random.choice(list(PAGE if page else RIGHT))
            values = WRONG if random.random() < wrong else PAGE if page else RIGHT
            value = random.choice(values[name])
            if page:
                widget.set_state({name: value})
            else:
                setattr(widget, name, value)
        elif act < 0.95:
            request = {"id": "1", "kind": random.choice(REQUESTS), "msg": {"format": random.choice(["svg", "x"])}}
            widget._handle_custom_msg(request, [])
        else:
            widget.wait(0.01)
    except (LimelightError, traitlets.TraitError) as error:
        sentence(str(error))


def change_at_random(widgets: list, closed: list, seed: float, wrong: float) -> None:
    """Changes widgets at random, closes a few of them, and leaves alone what is closed."""
    random = Random(seed)
    for _ in range(25):
        at = random.randrange(len(widgets))
        if random.random() < 0.02:
            closed[at].set()
            widgets[at].close()
        elif not closed[at].is_set():
            change(widgets[at], random, wrong)


@pytest.mark.parametrize("wrong", [0.0, 0.3])
def test_widgets_that_six_threads_change_and_close_at_random(pair, wrong):
    """With values that make sense, and with a share of those that do not."""
    for random in rounds(f"widgets, {wrong:.0%} wrong", 0.07, 1, 40):
        model = random.choice([lambda texts: pure(texts), pair])
        widgets = [Explainer(random.choice(TEXTS), model, budget=24) for _ in range(WIDGETS)]
        closed = [threading.Event() for _ in widgets]
        together([partial(change_at_random, widgets, closed, random.random(), wrong) for _ in range(CHANGERS)])
        for widget, end in zip(widgets, closed, strict=True):
            if end.is_set():
                continue
            in_a_thread(widget.wait, 60)
            assert widget.status in FINAL, widget.status
            explanation = widget.explanation
            if widget.status == "done":
                assert explanation.text == widget.text and explanation.weights is not None
                assert widget.target in explanation.targets
                assert all(0 <= start < stop <= len(widget.text) for start, stop in widget.hidden)
                assert 0 <= widget.at < len(widget.tries)
                assert not widget.error or (wrong and sentence(widget.error))  # of what a page sent at last
                methods = [name for name in widget.compare if name != widget.method]  # none beside itself
                assert [row["name"] for row in widget.others] == [
                    *methods,
                    *(text for text in widget.texts if text != widget.text),
                ]
            elif widget.status == "failed":
                sentence(widget.error)
            widget.text = "a fun film"  # it still serves, whatever it went through
            widget.unit, widget.method, widget.contrast, widget.budget = "word", "occlusion", None, "auto"
            in_a_thread(widget.wait, 60)
            assert widget.status == "done" and widget.explanation.text == "a fun film", widget.error
        free_for_others(model)
        left = [weakref.ref(widget) for widget in widgets]
        for widget in widgets:
            widget.close()
            assert widget.comm is None
        del widgets, widget, explanation
        until(lambda left=left: gc.collect() is not None and not any(one() for one in left))
