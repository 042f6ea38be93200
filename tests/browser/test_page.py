"""The exported page in Chromium, from file://: the whole front end from state alone."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from limelight.text.units import words
from tests.browser.conftest import violations
from tests.conftest import document

TEXT = "😀 It is not a bad film, but the jokes fall flat. 👨‍👩‍👧 never"
HOSTILE = "good </script><script>window.pwned=1</script><img src=x onerror=\"window.pwned=1\"> 'bad' &amp; film"


def explanation(text=TEXT, targets=("negative", "neutral", "positive"), **options):
    spans = options.pop("spans", words(text))
    random = np.random.default_rng(0)
    k, d = len(targets), len(spans)
    fields = {"weights": random.normal(0, 0.1, (k, d)), "intercepts": np.full(k, 0.3), "fit": {"r2": [0.8] * k}}
    fields |= {
        "scores": random.dirichlet(np.ones(k)),
        "method": "lime",
        "title": "LIME",
        "evaluations": 412,
        "budget": 1000,
    }
    return document(text, spans, targets, **{**fields, **options})


@pytest.fixture
def show(open_page, tmp_path):
    def make(found, target=None, **options):
        page = open_page(**options)
        found.to_html(tmp_path / "page.html", target=target)
        page.goto((tmp_path / "page.html").as_uri())
        expect(page.get_by_test_id("limelight")).to_be_visible()
        return page

    return make


def colours(page):
    return page.locator("[data-feature]").evaluate_all("all => all.map(e => getComputedStyle(e).backgroundColor)")


@pytest.mark.parametrize("text", [TEXT, HOSTILE, "  a\n\nb\t\tc  ", "这部电影非常好看", "هذا الفيلم ليس سيئا"])
def test_the_text_is_shown_exactly_and_every_feature_is_its_slice(show, text):
    found = explanation(text)
    page = show(found)
    assert page.locator(".ll-text").evaluate("e => e.textContent") == text
    assert page.locator("[data-feature]").all_text_contents() == list(found.features)
    assert page.evaluate("window.pwned") is None and page.locator(".limelight img, .limelight script").count() == 0


def test_class_switches_are_radios_that_change_the_colours(show):
    found = explanation()
    page = show(found, target="negative")
    group = page.get_by_role("radiogroup", name="Class")
    assert group.get_by_role("radio").count() == 3
    before = colours(page)
    group.get_by_role("radio", name="positive").click()
    expect(group.get_by_role("radio", name="positive")).to_be_checked()
    expect(group.get_by_role("radio", name="negative")).not_to_be_checked()
    assert colours(page) != before
    expect(page.get_by_text("effect on P(positive)")).to_be_visible()
    page.keyboard.press("ArrowRight")  # past the last comes the first
    expect(group.get_by_role("radio", name="negative")).to_be_focused()
    expect(group.get_by_role("radio", name="negative")).to_be_checked()
    assert colours(page) == before
    page.keyboard.press("ArrowLeft")
    expect(group.get_by_role("radio", name="positive")).to_be_checked()
    page.keyboard.press("Home")
    expect(group.get_by_role("radio", name="negative")).to_be_checked()


def test_one_scale_for_all_classes_and_sign_without_colour(show):
    weights = np.zeros((2, 14))
    weights[0, :2], weights[1, :2] = [0.4, -0.2], [0.1, -0.4]
    page = show(explanation(targets=("a", "b"), weights=weights), target="a")
    css = "e => Number(getComputedStyle(e).getPropertyValue('--w'))"
    share = lambda i: page.locator(f"[data-feature='{i}']").evaluate(css)  # noqa: E731
    line = lambda i: page.locator(f"[data-feature='{i}']").evaluate("e => getComputedStyle(e).borderBottomStyle")  # noqa: E731
    # in 25 shades
    assert (share(0), share(1)) == pytest.approx((1, 0.5), abs=0.021) and (line(0), line(1)) == ("solid", "dashed")
    page.get_by_role("radio", name="b").click()
    assert (share(0), share(1)) == pytest.approx((0.25, 1), abs=0.021)
    assert page.locator("[data-feature='5']").get_attribute("data-sign") is None


def test_words_scrolled_out_of_sight_follow(show):
    text = " ".join(f"word{i}" for i in range(400))
    weights = np.tile([0.3, -0.3], (2, 200)) * [[1], [-1]]
    page = show(explanation(text, ("a", "b"), weights=weights), target="a")
    last = page.locator("[data-feature='399']")
    expect(last).to_have_attribute("data-sign", "lowers")
    page.wait_for_timeout(200)  # by now the page knows what is in sight
    page.get_by_role("radio", name="b").click()
    assert page.locator("[data-feature='0']").get_attribute("data-sign") == "lowers"
    expect(last).to_have_attribute("data-sign", "raises")
    assert page.locator("[data-sign=raises].ll-word[data-feature]").count() == 200


def test_bars_name_the_strongest_words_with_numbers(show):
    found = explanation()
    page = show(found, target="neutral")
    shown = [row.split("\n") for row in page.locator(".ll-bars li").all_inner_texts()]
    wanted = [[word, f"{weight:+.2f}".replace("-", "−")] for word, weight in found.top(8, target="neutral")]
    assert shown == wanted


def doubting(**options):
    """Three words: sure, in doubt, sure; the outer two count together."""
    weights = np.array([[0.4, 0.1, -0.2]])
    intervals = np.array([[[0.3, 0.5], [-0.1, 0.3], [-0.25, -0.15]]])
    fields = {"weights": weights, "intervals": intervals, "state": "settled", "terms": [(0, 2), (0, 1)]}
    fields |= {"term_weights": [[-0.21, 0.05]], "term_intervals": [[[-0.3, -0.1], [-0.1, 0.2]]]}
    fields |= {"fit": {"r2": [0.31], "rank": [0.5]}}
    return explanation("not a bad", targets=("yes",), **{**fields, **options})


def test_doubt_is_a_pattern_a_whisker_and_a_word(show):
    page = show(doubting())
    look = lambda i, what: page.locator(f"[data-feature='{i}']").evaluate(f"e => getComputedStyle(e).{what}")  # noqa: E731
    assert [look(i, "borderBottomStyle") for i in range(3)] == ["solid", "dotted", "dashed"]
    assert "gradient" in look(1, "backgroundImage") and look(0, "backgroundImage") == "none"
    label = page.locator("[data-feature='1']").get_attribute("aria-label")
    assert label == "a: +0.10, not distinguishable from no effect on P(yes)"
    expect(page.locator(".ll-key")).to_contain_text("could be 0")
    # all bars and whiskers have room: from -.25, where the lowest whisker ends, to .5, and a fiftieth more at both ends
    bar = page.locator(".ll-bars li").first.locator(".ll-bar").bounding_box()
    whisker = page.locator(".ll-bars li").first.locator("s").bounding_box()
    at = lambda value: (value + 0.265) / 0.78  # noqa: E731
    assert (whisker["x"] - bar["x"]) / bar["width"] == pytest.approx(at(0.3), abs=0.01)
    assert (whisker["x"] + whisker["width"] - bar["x"]) / bar["width"] == pytest.approx(at(0.5), abs=0.01)
    assert whisker["x"] + whisker["width"] <= bar["x"] + bar["width"] + 1
    assert violations(page) == []


def test_pairs_that_work_together_are_named(show):
    page = show(doubting())
    expect(page.locator(".ll-terms li")).to_have_text(["not + bad: weaker together−0.21"])
    expect(page.locator(".ll-together")).to_contain_text("together, beyond their sum")
    page.locator("[data-feature='2']").hover()
    expect(page.locator(".ll-told")).to_contain_text("with not −0.21, weaker together")
    page.locator("[data-feature='1']").hover()
    expect(page.locator(".ll-told")).to_contain_text("a +0.10 ±0.20")
    expect(page.locator(".ll-told")).not_to_contain_text("with")
    # a line is read in whole, and its words are marked
    page.locator(".ll-terms li").hover()
    expect(page.locator(".ll-told")).to_contain_text("not + bad one by one +0.40, −0.20 · together −0.21 beyond that")
    assert page.locator(".ll-text .ll-here").all_text_contents() == ["not", "bad"]


def test_what_turns_and_what_is_turned_are_told_apart(show):
    term = {"term_weights": [[2.0, 0.05]], "term_intervals": [[[1.9, 2.1], [-0.1, 0.2]]]}
    # alone "not" does nothing and "bad" lowers by 1; both raise by 1
    turning = doubting(weights=np.array([[1.0, 0.1, 0.0]]), **term)
    for locale, line, first, second in (
        ("en-GB", "not turns bad+2.0", "turns bad +2.0", "turned by not +2.0"),
        ("zh-CN", "“not”反转“bad”+2.0", "反转 bad +2.0", "被 not 反转 +2.0"),
    ):
        page = show(turning, locale=locale)
        expect(page.locator(".ll-terms li")).to_have_text([line])
        for feature, said in ((0, first), (2, second)):
            page.locator(f"[data-feature='{feature}']").hover()
            expect(page.locator(".ll-told")).to_contain_text(f" · {said}")
        assert violations(page) == []


def test_an_explanation_that_explains_little_says_so(show):
    little = show(doubting(evaluations=412)).locator(".ll-fit")
    expect(little).to_contain_text("One weight each, words explain 0.31 of the model here.")
    assert little.get_attribute("data-little") == ""
    page = show(doubting(state="exact", fit={"r2": [0.9], "rank": [0.9]}))
    expect(page.locator(".ll-fit > span")).to_have_text("One weight each, words explain 0.90 of the model here.")
    assert page.locator(".ll-fit").get_attribute("data-little") is None
    expect(page.locator(".ll-facts")).to_contain_text("every thinned text asked: exact")


def test_a_draft_shows_no_doubt_and_says_what_it_is(show):
    page = show(doubting(state="draft", intervals=None, term_intervals=None, fit={}))
    expect(page.locator(".ll-facts")).to_contain_text("stopped at a draft")
    expect(page.locator(".ll-caption").first).to_contain_text("a first guess")
    assert page.locator(".ll-text [data-doubt]").count() == 0
    assert page.locator(".ll-terms li:visible").count() == 0
    assert page.locator(".ll-bars s:visible").count() == 0


def test_classes_show_probabilities_on_every_scale(show):
    page = show(doubting(scale="logit", scores=[2.2], probabilities=[0.9]))
    expect(page.get_by_role("radio", name="yes")).to_contain_text("0.90")
    expect(page.get_by_text("effect on logit of yes")).to_be_visible()


def test_a_word_tells_its_weight_for_every_class(show):
    found = explanation()
    page = show(found, target="negative")
    told, hint = page.locator(".ll-told"), "Point at a word to read what it does."
    expect(told).to_have_text(hint)
    page.locator("[data-feature='3']").hover()
    own, *others = [f"{found.weights[i, 3]:+.2f}".replace("-", "−") for i in range(3)]
    expect(told).to_have_text(f"{found.features[3]} {own} · neutral {others[0]} · positive {others[1]}")
    # nothing lies over the text or what is under it
    assert page.locator(".limelight *").evaluate_all("all => all.every(e => getComputedStyle(e).position !== 'fixed')")
    page.mouse.move(5, 700)
    # what was done once is suggested no more
    expect(told).to_have_text("Click a word to hide it, and see what is said without it.")
    # by keyboard: one tab stop, arrows from word to word
    page.locator("[data-feature='0']").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-feature='1']")).to_be_focused()
    expect(told).to_contain_text(found.features[1])
    assert page.locator("[data-feature][tabindex='0']").count() == 1
    page.keyboard.press("Escape")
    expect(told).not_to_contain_text(found.features[1])
    label = page.locator("[data-feature='1']").get_attribute("aria-label")
    assert label.startswith(f"{found.features[1]}: ") and label.endswith("P(negative)")


def test_base_value_fit_and_work_are_named(show):
    found = explanation(evaluations=1412, seconds=1.93)
    page = show(found, target="negative")
    foot = page.locator(".ll-facts")
    total = found.intercepts[0] + found.weights[0].sum()
    for said in ("P(negative) ≈ 0.30 base + Σ weights", f"= {total:.2f}", f"model {found.scores[0]:.2f}"):
        expect(foot).to_contain_text(said.replace("-", "−"))
    for said in ("LIME · words deleted", "1,412 evaluations", "1.9 s", "raises", "lowers", "full colour ±"):
        expect(foot).to_contain_text(said)
    assert page.get_by_role("button", name="Stop").count() == 0


def test_several_hundred_classes_fold_into_a_search(show):
    targets = [f"intent {i}" for i in range(300)]
    page = show(explanation(targets=targets))
    group = page.get_by_role("radiogroup", name="Class")
    assert group.get_by_role("radio").count() == 6
    search = page.get_by_role("searchbox", name="Find a class among 300")
    search.fill("intent 27")
    assert group.get_by_role("radio").count() == 12  # 27, 270 to 279, and the chosen one
    group.get_by_role("radio", name="intent 273").click()
    expect(page.get_by_text("effect on P(intent 273)")).to_be_visible()
    search.fill("")
    expect(group.get_by_role("radio", name="intent 273")).to_be_checked()
    assert violations(page) == []


def test_arrow_keys_never_lose_a_folded_class(show):
    page = show(explanation(targets=[f"intent {i}" for i in range(300)]), target="intent 200")
    group, search = page.get_by_role("radiogroup", name="Class"), page.get_by_role("searchbox")
    search.fill("intent 27")
    group.get_by_role("radio", name="intent 273").click()
    search.fill("")
    group.get_by_role("radio", name="intent 273").focus()
    for key in ("ArrowRight", "ArrowRight", "End", "Home", "ArrowLeft"):
        page.keyboard.press(key)
        expect(group.get_by_role("radio", checked=True)).to_be_focused()


def test_forced_colours_still_tell_words_classes_and_focus(show):
    weights = [[0.4, 0.1, -0.2], [0.1, 0.1, 0.1]]
    intervals = [[[0.3, 0.5], [-0.1, 0.3], [-0.25, -0.15]], [[0.05, 0.15]] * 3]
    found = explanation("not a bad", targets=("yes", "no"), weights=weights, intervals=intervals, exam=exam((0, 1)))
    page = show(found, target="yes", forced_colors="active")
    look = lambda e, what: e.evaluate(f"e => getComputedStyle(e).{what}")  # noqa: E731
    at = lambda i: page.locator(f".ll-text [data-feature='{i}']")  # noqa: E731
    assert [look(at(i), "borderBottomStyle") for i in range(3)] == ["solid", "dotted", "dashed"]
    ground = look(page.locator("body"), "backgroundColor")
    for i in range(3):
        assert look(at(i), "borderBottomColor") not in (ground, "rgba(0, 0, 0, 0)")
    radios = [page.get_by_role("radio", name=name) for name in ("yes", "no")]
    assert look(radios[0], "backgroundColor") != look(radios[1], "backgroundColor")
    # the checked class is the one that has the focus: both must show
    before = look(radios[0], "outlineStyle")
    page.keyboard.press("Tab")  # to the downloads
    page.keyboard.press("Tab")
    expect(radios[0]).to_be_focused()
    assert (before, look(radios[0], "outlineStyle")) == ("none", "solid")
    strokes = [look(line, "stroke") for line in page.locator(".ll-plot polyline").all()]
    dashes = [look(line, "strokeDasharray") for line in page.locator(".ll-plot polyline").all()]
    assert ground not in strokes and len(set(dashes)) == 3


def test_a_window_that_ends_is_drawn_in_the_text(show):
    text = "😀 one two three"
    found = explanation(text, reads=[9], spans=[(0, 1), (2, 5), (6, 9)],
                        weights=np.zeros((3, 3)), warnings=["The model stops reading."])  # fmt: skip
    page = show(found)
    assert page.locator(".ll-unread").text_content() == " three"
    expect(page.locator(".ll-note")).to_have_text("The model stops reading.")
    assert page.locator(".ll-text").evaluate("e => e.textContent") == text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 400, 1200])  # 320: a window of 1,280 at 400 %
def test_nothing_is_cut_off_and_axe_finds_nothing(show, scheme, width):
    found = explanation(TEXT + " " + "Donaudampfschifffahrtsgesellschaft" * 3, warnings=["Something to know."])
    page = show(found, color_scheme=scheme, viewport={"width": width, "height": 800})
    assert page.locator(".limelight").get_attribute("data-theme") == scheme
    page.locator("[data-feature='9']").hover()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    inside = page.evaluate(
        """() => { const frame = document.querySelector('.limelight').getBoundingClientRect();
        return [...document.querySelectorAll('.limelight *')].filter(e => e.getClientRects().length
          && getComputedStyle(e).clipPath === 'none'
          && (e.getBoundingClientRect().right > frame.right + 1 || e.getBoundingClientRect().left < frame.left - 1))
          .map(e => e.className) }"""
    )
    assert inside == []
    assert violations(page, "body") == []


def test_axe_can_find_something(show):
    page = show(explanation())
    page.locator(".ll-class").first.evaluate("e => { e.style.color = '#ccc'; e.style.background = '#fff' }")
    assert any(v.startswith("color-contrast") for v in violations(page))


def test_it_lives_in_a_sandboxed_frame_under_a_strict_policy(open_page, tmp_path):
    explanation().to_html(tmp_path / "inner.html")
    policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; frame-src file:"
    (tmp_path / "outer.html").write_text(
        f"""<meta charset=utf-8><meta http-equiv=Content-Security-Policy content="{policy}">
        <iframe sandbox=allow-scripts src=inner.html width=900 height=400></iframe>"""
    )
    page = open_page()
    page.goto((tmp_path / "outer.html").as_uri())
    inner = page.frame_locator("iframe")
    inner.get_by_role("radio", name="positive").click()
    expect(inner.get_by_role("radio", name="positive")).to_be_checked()


def test_without_scripts_the_picture_is_there_and_classes_still_open(open_page, tmp_path):
    found = explanation()
    found.to_html(tmp_path / "page.html", target="negative")
    page = open_page(java_script_enabled=False)
    page.goto((tmp_path / "page.html").as_uri())
    expect(page.locator("details[open] table")).to_contain_text("effect on P(negative)")
    page.locator("summary", has_text="positive").click()
    expect(page.get_by_text("effect on P(positive)")).to_be_visible()


def exam(targets=(0,)):
    curves = [[0.9, 0.4, 0.2], [0.9, 0.8, 0.2], [0.9, 0.6, 0.2]]
    first, last, random = ([curve] * len(targets) for curve in curves)
    shares = {"targets": list(targets), "shares": [0, 0.5, 1], "srg": [0.2] * len(targets), "evaluations": 9}
    return {**shares, "first": first, "last": last, "random": random}


def test_the_exam_is_drawn_and_told_for_the_classes_that_were_examined(show):
    page = show(explanation(exam=exam()), target="negative")
    plot = page.get_by_role("img", name="Removal gap 0.20")
    expect(plot).to_be_visible()
    label = plot.get_attribute("aria-label")
    assert "P(negative) goes from 0.90 to 0.40 at half of them with the strongest first, 0.80 with the weakest" in label
    heights = [
        [float(point.split(",")[1]) for point in line.split()]
        for line in plot.locator("polyline").evaluate_all("all => all.map(e => e.getAttribute('points'))")
    ]
    # random, last, first: further down on the page is a lower probability, on one scale from 0 to 1
    assert heights[2][1] > heights[0][1] > heights[1][1] and heights[0][0] == heights[1][0]
    assert violations(page) == []
    page.get_by_role("radio", name="neutral").click()
    expect(plot).to_be_hidden()


def test_attention_lights_what_the_word_looks_at(show):
    import base64

    d = 3
    table = np.zeros((2, 2, d, d), dtype=np.uint8)
    table[:, :, 0, 2], table[1, 0, 0] = 255, [255, 0, 0]
    data = {"layers": 2, "heads": 2, "data": base64.b64encode(table.tobytes()).decode()}
    weights = np.tile([0.1, 0.2, 0.3], (3, 1))
    page = show(
        explanation("one two three", weights=weights, scale="attention", intercepts=None, fit={}, attention=data)
    )
    expect(page.get_by_text("share of what the model looks at")).to_be_visible()
    share = lambda i: page.locator(f".ll-text [data-feature='{i}']").evaluate(  # noqa: E731
        # once what was chosen is drawn
        "e => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => "
        "done(Number(getComputedStyle(e).getPropertyValue('--w'))))))"
    )
    assert share(0) == pytest.approx(1 / 3, abs=0.02)
    page.get_by_label("Layer").select_option("1")
    page.get_by_label("Head").select_option("2")
    page.locator(".ll-text [data-feature='0']").hover()
    assert (share(0), share(2)) == (0, 1)
    # by Enter a word stays the looking one while layers are leafed through
    page.locator(".ll-text [data-feature='0']").focus()
    page.keyboard.press("Enter")
    page.mouse.move(5, 5)
    page.get_by_label("Layer").select_option("2")
    page.get_by_label("Head").select_option("1")
    assert (share(0), share(2)) == (1, 0)
    page.get_by_label("Head").focus()
    page.keyboard.press("Escape")
    assert share(2) == 1  # the rollout's own weights again
    assert violations(page) == []
