"""What would go to another machine waits for Start: it says where to, and how much."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from limelight import Endpoint
from tests.browser.conftest import violations
from tests.browser.stage import Stage
from tests.predictors.served.stub import Stub, far, serving

pytestmark = pytest.mark.browser
PROMPT = "What is the capital of France, my good friend?"


@pytest.fixture
def remote(monkeypatch):
    """A stub that limelight takes for another machine's."""
    far(monkeypatch)
    stub = Stub()
    with serving(stub) as url:
        yield stub, url


def test_start_sends_the_text_and_not_before(open_page, remote):
    stub, url = remote
    page = open_page()
    stage = Stage(page, PROMPT, Endpoint(url), budget=40)
    try:
        stage.widget.wait(30)
        note = stage.frame.locator(".ll-note", has_text="would read this text")
        expect(note).to_contain_text(url.split("/")[2], timeout=20_000)
        assert not any("France" in repr(body) for _, body in stub.requests)
        assert violations(stage.frame) == []
        note.get_by_role("button", name="Start").click()
        expect(note).to_have_count(0)
        expect(stage.frame.get_by_role("status").first).to_have_text("Explained", timeout=60_000)
        assert any("France" in repr(body) for _, body in stub.requests)
    finally:
        stage.close()
