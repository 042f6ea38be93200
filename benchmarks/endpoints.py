"""Endpoints: is an answer scored as the model itself scores it, does a server waver, and what is forecast?

    python -m benchmarks.endpoints http://127.0.0.1:8080 --model path/to/the/same/weights
    python -m benchmarks.endpoints --counted

The first asks a real server, llama.cpp's or vLLM, that serves the weights in the folder; see docs/endpoints.md for how
to start one. The second needs none: labels that are counted, of which the truth is known.
"""

from __future__ import annotations

import argparse
import re

import numpy as np

from limelight import Endpoint, explain
from limelight.api.forecast import forecast
from limelight.api.options import Options
from limelight.document import Answer
from limelight.text.fields import fields_of
from limelight.text.inputs import Input

PLACES = ["France", "Italy", "Japan", "Brazil", "Kenya", "Norway", "Peru", "India", "Greece", "Canada"]
FORMS = [
    ("What is the capital of {0}? Answer in one sentence.", "The capital of {0} is a large city."),
    ("Name a river in {0}, please, and say how long it is.", "I do not know of one, but {0} has many."),
    ("I went to {0} last year and it rained all week. Was it a good trip?", "It was not a good trip at all."),
    ("Write a title for a story about a farmer in {0}.", "The farmer and the 3 hens of {0}"),
    ("Is {0} warm in winter? Say yes or no.", "No, it is not so warm: 5 degrees."),
]
LONG = 4 * (
    "The old town lies by a river and its market opens early on most days of the week, while boats bring fruit, bread "
    "and fish from the other side, where a small church stands above green fields. "
)
SCORED = [(prompt.format(place), answer.format(place)) for place in PLACES for prompt, answer in FORMS]


def forced(url: str, prompt: str, ids: tuple[int, ...]) -> list[float]:
    """What llama.cpp's server says of tokens when each is forced by itself."""
    import httpx

    said = []
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        messages = [{"role": "user", "content": prompt}]
        text = client.post("/apply-template", json={"messages": messages}).json()["prompt"]
        before = client.post("/tokenize", json={"content": text, "add_special": True, "parse_special": True})
        whole = before.json()["tokens"]
        for token in ids:
            body = {"prompt": whole, "n_predict": 1, "n_probs": 1, "temperature": 0, "logit_bias": [[token, 1000]]}
            (one,) = client.post("/completion", json=body).json()["completion_probabilities"]
            assert one["id"] == token
            said.append(one["logprob"])
            whole = [*whole, token]
    return said


def bound(model: object, prompt: str, answer: str) -> object:
    *_, last = model.bind(fields_of(prompt), Answer(answer))
    return last


def against_itself(url: str) -> None:
    worst = 0.0
    for prompt, answer in SCORED:
        one = bound(Endpoint(url, concurrency=1), prompt, answer)
        ids = one.answer.ids
        row = np.log(one([prompt])[0][len(one.targets) :][: len(ids)])
        worst = max(worst, np.abs(row - forced(url, prompt, ids)).max())
    print(f"one request against forced tokens, {len(SCORED)} prompts: at most {worst:.1e} a token")


def against_transformers(url: str, folder: str) -> None:
    from limelight import as_predictor

    model, differences, whole = as_predictor(folder), [], []
    server = Endpoint(url, concurrency=1)
    for prompt, answer in SCORED:
        theirs, ours = bound(model, prompt, answer), bound(server, prompt, answer)
        assert theirs.answer.ids == ours.answer.ids
        count = len(ours.answer.ids)
        rows = [np.log(one([prompt])[0][len(one.targets) :][:count]) for one in (theirs, ours)]
        differences += [*(rows[0] - rows[1])]
        whole.append(abs(rows[0].sum() - rows[1].sum()) / count)
    off = np.abs(differences)
    print(
        f"against transformers, {len(SCORED)} prompts, {len(off)} tokens: mean {off.mean():.4f}, "
        f"95 % {np.quantile(off, 0.95):.4f}, at most {off.max():.4f}; of a whole answer, a token: "
        f"mean {np.mean(whole):.4f}, at most {np.max(whole):.4f}"
    )


def floor(url: str) -> None:
    """The floor that is shown against 20 repeats, under load as an explanation is."""
    ratios = []
    for prompt, answer in SCORED[::5]:
        prompt = LONG + prompt  # of short ones llama.cpp says the same each time
        one = bound(Endpoint(url), prompt, answer)
        said = [re.search(r"deviation of ([\d.e-]+)", warning) for warning in one.warnings]
        shown = next((float(found.group(1)) for found in said if found), 0.0)
        sums = []
        for _ in range(5):  # as many at a time as there are slots
            scores = one.score([Input.of(prompt)] * 4).values
            sums += [*np.log(scores[:, : len(one.targets)]).sum(axis=1)]
        seen = float(np.std(sums, ddof=1))
        print(f"  floor shown {shown:.3f}, of 20 repeats {seen:.3f}")
        if shown and seen:
            ratios.append(shown / seen)
    within = np.mean([1 / 1.5 <= ratio <= 1.5 for ratio in ratios]) if ratios else float("nan")
    print(f"floor: {len(ratios)} of {len(SCORED[::5])} waver; within a factor of 1.5: {within:.2f}")


def forecasts(url: str) -> None:
    ratios = []
    for prompt, answer in SCORED[::7]:
        server = Endpoint(url)
        *_, note = forecast(fields_of(prompt), server, Options(answer=answer, budget=64))
        tokens = int(re.search(r"([\d,]+) tokens", note).group(1).replace(",", ""))
        client, before = server._contact.client, server._contact.client.tokens
        explain(prompt, server, answer=answer, budget=64)
        ratios.append(tokens / (client.tokens - before))
    print(f"forecast of tokens: {min(ratios):.2f} to {max(ratios):.2f} of what was spent, {len(ratios)} prompts")


def counted() -> None:
    from tests.predictors.served.test_routes import held

    for features, budget in ((5, 64), (8, 64), (10, 64), (10, 150)):
        share = held(features, budget, 100)
        print(f"counted labels, {features} words, {budget} evaluations of 8 answers: .95 hold {share:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", nargs="?")
    parser.add_argument("--model", help="a folder with the same weights for transformers")
    parser.add_argument("--counted", action="store_true")
    chosen = parser.parse_args()
    if chosen.counted:
        counted()
    if chosen.url:
        kind = Endpoint(chosen.url)._contact.server.title
        print(kind)
        if kind == "llama.cpp":
            against_itself(chosen.url)
        if chosen.model:
            against_transformers(chosen.url, chosen.model)
        floor(chosen.url)
        forecasts(chosen.url)


if __name__ == "__main__":
    main()
