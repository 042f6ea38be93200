"""A session without a widget: what replaces what, what ends what, and who hears of it."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from limelight.errors import InputError
from limelight.predictors import Predictor
from limelight.predictors.options import Loading
from limelight.text.fields import fields_of
from limelight.widget.session import Request, Session
from tests.conftest import until

TEXT = "a good film, not a bad one"
PAIR = {"premise": "a good film", "hypothesis": "not a bad one"}


class Gate(Predictor):
    """Likes "good"; from a call on it waits at its gate, and counts who comes."""

    name, targets, batch_size = "gate", ("no", "yes"), 4

    def __init__(self, closed_from=10**9):
        self.gate, self.calls, self.closed_from, self.waiting = threading.Event(), 0, closed_from, threading.Event()

    def predict(self, texts):
        self.calls += 1
        if self.calls >= self.closed_from:
            self.waiting.set()
            assert self.gate.wait(20)
        yes = np.array([0.9 if "good" in t else 0.4 for t in texts])
        return np.stack([1 - yes, yes], axis=1)


class Heard:
    """What a session told, as the traits would stand."""

    def __init__(self):
        self.news, self.now, self.ends = [], {}, 0

    def tell(self, **values):
        self.news.append(values)
        self.now.update(values)

    def end(self):
        self.ends += 1


@pytest.fixture
def session_of():
    made = []

    def make(*models, **options):
        heard = Heard()
        session = Session(heard.tell, models, Loading(), heard.end)
        made.append((session, models))
        return session, heard

    yield make
    for session, models in made:
        session.close()
        for model in models:
            model.gate.set()


def request(text=TEXT, **more):
    own = {name: more.pop(name) for name in ("compare", "texts") if name in more}
    return Request(fields_of(text), more, **own)


def test_it_goes_from_loading_to_done_and_says_so_once(session_of):
    session, heard = session_of(Gate())
    session.start(request())
    assert heard.now["status"] == "loading" and session.wait(20)
    assert heard.now["status"] == "done" and heard.now["progress"] == 1.0 and heard.ends == 1
    statuses = [news["status"] for news in heard.news if "status" in news]
    assert statuses[0] == "loading" and statuses[-1] == "done" and set(statuses[1:-1]) <= {"running"}
    assert heard.now["target"] == "yes" and [t.words for t in session.tries] == [()]


def test_what_was_replaced_is_never_told(session_of):
    model = Gate(closed_from=2)
    session, heard = session_of(model)
    session.start(request())
    assert model.waiting.wait(20)
    session.start(request("another good text"))
    at = len(heard.news)
    model.gate.set()
    assert session.wait(20)
    texts = {news["explanation"].text for news in heard.news[at:] if news.get("explanation")}
    assert texts == {"another good text"} and heard.now["status"] == "done"


@pytest.mark.parametrize("slot", ["first", "rows", "try"])
def test_a_stop_is_heard_within_a_batch_in_every_slot(session_of, slot):
    model = Gate(closed_from=3 if slot == "first" else 10**9)
    session, heard = session_of(model)
    session.start(request(budget=3000, compare=("occlusion",) if slot == "rows" else ()))
    if slot != "first":
        if slot == "rows":
            until(lambda: heard.now.get("status") == "done")
            session.wait(20)
            session.predictor.forget()
            model.calls, model.closed_from = 0, 1
            session.compare(["occlusion", "shapley"], [])
        else:
            assert session.wait(20)
            session.predictor.forget()
            model.calls, model.closed_from = 0, 1
            session.hide([(0, 2, 6)])
    assert model.waiting.wait(20)
    calls = model.calls
    session.stop()
    model.gate.set()
    assert session.wait(20) and model.calls == calls
    if slot == "first":
        assert heard.now["status"] == "stopped"
    elif slot == "rows":
        assert [row.status for row in session.rows] == ["done", "stopped"]
    else:
        assert heard.now["what_if"] == {"status": "stopped", "error": ""}


def test_rows_wait_for_the_first_and_stop_with_it(session_of):
    model = Gate(closed_from=2)
    session, heard = session_of(model)
    session.start(request())
    assert model.waiting.wait(20)
    session.compare(["occlusion"], [fields_of("a bad film")])
    assert [(row.key, row.status) for row in heard.now["others"]] == [
        (("method", "occlusion"), "waiting"),
        (("text", "a bad film"), "waiting"),
    ]
    session.stop()
    model.gate.set()
    assert session.wait(20) and [row.status for row in session.rows] == ["stopped", "stopped"]
    session.again()
    assert session.wait(20) and [row.status for row in session.rows] == ["done", "done"]


def test_a_row_whose_model_ends_the_thread_has_failed(session_of):
    session, heard = session_of(Gate())

    class Exits(Gate):
        def predict(self, texts):
            raise SystemExit(1)

    session._models.append(Exits())
    session.start(request(compare=("occlusion",)))
    assert session.wait(20)
    method, model = heard.now["others"]
    assert method.status == "done" and model.status == "failed" and "SystemExit" in model.error


def test_a_failed_try_says_so_and_the_next_good_one_takes_it_back(session_of):
    model = Gate()
    session, heard = session_of(model)
    session.start(request())
    session.wait(20)
    real = model.predict
    model.predict = lambda texts: 1 / 0
    session.predictor.forget()
    session.hide([(0, 2, 6)])
    assert session.wait(20)
    assert heard.now["what_if"]["status"] == "failed" and "ZeroDivisionError" in heard.now["what_if"]["error"]
    assert heard.now["status"] == "done" and heard.now["error"] == ""
    model.predict = real
    session.hide([(0, 2, 6)])
    assert session.wait(20) and heard.now["what_if"] == {"status": "done", "error": ""}
    assert session.tries[session.at].words == ("good",)


def test_what_is_hidden_is_asked_again_when_the_text_is_there(session_of):
    model = Gate()
    session, _ = session_of(model)
    session.start(request("a bad film"))
    session.wait(20)
    session.hidden = ((0, 2, 6),)  # of a text that is not explained yet
    session.start(request())
    assert session.wait(20)
    assert session.tries[session.at].words == ("good",) and session.tries[session.at].text == TEXT


def test_a_closed_session_starts_nothing_and_tells_nothing(session_of):
    model = Gate(closed_from=2)
    session, heard = session_of(model)
    session.start(request())
    assert model.waiting.wait(20)
    session.close()
    told = len(heard.news)
    model.gate.set()
    session.start(request("more"))
    session.hide([(0, 0, 1)])
    session.compare(["occlusion"], [])
    session.again()
    assert not session.runs and session.predictor is None and len(heard.news) == told


def test_asking_anew_leaves_the_old_answers_to_what_is_in_flight(session_of):
    model = Gate(closed_from=3)
    session, heard = session_of(model)
    session.start(request())
    assert model.waiting.wait(20)
    old = model.cache
    model.closed_from = 10**9
    session.again()
    assert model.cache is not old
    model.gate.set()
    assert session.wait(20) and heard.now["status"] == "done"
    assert len(model.cache) >= len(set(TEXT.split()))


def test_options_that_contradict_each_other_are_said(session_of):
    session, heard = session_of(Gate())
    session.start(request(contrast=(0, 1), scale="log-odds"))
    assert heard.now["status"] == "failed" and "difference of logits" in heard.now["error"] and not session.runs


def test_one_deadline_holds_for_all_work(session_of, monkeypatch):
    model = Gate(closed_from=1)
    session, _ = session_of(model)
    session.start(request())
    assert model.waiting.wait(20)
    given = []
    for run in session.runs * 1:
        monkeypatch.setattr(run, "wait", lambda timeout, run=run: given.append(timeout) or True)
    session._beside = type(
        "Slow", (), {"wait": lambda self, timeout: given.append(timeout), "stop": lambda self: None}
    )()
    assert not session.wait(5)
    assert len(given) == 2 and all(0 < timeout <= 5 for timeout in given)


def test_an_observer_may_wait_for_what_a_page_has_changed(started):
    widget = started(TEXT, Gate())
    widget.wait(20)
    seen = []
    widget.observe(lambda change: seen.append(widget.wait(20).text), "text")
    worker = threading.Thread(target=widget.set_state, args=({"text": "a good day"},), daemon=True)
    worker.start()
    worker.join(20)
    assert seen == ["a good day"]


def test_an_observer_of_what_is_found_may_wait_and_change_things(started):
    widget = started(TEXT, Gate())
    seen = []

    def act(change):
        seen.append(widget.status)
        widget.wait(20)  # from the thread that found it there is nothing to wait for
        widget.lang = "zh"

    widget.observe(act, "explanation")
    widget.text = "a good day"
    assert widget.wait(20).text == "a good day" and seen and widget.lang == "zh"


def test_a_callback_may_wait_for_what_has_ended(started):
    widget = started(TEXT, Gate(closed_from=2))
    waited = []
    widget.on_explained(lambda ended: waited.append(ended.wait(20).state))
    widget._session._models[0].gate.set()
    widget.wait(20)
    until(lambda: waited)
    assert waited == [widget.explanation.state]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden", [[0, 0, 99]]),
        ("hidden", [99]),
        ("hidden", "a"),
        ("hidden", [[7, 0, 1]]),
        ("hidden", [["a", None, {}]]),
        ("target", "nobody"),
        ("method", "lmie"),
        ("method", {"a": 1}),
        ("unit", 7),
        ("at", 12),
        ("at", -1),
        ("contrast", [0, 0]),
        ("phrases", [[0, 5, 2]]),
        ("opened", "all"),
        ("text", 7),
        ("text", {"a": 3}),
        ("compare", ["lmie"]),
        ("lang", "xx"),
    ],
)
def test_what_a_page_sends_and_no_trait_takes_is_put_back_and_said(started, name, value):
    widget = started(TEXT, Gate())
    widget.wait(20)
    before, sent, serial = getattr(widget, name), [], widget.serial
    widget.send_state = lambda key=None: sent.append(key)
    widget.set_state({name: value})
    assert getattr(widget, name) == before and widget.error and widget.status == "done"
    assert [name] in sent and widget.serial > serial
    widget.error = ""


def test_several_changes_of_a_page_stand_or_fall_together(started):
    widget = started(TEXT, Gate())
    widget.wait(20)
    widget.set_state({"unit": "character", "method": "lmie"})
    assert widget.unit == "word" and widget.method == "lime" and "lmie" in widget.error


def test_hidden_takes_spans_positions_and_words(started):
    widget = started(PAIR, lambda pairs: [[len(a), len(b)] for a, b in pairs], scale="auto")
    widget.wait(20)
    widget.hidden = ["good", 3, ("hypothesis", 4, 9)]
    assert widget.hidden == [("premise", 2, 6), ("hypothesis", 0, 3), ("hypothesis", 4, 9)]
    widget.wait(20)
    assert widget.tries[widget.at].words == ("good", "not", "a bad")
    with pytest.raises(InputError, match="hidden holds the word 'goood'.*Did you mean 'good'"):
        widget.hidden = ["goood"]
    with pytest.raises(InputError, match="unknown field 'premisse'.*Did you mean 'premise'"):
        widget.hidden = [("premisse", 0, 1)]
    widget.hidden = [("hypothesis", 0, 13)]  # a whole field: what does the other say alone?
    widget.wait(20)
    assert widget.tries[widget.at].prediction == {"class 0": 11.0, "class 1": 0.0}


def test_both_fields_can_be_edited_and_stepped_back_to(started):
    widget = started(PAIR, lambda pairs: [[len(a), len(b)] for a, b in pairs])
    widget.wait(20)
    widget.set_state({"text": {"premise": "a dull film", "hypothesis": "not a bad one"}})
    assert widget.wait(20).texts == ("a dull film", "not a bad one")
    widget.at = 0
    assert widget.wait(20).texts == tuple(PAIR.values()) and widget.text == PAIR
    assert [field["name"] for field in widget.get_state()["_fields"]] == list(PAIR)


def test_the_document_is_built_once_a_snapshot(started, monkeypatch):
    from limelight.document import value

    built, real, told = [], value.encoded, []
    monkeypatch.setattr(value, "encoded", lambda values: built.append(1) or real(values))
    widget = started(TEXT, Gate(), budget=100)
    widget.observe(lambda change: told.append(1), "explanation")
    widget.wait(20)
    widget.get_state()
    assert len(built) <= len(told) + 1


def test_a_request_whose_message_is_no_dict_is_answered(started):
    widget = started(TEXT, Gate())
    widget.wait(20)
    answers = []
    widget.send = lambda content, buffers=None: answers.append(content)
    for request in ({"id": "1", "kind": "poll", "msg": 7}, {"id": "2", "kind": "poll"}, 7, {"kind": ["poll"]}, None):
        widget._handle_custom_msg(request, [])
    assert [answer["kind"] for answer in answers] == [
        "poll-error",
        "poll-response",
        "None-error",
        "['poll']-error",
        "None-error",
    ]


def test_a_long_snapshot_comes_at_most_once_a_second(started, monkeypatch):
    from limelight.widget import session

    monkeypatch.setattr(session, "HEAVY", 0)
    widget = started(TEXT, Gate())
    widget.wait(20)
    assert widget._session._first._publish(widget._session._first) == session.PAUSE
