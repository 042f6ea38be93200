"""Taggers, stretches that a reader asks about, and names behind a mask: would it be found from its context alone?"""

from __future__ import annotations

import numpy as np
import pytest

from limelight import Explainer, Explanation, as_predictor, evaluate, explain
from limelight.errors import InputError
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.predictors.tasks.entities import tags_of
from limelight.text.fields import fields_of
from tests.trained import entities_model, fitted, small, tokenizer_of

EITHER = ["run", "walk", "play", "work"]  # a verb after "they", a noun after "the"
BEFORE = {"the": "NOUN", "a": "NOUN", "they": "VERB", "we": "VERB"}
OTHERS = {"often": "ADV", "now": "ADV", "here": "ADV", ".": "PUNCT"}
LABELS = ["NOUN", "VERB", "DET", "PRON", "ADV", "PUNCT"]
TEXT = "the run now . they walk here ."
NAMED = "mr washington often with people in washington today"


def sentence(random):
    words, tags = [], []
    for _ in range(random.integers(1, 4)):
        before = str(random.choice(list(BEFORE)))
        words += [before, str(random.choice(EITHER))]
        tags += ["DET" if BEFORE[before] == "NOUN" else "PRON", BEFORE[before]]
        for other in random.choice(list(OTHERS), random.integers(1, 3)):
            words.append(str(other))
            tags.append(OTHERS[str(other)])
    return words, tags


@pytest.fixture(scope="module")
def tagger(tmp_path_factory):
    """A BERT that knows parts of speech, also of some words that it does not see."""
    import torch
    from transformers import BertForTokenClassification

    torch.manual_seed(0)
    random = np.random.default_rng(0)
    tokenizer, size = tokenizer_of(tmp_path_factory.mktemp("tags"), [*EITHER, *BEFORE, *OTHERS])
    model = BertForTokenClassification(small(size, id2label=dict(enumerate(LABELS))))

    def batches():
        while True:
            texts = [sentence(random) for _ in range(48)]
            hidden = [" ".join(w if random.random() > 0.2 else "[MASK]" for w in words) for words, _ in texts]
            encoded = tokenizer(hidden, padding=True, return_tensors="pt")
            wanted = torch.full_like(encoded["input_ids"], -100)
            for row, (_, tags) in enumerate(texts):
                wanted[row, 1 : 1 + len(tags)] = torch.tensor([LABELS.index(tag) for tag in tags])
            yield {**encoded, "labels": wanted}

    fitted(model, batches(), 200)
    return model, tokenizer


@pytest.fixture(scope="module")
def finder(tmp_path_factory):
    return entities_model(tmp_path_factory.mktemp("entities"))


def test_each_word_of_a_tagger_is_a_target_and_each_is_free(tagger):
    found = explain(TEXT, tagger, budget=200)
    names = ["DET the", "NOUN run", "ADV now", "PRON they", "VERB walk", "ADV here"]
    assert found.targets == tuple('{} "{}"'.format(*name.split()) for name in names)
    assert found.masker == "mask" and found.pinned == () and len(found.features) == 6
    assert found.probabilities.min() > 0.9
    # what stands before says whether it is a noun or a verb
    assert found.top(1, 'NOUN "run"')[0][0] == "the" and found.top(1, 'VERB "walk"')[0][0] == "they"
    assert Explanation.from_dict(found.to_dict()) == found


def test_the_label_of_a_hidden_word_is_that_of_its_mask(tagger):
    import torch

    model, tokenizer = tagger
    (bound,) = as_predictor(tagger).bind(fields_of(TEXT))
    game = Game(bound, [TEXT], [one.span for one in bound.targets], MASKERS["mask"])
    masks = np.random.default_rng(0).random((20, 6)) < 0.5
    tokens = TEXT.split()
    own = [0, 1, 2, 4, 5, 6]
    for mask, row in zip(masks, game(masks), strict=True):
        text = " ".join(w if at not in own or mask[own.index(at)] else "[MASK]" for at, w in enumerate(tokens))
        with torch.no_grad():
            shares = model(**tokenizer(text, return_tensors="pt")).logits[0].softmax(-1)
        wanted = [shares[1 + at, LABELS.index(one.split()[0])] for at, one in zip(own, bound.targets, strict=True)]
        assert row == pytest.approx([one.item() for one in wanted], abs=1e-5)


def test_a_tagger_without_a_mask_is_asked_about_a_word_at_a_time(tagger, monkeypatch):
    predictor = as_predictor(tagger)
    predictor.mask_token = None
    found = explain(TEXT, predictor, budget=60)
    assert len(found.targets) == 1 and any("labels every word" in one for one in found.warnings)
    found = explain(TEXT, predictor, about=[(19, 23)], budget=60)
    assert found.targets == ('VERB "walk"',) and found.pinned == ((0, 19, 23),) and found.masker == "delete"
    assert found.top(1)[0][0] == "they"


def test_a_word_that_was_left_out_can_be_asked_about(finder):
    found = explain("mr washington often near jordan and people", finder, about=[(36, 42)], budget=80)
    assert found.targets == ('PER "washington"', 'LOC "jordan"', 'O "people"')
    assert found.pinned == ((0, 3, 13), (0, 25, 31), (0, 36, 42)) and found.about == ((0, 36, 42),)
    assert Explanation.from_dict(found.to_dict()).about == found.about
    # what is an entity is a target anyway
    assert explain(NAMED, finder, about=[(5, 9)], budget=60).targets == ('PER "washington"', 'LOC "washington"')
    assert not explain("the old people there", finder, about=[(4, 7)], budget=20).warnings
    assert evaluate(found, finder)


def test_what_is_no_word_of_such_a_model_cannot_be_asked_about(finder, linear):
    with pytest.raises(InputError, match="reads nothing"):
        explain("mr washington  often", finder, about=[(13, 14)])
    with pytest.raises(InputError, match="about is .*says nothing of single words"):
        explain("good film", linear, about=[(0, 4)])
    with pytest.raises(InputError, match="about is 7"):
        explain("good film", linear, about=7)


def test_of_one_entity_alone_the_words_of_the_others_are_free(finder):
    both = explain(NAMED, finder, budget=200)
    found = explain(NAMED, finder, only=[both.targets[1].span], budget=200)
    assert found.targets == ('LOC "washington"',) and found.only == found.pinned == ((0, 35, 45),)
    assert found.features == ("mr", "washington", *both.features[1:])
    assert found.probabilities[0] == pytest.approx(both.probabilities[1], abs=1e-6)
    assert found.top(1)[0][0] == "in"
    # by hand: without the other name, the label at the one that stays
    (bound,) = as_predictor(finder).only([(0, 35, 45)]).bind(fields_of(NAMED))
    without = NAMED.replace("washington ", "", 1)
    (unit,) = (one for one in bound.units([without])[0] if one.start == 24)
    assert Game(bound, [NAMED], found.places, MASKERS["delete"])(
        np.array([[name != "washington" for name in found.features]])
    )[0] == pytest.approx([unit.shares[bound.labels.index("B-LOC")]], abs=1e-6)
    assert Explanation.from_dict(found.to_dict()) == found and evaluate(found, finder)
    # a word that was asked about may be the one
    people = explain(NAMED, finder, about=[(25, 31)], only=[(25, 31)], budget=200)
    assert people.targets == ('O "people"',) and people.features.count("washington") == 2


def test_only_what_is_explained_can_be_explained_alone(finder, linear):
    with pytest.raises(InputError, match='no target stands.*washington" at .0, 3, 13'):
        explain(NAMED, finder, only=[(14, 19)])
    with pytest.raises(InputError, match="only is .*stand nowhere in its input"):
        explain("good film", linear, only=[(0, 4)])


def test_hidden_by_a_mask_all_names_are_free_and_their_own_words_are_weighed(finder):
    found = explain(NAMED, finder, masker="mask", budget=200)
    assert found.targets == ('PER "washington"', 'LOC "washington"') and found.pinned == ()
    assert found.features.count("washington") == 2
    assert {name for name, _ in found.top(2, 0)} == {"mr", "washington"}
    assert [score.masker for score in evaluate(found, finder)] == ["mask"]


@pytest.mark.slow  # a widget, and a model that is trained
def test_one_click_hides_a_name_and_another_asks_about_a_word(finder):
    import torch

    model, tokenizer = finder
    widget = Explainer(NAMED, finder, budget=60)
    try:
        widget.wait(60)
        assert widget._menu["about"] is True
        widget.hidden = [(3, 13)]
        widget.wait(60)
        assert widget.what_if == {"status": "done", "error": ""}
        with torch.no_grad():
            hidden = NAMED.replace("washington", "[MASK]", 1)
            shares = model(**tokenizer(hidden, return_tensors="pt")).logits[0].softmax(-1)
        told = widget.tries[widget.at].prediction['PER "washington"']
        assert told == pytest.approx(shares[2, 1].item(), abs=1e-5)
        widget.set_state({"about": [[0, 14, 19]]})
        widget.wait(60)
        assert widget.explanation.targets[1] == widget.target == 'O "often"'
        widget.target = 'LOC "washington"'
        widget.set_state({"only": [[0, 35, 45]]})
        widget.wait(60)
        assert widget.explanation.targets == (widget.target,) == ('LOC "washington"',)
        assert widget.explanation.features.count("washington") == 1
        widget.set_state({"about": [[0, 25, 31]]})  # of a word more: then all are explained again
        widget.wait(60)
        assert widget.only == () and widget.target == 'O "people"' and len(widget.explanation.targets) == 3
        widget.text = "in washington today"
        assert list(widget.about) == []
    finally:
        widget.close()


def test_a_prefix_is_one_only_where_something_begins_or_goes_on():
    assert tags_of(["E-mail", "U-boat", "O"]) == [("", "E-mail"), ("", "U-boat"), ("", "O")]
    assert tags_of(["O", "B-PER", "I_PER", "E-PER"]) == [("", "O"), ("B", "PER"), ("I", "PER"), ("E", "PER")]
