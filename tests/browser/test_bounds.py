"""What the frame must bear: long texts, many classes, and hosts that lack something."""

from __future__ import annotations

from tests.browser.test_fields import show  # noqa: F401  a fixture


def large(words, targets, **more):
    """An explanation of so many words, for these classes."""
    names = [f"word{at}" for at in range(words)]
    starts = [sum(len(name) + 1 for name in names[:at]) for at in range(words)]
    rows = [[((at + target) % 9 - 4) / 20 for at in range(words)] for target in range(len(targets))]
    return {
        "schema": "limelight/2",
        "fields": [{"name": "text", "text": " ".join(names)}],
        "features": names,
        "spans": [(0, start, start + len(name)) for start, name in zip(starts, names, strict=True)],
        "targets": [{"name": name} for name in targets],
        "scores": [1 / len(targets)] * len(targets),
        "weights": rows,
        "intercepts": [0.1] * len(targets),
        "intervals": [[[weight - 0.06, weight + 0.06] for weight in row] for row in rows],
        "fit": {"r2": [0.8] * len(targets)},
        "state": "settled",
        "method": "lime",
        "title": "LIME",
        "unit": "word",
        "masker": "delete",
        "scale": "probability",
        "evaluations": 412,
        "budget": 1000,
        "seconds": 1.9,
        **more,
    }


def test_words_out_of_sight_follow_a_class_switch_at_rest_or_when_they_come_into_sight(show):  # noqa: F811
    page = show(explanation=large(1500, ["negative", "neutral", "positive"]))
    page.wait_for_timeout(400)
    labels = """() => ["0", "1499"].map(at => document.querySelector(`[data-feature="${at}"]`))
      .map(e => e.getAttribute("aria-label"))"""
    switched = f"""name => {{
      document.querySelector(`[data-target=${{name}}]`).click();
      return ({labels})();
    }}"""
    near, far = page.evaluate(switched, "positive")
    # what is in sight has changed within the click
    assert "positive" in near and "negative" in far
    page.wait_for_function(f"() => ({labels})()[1].includes('positive')")
    page.evaluate(switched, "neutral")
    page.locator(".ll-text").evaluate("e => e.scrollTop = e.scrollHeight")
    page.wait_for_function(f"() => ({labels})()[1].includes('neutral')")
