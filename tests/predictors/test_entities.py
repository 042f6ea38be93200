"""Entities: what is found, what each is scored by, and what is said where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight import Explanation, as_predictor, explain
from limelight.errors import InputError
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.predictors.tasks.entities import Unit, grouped
from limelight.text.fields import fields_of
from tests.trained import FILLERS, LABELS, entities_model, tagged

TEXT = "mr washington often with people in washington today"
SCHEMES = ("none", "simple", "first", "average", "max")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return entities_model(tmp_path_factory.mktemp("entities"))


@pytest.fixture(scope="module")
def folder(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    for part in trained:
        part.save_pretrained(folder)
    return folder


def bound(model, text):
    (one,) = as_predictor(model).bind(fields_of(text))
    return one


def labels(names):
    """One token a label, of which the model is sure."""
    kinds = list(dict.fromkeys(names))
    units = [Unit(2 * at, 2 * at + 1, (at,), np.eye(len(kinds))[kinds.index(name)]) for at, name in enumerate(names)]
    return [(one.tag, one.place[1] // 2, (one.place[2] + 1) // 2) for one in grouped(units, kinds, ["O"])]


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ("B-PER I-PER O B-PER", [("PER", 0, 2), ("PER", 3, 4)]),
        ("B-PER B-PER I-LOC", [("PER", 0, 1), ("PER", 1, 2), ("LOC", 2, 3)]),
        ("I-PER I-PER O", [("PER", 0, 2)]),
        ("S-PER B-PER E-PER S-LOC S-LOC", [("PER", 0, 1), ("PER", 1, 3), ("LOC", 3, 4), ("LOC", 4, 5)]),
        ("U-PER B-PER I-PER L-PER I-PER", [("PER", 0, 1), ("PER", 1, 4), ("PER", 4, 5)]),
        ("NOUN NOUN VERB O NOUN", [("NOUN", 0, 2), ("VERB", 2, 3), ("NOUN", 4, 5)]),
        ("O O", []),
    ],
)
def test_bio_bioes_bilou_and_plain_labels_are_grouped(names, wanted):
    assert labels(names.split()) == wanted


def test_two_of_one_name_are_two_targets_with_a_place_each(trained):
    found = explain(TEXT, trained, budget=60)
    assert found.targets == ('PER "washington"', 'LOC "washington"')
    assert [(one.group, one.span) for one in found.targets] == [("entities", (0, 3, 13)), ("entities", (0, 35, 45))]
    assert found.pinned == ((0, 3, 13), (0, 35, 45)) and "washington" not in found.features
    same = explain("in washington today and near washington", trained, budget=60)
    assert same.targets == ('LOC "washington"', 'LOC "washington" [1]')
    assert found.index((35, 45)) == 1 and found.index('LOC "washington"') == 1
    again = Explanation.from_dict(found.to_dict())
    assert again == found and [one.span for one in again.targets] == [one.span for one in found.targets]


def test_the_planted_word_is_named_first(trained):
    random, right, asked = np.random.default_rng(5), 0, 0
    while asked < 12:
        words, tags = tagged(random)
        named = [at for at, tag in enumerate(tags) if tag != "O"]
        if len(named) != 1:
            continue
        asked += 1
        found = explain(" ".join(words), trained, budget=120)
        (at,) = named
        beside = {words[i] for i in (at - 1, at + 1) if 0 <= i < len(words)} - set(FILLERS)
        right += found.top(1)[0][0] in beside
    assert right >= 11


def test_the_score_is_the_log_probability_of_its_labels(trained):
    import torch

    model, tokenizer = trained
    text = "from jordan paris again the old people"
    encoded = tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        logs = model(**encoded).logits.double().log_softmax(-1)[0]
    wanted = logs[2, LABELS.index("B-LOC")] + logs[3, LABELS.index("I-LOC")]
    found = explain(text, trained, budget=40)
    assert found.scale == "log-probability" and found.targets == ('LOC "jordan paris"',)
    assert found.scores[0] == pytest.approx(wanted.item(), abs=1e-5)
    assert found.probabilities[0] == pytest.approx(np.exp(wanted.item()), abs=1e-6)


@settings(max_examples=1000, deadline=None)
@given(data=st.data())
def test_the_label_is_followed_under_deletion(trained, data):
    """Against a hand computation: the thinned text's words are counted off one by one."""
    import torch

    model, tokenizer = trained
    text = "washington said in washington with paris near paris and noise from washington jordan"
    predictor = bound_once(trained, text)
    words = text.split()
    starts = [sum(len(word) + 1 for word in words[:at]) for at in range(len(words))]
    named = {at for at in range(len(words)) for one in predictor.pinned if one[1] <= starts[at] < one[2]}
    free = [at for at in range(len(words)) if at not in named]
    kept = data.draw(st.lists(st.booleans(), min_size=len(free), max_size=len(free)))
    places = [(0, starts[at], starts[at] + len(words[at])) for at in free]
    (one,) = Game(predictor, [text], places, MASKERS["delete"]).inputs(np.array([kept]))
    left = [at for at in range(len(words)) if at in named or kept[free.index(at)]]
    assert one.texts[0].split() == [words[at] for at in left]
    with torch.no_grad():
        logs = model(**tokenizer(" ".join(words[at] for at in left), return_tensors="pt")).logits[0].log_softmax(-1)
    whole = tuple(zip(predictor.targets, predictor.pinned, strict=True))
    wanted = []
    for name, (_, start, stop) in whole:
        own = [at for at in range(len(words)) if start <= starts[at] < stop]
        tag = name.split()[0]
        parts = [LABELS.index(f"{'I' if i else 'B'}-{tag}") for i in range(len(own))]
        wanted.append(sum(logs[1 + left.index(at), part].item() for at, part in zip(own, parts, strict=True)))
    assert np.log(predictor.score([one]).values[0]) == pytest.approx(wanted, abs=2e-3)


BOUND: dict[str, object] = {}


def bound_once(trained, text):
    if text not in BOUND:
        BOUND[text] = bound(trained, text)
    return BOUND[text]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_pipeline_finds_what_transformers_finds(trained, scheme):
    from transformers import pipeline

    model, tokenizer = trained
    asked = pipeline("token-classification", model=model, tokenizer=tokenizer, aggregation_strategy=scheme)
    random = np.random.default_rng(1)
    for _ in range(8):
        text = " ".join(tagged(random)[0])
        entities = [one for one in bound(asked, text).targets if not one.startswith("O ")]
        if scheme == "none":  # there transformers leaves tokens apart, which are joined here
            covered = {at for one in entities for at in range(one.span[1], one.span[2]) if text[at] != " "}
            assert covered == {at for one in asked(text) for at in range(one["start"], one["end"])}
        else:
            wanted = [(one["entity_group"], one["start"], one["end"]) for one in asked(text)]
            assert [(one.split()[0], *one.span[1:]) for one in entities] == wanted


def test_a_folder_is_known_by_its_head_and_its_answers_keep_their_bits_in_any_company(folder):
    predictor = bound(str(folder), TEXT)
    assert predictor.targets[0] == 'PER "washington"'
    masks = np.random.default_rng(0).random((20, 6)) < 0.5
    places = [(0, *span) for span in [(0, 2), (14, 19), (20, 24), (25, 31), (32, 34), (46, 51)]]
    game = Game(predictor, [TEXT], places, MASKERS["delete"])
    inputs = game.inputs(masks)
    together = predictor.score(inputs).values
    assert np.array_equal(together, np.concatenate([predictor.score([one]).values for one in inputs]))


def test_no_entity_is_said_and_the_least_sure_word_explained(trained):
    found = explain("the old people there often", trained, budget=40)
    assert len(found.targets) == 1 and found.targets[0].startswith('O "')
    assert any("finds no entity" in one for one in found.warnings)


def test_a_sentence_is_cut_around_the_names(trained):
    found = explain(
        "the people said. mr washington laughed today. then noise again.", trained, unit="sentence", budget=20
    )
    assert "washington" not in " ".join(found.features)
    assert any("laughed today" in one for one in found.features)


@pytest.mark.parametrize("method", ["lime", "shapley", "occlusion", "gradient_x_input", "integrated_gradients"])
def test_every_kind_of_method_explains_entities(trained, method):
    found = explain(TEXT, trained, method=method, budget=60)
    assert found.weights.shape == (2, 6) and np.isfinite(found.weights).all()
    assert found.top(1, (35, 45))[0][0] == "in"


def test_what_cannot_be_is_refused(trained):
    with pytest.raises(InputError, match="2 fields"):
        explain({"first": "a", "second": "b"}, trained)
    with pytest.raises(InputError, match="besides what is explained"):
        explain("in washington", trained, phrases=[(0, 13)])
    with pytest.raises(InputError, match="windows=True"):
        explain(TEXT, trained, windows=True)
    with pytest.raises(InputError, match="has 5 classes"):
        explain(TEXT, trained, class_names=["one"])


def test_two_of_one_name_are_told_apart_in_every_export(trained):
    import html

    found = explain("in washington today and near washington", trained, budget=60)
    for target in found.targets:
        assert target in html.unescape(found.to_svg(target=target))
    assert found.to_svg(target=0) != found.to_svg(target=1)
    rows = found.to_csv().replace('""', '"')
    assert all(target in rows for target in found.targets)
    assert all(target in found.to_html().replace('\\"', '"') for target in found.targets)


def test_the_widget_shows_entities_and_chooses_by_place(trained):
    from limelight import Explainer

    widget = Explainer(TEXT, trained, budget=60)
    widget.wait(60)
    assert widget.status == "done" and widget.error == ""
    assert widget.explanation.targets == ('PER "washington"', 'LOC "washington"')
    widget.target = 'LOC "washington"'
    assert widget.explanation.top(1, widget.target)[0][0] == "in"
