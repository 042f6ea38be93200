"""Each method against the package it is named after, or the formula, on models with known answers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from limelight import as_predictor, explain
from limelight.errors import InputError
from limelight.masking.designs import every_mask
from limelight.methods import METHODS, banzhaf, interactions, lime, shapley
from limelight.methods.attention import of_words, packed, rollout
from limelight.methods.gradients import Gradients, IntegratedGradients
from limelight.methods.occlusion import Occlusion
from limelight.predictors.turns import Turns
from limelight.surrogate.projection import Projection

TEXT = "good film not bad fun dull"


def game(kept: dict[str, bool]) -> float:
    """Words, a pair and a triple that count together."""
    score = 0.3 * kept["good"] - 0.2 * kept["dull"] + 0.4 * (kept["not"] and kept["bad"])
    return score - 0.25 * (kept["good"] and kept["fun"] and not kept["film"])


LAWS = {
    "lime": lime.projection,
    "shapley": shapley.projection,
    "banzhaf": banzhaf.projection,
    "interactions": interactions.projection,
}


def uneven(texts):
    """All words count together, some more than others."""
    inside = np.array([[word in text.split() for word in TEXT.split()] for text in texts])
    return 3 / (1 + np.exp(-1.0 * inside @ np.array([[2.0, -1], [1, 0.5], [-3, 1], [2, 2], [1, -2], [-1, 1.5]])))


def model(texts):
    return [[game({word: word in text.split() for word in TEXT.split()}), 0.0] for text in texts]


@pytest.mark.slow
def test_shapley_values_are_shaps_exact_ones():
    import shap

    words = TEXT.split()
    table = lambda rows: np.array([game(dict(zip(words, row > 0, strict=True))) for row in rows])  # noqa: E731
    masker = shap.maskers.Independent(np.zeros((1, len(words))))
    theirs = shap.explainers.Exact(table, masker)(np.ones((1, len(words))))
    found = explain(TEXT, model, method="shapley")
    assert found.state == "exact"
    assert np.allclose(found.weights[0], theirs.values[0], atol=1e-12)
    assert found.intercepts[0] == pytest.approx(float(np.ravel(theirs.base_values)[0]), abs=1e-12)


@pytest.mark.parametrize("method", list(LAWS))
def test_exact_terms_are_those_of_the_regression_on_all_masks(method):
    """Line and terms together, by least squares over every mask, each counted as the method's law has it."""
    found = explain(TEXT, uneven, method=method)
    assert found.state == "exact" and len(found.terms) > 3
    d = len(found.features)
    masks, law = every_mask(d), LAWS[method](d)
    texts = [" ".join(word for word, keep in zip(TEXT.split(), mask, strict=True) if keep) for mask in masks]
    share = np.sqrt(law.counts(masks))[:, None]
    rows = np.column_stack([np.ones(2**d), masks, *(masks[:, list(term)].all(axis=1) for term in found.terms)])
    wanted = np.linalg.lstsq(rows * share, np.array(uneven(texts)) * share, rcond=None)[0]
    assert np.allclose(found.term_weights.T, wanted[1 + d :], atol=1e-6)
    if found.joint:  # the same function, in products instead of what goes beyond words alone
        assert np.allclose(found.predict(masks), rows @ wanted, atol=1e-6)


def test_banzhaf_values_and_terms_are_means_over_all_sets_of_the_others():
    found = explain(TEXT, model, method="banzhaf")
    assert found.state == "exact"
    words = TEXT.split()
    says = lambda kept: game(dict(zip(words, kept, strict=True)))  # noqa: E731

    def differences(*chosen):
        """Of the score in these words, one after the other, over all sets of the others."""
        for mask in every_mask(len(words)):
            if not mask[list(chosen)].any():
                sets = [np.array([at in some for at in range(len(words))]) for some in subsets_of(chosen)]
                yield sum((-1) ** (len(chosen) - int(some.sum())) * says(mask | some) for some in sets)

    assert np.allclose(found.weights[0], [np.mean(list(differences(at))) for at in range(len(words))], atol=1e-5)
    pair = tuple(sorted((words.index("not"), words.index("bad"))))
    weight = found.term_weights[0][found.terms.index(pair)]
    assert weight == pytest.approx(np.mean(list(differences(*pair))), abs=1e-5) == pytest.approx(0.4, abs=1e-5)


def subsets_of(chosen):
    return [some for size in range(len(chosen) + 1) for some in itertools.combinations(chosen, size)]


@pytest.mark.parametrize("evaluations", [16, 32])
def test_few_evaluations_are_enough_for_a_line_and_intervals_hold_what_is_not(evaluations):
    """Of models that are enumerated: with a dozen words, of which all count, or pairs beside a few."""
    d, held, widest = 12, [], 0.0
    for seed in range(24):
        random = np.random.default_rng(seed)
        line, pairs = random.normal(size=d), random.integers(0, d, (4, 2))
        if seed % 2:
            line[random.permutation(d)[3:]] = 0
        masks = every_mask(d).astype(float)
        size = 0.0 if seed % 3 == 0 else 2.0
        table = masks @ line + size * sum(masks[:, a] * masks[:, b] * random.normal() for a, b in pairs)
        rows = {mask.tobytes(): score for mask, score in zip(masks > 0, table, strict=True)}
        names = [f"w{at}" for at in range(d)]
        answers = lambda texts, rows=rows, names=names: [  # noqa: E731
            [rows[np.array([name in text.split() for name in names]).tobytes()], 0.0] for text in texts
        ]
        found = explain(" ".join(names), answers, method="banzhaf", budget=evaluations, seed=seed)
        wanted = np.linalg.lstsq(np.column_stack([np.ones(len(masks)), masks]), table, rcond=None)[0][1:]
        low, high = found.intervals[0].T
        held.append(((low <= wanted) & (wanted <= high)).mean())
        if not size:
            widest = max(widest, float(np.abs(found.weights[0] - wanted).max() / np.abs(wanted).max()))
    assert np.mean(held) >= 0.95 and widest < 0.1


@pytest.mark.parametrize("d", [1, 2, 5, 9])
@pytest.mark.parametrize("complete", [False, True])
def test_the_regression_over_all_masks_is_the_regression(d, complete):
    """Against normal equations; where complete, with the ends weighed so that they are met."""
    random = np.random.default_rng(d)
    masses = random.uniform(0.2, 2, d + 1)
    if complete:
        masses[[0, -1]] = 0 if d > 1 else 1
    law = Projection(masses, ridge=0.0, complete=complete)
    masks, scores = every_mask(d), random.normal(size=(2**d, 2))
    counts = law.counts(masks)
    kept = masks.sum(axis=1)
    if complete:
        counts = np.where((kept == 0) | (kept == d), 1e7, counts)
    rows = np.column_stack([masks, np.ones(2**d)]) * np.sqrt(counts)[:, None]
    wanted = np.linalg.lstsq(rows, scores * np.sqrt(counts)[:, None], rcond=None)[0]
    weights, intercepts = law.exact(masks, scores)
    assert np.allclose(weights, wanted[:-1].T, atol=1e-5) and np.allclose(intercepts, wanted[-1], atol=1e-5)


@pytest.mark.slow
def test_estimated_shapley_values_add_up_and_come_near_the_exact_ones():
    text = TEXT + " a b c d e f g"
    exact, found = (explain(text, model, method="shapley", budget=budget) for budget in (2**13, 300))
    assert exact.state == "exact" and found.state == "spent"
    assert np.allclose(found.weights.sum(axis=1) + found.intercepts, found.scores, atol=1e-12)
    assert np.abs(found.weights - exact.weights).max() < 0.01


def test_interactions_say_all_that_words_and_pairs_can():
    def pairs_only(texts):
        has = lambda t, w: w in t.split()  # noqa: E731
        return [[-3 + 2 * has(t, "good") - has(t, "dull") + 4 * (has(t, "not") and has(t, "bad"))] for t in texts]

    for text, budget in ((TEXT, "auto"), (TEXT + " a b c d e f g", 300)):
        found = explain(text, pairs_only, method="interactions", budget=budget)
        assert found.scale == "value" and found.joint
        masks = np.random.default_rng(0).random((200, len(found.features))) < 0.5
        texts = [" ".join(w for w, keep in zip(text.split(), mask, strict=True) if keep) for mask in masks]
        assert np.abs(found.predict(masks) - np.array(pairs_only(texts))).max() < (1e-2 if budget == "auto" else 0.1)
        assert found.fit["r2"][0] > 0.995
        (i, j), weight = found.terms[0], found.term_weights[0][0]
        assert {found.features[i], found.features[j]} == {"not", "bad"} and weight == pytest.approx(4, abs=0.05)


def test_occlusion_is_what_is_lost(linear):
    found = explain(TEXT, model, method="occlusion")
    whole = model([TEXT])[0][0]
    words = TEXT.split()
    lost = [whole - model([" ".join(words[:i] + words[i + 1 :])])[0][0] for i in range(len(words))]
    assert np.allclose(found.weights[0], lost, atol=1e-12) and found.state == "exact"
    assert found.evaluations == found.budget == len(words) + 1


@pytest.mark.parametrize("window", [1, 2, 3, 99])
def test_a_window_shares_out_what_is_lost(linear, window):
    text = "good film not bad fun dull"
    found = explain(text, linear, method=Occlusion(window))
    size = min(window, 6)
    values = np.array([linear.weights.get(word, 0) for word in text.split()])
    windows = [range(start, start + size) for start in range(6 - size + 1)]
    wanted = [np.mean([values[list(w)].sum() / size for w in windows if i in w]) for i in range(6)]
    assert np.allclose(found.weights[0], wanted)
    with pytest.raises(InputError, match="window is 0"):
        Occlusion(0)


INSIDE = [name for name, method in METHODS.items() if method.needs_internals]


@pytest.fixture
def inside_model(bert):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = bert(num_labels=3, num_hidden_layers=2)
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    return model, AutoTokenizer.from_pretrained(folder)


def test_gradient_times_input_is_the_slope_times_the_embedding(inside_model):
    import torch

    model, tokenizer = inside_model
    found = explain("a good film!", inside_model, method="gradient_x_input", scale="probability")
    inputs = tokenizer("a good film!", return_tensors="pt")
    vectors = model.get_input_embeddings()(inputs["input_ids"]).detach().requires_grad_()
    model.eval()
    scores = model(inputs_embeds=vectors, attention_mask=inputs["attention_mask"]).logits.softmax(-1)
    for target in range(3):
        (slope,) = torch.autograd.grad(scores[0, target], vectors, retain_graph=True)
        tokens = (slope * vectors).sum(-1)[0].detach().numpy()
        assert np.allclose(found.weights[target], tokens[1:4], atol=1e-6)  # a, good, film: not the "!"


def test_integrated_gradients_are_the_integral(inside_model):
    """Against a sum over 2,000 points, and complete: all tokens together are what the text adds to a blank one."""
    import torch

    model, tokenizer = inside_model
    found = explain("good bad film", inside_model, method=IntegratedGradients(200), scale="logit")
    ids = tokenizer("good bad film", return_tensors="pt")["input_ids"]
    blank = ids.clone()
    blank[0, 1:-1] = tokenizer.pad_token_id
    model.eval()
    end, start = (model.get_input_embeddings()(x).detach() for x in (ids, blank))
    total = torch.zeros(3, ids.shape[1])
    steps = (torch.arange(2000) + 0.5) / 2000
    for part in steps.split(500):
        vectors = (start + part[:, None, None] * (end - start)).requires_grad_()
        logits = model(inputs_embeds=vectors).logits
        logits = logits - logits.mean(-1, keepdim=True)
        for target in range(3):
            (slope,) = torch.autograd.grad(logits[:, target].sum(), vectors, retain_graph=True)
            total[target] += (slope.sum(0) * (end - start)[0]).sum(-1)
    assert np.allclose(found.weights, total[:, 1:4] / 2000, atol=2e-3)
    assert max(found.fit["convergence"]) < 5e-3


def test_tokens_belong_to_the_word_they_stand_in():
    from limelight.predictors.hf.internals import Internals

    # play ##ing , fun between two special tokens
    places = (None, (0, 0, 4), (0, 4, 7), (0, 7, 8), (0, 9, 12), None)
    internals = Internals(None, {}, places, 0, lambda output: output, None, Turns())
    members = internals.of_features(((0, 0, 7), (0, 9, 12)))
    assert members[:, 0].nonzero()[0].tolist() == [1, 2] and members[:, 1].nonzero()[0].tolist() == [4]


def test_rollout_by_hand():
    first = np.array([[0.5, 0.5], [0.0, 1.0]])
    second = np.array([[1.0, 0.0], [0.5, 0.5]])
    both = np.stack([first, second])[:, None]
    mixed = [(layer + np.eye(2)) / 2 for layer in (first, second)]
    assert np.allclose(rollout(both), mixed[1] @ mixed[0])
    assert np.allclose(rollout(both).sum(axis=1), 1)
    members = np.array([[True, False], [True, False], [False, True]])
    three = np.array([[[0.2, 0.3, 0.5], [0.4, 0.4, 0.2], [0.1, 0.1, 0.8]]])
    assert np.allclose(of_words(three, members), [[[0.65, 0.35], [0.2, 0.8]]])


def test_attention_is_said_to_be_what_it_is(inside_model):
    import base64

    found = explain("a good film", inside_model, method="attention_rollout")
    assert any("not why it decides" in warning for warning in found.warnings)
    assert found.scale == "attention" and found.intercepts is None and (found.weights >= 0).all()
    shares = np.frombuffer(base64.b64decode(found.attention["data"]), dtype=np.uint8)
    assert shares.size == 2 * 2 * 3 * 3 and found.attention["layers"] == 2
    assert packed(np.full((3, 4, 500, 500), 0.5))["heads"] == 1  # too long to send head by head
    with pytest.raises(InputError, match="add up to no score"):
        found.predict(np.ones((1, 3)))


@pytest.mark.parametrize("method", INSIDE)
def test_the_model_is_left_as_it_was(inside_model, method, monkeypatch):
    model, _ = inside_model
    model.train()

    def hooks():
        held = [(len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks)) for m in model.modules()]
        return held, [sorted(vars(module)) for module in model.modules()]

    hooked = hooks()
    attention = model.config._attn_implementation
    assert attention != "eager"
    before = {name: value.clone() for name, value in model.state_dict().items()}
    explain("a good film", inside_model, method=method)
    spoiled = as_predictor(inside_model)
    forward = type(model).forward
    calls = []

    def fails(self, *args, **kwargs):
        calls.append(1)
        if len(calls) > 1:  # the prediction is had, the look inside fails
            raise RuntimeError("boom")
        return forward(self, *args, **kwargs)

    monkeypatch.setattr(type(model), "forward", fails)
    with pytest.raises(RuntimeError, match="boom"):
        explain("a good film", spoiled, method=method)
    assert model.training and all(module.training for module in model.modules())
    assert model.config._attn_implementation == attention
    assert hooks() == hooked
    assert all((before[name] == value).all() for name, value in model.state_dict().items())
    model.eval()


@pytest.mark.parametrize("method", INSIDE)
def test_a_model_that_cannot_be_looked_into_says_so(linear, method):
    with pytest.raises(InputError, match="cannot be done here.*Give it as \\(model, tokenizer\\)"):
        explain("a good film", linear, method=method)
    assert linear.asked == []


@pytest.mark.parametrize("method", ["lime", "shapley", "occlusion", "gradient_x_input", "integrated_gradients"])
def test_a_contrast_is_the_difference_of_logits(inside_model, method):
    found = explain("a good bad film", inside_model, method=method, contrast=(2, 0))
    each = explain("a good bad film", inside_model, method=method, scale="logit")
    assert np.allclose(found.weights[0], each.weights[2] - each.weights[0], atol=1e-5)
    assert np.allclose(found.weights[1], -found.weights[0], atol=1e-9)
    assert found.targets[0] == f"{each.targets[2]} rather than {each.targets[0]}"
    assert found.scores[0] == pytest.approx(each.scores[2] - each.scores[0], abs=1e-5)


@pytest.mark.parametrize("contrast", ["up", ("up",), ("up", "up"), ("up", "sideways")])
def test_a_contrast_takes_two_classes(linear, contrast):
    with pytest.raises(InputError, match="two different classes|unknown target 'sideways'"):
        explain("a good film", linear, contrast=contrast)


def test_gradients_is_abstract():
    with pytest.raises(TypeError):
        Gradients()
