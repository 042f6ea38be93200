"""What type checkers say of a user's program: nothing where it is right, and where it is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RIGHT = """
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from limelight import Comparison, Explainer, Explanation, InputError, Method, Predictor, Score, Try
from limelight import as_predictor, compare, evaluate, explain, load
from limelight.methods import Budget, Problem


class Lengths(Predictor):
    targets = ("short", "long")

    def predict(self, texts: list[str]) -> npt.NDArray[np.float64]:
        return np.array([[1.0, len(text)] for text in texts])


class Pairs(Predictor):
    targets = ("no", "yes")
    most_fields = 2
    scale = "value"

    def predict(self, texts: Sequence[tuple[str, str]]) -> list[list[float]]:
        return [[float(len(one)), float(len(other))] for one, other in texts]


class First(Method):
    name = "first"
    title = "The first answer"

    def steps(self, problem: Problem, budget: Budget, seed: int) -> Iterator[Explanation]:
        yield problem.prediction


class Fitted:
    def predict_proba(self, X: list[str], check: bool = True) -> npt.NDArray[np.float64]:
        return np.ones((len(X), 2))


def function(texts: list[str]) -> list[list[float]]:
    return [[1.0, 0.0] for _ in texts]


def cut(text: str) -> list[tuple[int, int]]:
    return [(0, len(text))]


texts: list[str] = ["It is not a bad film.", "It is."]
explanation: Explanation = explain(texts[0], budget=100, contrast=("positive", 0))
explain({"question": "Who?", "sources": ["She.", {"text": "He.", "title": "A"}]}, function, unit={"question": cut})
explain([{"role": "user", "content": "Who?"}], Fitted(), phrases=[(0, 3)])
explain("It is.", Path("folder"), method=First())
explain("It is.", lambda texts: [[1, 0] for _ in texts], opened=[("text", 0, 2)])
explain({"premise": "It is.", "hypothesis": "It was."}, Pairs())
predictor: Predictor = as_predictor(Lengths(), class_names=["short", "long"])

strongest: list[tuple[str, float]] = explanation.top(3, target=np.int64(1))
predicted: npt.NDArray[np.float64] = explanation.predict(np.ones((1, 5), dtype=bool))
if explanation.weights is not None:
    weights: npt.NDArray[np.float64] = explanation.weights
explanation.save("explanation.json")
page: str = load(Path("explanation.json")).to_html()
picture: bytes = explanation.to_png()
again: Explanation = Explanation.from_dict(explanation.to_dict())

scores: tuple[Score, ...] = evaluate(explanation, "org/model", target="positive", maskers=["delete"])
comparison: Comparison = compare(texts[0], methods=["lime", First()])
compare(texts, function)
compare(texts[0], [function, Fitted()])
best: str | None = comparison.best

try:
    explainer = Explainer(texts, [function, Lengths()], target="positive", compare=["occlusion"])
except InputError as error:
    print(error)
found: Explanation | None = explainer.wait(10)
tries: list[Try] = explainer.tries
explainer.budget = 500
explainer.on_explained(lambda one: print(one.explanation))


async def ended() -> Explanation | None:
    return await explainer
"""
WRONG = """
from limelight import Predictor, evaluate, explain
from limelight import explian  # wrong


class Lengths(Predictor):
    def predict(self, texts: int) -> list[list[int]]:  # wrong
        return [[texts]]


explanation = explain("It is.", unti="word")  # wrong
print(explanation.weights[0])  # wrong
evaluate("It is.")  # wrong
"""


@pytest.fixture(scope="module")
def lines(tmp_path_factory) -> dict[str, set[int]]:
    """The lines of each file at which mypy finds errors, with limelight as if it was installed."""
    folder = tmp_path_factory.mktemp("user")
    overrides = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]["overrides"]
    unfollowed = next(one["module"] for one in overrides if one.get("follow_imports") == "skip")
    (folder / "mypy.ini").write_text(
        f"[mypy]\nstrict = True\nmypy_path = {ROOT / 'src'}\n"
        "[mypy-limelight.*]\nfollow_imports = silent\n"
        f"[mypy-{','.join(unfollowed)}]\nfollow_imports = skip\nignore_missing_imports = True\n"
    )
    found: dict[str, set[int]] = {}
    for name, source in (("right", RIGHT), ("wrong", WRONG)):
        (folder / f"{name}.py").write_text(source, "utf-8")
        found[name] = set()
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "right.py", "wrong.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stdout + done.stderr  # 2: it could not check
    print(done.stdout)  # shown where a test fails
    for name, line in re.findall(r"^(\w+)\.py:(\d+): error:", done.stdout, re.M):
        found[name].add(int(line))
    return found


@pytest.mark.slow
def test_a_program_that_is_right_has_no_errors(lines):
    assert lines["right"] == set()


@pytest.mark.slow
def test_each_mistake_is_found_where_it_is(lines):
    marked = {at for at, line in enumerate(WRONG.splitlines(), 1) if line.endswith("# wrong")}
    assert len(marked) == 5
    assert lines["wrong"] == marked
