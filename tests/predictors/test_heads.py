"""What prompts have in common is read once, and changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tests.predictors.test_generation import PROMPT, bound, by_hand
from tests.speaking import KINDS, loaded


@pytest.mark.parametrize("kind", KINDS)
def test_what_all_prompts_begin_with_is_read_once_and_changes_nothing(kind):
    net, cut = loaded(kind)
    before = "It was old and warm, she said. "
    one = bound((net, cut), template=before + "{text}")
    texts = [" ".join(PROMPT.split()[at:]) for at in range(12)] + [""]
    lengths = []
    hook = net.register_forward_pre_hook(lambda module, args: lengths.append(args[0].shape[1]))
    try:
        table = one(texts)
    finally:
        hook.remove()
    head = one._head().fixed
    assert len(head.ids) >= 16 and cut.decode(head.ids[1:]) == before.rstrip()
    assert lengths.count(len(head.ids)) == 1  # read once; all others are shorter than they would be
    for text, row in zip(texts, table, strict=True):
        logs, end = by_hand(net, cut(before + text)["input_ids"], one.answer.ids)
        wanted = [*np.add.reduceat(logs, [part.tokens[0] for part in one._spoken.parts]), end]
        assert np.log(row[: len(one.targets)]) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_before_a_word_that_is_taken_out_is_not_read_again(kind):
    net, cut = loaded(kind)
    words = [*PROMPT.split(), *PROMPT.split()[::-1], *PROMPT.split()]
    one = bound((net, cut), prompt=" ".join(words), answer=" Paris")
    texts = [" ".join(words[:at] + words[at + 1 :]) for at in range(len(words))]
    rows = [[*cut(text)["input_ids"], *one.answer.ids] for text in texts]
    read = []
    hook = net.register_forward_pre_hook(lambda module, args: read.append(args[0].numel()))
    try:
        table = one(texts)
    finally:
        hook.remove()
    # half of them, and what rows are filled up with
    assert sum(read) < 0.7 * sum(map(len, rows))
    for text, row in zip(texts, table, strict=True):
        logs, _ = by_hand(net, cut(text)["input_ids"], one.answer.ids)
        assert np.log(row[0]) == pytest.approx(logs.sum(), abs=1e-4)
        assert row == pytest.approx(one([text])[0], rel=1e-5)
