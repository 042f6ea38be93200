"""Words in general in a browser: the page from file://, and the widget in a real JupyterLab."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from limelight import explain_corpus
from tests.browser.conftest import violations
from tests.corpus.models import Negated, texts_of

WORDS = ("good", "bad", "film", "not", "fine", "dull")
ROOT = Path(__file__).parents[2]
JOB = """
import tempfile
from limelight import explain_corpus
from limelight.corpus import source
from tests.corpus.models import Slow, texts_of
source.SHARD = 50
corpus = explain_corpus(texts_of(3000), Slow(0.05), out=tempfile.mkdtemp() + "/out", wait=False)
corpus
"""
HOSTILE = "</script><img src=x onerror=window.pwned=1> good & bad"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    texts = [*texts_of(400, words=WORDS, length=(3, 8)), HOSTILE, "good הסרט 電影"]
    return explain_corpus(texts, Negated(), out=tmp_path_factory.mktemp("corpus") / "out")


@pytest.fixture
def show(open_page, tmp_path):
    def make(corpus, **options):
        page = open_page(**options)
        corpus.to_html(tmp_path / "page.html")
        page.goto((tmp_path / "page.html").as_uri())
        expect(page.get_by_test_id("limelight-corpus")).to_be_visible()
        return page

    return make


def names(page, sign):
    return page.locator(f".ll-words[data-sign={sign}] .ll-name").all_text_contents()


def test_words_are_found_ordered_and_told_apart_offline(corpus, show):
    page = show(corpus)
    expected = corpus.words("up", least=5)
    assert names(page, "raises") == expected[expected.effect > 0].word.tolist()
    assert names(page, "lowers") == expected[expected.effect < 0].word.tolist()
    # of the other target the signs are the other way round
    page.get_by_role("radio", name="down").click()
    assert names(page, "lowers") == expected[expected.effect > 0].word.tolist()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("radio", name="up")).to_be_checked()
    page.get_by_role("searchbox").fill("OO")
    assert names(page, "raises") + names(page, "lowers") == ["good"]
    page.get_by_role("searchbox").fill("nowhere")
    expect(page.get_by_text("no word is so").first).to_be_visible()
    page.get_by_role("searchbox").fill("")
    page.get_by_label("order").select_option("texts")
    counts = [int(text) for text in page.locator(".ll-words[data-sign=raises] .ll-count").all_text_contents()]
    assert counts == sorted(counts, reverse=True) and len(counts) > 1
    page.get_by_role("checkbox").check()
    told = page.locator(".ll-context:visible").all_text_contents()
    assert told and all("depends on context" in one for one in told)


def test_a_word_opens_its_texts_with_what_their_words_do(corpus, show):
    page = show(corpus)
    page.get_by_role("button", name=re.compile("^good")).click()
    shown = page.locator(".ll-example").all_text_contents()
    assert shown and all("good" in text for text in shown)
    assert set(page.locator(".ll-word[data-own]").all_text_contents()) == {"good"}
    page.get_by_role("button", name=re.compile("^good")).click()
    expect(page.locator(".ll-example")).to_have_count(0)


def test_what_is_downloaded_is_what_is_shown(corpus, show, tmp_path):
    page = show(corpus)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    download.value.save_as(tmp_path / "words.csv")
    with open(tmp_path / "words.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["word"] for row in rows] == names(page, "raises") + names(page, "lowers")
    expected = corpus.words("up").set_index("word").effect
    assert all(abs(float(row["effect"]) - expected[row["word"]]) < 1e-6 for row in rows)


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 400, "height": 800}}])
def test_the_page_fits_and_anybody_can_use_it(corpus, show, options):
    page = show(corpus, **options)
    page.get_by_role("button", name=re.compile("^good")).click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("window.pwned") is None
    assert violations(page) == []


def test_two_stand_side_by_side(corpus, show, tmp_path):
    other = explain_corpus(texts_of(200, words=WORDS, length=(3, 8), seed=5), Negated(), out=tmp_path / "other")
    page = show(corpus.beside(other, ("first half", "second half")))
    expect(page.get_by_text("second half")).to_be_visible()
    assert page.locator(".ll-bar.ll-beside:visible").count() > 3
    page.get_by_label("order").select_option("apart")
    assert len(names(page, "raises")) > 1


def test_a_job_in_a_notebook_is_watched_stopped_searched_and_opened(lab, page):
    lab.open(page, lab.write("corpus.ipynb", [f"import sys; sys.path.insert(0, {str(ROOT)!r})", JOB]))
    lab.run_all(page)
    view = page.get_by_test_id("limelight-corpus")
    expect(view.get_by_text(re.compile("of 3,000 texts"))).to_be_visible(timeout=90_000)
    expect(view.locator(".ll-words button").first).to_be_visible(timeout=60_000)
    view.get_by_role("button", name="Stop").click()
    expect(view.get_by_text("stopped: it goes on where it was")).to_be_visible(timeout=30_000)
    view.get_by_role("searchbox").fill("dul")
    expect(view.locator(".ll-words button")).to_have_count(1)
    view.get_by_role("searchbox").fill("")
    view.get_by_role("button", name=re.compile("^good")).click()
    expect(view.locator(".ll-example").first).to_contain_text("good")
    view.get_by_role("button", name="Explain").first.click()
    expect(page.get_by_test_id("limelight")).to_be_visible(timeout=60_000)
