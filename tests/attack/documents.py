"""Documents as somebody may have saved them, and what becomes of them in bad hands."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

from limelight.document import Alternative, Answer, Target
from limelight.text.units import words
from tests.conftest import document

TEXT = "It is not a bad film, 但是 the jokes 😀 fall flat."
PAIR = {"premise": "A man is never outside.", "hypothesis": "هو يمشي, a man walks."}
SOURCES = {"question": "Who?", "sources": [{"title": "One", "text": "It was Ann."}, "", "It was Bob.\nAnd Ann."]}


def _made(given: Any, targets: list[str], seed: int = 0, **more: Any) -> dict[str, Any]:
    """The document of an explanation with random weights."""
    bare = document(given, [], ["x"], [0])
    spans = [(at, *span) for at, field in enumerate(bare.fields) for span in words(field.text)]
    random, k, d = np.random.default_rng(seed), len(targets), len(spans)
    weights, room = random.normal(0, 0.1, (k, d)), np.abs(random.normal(0, 0.05, (k, d)))
    usual = {"weights": weights, "intercepts": np.full(k, 0.2), "fit": {"r2": [0.8] * k, "rank": [0.9] * k}}
    usual |= {"intervals": np.stack([weights - room, weights + room], -1), "state": "settled", "method": "lime"}
    usual |= {"evaluations": 300, "budget": 1000, "seconds": 1.5, "model": "toy", "title": "LIME"}
    made = document(given, spans, targets, random.dirichlet(np.ones(k)), **{**usual, **more})
    return json.loads(made.to_json())


def valid() -> dict[str, dict[str, Any]]:
    """One document of each kind."""
    terms = {"terms": [(0, 3), (1, 2, 8)], "term_weights": [[0.3, -0.2]] * 2, "joint": True}
    terms |= {"term_intervals": [[[0.2, 0.4], [-0.3, -0.1]]] * 2}
    size = len(words(TEXT))
    bytes_ = base64.b64encode(np.random.default_rng(0).bytes(2 * 3 * size**2)).decode()
    exam = {"targets": [1], "shares": [0.0, 0.5, 1.0], "srg": [0.2], "evaluations": 30}
    exam |= {name: [[0.9, 0.5, 0.1]] for name in ("first", "last", "random")}
    answer = Answer(
        "It was Ann.", (5, 6, 7), ((0, 2), (3, 6), (7, 10)), (0.9, 0.8, 0.7), ((Alternative("Bob", 9, 0.1),),) * 3
    )
    spoken = [Target("It", "answer"), Target("was", "answer"), Target("Ann", "answer", (1, 7, 10))]
    packed = np.random.default_rng(1).normal(size=(900, 12))
    bare = {"weights": None, "intercepts": None, "intervals": None, "fit": {}, "state": "prediction"}
    return {
        "one": _made(TEXT, ["no", "yes"], warnings=["The model reads 40 characters."], reads=[40]),
        "pair": _made(PAIR, ["entails", "contradicts"], **terms),
        "classes": _made("a b c", [f"class {at}" for at in range(200)], probabilities=np.full(200, 0.005)),
        "attention": _made(TEXT, ["x"], attention={"layers": 2, "heads": 3, "data": bytes_}, scale="attention"),
        "exam": _made(TEXT, ["no", "yes"], exam=exam, intervals=None, fit={"convergence": [0.1, 0.2]}),
        "answer": _made(SOURCES, spoken, answer=answer, scale="log-probability", explained=(1, 3),
                        residuals=packed[:, :4], leverages=packed[:, :9], unit={"sources 1": "sentence"}),
        "contrast": _made(TEXT, ["a rather than b", "b rather than a"], scale="logit", contrast=(2, 0)),
        "packed": _made("a b c d e", [f"intent {at}" for at in range(1000)]),
        "prediction": _made(PAIR, ["no", "yes"], **bare),
        "nothing": _made([{"role": "user", "content": "Hi."}, {"role": "assistant", "content": ""}], [], **bare),
        "before": _before(TEXT, pairs=[[0, 3], [1, 2]]),
        "before, bare": _before("", pairs=[]),
    }  # fmt: skip


def _before(text: str, pairs: list[list[int]]) -> dict[str, Any]:
    """A document of schema limelight/1."""
    spans = words(text)
    return {
        "schema": "limelight/1", "text": text, "features": [text[a:b] for a, b in spans], "spans": spans,
        "read": len(text), "targets": ["no", "yes"], "scores": [0.2, 0.8], "probabilities": [0.2, 0.8],
        "weights": [[0.1] * len(spans), [-0.1] * len(spans)], "intercepts": [0.1, 0.2], "intervals": None,
        "pairs": pairs, "pair_weights": [[0.2] * len(pairs)] * 2, "pair_intervals": [[[0.1, 0.3]] * len(pairs)] * 2,
        "joint": True, "fit": {"r2": [0.9, 0.9]}, "state": "settled", "method": "surrogate", "title": "",
        "unit": "word", "masker": "delete", "contrast": None, "scale": "probability", "seed": 0, "evaluations": 60,
        "budget": 60, "model": "toy", "attention": None, "exam": None, "warnings": [], "seconds": 0.5,
    }  # fmt: skip


def nested(depth: int, kind: str = "list") -> Any:
    """A list in a list in a list, or so with dicts."""
    inner: Any = 0.5
    for _ in range(depth):
        inner = [inner] if kind == "list" else {"a": inner}
    return inner


def _packed(shape: Any, count: int) -> dict[str, Any]:
    return {"shape": shape, "float32": base64.b64encode(np.ones(count, "<f4").tobytes()).decode()}


# Made anew each time, since a mutant may be mutated further.
ODD: dict[str, Callable[[], list[Any]]] = {
    "numbers": lambda: [
        float("nan"), float("inf"), -float("inf"), 1e308, -1e308, 1e-320, -0.0, 10**30, 10**400, 10**8, 2**31, 2**53,
        2**63, -1, 0, 1, 3, 0.5, 1e21, 1e155, True, False,
    ],
    "texts": lambda: [
        "", " ", "\n", "\r\n\r\n", "\0", "\x1b[2J\x07", "\ud800", "a\udfff", "\u202edab", "\u2028", "\ufffe", "a\u0301",
        "<b>", "]]>", "</script>", "-->", "&", '"', "%s {x} \\input{/etc/passwd}", "=1+1", "nan", "1", "limelight/2",
        "word",
    ],
    "long": lambda: [
        "x" * 1_000_000, "a" + "\u0301" * 200_000, "a" + "\u200d" * 200_000, "👩\u200d" * 50_000, " " * 300_000,
        "\n" * 100_000, "\u1100" * 100_000, "a " * 90_000, "\x1c\u200b" * 90_000, "هو " * 60_000, "中，" * 90_000,
        "W" * 5000 + "\u200b" * 150_000, "A" * 3000,
    ],
    "kinds": lambda: [
        None, [], {}, [[]], [None], ["a"], [{}], [[0, 1]], [[0, 0, 1]], [0.5], [0.5, 0.5], {"a": 1}, {"name": "x"},
        {"name": "x", "text": "a b"}, {"r2": [1]}, b"bytes".decode(), [0] * 200_000, [[0, 0, 1]] * 10_001,
        {f"k{at}": "word" for at in range(50_000)}, ["w" * 50] * 200,
    ],
    "nests": lambda: [nested(60), nested(900), nested(900, "dict")],
    "packed": lambda: [
        _packed([2, 3], 6), _packed([2, 3], 5), _packed([-2, -3], 6), _packed(["2", 3], 6), _packed(None, 6),
        _packed([10**9, 10**9], 6), _packed([0, 10**12], 0), _packed([1] * 40, 1), {"shape": [1], "float32": "????"},
        {"shape": [1], "float32": 5}, {"float32": "AAAA"}, {"shape": [float("inf")], "float32": "AAAAAA=="},
    ],
}  # fmt: skip


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every key and position of a tree, by the dict or list that it is in."""
    found, waiting = [], [tree]
    while waiting:
        inner = waiting.pop()
        keys = list(inner) if isinstance(inner, dict) else range(len(inner))
        found += [(inner, key) for key in keys]
        waiting += [inner[key] for key in keys if isinstance(inner[key], (dict, list))]
    return found


def mutated(given: dict[str, Any], random: Random) -> dict[str, Any]:
    """A document with one to four things in it deleted, doubled, exchanged, or replaced by something odd."""
    made = copy.deepcopy(given)
    for _ in range(random.choice((1, 1, 1, 2, 2, 4))):
        # as many hits on each key of the document, however much is in it
        key = random.choice(list(made) or ["schema"])
        inner, at = made, key
        if isinstance(made.get(key), (dict, list)) and (deeper := _places(made[key])) and random.random() < 0.7:
            inner, at = random.choice(deeper)
        _mutate(inner, at, given, random)
    return made


def _mutate(inner: Any, at: Any, given: dict[str, Any], random: Random) -> None:
    now = inner[at] if not isinstance(inner, dict) or at in inner else None
    act = random.choice(("delete", "double", "exchange", "copy", "nudge", "wrap", "replace", "replace", "replace"))
    kinds = list(ODD)
    if random.random() < 0.6:  # of the same kind, which is refused less often
        kinds = ["numbers"] if isinstance(now, (int, float)) else ["texts", "long"] if isinstance(now, str) else kinds
    odd = random.choice(ODD[random.choice(kinds)]())
    if act == "delete":
        if isinstance(inner, list) or at in inner:
            del inner[at]
    elif act == "double" and isinstance(inner, list):
        inner.insert(at, now)
    elif act == "double" and isinstance(now, list):
        inner[at] = now * 2
    elif act == "exchange" and isinstance(inner, list):
        other = random.randrange(len(inner))
        inner[at], inner[other] = inner[other], inner[at]
    elif act == "copy":  # from elsewhere in the document
        inner[at] = copy.deepcopy(given[random.choice(list(given))])
    elif act == "nudge" and isinstance(now, (int, float)):
        inner[at] = now + random.choice((-1, 1, 1000, -1e-9, 1e9))
    elif act == "wrap":
        inner[at] = [now]
    else:
        inner[at] = odd
