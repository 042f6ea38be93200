"""Mask designs: which features to keep in each perturbed text."""

from __future__ import annotations

import numpy as np

from limelight.arrays import Floats, Masks
from limelight.surrogate.projection import log_binomials


def every_mask(features: int) -> Masks:
    """All ``2**d`` masks ``bool[2**d, d]``; the first keeps everything."""
    rows = np.arange(2**features)[::-1, None]
    masks: Masks = (rows >> np.arange(features)) % 2 == 1
    return masks


def leave_one_out(features: int) -> Masks:
    """Everything kept, nothing kept, and each feature left out alone: ``bool[d + 2, d]``."""
    full, empty = np.ones((1, features), dtype=bool), np.zeros((1, features), dtype=bool)
    return np.concatenate([full, empty, ~np.eye(features, dtype=bool)])


def draw_masks(sizes: Floats, rows: int, random: np.random.Generator) -> Masks:
    """Draws the number of removed features, then which ones.

    Args:
        sizes: ``(d + 1,)`` probability of removing 0, 1, ... d features.
        rows: number of masks, n.
        random: where chance comes from.

    Returns:
        ``bool[n, d]``, True where a feature is kept; independent draws, so that
        masks repeat where there are few.
    """
    features = len(sizes) - 1
    removed = random.choice(features + 1, size=rows, p=sizes)
    order = random.random((rows, features)).argsort(axis=1).argsort(axis=1)
    return order >= removed[:, None]


def even_sizes(features: int) -> Floats:
    """``(d + 1,)``: all numbers of features removed count alike; the full and the empty text are no number."""
    sizes = np.ones(features + 1)
    if features > 2:
        sizes[[0, -1]] = 0
    return sizes


def half_sizes(features: int) -> Floats:
    """``(d + 1,)`` shares of the numbers removed where each feature is kept with probability one half."""
    shares: Floats = np.exp(log_binomials(features) - features * np.log(2))
    return shares


def lime_masks(features: int, rows: int, seed: int) -> Masks:
    """Draws masks by lime's law: the number removed is uniform over 1 ... d, then the subset is.

    Returns:
        ``bool[n, d]``, True where a feature is kept; the first keeps everything.
    """
    sizes = np.full(features + 1, 1 / features)
    sizes[0] = 0
    masks = draw_masks(sizes, rows, np.random.default_rng(seed))
    masks[0] = True
    return masks


def orthogonal_masks(features: int, rows: int, random: np.random.Generator) -> Masks:
    """Draws a few masks in which most pairs of features are uncorrelated, and each is kept in half of them.

    Each feature follows one column of a Hadamard matrix, as many features each column, with a random
    sign. Every mask by itself keeps each feature with probability one half, apart from the others.

    Args:
        features: number of features, d.
        rows: number of masks, a power of two from 2 up.
        random: where chance comes from.

    Returns:
        ``bool[rows, d]``, True where a feature is kept.

    Source: Plackett and Burman, "The design of optimum multifactorial experiments", Biometrika 1946.
    """
    # the first column has no change of sign
    columns = 1 + random.permutation(rows - 1)[random.permutation(features) % (rows - 1)]
    # an entry of Sylvester's matrix is the parity of the bits that its row and column share
    odd: Masks = np.bitwise_count(np.arange(rows)[:, None] & columns) % 2 == 1
    return odd ^ (random.random(features) < 0.5)


def leave_blocks_out(features: int) -> Masks:
    """Everything kept, and each of some blocks of neighbours left out: ``bool[blocks + 1, d]``."""
    blocks = BLOCKS if features <= MANY else FEWER_BLOCKS
    block = np.arange(features) * blocks // features
    return np.concatenate([np.ones((1, features), dtype=bool), block != np.arange(blocks)[:, None]])


def firsts(masks: Masks) -> dict[bytes, int]:
    """Returns the row of ``bool[n, d]`` at which each distinct mask comes first, by the mask's bytes, in their order.

    ``np.unique`` of rows compares them as records, and an interrupt there becomes a ``TypeError``.
    """
    rows: dict[bytes, int] = {}
    for row, mask in enumerate(masks):
        rows.setdefault(mask.tobytes(), row)
    return rows


ALONE = 100  # with more features than this, leaving each out would take what draws need
CHOSEN_FOR = 2  # masks a feature, after which those of chance tell as much
OFFERED = 64  # masks among which one is chosen
OPEN = 0.1  # what is known of each feature before any mask, in masks
BLOCKS = 4  # that give a first picture for the price of three passes beside that of the whole text
MANY = 60  # features, with more of which a pass takes longer than what is around it
FEWER_BLOCKS = 3  # of so many, for the price of two


class Design:
    """Distinct masks in the order in which to ask about them.

    Blocks of neighbours left out, where there are more than twice as many features and
    rows enough; each feature left out alone, which long texts do without; then draws. Of a ``spread`` design
    only the whole text comes before the draws, and each of the first ``CHOSEN_FOR`` a feature is the one of several
    that tells most beside those before it (Dykstra, 1971: it makes the determinant of their products largest).

    Args:
        sizes: ``(d + 1,)`` probability of removing 0, 1, ... d features in a draw.
        random: where chance comes from.
        most: rows that there can be.
        spread: whether draws are to tell much soon, for few evaluations.

    Attributes:
        masks: ``bool[n, d]``, distinct.
        rows: the row of each, by its bytes.
        blocks: how many of them, from the first on, have a block left out, or are the whole text.
        first: how many of them were not drawn.
        draws: rows of ``masks``, one a draw: independent, and so with repeats.
    """

    def __init__(self, sizes: Floats, random: np.random.Generator, most: int, spread: bool = False) -> None:
        self._sizes, self._random = sizes, random
        d = len(sizes) - 1
        start = leave_one_out(d)[: 1 if spread else 2 if d > ALONE else None]
        self.blocks, left_out = 0, leave_blocks_out(d)
        if d > 2 * BLOCKS and most >= len(start) + len(left_out) - 1 and not spread:
            self.blocks, start = len(left_out), np.concatenate([left_out, start[1:]])
        # distinct: of one feature, leaving it out is the empty text
        self.masks = start[list(firsts(start).values())]
        self.first = len(self.masks)
        self.draws: list[int] = []
        self.rows = firsts(self.masks)
        # what the masks so far leave open of each sum of features: the inverse of their products
        self._open = np.eye(d + 1) / OPEN if spread else None
        if spread:
            self._told(_signs(self.masks)[0])

    def add(self, masks: Masks, most: int) -> None:
        """Takes in the first ``most`` of these that are new, as masks that were not drawn."""
        added: list[Masks] = []
        for mask in masks:
            key = mask.tobytes()
            if len(added) < most and key not in self.rows:
                self.rows[key] = len(self.rows)
                added.append(mask)
        self.masks = np.concatenate([self.masks, *([np.array(added)] if added else [])])

    def extend(self, rows: int) -> None:
        """Draws until there are ``rows`` masks; where draws hardly bring new ones, adds what is missing."""
        features = len(self._sizes) - 1
        added: list[Masks] = []
        tries = 0
        while len(self.rows) < rows and tries < 20 * rows:
            chosen = self._open is not None and len(self.rows) < CHOSEN_FOR * features
            drawn = draw_masks(self._sizes, OFFERED if chosen else min(1024, max(32, rows)), self._random)
            for mask in self._telling(drawn) if chosen else drawn:
                if len(self.rows) >= rows:
                    break
                tries += 1
                key = mask.tobytes()
                if key not in self.rows:
                    self.rows[key] = len(self.rows)
                    added.append(mask)
                self.draws.append(self.rows[key])
        self.masks = np.concatenate([self.masks, *([np.array(added)] if added else [])])
        if len(self.rows) < rows and features <= 20:
            self.add(self._random.permutation(every_mask(features)), rows - len(self.rows))

    def _telling(self, offered: Masks) -> Masks:
        """The one of some masks ``bool[1, d]`` that tells most beside those before it."""
        assert self._open is not None
        signs = _signs(offered)
        best = int(((signs @ self._open) * signs).sum(axis=1).argmax())
        self._told(signs[best])
        telling: Masks = offered[best : best + 1]
        return telling

    def _told(self, signs: Floats) -> None:
        """Takes in one mask (Sherman & Morrison, 1950)."""
        assert self._open is not None
        along = self._open @ signs
        self._open -= np.outer(along, along) / (1 + signs @ along)


def _signs(masks: Masks) -> Floats:
    """``(n, 1 + d)``: a constant, and 1 or -1 for what is kept or not."""
    signs: Floats = np.concatenate([np.ones((len(masks), 1)), 2.0 * masks - 1], axis=1)
    return signs
