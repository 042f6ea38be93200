"""Neighbours: two or three features that follow each other, or stand with one between them.

Words do something together mostly where they are close, which relevance alone does not tell.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from limelight.arrays import Floats

SHAPES = ((0, 1), (0, 2), (0, 1, 2))


@cache
def neighbours(features: int) -> dict[tuple[int, ...], int]:
    """Each set of neighbours among so many features, and its column in ``products``."""
    sets = [tuple(first + step for step in shape) for shape in SHAPES for first in range(features - shape[-1])]
    return {term: column for column, term in enumerate(sets)}


def products(signs: Floats) -> Floats:
    """The product of the signs ``(n, d)`` of each set of neighbours: ``(n, p)``."""
    count = signs.shape[1]
    table = [
        np.prod([signs[:, step : count - shape[-1] + step] for step in shape], axis=0)
        for shape in SHAPES
        if count > shape[-1]
    ]
    return np.concatenate([np.empty((len(signs), 0)), *table], axis=1)
