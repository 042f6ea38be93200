"""llama.cpp's real server, in this machine's memory: what it says of a given answer is what the model says."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import Endpoint, explain
from limelight.document import Answer
from limelight.text.fields import fields_of

pytestmark = pytest.mark.slow  # a server and a model of its own to start
PROMPT = "The capital of France is not so bad"
ANSWER = " and it was old"


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    """The address of the server, and the folder of its model for transformers."""
    from tests.predictors.served.gguf_model import served

    folder = tmp_path_factory.mktemp("llama")
    with served(folder) as address:
        yield address, folder


def bound(url, prompt=PROMPT, answer=ANSWER, **more):
    *_, last = Endpoint(url, **more).prompted(None, None).bind(fields_of(prompt), Answer(answer))
    return last


def test_one_request_scores_an_answer_as_token_by_token(llama):
    import httpx

    url, _ = llama
    one = bound(url, concurrency=1)
    random = np.random.default_rng(0)
    words = PROMPT.split()
    prompts = [" ".join(word for word in words if random.random() < 0.7) or "it" for _ in range(12)]
    table = one(prompts)
    with httpx.Client(base_url=url, trust_env=False) as client:
        for prompt, row in zip(prompts, table, strict=True):
            ids = client.post("/tokenize", json={"content": prompt, "add_special": True}).json()["tokens"]
            said = []
            for token in one.answer.ids:
                body = {"prompt": ids, "n_predict": 1, "n_probs": 1, "temperature": 0, "logit_bias": [[token, 1000]]}
                told = client.post("/completion", json=body).json()["completion_probabilities"][0]
                assert told["id"] == token
                said.append(told["logprob"])
                ids = [*ids, token]
            mine = np.log(row[len(one.targets) : len(one.targets) + len(said)])
            assert mine == pytest.approx(said, abs=1e-3)


def test_it_says_what_transformers_says_of_the_same_weights(llama):
    import torch
    from transformers import AutoModelForCausalLM

    url, folder = llama
    one = bound(url)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    import httpx

    with httpx.Client(base_url=url, trust_env=False) as client:
        ids = client.post("/tokenize", json={"content": PROMPT, "add_special": True}).json()["tokens"]
    whole = torch.tensor([[*ids, *one.answer.ids]])
    with torch.no_grad():
        logs = model(whole).logits[0].log_softmax(-1)
    theirs = [logs[len(ids) - 1 + at, token].item() for at, token in enumerate(one.answer.ids)]
    mine = np.log(one([PROMPT])[0][len(one.targets) : len(one.targets) + len(theirs)])
    assert mine == pytest.approx(theirs, abs=0.05)


def test_it_writes_and_is_explained(llama):
    url, _ = llama
    found = explain(PROMPT, url, template=None, generation={"max_new_tokens": 6}, budget=40)
    assert found.answer.text and found.answer.route == "llama.cpp, raw"
    assert found.weights.shape == (len(found.targets), len(found.features)) and np.isfinite(found.weights).all()
    empty = explain(PROMPT, url, template=None, labels=["old", "bad"], budget=40)
    assert empty.probabilities.sum() == pytest.approx(1)


def test_parts_of_characters_are_scored_too(llama):
    import httpx
    import torch
    from transformers import AutoModelForCausalLM

    url, folder = llama
    answer = " old 好看 👍!"
    found = bound(url, answer=answer)
    assert found.targets == ("old", "好", "看", "👍", "!", "(end)") and found.answer.text == answer
    assert len(found.answer.ids) > len(answer)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    for prompt in (PROMPT, "France", ""):
        with httpx.Client(base_url=url, trust_env=False) as client:
            ids = client.post("/tokenize", json={"content": prompt, "add_special": True}).json()["tokens"] or [1]
        with torch.no_grad():
            logs = model(torch.tensor([[*ids, *found.answer.ids, 0]])).logits[0].log_softmax(-1)
        theirs = [logs[len(ids) - 1 + at, token].item() for at, token in enumerate((*found.answer.ids, 0))]
        row = np.log(found([prompt])[0])
        own = row[len(found.targets) : len(found.targets) + len(theirs) - 1]
        assert own == pytest.approx(theirs[:-1], abs=0.05) and row[5] == pytest.approx(theirs[-1], abs=0.05)


def test_sources_are_told_of_an_endpoint_as_of_a_model_in_memory(llama):
    """What is asked are whole prompts without some sources, whoever scores the answer."""
    url, folder = llama
    given = {"sources": ["It was old.", "It was warm.", "It is big."], "question": "So?"}
    more = {"unit": "source", "method": "banzhaf", "answer": ANSWER, "template": None}
    there, here = (explain(given, model, **more) for model in (Endpoint(url, concurrency=1), str(folder)))
    assert there.removals == here.removals and there.sources()["source"].tolist()[:3] == [1, 2, 3]
    assert np.abs(there.sources()["effect"] - here.sources()["effect"]).max() < 0.1
    assert set(there.sources()["verdict"]) == set(here.sources()["verdict"])
