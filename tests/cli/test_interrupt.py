"""Ctrl-C before there is anything to give."""

from __future__ import annotations

import os
import signal
import time

import pytest

from limelight import predictors
from limelight.cli import command as cli
from tests.conftest import Linear


class Eating(Linear):
    """Loses the exception that Ctrl-C raises, as a destructor or a library may, just before the text is segmented."""

    def reads(self, text):
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            pass
        return len(text)


@pytest.mark.usefixtures("plain_surroundings")
def test_it_is_heard_while_a_text_is_segmented(monkeypatch, capsys):
    model = Eating({"good": 0.5})
    monkeypatch.setattr(predictors, "load_predictor", lambda *_: model)
    assert cli.main(["explain", "good " + "." * 50_000]) == cli.INTERRUPTED
    assert capsys.readouterr().out == "" and model.asked == []
