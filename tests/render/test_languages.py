"""The language of the captions, without a browser: a trait that changes the view alone, and a page that names it."""

from __future__ import annotations

import json
import re

import pytest
import traitlets

from limelight import Explainer, explain
from limelight.errors import InputError


def scores(texts):
    return [[0.2, 0.8] if "好" in text else [0.7, 0.3] for text in texts]


def state(page: str) -> dict:
    return json.loads(re.search(r'id="limelight-state">(.*?)</script>', page, re.S).group(1))


def test_the_language_is_state_and_nothing_runs_again():
    widget = Explainer("这 很 好", scores, lang="zh")
    try:
        widget.wait(20)
        runs, found = widget._session.runs, widget.explanation
        assert widget.get_state()["lang"] == "zh"
        widget.lang = "en"
        assert widget.get_state()["lang"] == "en"
        assert widget._session.runs == runs and widget.explanation is found and widget.status == "done"
        for wrong in ("chinese", "zh_CN", 'zh-"><script>', 3):
            with pytest.raises((InputError, traitlets.TraitError)):
                widget.lang = wrong
            assert widget.lang == "en"
    finally:
        widget.close()
    with pytest.raises(InputError, match="lang is 'zn'.*'en', 'es', 'zh'.*leave lang out"):
        Explainer("这 很 好", scores, lang="zn")


@pytest.mark.parametrize(("asked", "named"), [("", "en"), ("zh", "zh"), ("zh-CN", "zh-CN"), ("EN", "EN")])
def test_a_page_names_its_language(asked, named):
    page = explain("这 很 好", scores).to_html(lang=asked)
    assert re.search(r'<html lang="(.*?)">', page).group(1) == named
    assert state(page)["lang"] == asked


def test_a_page_in_another_language_is_refused(tmp_path):
    found = explain("这 很 好", scores)
    with pytest.raises(InputError, match="lang is 'fr'"):
        found.to_html(tmp_path / "page.html", lang="fr")
    assert not (tmp_path / "page.html").exists()
