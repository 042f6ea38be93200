"""Single removals of a prompt's words: the numbers of captum's FeatureAblation, with the seam where it is."""

from __future__ import annotations

import numpy as np
import pytest

from limelight import explain
from limelight.text.tokens import edges_of, parts_of
from tests.speaking import loaded

PROMPT = "It was not so bad and the capital is warm"
ANSWER = " Paris, and 好看!"


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_single_removals_are_captums(kind):
    import torch
    from captum.attr import FeatureAblation, LLMAttribution, TextTemplateInput

    net, cut = loaded(kind)
    found = explain(PROMPT, (net, cut), method="occlusion", answer=ANSWER)
    first, *rest = PROMPT.split()
    values = [first, *(f" {word}" for word in rest)]
    given = TextTemplateInput("{}" * len(values), values, baselines=[""] * len(values))
    theirs = LLMAttribution(FeatureAblation(net), cut).attribute(
        given, target=torch.tensor(found.answer.ids), forward_in_tokens=False, use_cached_outputs=False
    )
    tokens = theirs.token_attr.detach().numpy()
    parts = parts_of(*edges_of(lambda ids: cut.decode(list(ids)), found.answer.ids))
    words = np.add.reduceat(tokens, [part.tokens[0] for part in parts], axis=0)
    # without its first word captum's prompt begins with a blank, which ours does not
    assert found.weights[: len(parts), 1:] == pytest.approx(words[:, 1:], abs=1e-4)
    assert found.over(0, len(ANSWER)).weights[0, 1:] == pytest.approx(tokens.sum(axis=0)[1:], abs=1e-4)
