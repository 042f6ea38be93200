"""A smaller model as a draft: shown first, corrected by the model, worth evaluations; refused where it cannot serve."""

from __future__ import annotations

from functools import partial
from itertools import product

import numpy as np
import pytest

from limelight import Endpoint, Explainer, as_predictor, compare, explain
from limelight.api.drafting import shares_of
from limelight.api.options import Options
from limelight.api.steps import steps
from limelight.document.targets import Target
from limelight.errors import InputError, ModelError, PredictionError
from limelight.text.fields import fields_of
from tests.conftest import Linear, explanations, until
from tests.grounded import Grounded, given
from tests.predictors.served.stub import Stub, serving
from tests.speaking import loaded

SOURCES = 12


def rests(there: frozenset[int], pair: set[int], both: bool, noise: np.ndarray) -> float:
    """Of two sources both are needed, or either is enough; every source does a little besides."""
    known = pair <= there if both else bool(pair & there)
    return (-2.0 if known else -10.0) + float(sum(noise[at - 1] for at in there))


def model_and_draft(seed: int, both: bool = True) -> tuple[Grounded, Grounded, list[int]]:
    """Of one logic; the draft is less sure, says it in other words' shares, and errs in what sources do besides."""
    random = np.random.default_rng(seed)
    pair = sorted((1 + random.permutation(SOURCES)[:2]).tolist())
    logic = partial(rests, pair=set(pair), both=both)
    own, other = (0.5 * random.normal(size=SOURCES) for _ in range(2))
    model = Grounded([("It was so.", partial(logic, noise=own))])
    return model, Grounded([("It was so.", lambda there: 0.6 * logic(there, noise=other))]), pair


@pytest.mark.parametrize("both", [True, False])
def test_sixteen_evaluations_tell_a_planted_pair_where_a_draft_knows_it(both):
    named = 0
    for seed in range(20):
        model, draft, (a, b) = model_and_draft(seed, both)
        found = explain(
            given(SOURCES), model, unit="source", method="banzhaf", budget=16, seed=seed, draft=draft
        ).sources()
        wanted = f"needs both [{a}] and [{b}]" if both else f"either [{a}] or [{b}] is enough"
        named += found["verdict"].iloc[0] == wanted
    assert named >= 18


@pytest.mark.parametrize("method", ["banzhaf", "lime", "shapley", "interactions"])
def test_the_guess_comes_first_and_the_model_has_the_last_word(method):
    model, draft, pair = model_and_draft(3)
    options = Options(method=method, unit="source", budget=48, draft=draft)
    steps = explanations(given(SOURCES), model, options)
    first = next(one for one in steps if any("guess" in note for note in one.warnings))
    assert first.state == "draft" and first.evaluations == 1
    assert {1 + at for at in np.argsort(-first.over().weights[0])[:2]} == set(pair)
    assert first.weights.sum() == pytest.approx((first.scores - first.intercepts).sum())
    last = steps[-1]
    # without what would have told on what the sentence rests, if it were not told by now
    assert 40 <= last.evaluations <= 48
    assert [note for note in last.warnings if "guess" in note] == []
    (told,) = [note for note in last.warnings if note.code == "drafted"]
    assert told.values["model"] == "grounded" and told.values["count"] == len(set(map(tuple, draft.asked))) == 128
    # from then on there is always something to see
    seen = [one.weights is not None for one in steps[steps.index(first) :]]
    assert all(seen)


def test_intervals_hold_the_effects_of_the_model_not_of_the_draft():
    d, held = 8, []
    every = np.array(list(product([False, True], repeat=d)))
    for seed in range(30):
        random = np.random.default_rng(seed)
        table = every @ (2 * random.normal(size=d)) + 0.5 * random.normal(size=len(every))
        for _ in range(4):
            i, j = random.choice(d, 2, replace=False)
            table += 2 * random.normal() * (every[:, i] & every[:, j])
        guess = 0.7 * table + 1.5 * every @ random.normal(size=d)
        known = {frozenset((1 + np.flatnonzero(mask)).tolist()): row for row, mask in enumerate(every)}
        model, draft = (
            Grounded([("So.", lambda there, said=said, known=known: float(said[known[there]]) - 40)])
            for said in (table, guess)
        )
        found = explain(given(d), model, unit="source", method="banzhaf", budget=24, seed=seed, draft=draft).over()
        truth = np.array([table[every[:, at]].mean() - table[~every[:, at]].mean() for at in range(d)])
        low, high = found.intervals[0].T
        held.append((low <= truth) & (truth <= high))
    assert np.mean(held) >= 0.92


def test_a_draft_that_is_left_out_leaves_everything_as_it_was():
    model, _, _ = model_and_draft(4)
    random = np.random.default_rng(0)
    chance = Grounded([("It was so.", lambda there: -20 + 5 * float(random.normal()))])
    asked = {"unit": "source", "method": "banzhaf", "budget": 24, "seed": 1}
    found, plain = (explain(given(SOURCES), model, draft=draft, **asked) for draft in (chance, None))
    assert [note.code for note in found.warnings] == ["undrafted"]
    np.testing.assert_array_equal(found.weights, plain.weights)
    assert found.removals == plain.removals


def test_a_draft_of_other_classes_is_a_classifier_like_any():
    model, draft = Linear({"good": 2.0, "bad": -3.0}), Linear({"good": 1.0, "bad": -1.5})
    found = explain("a good film and a bad end of it all", model, budget=100, draft=draft)
    plain = explain("a good film and a bad end of it all", model, budget=100)
    np.testing.assert_allclose(found.weights, plain.weights, atol=0.02)
    assert found.evaluations == plain.evaluations


def test_words_of_an_answer_take_their_share_of_the_drafts_words():
    text = "in Paris, so."
    own = [Target("in", "answer", (0, 2)), Target("Par", "answer", (3, 6)), Target("is, so.", "answer", (6, 13))]
    wanted = [Target("in", "answer", (0, 2)), Target("Paris,", "answer", (3, 9)), Target("so.", "answer", (10, 13))]
    end = Target("(end)", "answer")
    np.testing.assert_allclose(
        shares_of([*own, end], [*wanted, end], text),
        [[1, 0, 0, 0], [0, 1, 0, 0], [0, 3 / 7, 3 / 7, 0], [0, 0, 0, 1]],
    )
    # what a server can only compare is sentences
    np.testing.assert_array_equal(shares_of(own, ["in Paris, so."], text), np.ones((3, 1)))
    np.testing.assert_array_equal(shares_of(["yes", "no"], ["no", "yes"], ""), [[0, 1], [1, 0]])
    assert not shares_of(["yes"], ["good"], "").any()


def test_a_language_model_foresees_itself_and_nothing_of_one_that_is_random():
    prompt = "The capital of Italy is just"
    kept = {"template": None, "generation": {"max_new_tokens": 5}}
    model = as_predictor(loaded("llama"), **kept)
    found = {}
    for name, kind in (("itself", "llama"), ("another", "gpt2")):
        draft = as_predictor(loaded(kind), **kept)
        one = explain(prompt, model, method="banzhaf", answer=" Rome and Paris", budget=32, draft=draft)
        (found[name],) = [note for note in one.warnings if getattr(note, "code", "").endswith("drafted")]
        assert found[name].values["count"] == 64
    # all texts of six words were asked; a random model foresees nothing of another
    assert found["itself"].code == "drafted" and int(found["itself"].values["share"].rstrip("%")) > 90
    assert found["another"].code == "undrafted"


def test_what_a_draft_cannot_do_is_said():
    model, draft, _ = model_and_draft(0)
    asked = {"unit": "source", "budget": 32}
    found = explain(given(SOURCES), model, method="occlusion", draft=draft, **asked)
    assert [note.code for note in found.warnings] == ["no-draft"] and not draft.asked
    rows = compare(given(SOURCES), model, methods=["occlusion", "banzhaf"], draft=draft, **asked)
    assert draft.asked and [len(one.warnings) for one in rows.explanations] == [0, 1]
    with pytest.raises(ModelError, match="the draft cannot be loaded: .*no-such-folder"):
        explain(given(SOURCES), model, method="banzhaf", draft="./no-such-folder", **asked)
    with pytest.raises(InputError, match="the draft .* says something of .*, and linear of .*same classes"):
        explain("a good film", Linear({"good": 1.0}), draft=as_predictor())
    broken = Grounded([("It was so.", lambda there: float("nan"))])
    with pytest.raises(PredictionError, match="the draft grounded failed: "):
        explain(given(SOURCES), model, method="banzhaf", draft=broken, **asked)
    with serving(Stub("echo")) as url, pytest.raises(InputError, match="is behind an endpoint.*on this machine"):
        explain(given(SOURCES), model, method="banzhaf", draft=Endpoint(url), **asked)


def test_it_can_be_stopped_while_the_draft_is_asked():
    model, draft, _ = model_and_draft(1)
    draft.batch_size = 8
    work = steps(fields_of(given(SOURCES)), model, Options(method="banzhaf", unit="source", budget=32, draft=draft))
    for _ in work:
        if len(draft.asked) > 8:
            break
    work.close()
    assert len(draft.asked) <= 17 and len(model.asked) == 1


def test_the_widget_shows_the_guess_and_a_draft_that_is_set_starts_anew():
    model, draft, _ = model_and_draft(2)
    shown = []
    widget = Explainer(given(SOURCES), model, unit="source", method="banzhaf", budget=32)
    widget.wait()
    without = widget.explanation
    widget.observe(lambda change: shown.append(change.new), "explanation")
    widget.draft = draft
    until(lambda: widget.status == "done" and widget.explanation is not without)
    codes = [[note.code for note in one.warnings if hasattr(note, "code")] for one in shown if one is not None]
    assert codes[-1] == ["drafted"] and without.warnings == ()
    assert "Antes se preguntó 128 veces a grounded" in widget.explanation.to_html(lang="es")
    widget.draft = "./no-such-folder"
    until(lambda: widget.status == "failed")
    assert "the draft cannot be loaded" in widget.error
