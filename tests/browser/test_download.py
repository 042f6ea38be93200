"""The download menu: with a kernel, without one, in frames that may not download, and by keyboard."""

from __future__ import annotations

import base64
import csv
import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from limelight import load
from limelight.render.exports import FORMATS, answer, menu
from tests.browser.conftest import violations
from tests.browser.test_lab import done, start, widgets
from tests.browser.test_page import explanation

STATIC = Path(__file__).parents[2] / "src" / "limelight" / "static"
# A kernel in the page: state and answers are given from Python.
HARNESS = """<!doctype html><meta charset=utf-8><body style="background:#fff"><div id=view></div><script type=module>
const state = %(state)s, heard = [];
window.asked = [];
window.tell = (message) => heard.forEach((callback) => callback(message));
const model = { get: (name) => state[name], set: (name, value) => { state[name] = value }, save_changes() {},
  on: (event, callback) => { if (event === "msg:custom") heard.push(callback) }, off() {},
  send: (message) => window.asked.push(message) };
const source = new Blob([%(bundle)s], { type: "text/javascript" });
(await import(URL.createObjectURL(source))).default.render({ model, el: document.getElementById("view") });
</script>"""


@pytest.fixture
def still_page(open_page, tmp_path):
    found = explanation('He said "good, fine"', fit={})
    found.to_html(tmp_path / "page.html")
    page = open_page(accept_downloads=True)
    page.goto((tmp_path / "page.html").as_uri())
    page.locator("summary", has_text="Download").click()
    return page, found


def test_a_page_without_a_kernel_offers_what_it_can_make(still_page, tmp_path):
    page, found = still_page
    assert page.locator(".ll-formats button").all_inner_texts() == ["JSON", "CSV"]
    with page.expect_download() as started:
        page.get_by_role("button", name="Download as JSON").click()
    assert started.value.suggested_filename == "limelight.json"
    started.value.save_as(tmp_path / "got.json")
    assert load(tmp_path / "got.json") == found
    with page.expect_download() as started:
        page.get_by_role("button", name="Download as CSV").click()
    read = lambda text: list(csv.reader(io.StringIO(text, newline="")))  # noqa: E731
    rows, wanted = read(started.value.path().read_text("utf-8")), read(found.to_csv())
    assert [row[:3] for row in rows] == [row[:3] for row in wanted]
    assert [[float(cell) for cell in row[3:]] for row in rows[1:]] == [
        [float(c) for c in row[3:]] for row in wanted[1:]
    ]
    assert page.locator(".ll-note").count() == 0
    assert violations(page) == []


def test_the_menu_opens_and_closes_by_keyboard(still_page):
    page, _ = still_page
    page.keyboard.press("Escape")
    expect(page.locator(".ll-formats")).to_be_hidden()
    expect(page.locator("summary", has_text="Download")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Download as JSON")).to_be_focused()
    with page.expect_download():
        page.keyboard.press("Enter")


def test_a_browser_that_cannot_save_says_so(still_page):
    page, _ = still_page
    page.evaluate("() => { URL.createObjectURL = () => { throw new DOMException('not here', 'SecurityError') } }")
    page.get_by_role("button", name="Download as JSON").click()
    expect(page.get_by_role("alert")).to_contain_text("The file limelight.json could not be saved here")
    expect(page.get_by_role("alert")).to_contain_text("Save it from Python")


@pytest.mark.parametrize("allowed", [True, False])
def test_a_sandboxed_frame_downloads_or_says_why_not(open_page, tmp_path, allowed):
    explanation().to_html(tmp_path / "inner.html")
    sandbox = "allow-scripts allow-downloads" if allowed else "allow-scripts"
    (tmp_path / "outer.html").write_text(f"<iframe sandbox='{sandbox}' src=inner.html width=900 height=500></iframe>")
    page = open_page(accept_downloads=True)
    page.goto((tmp_path / "outer.html").as_uri())
    inner = page.frame_locator("iframe")
    inner.locator("summary", has_text="Download").click()
    if allowed:
        with page.expect_download() as started:
            inner.get_by_role("button", name="Download as JSON").click()
        assert json.loads(started.value.path().read_text("utf-8"))["schema"] == "limelight/2"
    else:
        inner.get_by_role("button", name="Download as JSON").click()
        expect(inner.get_by_role("alert")).to_contain_text(
            "If no limelight.json was saved, this frame may not download"
        )


@pytest.fixture
def live_page(open_page, tmp_path):
    found = explanation()
    formats = [{**item, "reason": "needs resvg-py" if item["name"] == "png" else ""} for item in menu()]
    state = {
        "explanation": found.to_dict(),
        "_fields": [vars(field) for field in found.fields],
        "target": "negative",
        "status": "done",
    }
    state |= {"progress": 1, "error": "", "serial": 1, "_menu": {"formats": formats}}
    filled = {"bundle": (STATIC / "widget.js").read_text("utf-8"), "state": state}
    filled = {name: json.dumps(value).replace("<", "\\u003c") for name, value in filled.items()}
    (tmp_path / "live.html").write_text(HARNESS % filled, "utf-8")
    (tmp_path / "widget.css").write_text((STATIC / "widget.css").read_text("utf-8"))
    page = open_page(accept_downloads=True)
    page.goto((tmp_path / "live.html").as_uri())
    page.add_style_tag(content=(STATIC / "widget.css").read_text("utf-8"))
    page.locator("summary", has_text="Download").click()
    return page, found


def test_with_a_kernel_every_format_is_asked_for_and_saved(live_page):
    page, found = live_page
    assert page.locator(".ll-formats button").all_inner_texts() == [form.title for form in FORMATS.values()]
    expect(page.get_by_role("button", name="Download as PNG")).to_be_disabled()
    page.get_by_role("button", name="Download as SVG").click()
    (request,) = page.evaluate("asked")
    assert request["kind"] == "export" and request["msg"] == {"format": "svg", "target": 0, "lang": "en"}
    with page.expect_download() as started:
        page.evaluate("message => tell(message)", answer(request, found))
    assert started.value.path().read_text("utf-8") == found.to_svg(target=0)
    # bytes that are no text come through whole
    page.get_by_role("button", name="Download as HTML").click()
    request = page.evaluate("asked.at(-1)")
    data = base64.b64encode(bytes(range(256))).decode()
    response = {"name": "limelight.render.png", "mime": "image/png", "data": data}
    with page.expect_download() as started:
        page.evaluate("m => tell(m)", {"id": request["id"], "kind": "export-response", "response": response})
    assert started.value.path().read_bytes() == bytes(range(256))
    # what was not asked here is not saved here: two views share one kernel
    page.evaluate("m => tell(m)", {"id": "other", "kind": "export-error", "error": "not for this page"})
    assert page.get_by_role("alert").count() == 0
    page.get_by_role("button", name="Download as LaTeX").click()
    request = page.evaluate("asked.at(-1)")
    page.evaluate("m => tell(m)", answer({**request, "msg": {"format": "svg", "target": "up"}}, found))
    expect(page.get_by_role("alert")).to_contain_text("Unknown target 'up'")
    assert violations(page) == []


def test_in_jupyterlab_files_come_from_the_kernel_and_the_picture_is_hidden(lab, page, tmp_path):
    start(lab, page, "w = Explainer('good </b> film', model, class_names=['no', 'yes'])\nw")
    done(page)
    widget = widgets(page)
    # the picture for saved notebooks is in the output, but the widget stands for it
    still = page.locator("[class^=limelight-still]")
    expect(still).to_contain_text("effect on P(yes)")
    expect(still).to_be_hidden()
    widget.locator("summary", has_text="Download").click()
    with page.expect_download() as started:
        widget.get_by_role("button", name="Download as SVG").click()
    assert "good" in started.value.path().read_text("utf-8")
    with page.expect_download() as started:
        widget.get_by_role("button", name="Download as PNG").click()
    assert started.value.path().read_bytes().startswith(b"\x89PNG")
    # filling the picture in has not drawn the widget anew
    expect(widget.locator("details.ll-download")).to_have_attribute("open", "")
    lab.run(page, "w.text = 'bad film'; w.wait(); None")
    expect(still).to_contain_text("bad")
    expect(widget.locator("details.ll-download")).to_have_attribute("open", "")
    # saved, and opened again where nothing runs, without a widget
    page.keyboard.press("Control+s")
    saved = lab.root / "test.ipynb"
    page.wait_for_function("!document.querySelector('.jp-mod-dirty')", timeout=20_000)
    picture = json.loads(saved.read_text("utf-8"))["cells"][1]["outputs"][1]["data"]["text/html"]
    assert "bad" in "".join(picture) and "<script" not in "".join(picture)
