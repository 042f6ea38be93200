"""How much of a language model's answers weights leave unexplained, beside captum's and interpreto's regressions.

    python -m benchmarks.tables                            SmolLM2, 20 prompts, 64 and 200 evaluations
    python -m benchmarks.tables --model FOLDER --prompts 50

For each word of a given answer, all regress the same log-probabilities on the same masks: those that limelight asked.
captum's ``Lime`` (lasso, cosine kernel) and ``KernelShap`` (all and nothing weigh a million) run on a table instead of
the model. interpreto's LIME is its formula, least squares with an exponential kernel of width .75 sqrt(d), since the
package wants others that it does not need for this. On fresh masks, from none to all words out alike, each peer gets
the slope and intercept that fit it best on one half, which is more than a user gets; limelight's line, and its words
and interactions (of masks of their own), stay as they are. All are scored on the other half: the share of the variance
that is left, averaged over the words of which the variance is more than a thousandth.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np

from benchmarks.endpoints import SCORED
from benchmarks.material import machine
from limelight import as_predictor
from limelight.api.options import Options
from limelight.api.steps import last
from limelight.document import Answer
from limelight.evaluation.score import fresh_masks
from limelight.masking.game import Game
from limelight.masking.maskers import MASKERS
from limelight.predictors import Predictor
from limelight.text.fields import fields_of

FRESH = 200  # masks, of which half are for slopes
LEAST = 1e-3  # of the variance of a word, below which there is nothing to explain
DRAWS = 2000
SHAP = "captum's KernelShap"
OURS, JOINT = "limelight's LIME", "limelight's interactions"
PEERS = ("captum's Lime", SHAP, "interpreto's LIME")


def captums(kind: str, masks: np.ndarray, logs: np.ndarray) -> np.ndarray:
    """Weights ``(d,)`` of captum's regression of one word on given masks."""
    import torch
    from captum._utils.models.linear_model import SkLearnLasso, SkLearnLinearRegression
    from captum.attr import KernelShap, LimeBase
    from captum.attr._core.lime import get_exp_kernel_similarity_function

    known = {row.tobytes(): value for row, value in zip(masks, logs, strict=True)}
    left = iter(masks)

    def said(given: torch.Tensor) -> torch.Tensor:
        return torch.tensor([known[(row.numpy() > 0.5).tobytes()] for row in given])

    def drawn(*_: object, **__: object) -> torch.Tensor:
        return torch.tensor(next(left)[None].astype(np.float32))

    near = KernelShap(said).kernel_shap_similarity_kernel if kind == SHAP else get_exp_kernel_similarity_function()
    base = LimeBase(
        said,
        SkLearnLinearRegression() if kind == SHAP else SkLearnLasso(alpha=0.01),  # as in Lime, and in KernelShap
        lambda *given, **more: near(*given, num_interp_features=masks.shape[1], **more),
        drawn,
        True,
        lambda sample, *_, **__: sample,
        None,
    )
    return base.attribute(torch.ones(1, masks.shape[1]), n_samples=len(masks))[0].numpy()


def interpretos(masks: np.ndarray, logs: np.ndarray) -> np.ndarray:
    """Weights ``(d,)`` of interpreto's regression of one word on given masks."""
    out = 1.0 - masks
    length = np.linalg.norm(out, axis=1)
    distance = 1 - np.divide(out.sum(axis=1), length * np.sqrt(out.shape[1]), where=length > 0, out=0 * length)
    width = 0.75 * np.sqrt(out.shape[1])
    root = np.exp(-(distance**2) / width**2 / 2)[:, None]
    design = np.column_stack([np.ones(len(masks)), masks])
    return np.linalg.lstsq(root * design, root[:, 0] * logs, rcond=None)[0][1:]


def fitted(weights: np.ndarray, masks: np.ndarray, logs: np.ndarray) -> float:
    """The share of the variance that weights leave on the second half, with slope and intercept of the first."""
    line, half = masks @ weights, len(masks) // 2
    steep = np.std(line[:half]) > 0
    slope, intercept = np.polyfit(line[:half], logs[:half], 1) if steep else (0.0, logs[:half].mean())
    return float(((slope * line + intercept - logs)[half:] ** 2).mean() / logs[half:].var())


def explained(predictor: Predictor, prompt: str, answer: str, budget: int, seed: int) -> dict[str, float]:
    """The share that each leaves unexplained, averaged over the words of an answer."""
    fields = fields_of(prompt)
    *_, bound = predictor.bind(fields, Answer(answer))
    seen: list[np.ndarray] = []
    own = Game.evaluate

    def watched(self: Game, masks: np.ndarray) -> object:
        seen.append(np.asarray(masks, dtype=bool))
        return own(self, masks)

    Game.evaluate = watched  # type: ignore[method-assign]
    try:
        found = last(fields, predictor, Options(answer=answer, budget=budget, seed=seed))
    finally:
        Game.evaluate = own  # type: ignore[method-assign]
    masks = np.unique(np.concatenate([some for some in seen if some.shape[1] == len(found.features)]), axis=0)
    game = Game(bound, found.texts, found.places, MASKERS[found.masker], "log-probability")
    logs, fresh = game(masks), fresh_masks(len(found.features), seed + 100, FRESH)
    fresh = fresh[np.random.default_rng(seed).permutation(len(fresh))]
    truth, half = game(fresh), len(fresh) // 2
    line = found.intercepts[:, None] + found.weights @ fresh.T
    more = last(fields, predictor, Options(answer=answer, budget=budget, seed=seed, method="interactions"))
    joint = more.predict(fresh)
    shares: dict[str, list[float]] = {name: [] for name in (OURS, JOINT, *PEERS)}
    for word in range(len(found.targets)):
        if truth[half:, word].var() < LEAST:
            continue
        for name, said in ((OURS, line[word]), (JOINT, joint[:, word])):
            shares[name].append(float(((said - truth[:, word])[half:] ** 2).mean() / truth[half:, word].var()))
        weights = [*(captums(name, masks, logs[:, word]) for name in PEERS[:2]), interpretos(masks, logs[:, word])]
        for name, one in zip(PEERS, weights, strict=True):
            shares[name].append(fitted(one, fresh, truth[:, word]))
    return {name: float(np.mean(each)) for name, each in shares.items()} | {"masks": len(masks)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--prompts", type=int, default=20)
    parser.add_argument("--budgets", type=int, nargs="+", default=[64, 200])
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    predictor = as_predictor(asked.model, dtype="float32", device="cpu")
    print(machine())
    # of each place another form, so that a few prompts are of all forms
    chosen = SCORED[:: len(SCORED) // min(asked.prompts, len(SCORED))][: asked.prompts]
    lines = []
    for budget in asked.budgets:
        rows = []
        for at, (prompt, answer) in enumerate(chosen):
            rows.append(explained(predictor, prompt, answer, budget, at))
            told = ", ".join(f"{name} {value:.3g}" for name, value in rows[-1].items())
            print(f"<!-- {budget} evaluations, prompt {at + 1} of {len(chosen)}: {told} -->", flush=True)
        table = np.array([[row[name] for name in (OURS, JOINT, *PEERS)] for row in rows])
        means, drawn = table.mean(axis=0), np.random.default_rng(0).integers(len(rows), size=(DRAWS, len(rows)))
        best = 2 + int(np.argmin(means[2:]))
        many = table[drawn].mean(axis=1)
        told = [f"{mean:.3f}" for mean in means]
        for own in (0, 1):
            low, high = np.percentile(many[:, own] / many[:, best], [2.5, 97.5])
            told.append(f"{means[own] / means[best]:.2f} ({low:.2f} to {high:.2f})")
        lines.append(f"| {budget} | {' | '.join(told)} |")
    heading = " | ".join((OURS, JOINT, *PEERS, "LIME of the better", "interactions of the better"))
    print("\n".join(["", f"| evaluations | {heading} |", "|---" * 8 + "|", *lines]))


if __name__ == "__main__":
    main()
