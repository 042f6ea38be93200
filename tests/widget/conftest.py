"""Explainers that a test makes, closed at its end."""

from __future__ import annotations

import pytest

from limelight import Explainer


@pytest.fixture
def started():
    """Makes explainers, which begin to work."""
    made = []

    def make(*args, **options):
        made.append(Explainer(*args, **options))
        return made[-1]

    yield make
    for widget in made:
        widget.close()


@pytest.fixture
def explainer(started):
    """Makes explainers that have done what they begin with."""

    def make(*args, **options):
        widget = started(*args, **options)
        widget.wait(20)
        return widget

    return make
