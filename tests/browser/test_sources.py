"""Which sources, in Chromium: what each sentence rests on, and any stretch of the answer, with no kernel."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from limelight import explain
from tests.browser.conftest import violations
from tests.evaluation.test_grounds import SAID, SENTENCES
from tests.grounded import Grounded, given

TITLED = "The second of them"


@pytest.fixture
def page(open_page, tmp_path):
    text = given(9)
    text["sources"][1] = {"title": TITLED, "text": text["sources"][1]}
    explain(text, Grounded(SENTENCES), unit="source", method="banzhaf", budget=90).to_html(
        tmp_path / "page.html", lang="en"
    )
    page = open_page(viewport={"width": 900, "height": 900})
    page.goto((tmp_path / "page.html").as_uri())
    return page


def test_each_sentence_says_what_it_rests_on_and_asks_about_itself(page):
    expect(page.locator(".ll-lead, [aria-label=Question]").first).to_contain_text("Which sources")
    marks = page.locator(".ll-verdict")
    expect(marks).to_have_text(SAID)
    kinds = page.locator(".ll-answered .ll-word").evaluate_all("all => all.map((one) => one.dataset.grounds)")
    assert kinds[:5] == ["one"] * 5 and kinds[5:9] == ["all"] * 4
    marks.nth(1).click()
    expect(marks.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".ll-rests")).to_have_text("needs both [2] and [5]")
    at = page.locator(".ll-bracket").evaluate_all("all => all.map((one) => one.dataset.at ?? '')")
    assert at == ["", "first", "through", "through", "last", "", "", "", ""]
    expect(page.locator(".ll-bracket b").nth(1)).to_have_text("+8.0")
    marks.nth(1).click()  # the same once more asks about all of it
    expect(page.locator(".ll-rests")).to_have_text("needs [2], [3], [5] and [6], and one of [1] or [4]")


def test_sources_stand_once_under_their_numbers(page):
    rows = page.locator(".ll-sources > li")
    numbers = rows.locator(".ll-no").all_inner_texts()
    assert numbers == [f"[{at}]" for at in range(1, 10)]
    expect(rows.nth(1).locator("b").first).to_have_text(TITLED)
    expect(page.locator(".ll-field:visible")).to_have_count(1)  # the question: the sources are the rows


def test_any_stretch_can_be_asked_about_and_other_questions_stay(page):
    page.locator(".ll-answered .ll-word").nth(2).click()  # a word of the first sentence
    expect(page.locator(".ll-rests")).to_have_text(
        "from memory"
    )  # 8 in 5 words: a word alone falls by less than 20 times
    page.locator(".ll-answered .ll-word").nth(0).click()
    page.locator(".ll-answered .ll-word").nth(8).click(modifiers=["Shift"])
    expect(page.locator(".ll-rests")).to_have_text("needs [2], [3] and [5]")


def test_a_source_is_hidden_by_pointer_and_key_and_its_number_stays(page):
    row = page.locator(".ll-sources > li").nth(2)
    row.get_by_role("button").click()
    expect(row.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".ll-read")).to_contain_text("without")
    row.get_by_role("button").press("Enter")
    expect(row.get_by_role("button")).to_have_attribute("aria-pressed", "false")
    expect(row.locator(".ll-no")).to_have_text("[3]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [900, 400, 320])
def test_it_is_accessible_and_nothing_is_cut_off(page, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.locator(".ll-verdict").nth(1).click()
    assert not violations(page)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    label = page.locator(".ll-bracket b").nth(1)
    box, whole = label.bounding_box(), page.locator(".ll-sources").bounding_box()
    assert box["x"] + box["width"] <= whole["x"] + whole["width"] + 1
