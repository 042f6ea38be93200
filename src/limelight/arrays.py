"""What the arrays in signatures hold; their shapes are in the docstrings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Masks = npt.NDArray[np.bool_]  # True where a feature is kept
Indices = npt.NDArray[np.int_]
