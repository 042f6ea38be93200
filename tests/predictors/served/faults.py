"""Answers of a server with a lie in them."""

from __future__ import annotations

import itertools
import json


def lie(choice, fault):
    """Lies in the log-probabilities of a choice: of a prompt as vLLM tells them, of an echo, or the likeliest."""
    rows, echoed = choice.get("prompt_logprobs"), choice.get("logprobs") or {}
    if rows:
        own = next(iter(rows[-1]))
        if fault == "other":
            rows[-1][str(int(own) + 1)] = rows[-1].pop(own)
        if fault == "fewer":
            del rows[-1]
        if fault == "positive":
            rows[-1][own]["logprob"] = 3.0
        if fault == "null":
            rows[-1][own].pop("logprob")
        if fault == "sentinel":
            rows[-1][own]["logprob"] = -9999.0
    if "token_logprobs" in echoed:
        if fault == "other":
            echoed["tokens"][-2] = " else"
        if fault == "fewer":
            del echoed["token_logprobs"][-1]
        if fault in ("positive", "null", "sentinel"):
            echoed["token_logprobs"][-2] = {"positive": 3.0, "null": None, "sentinel": -9999.0}[fault]
    if echoed.get("content") and fault in ("positive", "null"):
        echoed["content"][0]["top_logprobs"][0]["logprob"] = {"positive": 3.0, "null": "low"}[fault]


def spoilt(answer, fault):
    """An answer with a lie in it."""
    answer = json.loads(json.dumps(answer))
    if fault in ("counts", "many"):
        for usage in (answer, answer.get("usage") or {}):
            for name in ("prompt_tokens", "completion_tokens", "tokens_evaluated", "tokens_predicted"):
                if name in usage:
                    usage[name] = -5 if fault == "counts" else 10**12
    if fault == "empty" and "choices" in answer:
        answer["choices"] = []
    for choice in answer.get("choices") or []:
        lie(choice, fault)
    rows = answer.get("completion_probabilities") or []
    if fault == "other" and rows:
        rows[0]["id"] += 1
    if fault == "fewer" and rows:
        del rows[-1]
    if fault == "positive" and rows:
        rows[0]["logprob"] = 3.0
    if fault == "null" and rows:
        rows[0].pop("logprob")
    if fault == "sentinel":
        for row in itertools.chain(
            rows, *(one["logprobs"]["content"] for one in answer.get("choices") or [] if one.get("logprobs"))
        ):
            row["logprob"] = -3.4028234663852886e38
            for other in row.get("top_logprobs", [])[-2:]:
                other["logprob"] = -9999.0
    return answer
