"""Where the answer to a question begins and ends in a context of any length, as the windows of it say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from limelight.arrays import Floats
from limelight.text.spans import Span

NOWHERE = -1.0  # where the token stands by which a model says that there is no answer


@dataclass(frozen=True)
class Reading:
    """Where a model says that the answer begins and ends.

    Attributes:
        spans: ``(n, 2)`` where the tokens of the context stand, ascending.
        logs: ``(n, 2)`` log-probabilities that the answer begins at each, and that it ends there.
        none: the log-probability that there is none; minus infinity where the model has no such token.
    """

    spans: Floats
    logs: Floats
    none: float

    @classmethod
    def joined(cls, windows: Sequence[Span], pages: Sequence[Floats]) -> Reading:
        """What the windows of one context say together: one softmax over all tokens.

        A token in two windows counts where more of what stands around it can be read, and "no answer"
        as the window has it that is the least sure of it.

        Args:
            windows: spans of the context.
            pages: of each ``(1 + tokens, 4)``: where a token stands in it, and its two logits; first the token
                that stands nowhere.
        """
        cuts = [(start + stop) / 2 for (_, stop), (start, _) in pairwise(windows)]
        rows = [min((page[0] for page in pages), key=lambda row: float(row[2:].sum()))]
        for (start, _), page, low, high in zip(windows, pages, [-np.inf, *cuts], [*cuts, np.inf], strict=True):
            own = page[1:] + np.array([start, start, 0, 0])
            rows += list(own[(own[:, 0] >= low) & (own[:, 0] < high)])
        logits = np.array(rows)[:, 2:]
        largest = logits.max(axis=0)
        logs = logits - largest - np.log(np.exp(logits - largest).sum(axis=0))
        return cls(np.array(rows)[1:, :2], logs[1:], float(logs[0].sum()))

    def tokens(self, span: Span) -> tuple[int, int]:
        """The first and the last token that stand in a span of the context."""
        first = int(np.searchsorted(self.spans[:, 1], span[0], side="right"))
        return first, int(np.searchsorted(self.spans[:, 0], span[1], side="left")) - 1

    def log_probability(self, span: Span | None) -> float:
        """Of an answer in a span of the context, or of none."""
        if span is None:
            return self.none
        first, last = self.tokens(span)
        return float(self.logs[first, 0] + self.logs[last, 1]) if first <= last else -np.inf

    def likeliest(self, text: str, longest: int, most: int) -> list[Span]:
        """The likeliest answers that share no token, the best first; each has a letter or a digit."""
        starts, ends = np.where((self.spans[:, 0] < self.spans[:, 1])[:, None], self.logs, -np.inf).T
        after = np.concatenate([ends, np.full(longest - 1, -np.inf)])
        # of each token, up to the last that an answer from there may have
        table = starts[:, None] + np.lib.stride_tricks.sliding_window_view(after, longest) if len(starts) else after[:0]
        found: list[Span] = []
        while len(found) < most and table.size and np.isfinite(table.max()):
            first, more = map(int, np.unravel_index(table.argmax(), table.shape))
            last = first + more
            span = int(self.spans[first, 0]), int(self.spans[last, 1])
            if not any(map(str.isalnum, text[slice(*span)])):
                table[first, more] = -np.inf
                continue
            found.append(span)
            for at in range(max(0, first - longest + 1), last + 1):
                table[at, max(0, first - at) :] = -np.inf
        return found


def cut(context: str, offsets: Sequence[Span], room: int) -> list[Span]:
    """Windows of a context that overlap by a quarter or more, cut where a word begins if one does nearby.

    Args:
        context: the text.
        offsets: where its tokens stand.
        room: tokens that a window holds.
    """

    def edge(at: int, least: int) -> int:
        """The last token up to one that begins a word; that one where none does."""
        return next((token for token in range(at, least, -1) if _begins(context, offsets[token][0])), at)

    found, first = [], 0
    while first + room < len(offsets):
        last = edge(first + room, first + 3 * room // 4)
        found.append((_end(offsets, first), _end(offsets, last)))
        first = edge(first + room // 2, first + room // 4)
    return [*found, (_end(offsets, first), len(context))]


def _begins(text: str, at: int) -> bool:
    """Whether a word begins here, or the blank before it, which some tokenizers count in."""
    return at == 0 or text[at - 1 : at + 1].strip() != text[at - 1 : at + 1]


def _end(offsets: Sequence[Span], token: int) -> int:
    """Where the token before one ends: so the blanks before a word go with it."""
    return offsets[token - 1][1] if token else 0
