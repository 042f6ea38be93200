"""What words that count together are to each other: told right of known games, alike in Python and in the page."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight import Explanation
from limelight.captions import LANGUAGES, captions
from limelight.errors import InputError
from limelight.render import display
from tests.conftest import document
from tests.test_house import JS

WORDS = "not bad film ever"
NAMES = ["never", "jokes", "plot"]
SAID = [(relation, NAMES[:size]) for relation in ("either", "need", "more", "less", "turns") for size in (2, 3)][:-1]

CODE = f"""
import {{ CAPTIONS }} from "{(JS / "src/captions.js").as_uri()}";
import {{ relation, sentence, sureTerms }} from "{(JS / "src/model/display.js").as_uri()}";
import {{ decode }} from "{(JS / "src/model/document.js").as_uri()}";
import {{ readFileSync }} from "node:fs";
const answer = (document) => {{
  const found = decode(document);
  return {{
    every: found.terms.map((_, at) => relation(found, 0, at)).map(({{ relation, term }}) => [relation, term]),
    shown: sureTerms(found, 0, null, 3).map(({{ weight, relation, term }}) => [weight, relation, term]),
  }};
}};
const given = JSON.parse(readFileSync(0, "utf8"));
const said = (say) => {json.dumps(SAID)}.map(([relation, names]) => sentence(say, relation, names));
const sentences = Object.entries(CAPTIONS).map(([lang, say]) => [lang, said(say)]);
process.stdout.write(JSON.stringify({{ answers: given.map(answer), sentences: Object.fromEntries(sentences) }}));
"""


def page(documents: list[Explanation]) -> dict:
    """What the page's own functions say of documents, and its sentences."""
    node = [shutil.which("node"), "--input-type=module", "--eval", CODE]
    sent = json.dumps([one.to_dict() for one in documents])
    return json.loads(subprocess.run(node, input=sent, capture_output=True, check=True, text=True).stdout)


def made(weights, terms, term_weights, joint=True) -> Explanation:
    """A document of up to four words."""
    spans = [(0, 3), (4, 7), (8, 12), (13, 17)][: len(weights)]
    row = np.array([term_weights], dtype=float)
    return document(
        WORDS[: spans[-1][1]], spans, ["x"], [0.0], weights=[weights], intercepts=[0.0], scale="value", terms=terms,
        term_weights=row, term_intervals=np.stack([row] * 2, -1), joint=joint,
    )  # fmt: skip


def game(value, players: int, sign: float = 1.0) -> Explanation:
    """The document that says exactly what a function of sets of features says."""
    sets = [part for size in range(1, players + 1) for part in combinations(range(players), size)]
    # by inclusion and exclusion: what a set does beyond all within it
    own = {
        part: sign * sum((-1) ** (len(part) - size) * value(set(some)) for size in range(len(part) + 1)
                         for some in combinations(part, size))
        for part in sets
    }  # fmt: skip
    terms = [part for part in sets if len(part) > 1 and own[part]]
    # beside a term stand its features' shares of it
    weights = [own[(i,)] + sum(own[part] / 2 ** (len(part) - 1) for part in terms if i in part) for i in range(players)]
    return made(weights, terms, [own[part] for part in terms])


def told(found: Explanation, size: int) -> list[tuple[str, tuple[int, ...]]]:
    return [display.relation(found, 0, at) for at, term in enumerate(found.terms) if len(term) == size]


GAMES = {
    "need": (lambda s, n: float(len(s) == n), (2, 3, 4)),
    "either": (lambda s, n: float(bool(s)), (2, 3, 4)),
    # "bad" lowers, and raises beside "not"
    "turns": (lambda s, n: -1.0 * (1 in s) + 2.0 * (s >= {0, 1}), (2,)),
    "more": (lambda s, n: len(s) + 0.1 * (len(s) == n), (2, 3, 4)),
    "less": (lambda s, n: len(s) - 0.1 * (len(s) == n), (2, 3, 4)),
}


@pytest.mark.parametrize("sign", [1.0, -1.0, 1e-3])
@pytest.mark.parametrize("name", GAMES)
def test_known_games_are_called_by_their_name(name, sign):
    value, sizes = GAMES[name]
    for size in sizes:
        found = game(lambda s, size=size, value=value: value(s, size), size, sign)
        mask = np.ones((1, size))
        assert found.predict(mask)[0, 0] - found.predict(0 * mask)[0, 0] == pytest.approx(
            sign * (value(set(range(size)), size) - value(set(), size))
        )
        for one in (found, replace(found, joint=False)):
            assert told(one, size) == [(name, tuple(range(size)))]


def test_what_turns_is_named_first_wherever_it_stands():
    turned = game(lambda s: -1.0 * (0 in s) + 2.0 * (s >= {0, 1}), 2)
    assert told(turned, 2) == [("turns", (1, 0))]
    # "no" and "fail": each lowers alone, both raise; the one that says less alone turns the other
    for quiet in (0, 1):
        found = game(lambda s, quiet=quiet: 0.5 if len(s) == 2 else -2.0 * (s == {1 - quiet}) - 1.0 * (s == {quiet}), 2)
        assert told(found, 2) == [("turns", (quiet, 1 - quiet))]


def test_no_sentence_contradicts_its_number():
    # any two of three are enough, which is not any one of them
    assert told(game(lambda s: float(len(s) > 1), 3), 3) == [("less", (0, 1, 2))]
    # four that add up: each does a quarter, and no one is enough
    assert told(game(lambda s: len(s) + 0.01 * (len(s) == 4), 4), 4) == [("more", (0, 1, 2, 3))]
    # beside the third, which does the same, the first two do nothing in the whole text, and all where it is out
    assert told(game(lambda s: float(bool(s)), 3), 2) == [("either", pair) for pair in combinations(range(3), 2)]
    # .5 and -3.5 alone come to more than the 1 that both do
    found = game(lambda s: {(): 0.0, (0,): 0.5, (1,): -3.5, (0, 1): 1.0}[tuple(sorted(s))], 2)
    assert found.term_weights[0, 0] == 4 and told(found, 2) == [("less", (0, 1))]


def test_what_goes_is_what_is_predicted_without_it():
    random = np.random.default_rng(0)
    terms = [(0, 1), (1, 3), (0, 1, 2), (0, 1, 2, 3)]
    found = made(random.normal(size=4).tolist(), terms, random.normal(size=4))
    whole = found.predict(np.ones((1, 4)))[0, 0]
    for size in range(5):
        for out in combinations(range(4), size):
            mask = ~np.isin(np.arange(4), out)[None]
            assert display.lost(found, 0, out, range(4)) == pytest.approx(whole - found.predict(mask)[0, 0])
            assert display.lost(replace(found, joint=False), 0, out, range(4)) == display.lost(found, 0, out, range(4))
            # the mean over the two texts that have the last word, and have it not
            if 3 not in out:
                both = np.array([np.arange(4) < 4, np.arange(4) < 3])
                fall = (found.predict(both) - found.predict(both & mask))[:, 0].mean()
                assert display.lost(found, 0, out, range(3)) == pytest.approx(fall)


# thirds and their multiples stand on the thresholds
NUMBERS = st.one_of(
    st.integers(-6, 6).map(float), st.integers(-6, 6).map(lambda n: n / 3), st.floats(-4, 4, allow_subnormal=False)
)


@st.composite
def documents(draw) -> Explanation:
    players = draw(st.integers(2, 4))
    sets = [part for size in range(2, players + 1) for part in combinations(range(players), size)]
    terms = draw(st.lists(st.sampled_from(sets), min_size=1, max_size=6, unique=True))
    numbers = lambda size: draw(st.lists(NUMBERS, min_size=size, max_size=size))  # noqa: E731
    found = made(numbers(players), terms, numbers(len(terms)), draw(st.booleans()))
    spread = np.array([numbers(len(terms))])
    return replace(found, term_intervals=np.sort(np.stack([found.term_weights, spread], -1), axis=-1))


@given(st.lists(documents(), min_size=40, max_size=40))
@settings(max_examples=12, deadline=None)
def test_the_page_tells_the_same_of_any_document(drawn):
    for found, answer in zip(drawn, page(drawn)["answers"], strict=True):
        every = [
            [name, list(features)]
            for name, features in (display.relation(found, 0, i) for i in range(len(found.terms)))
        ]
        assert every == answer["every"]
        shown = [[term.weight, term.relation, list(term.features)] for term in display.Weights.of(found, 0).terms]
        assert shown == answer["shown"]


def test_every_relation_is_told_of_games_in_all_languages():
    tables = np.random.default_rng(0).integers(-3, 4, (600, 8)).tolist()
    games = [game(lambda s, table=table: table[sum(1 << i for i in s)], 3) for table in tables]
    said = page(games)
    counts: Counter[str] = Counter()
    for found, answer in zip(games, said["answers"], strict=True):
        ours = [display.relation(found, 0, at) for at in range(len(found.terms))]
        assert [[name, list(features)] for name, features in ours] == answer["every"]
        counts.update(name for name, _ in ours)
    assert set(counts) == set(GAMES) and min(counts.values()) > 5, counts
    # and are said in the same words
    for lang in LANGUAGES:
        terms = [display.Term(0.1, relation, tuple(range(len(names)))) for relation, names in SAID]
        ours = [display.sentence(term, NAMES, captions(lang)) for term in terms]
        theirs = [[(part["text"], part["named"]) for part in parts] for parts in said["sentences"][lang]]
        assert ours == theirs


def test_sentences():
    pair, three = (0, 1), (0, 1, 2)
    names = ["never", "jokes", "plot"]
    say = lambda relation, features, lang="en": "".join(  # noqa: E731
        part for part, _ in display.sentence(display.Term(0.1, relation, features), names, captions(lang))
    )
    assert say("either", pair) == "never, jokes: either is enough"
    assert say("either", three) == "never, jokes, plot: any is enough"
    assert say("need", pair) == "never + jokes need each other"
    assert say("need", three) == "never + jokes + plot: each needs the others"
    assert say("turns", (1, 0)) == "jokes turns never"
    assert say("more", three) == "never + jokes + plot: stronger together"
    assert say("less", pair) == "never + jokes: weaker together"
    assert say("turns", pair, "zh") == "“never”反转“jokes”"
    assert say("need", three, "zh") == "never + jokes + plot：缺一不可"
    assert say("either", three, "zh") == "never、jokes、plot：有其一即可"
    parts = display.sentence(display.Term(0.1, "turns", pair), names, captions("zh"))
    assert [part for part, name in parts if name] == ["never", "jokes"]


def test_interactions_are_told_strongest_first_where_they_are_sure():
    found = game(lambda s: -1.0 * (1 in s) + 2.0 * (s >= {0, 1}) + 0.5 * (s >= {2, 3}), 4)
    assert found.interactions() == [(("not", "bad"), 2.0, "turns"), (("film", "ever"), 0.5, "need")]
    assert found.interactions(1, target="x") == [(("not", "bad"), 2.0, "turns")]
    assert found.interactions(None) == found.interactions()
    doubt = np.array([[[1.9, 2.1], [-0.1, 1.1]]])
    assert [features for features, *_ in replace(found, term_intervals=doubt).interactions()] == [("not", "bad")]
    assert made([0.5, 0.5], [], np.empty(0)).interactions() == []
    assert replace(found, terms=(), term_weights=None, term_intervals=None).interactions() == []
    with pytest.raises(InputError, match="holds only the prediction"):
        replace(found, weights=None, intercepts=None).interactions()
    with pytest.raises(InputError):
        found.interactions(target="y")
