"""Scripts and languages in Chromium: what is shown of a text, where, and what is said around it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

import limelight
from limelight.text.units import UNITS
from tests.browser.conftest import violations
from tests.conftest import document

BUNDLE = Path(limelight.__file__).parent / "static" / "widget.js"
LEFT = {
    "chinese": "这部电影不错，演员演得很好！iPhone也不差。",
    "japanese": "この映画は面白くなかった。か\u3099っこう",
    "thai": "ภาพยนตร์เรื่องนี้ดีมาก ที่นี่ไม่ดี",
    "hindi": "यह फ\u093cिल्म अच्छी नहीं है।",
    "emoji": "👩🏽‍🤝‍👨🏿🏳️‍🌈 good 1️⃣2️⃣ 🇩🇪🇫🇷 bad 👍🏽👨‍👩‍👧 e\u0301",
}
RIGHT = {
    "arabic": "هذا كِتَابٌ ليس جمـــيلاً، وبالكتاب ٣٫٥ أخطاء",
    "hebrew": 'זֶה סֶרֶט טוֹב, אבל צה"ל לא (2024)',
}
TEXTS = LEFT | RIGHT

# [{left, right, top, bottom, of}, ...] of every line of every word
BOXES = """all => all.flatMap((word, of) => [...word.getClientRects()].map(
  ({left, right, top, bottom}) => ({left, right, top, bottom, of})))"""
OUTSIDE = """() => { const frame = document.querySelector('.limelight').getBoundingClientRect();
  return [...document.querySelectorAll('.limelight *')].filter(e => e.getClientRects().length
    && getComputedStyle(e).clipPath === 'none' && (e.getBoundingClientRect().right > frame.right + 1
    || e.getBoundingClientRect().left < frame.left - 1)).map(e => e.className) }"""
# everything that a reader sees or hears: text, and the attributes that are read out
SAID = """() => { const said = [], root = document.querySelector('.limelight');
  for (const e of [root, ...root.querySelectorAll('*')]) {
    for (const node of e.childNodes) if (node.nodeType === 3) said.push(node.data);
    for (const name of ['aria-label', 'title', 'placeholder', 'data-label']) said.push(e.getAttribute(name) ?? '');
  } return said }"""


def explanation(text: str, unit: str = "word", targets=("正面", "负面"), **options):
    """Weights that differ for every feature, the first ones strongest."""
    spans = UNITS[unit](text)
    k, d = len(targets), len(spans)
    falling = 0.4 * 0.93 ** np.arange(d) * (-1.0) ** np.arange(d)
    fields = {"weights": np.stack([falling * (-1.0) ** i for i in range(k)]), "intercepts": np.full(k, 0.3)}
    fields |= {"scores": np.linspace(0.9, 0.1, k), "fit": {"r2": [0.8] * k, "rank": [0.7] * k}, "unit": unit}
    fields |= {"method": "lime", "title": "LIME", "evaluations": 412, "budget": 1000, "seconds": 2.4, **options}
    return document(text, spans, targets, **fields)


@pytest.fixture
def show(open_page, tmp_path):
    def make(found, lang="", **options):
        page = open_page(**options)
        found.to_html(tmp_path / "page.html", lang=lang)
        page.goto((tmp_path / "page.html").as_uri())
        expect(page.get_by_test_id("limelight")).to_be_visible()
        return page

    return make


def boxes(page):
    return page.locator(".ll-text [data-feature]").evaluate_all(BOXES)


@pytest.mark.parametrize("unit", ["word", "character"])
@pytest.mark.parametrize("script", TEXTS)
def test_every_highlight_is_its_own_and_nothing_sticks_out(show, script, unit):
    text = TEXTS[script]
    found = explanation(text, unit)
    page = show(found, viewport={"width": 320, "height": 900})
    assert page.locator(".ll-text").evaluate("e => e.textContent") == text
    assert page.locator(".ll-text [data-feature]").all_text_contents() == list(found.features)
    laid = boxes(page)
    assert {box["of"] for box in laid} == set(range(len(found.features)))
    for i, one in enumerate(laid):
        start = found.spans[one["of"]][0]
        # lam and alef are one sign in print, whose box is the lam's
        assert one["right"] - one["left"] > 2 or text[start - 1 : start + 1] == "لا", found.features[one["of"]]
        for two in laid[i + 1 :]:
            line = min(one["bottom"], two["bottom"]) - max(one["top"], two["top"])
            across = min(one["right"], two["right"]) - max(one["left"], two["left"])
            assert line < 1 or across < 0.5, (found.features[one["of"]], found.features[two["of"]], across)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(OUTSIDE) == []


def within(page) -> dict[str, float]:
    """Where lines of the text begin and end: its box without what is free at its edges."""
    inset = page.locator(".ll-text").evaluate("e => parseFloat(getComputedStyle(e).paddingLeft)")
    box = page.locator(".ll-text").bounding_box()
    return {"x": box["x"] + inset, "width": box["width"] - 2 * inset}


@pytest.mark.parametrize("script", TEXTS)
def test_words_run_in_the_direction_of_their_script(show, script):
    found = explanation(TEXTS[script])
    page = show(found, viewport={"width": 1200, "height": 900})
    first, second = boxes(page)[:2]
    assert abs(first["top"] - second["top"]) < 1
    frame = within(page)
    if script in RIGHT:
        assert first["left"] >= second["right"] - 0.5
        assert frame["x"] + frame["width"] - first["right"] < 8  # the text begins at the right edge
    else:
        assert first["right"] <= second["left"] + 0.5 and first["left"] - frame["x"] < 8
    # the arrow that points on in reading direction goes to the next word
    page.locator("[data-feature='0']").focus()
    page.keyboard.press("ArrowLeft" if script in RIGHT else "ArrowRight")
    expect(page.locator("[data-feature='1']")).to_be_focused()


@pytest.mark.parametrize("script", TEXTS)
def test_bars_name_words_in_their_own_direction_and_number_them_in_ours(show, script):
    found = explanation(TEXTS[script])
    page = show(found, viewport={"width": 1200, "height": 900})
    names = page.locator(".ll-bars .ll-name")
    assert names.all_text_contents() == [word for word, _ in found.top(8, target=0)]
    for i in range(names.count()):
        name, row = names.nth(i), page.locator(".ll-bars li").nth(i)
        assert name.get_attribute("dir") == "auto"
        # digits alone have no direction
        if script in RIGHT and not re.fullmatch(r"[\W\d]+", name.text_content()):
            assert name.evaluate("e => getComputedStyle(e).direction") == "rtl"
        left, bar, right = (row.locator(part).bounding_box() for part in (".ll-name", ".ll-bar", ".ll-num"))
        assert left["x"] + left["width"] <= bar["x"] and bar["x"] + bar["width"] <= right["x"]
    assert re.fullmatch(r"[+−]0\.\d\d", page.locator(".ll-bars .ll-num").first.text_content())


def test_each_paragraph_has_the_direction_of_its_first_letter(show):
    page = show(explanation("A good film.\nזה סרט טוב"), viewport={"width": 1200, "height": 900})
    laid, frame = boxes(page), within(page)
    assert laid[0]["right"] < laid[1]["left"] and laid[3]["left"] > laid[4]["right"]
    assert laid[0]["left"] - frame["x"] < 8 and frame["x"] + frame["width"] - laid[3]["right"] < 8


def test_letters_of_a_cursive_script_stay_joined(show):
    """As wide, character by character, as the word in one piece: apart, its letters would be wider."""
    text = "بيتهم"
    page = show(explanation(text, "character"), viewport={"width": 1200, "height": 900})
    laid = boxes(page)
    apart = max(box["right"] for box in laid) - min(box["left"] for box in laid)
    page = show(explanation(text, "word"), viewport={"width": 1200, "height": 900})
    whole = page.locator("[data-feature='0']").evaluate(
        "e => { const r = document.createRange(); r.selectNodeContents(e); return r.getBoundingClientRect().width }"
    )
    assert apart == pytest.approx(whole, abs=1)


def test_a_name_from_the_right_does_not_turn_its_number(show):
    pair = {"terms": [(0, 1)], "term_weights": [[-0.21], [0.21]]}
    pair |= {"term_intervals": [[[-0.3, -0.1]], [[0.1, 0.3]]]}
    page = show(
        explanation(RIGHT["hebrew"], targets=("חיובי", "שלילי"), **pair), viewport={"width": 1200, "height": 900}
    )
    page.locator("[data-feature='0']").hover()
    # the minus stands left of its digits, and both right of the word
    at = page.locator(".ll-with").evaluate(
        """e => { const text = e.firstChild, minus = text.data.indexOf('−'), range = document.createRange();
        return [text.data.indexOf('ס'), minus, minus + 1].map(i => {
          range.setStart(text, i); range.setEnd(text, i + 1); return range.getBoundingClientRect().left }) }"""
    )
    assert at == sorted(at)


def test_the_language_is_the_browsers_until_one_is_asked_for(show):
    found = explanation(LEFT["chinese"])
    group = lambda page: page.get_by_role("radiogroup")  # noqa: E731
    page = show(found, locale="zh-CN")
    expect(group(page)).to_have_accessible_name("类别")
    assert page.get_by_test_id("limelight").get_attribute("lang") == "zh-CN"
    # what users and models wrote is in a language that nobody told
    assert (
        page.locator(".ll-text").get_attribute("lang") == ""
        and page.locator(".ll-name").first.get_attribute("lang") == ""
    )
    expect(group(show(found, locale="de-DE"))).to_have_accessible_name("Class")
    expect(group(show(found, "en", locale="zh-CN"))).to_have_accessible_name("Class")
    page = show(found, "zh", locale="en-US")
    expect(group(page)).to_have_accessible_name("类别")
    assert page.locator("html").get_attribute("lang") == "zh"
    assert violations(page, "body") == []


NAMES = "LIME|Shapley|logit|JSON|CSV|Shift|Esc"


def english(page) -> list[str]:
    """What is said in Latin letters; names of methods, formats, keys and scales aside."""
    return [said for said in page.evaluate(SAID) if re.search(r"[A-Za-z]{2,}", re.sub(NAMES, "", said))]


def test_a_chinese_page_says_nothing_in_english(show):
    text = "这部电影不错，演员演得很好，可是结尾太长。"
    spans = UNITS["word"](text)
    d, k = len(spans) - 2, 14
    exam = {"targets": [0], "shares": [0, 0.5, 1], "srg": [0.2], "evaluations": 20}
    exam |= {"first": [[0.9, 0.2, 0.1]], "last": [[0.9, 0.8, 0.1]], "random": [[0.9, 0.5, 0.1]]}
    weights = np.tile(np.linspace(-0.4, 0.4, d), (k, 1))
    found = document(
        text,
        spans[:d],
        [f"第{i}类" for i in range(k)],
        np.linspace(0.3, 0.01, k),
        weights=weights,
        intercepts=np.full(k, 0.1),
        reads=[spans[d][0]],
        intervals=np.stack([weights - 0.1, weights + 0.1], axis=-1),
        terms=[(0, 1)],
        term_weights=np.full((k, 1), 0.2),
        term_intervals=np.tile([[0.1, 0.3]], (k, 1, 1)),
        joint=True,
        fit={"r2": [0.1] * k, "rank": [0.5] * k},
        exam=exam,
        method="shapley",
        title="Shapley values",
        evaluations=2000,
        state="exact",
        masker="mask",
    )
    page = show(found, "zh")
    page.locator("[data-feature='0']").hover()
    expect(page.locator(".ll-told")).to_contain_text("另有 10 个类别")
    assert english(page) == []
    expect(page.locator(".ll-facts")).to_contain_text("Shapley 值 · 遮蔽词语")


LIVE = """async ([code, state]) => {
  const { render } = (await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })))).default;
  const heard = {};
  window.sent = [];
  window.model = {
    get: (name) => state[name], save_changes() {}, send: (message) => window.sent.push(message.kind),
    set(name, value) { state[name] = value; for (const call of heard[`change:${name}`] ?? []) call(); },
    on: (event, call) => (heard[event] ??= new Set()).add(call), off: (event, call) => heard[event]?.delete(call),
  };
  window.listeners = () => Object.values(heard).reduce((sum, calls) => sum + calls.size, 0);
  window.end = render({ model: window.model, el: document.body.appendChild(document.createElement("div")) });
}"""


def test_a_live_widget_changes_its_language_at_once_and_asks_nothing(open_page):
    text = "这部电影不错"
    weights = explanation(text).weights
    found = explanation(text, state="partial", intervals=np.stack([weights - 0.03, weights + 0.03], axis=-1))
    methods = [
        {"name": "lime", "title": "LIME", "reason": ""},
        {"name": "integrated_gradients", "title": "Integrated gradients", "reason": "原因"},
    ]
    state = {
        "explanation": found.to_dict(),
        "_fields": [{"name": "text", "text": text}],
        "target": "正面",
        "status": "running",
        "progress": 0.4,
    }
    state |= {"error": "", "serial": 1, "lang": "zh", "method": "lime", "compare": ["occlusion"]}
    state |= {"_menu": {"methods": methods, "targets": ["正面", "负面"]}}
    state |= {
        "others": [
            {
                "kind": "method",
                "name": "occlusion",
                "title": "Occlusion",
                "explanation": None,
                "error": "",
                "status": "waiting",
            }
        ]
    }
    page = open_page()
    page.evaluate(LIVE, [BUNDLE.read_text("utf-8"), state])
    foot = page.locator(".ll-facts")
    expect(page.get_by_role("button", name="停止")).to_be_visible()
    expect(foot).to_contain_text("正在细化：目前 ±0.030，约")
    expect(page.get_by_role("group", name="遮挡法")).to_contain_text("等待中")
    assert page.get_by_label("方法", exact=True).locator("option").all_text_contents() == [
        "LIME",
        "积分梯度：需要模型本身",
    ]
    assert english(page) == []
    listeners = page.evaluate("listeners()")
    page.evaluate("model.set('lang', 'en')")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(foot).to_contain_text("sharpening: ±0.030 now, about")
    assert page.locator(".limelight").count() == 1 and page.evaluate("listeners()") == listeners
    for status, told in {"loading": "asking the model…", "stopped": "stopped early"}.items():
        page.evaluate(f"model.set('status', '{status}')")
        expect(foot).to_contain_text(told)
    page.evaluate("model.set('lang', 'zh')")
    for status, told in {"loading": "正在询问模型…", "stopped": "提前停止"}.items():
        page.evaluate(f"model.set('status', '{status}')")
        expect(foot).to_contain_text(told)
        assert english(page) == []
    assert set(page.evaluate("sent")) <= {"poll"}
    page.evaluate("end()")
    assert page.evaluate("listeners()") == 0
