"""What models answer: the right numbers in every form, and what is no table of numbers."""

from __future__ import annotations

import time
from decimal import Decimal
from fractions import Fraction
from functools import partial
from unittest.mock import MagicMock

import numpy as np
import pytest
import torch

from tests.attack.models import form, function, pure, raising


class Buffer:
    """Answers into one and the same memory, and spoils it before the next answer."""

    def __init__(self, make=np.zeros, order="C") -> None:
        self.memory = make((64, 2))
        if order == "F":
            self.memory = np.asfortranarray(self.memory)

    def __call__(self, texts):
        self.memory[:] = 0.5
        self.memory[: len(texts)] = torch.tensor(pure(texts)) if torch.is_tensor(self.memory) else pure(texts)
        return self.memory[: len(texts)]


class Rows:
    """Answers with the same lists each time."""

    def __init__(self) -> None:
        self.rows = [[0.0, 0.0] for _ in range(64)]

    def __call__(self, texts):
        for row, answer in zip(self.rows, pure(texts), strict=False):
            row[:] = answer.tolist()
        return self.rows[: len(texts)]


class Remembering:
    """Answers with views of one table of all that it ever answered, which it goes on changing."""

    def __init__(self) -> None:
        self.table, self.at = np.zeros((10_000, 4)), 0

    def __call__(self, texts):
        self.table[: self.at] = np.nan
        rows = slice(self.at, self.at + len(texts))
        self.table[rows, 1:3] = pure(texts)
        self.at += len(texts)
        return self.table[rows, 1:3]


def scribbling(texts, self):
    """Changes all that it was ever given and has ever answered."""
    for old_texts, old_answer in self.kept:
        old_texts[:] = ["?"] * 99
        old_answer[:] = np.nan
    self.kept.append((texts, pure(texts)))
    return self.kept[-1][1]


# Explained to the bit as the pure function is.
RIGHT = {
    "one buffer": Buffer,
    "one buffer of columns": lambda: Buffer(order="F"),
    "one buffer of torch": lambda: Buffer(partial(torch.zeros, dtype=torch.float64)),
    "one list of the same lists": Rows,
    "views of a table that changes": Remembering,
    "one array that is transposed": form(lambda table: np.ascontiguousarray(table.T).T),
    "an array that cannot be written": form(lambda table: table.setflags(write=False) or table),
    "other byte order": form(lambda table: table.astype(">f8")),
    "a long double": form(lambda table: table.astype(np.longdouble)),
    "a matrix": form(np.asmatrix),
    "a masked array without masks": form(np.ma.asarray),
    "objects": form(lambda table: table.astype(object)),
    "lists": form(lambda table: table.tolist()),
    "tuples": form(lambda table: tuple(map(tuple, table.tolist()))),
    "a list of arrays": form(list),
    "a list of tensors": form(lambda table: list(torch.tensor(table))),
    "decimals": form(lambda table: [[Decimal(p) for p in row] for row in table.tolist()]),
    "fractions": form(lambda table: [[Fraction(p) for p in row] for row in table.tolist()]),
    "torch": form(torch.tensor),
    "torch that needs gradients": form(lambda table: torch.tensor(table, requires_grad=True) * 1),
    "a parameter": form(lambda table: torch.nn.Parameter(torch.tensor(table))),
    "a frame": form(lambda table: pytest.importorskip("pandas", reason="a frame is pandas'").DataFrame(table)),
    "what it was given and answered is changed later": function(scribbling),
}
# Explained to the bit as another function is: what the numbers mean is plain.
LIKE = {
    "half precision": (np.float16, lambda table: table.astype(np.float16)),
    "single precision": (np.float32, lambda table: torch.tensor(table).float()),
    "torch's half precision": (
        lambda table: torch.tensor(table).bfloat16().double().numpy(),
        lambda table: torch.tensor(table).bfloat16(),
    ),
    "ints": (lambda table: np.rint(table * 9), lambda table: np.rint(table * 9).astype(np.int8)),
    "unsigned ints": (lambda table: np.rint(table * 9), lambda table: np.rint(table * 9).astype(np.uint64)),
    "bools": (np.rint, lambda table: np.rint(table).astype(bool)),
    "constant": (lambda table: table * 0 + 0.5, lambda table: np.broadcast_to(0.5, table.shape)),
    "values": (lambda table: table * 100 - 7, lambda table: (table * 100 - 7).tolist()),
    "huge": (lambda table: table * 1e90, lambda table: table * 1e90),
    "tiny": (lambda table: table * 1e-300, lambda table: table * 1e-300),
    "below all": (lambda table: table * 5e-324, lambda table: table * 5e-324),
    "negative zero": (lambda table: table * -0.0, lambda table: table * -0.0),
    "one column": (lambda table: table[:, :1], lambda table: table[:, :1]),
    "many columns": (lambda table: np.tile(table / 300, 300), lambda table: np.tile(table / 300, 300)),
}


# Refused, with what is wrong and what is wanted.
WRONG = {
    "a number a text": lambda table, _: table[:, 0],
    "a label a text": lambda table, _: ["yes" if p > 0.5 else "no" for p in table[:, 1]],
    "a label in a column": lambda table, _: [["yes"] for _ in table],
    "dicts as a pipeline's": lambda table, _: [[{"label": "yes", "score": float(p)}] for p in table[:, 1]],
    "transposed": lambda table, _: np.zeros((2, len(table) + 3)),
    "three dimensions": lambda table, _: table[:, :, None],
    "no column": lambda table, _: table[:, :0],
    "no row": lambda table, _: table[:0],
    "a row too many": lambda table, _: np.concatenate([table, table[:1]]),
    "a row too few": lambda table, _: np.concatenate([table, table])[: len(table) - 1],
    "a column more than before": lambda table, _: np.concatenate([table, table[:, :1]], axis=1),
    "a column fewer than before": lambda table, _: table[:, :1],
    "rows of several lengths": lambda table, _: [row.tolist()[: 1 + i % 2] for i, row in enumerate(table)] + [[]],
    "a scalar": lambda table, _: 0.5,
    "nothing": lambda table, _: None,
    "a str": lambda table, _: "0.5",
    "bytes": lambda table, _: b"0.5",
    "a set": lambda table, _: {0.5},
    "a dict": lambda table, _: dict(enumerate(table)),
    "a generator": lambda table, _: (row for row in table),
    "a map": lambda table, _: map(list, table),
    "the texts": lambda _, texts: texts,
    "NaN": lambda table, _: table * np.nan,
    "one NaN": lambda table, _: np.where(np.arange(table.size).reshape(table.shape) == 1, np.nan, table),
    "infinity": lambda table, _: table + np.inf,
    "minus infinity": lambda table, _: table - np.inf,
    "complex": lambda table, _: table + 0j,
    "complex of torch": lambda table, _: torch.tensor(table + 0j),
    "masked": lambda table, _: np.ma.masked_less(table, 2),
    "a list of masked rows": lambda table, _: list(np.ma.masked_less(table, 2)),
    "beyond all": lambda table, _: table * 1e155,
    "an int beyond all": lambda table, _: [[10**400, 1] for _ in table],
    "times": lambda table, _: (table * 1e9).astype("datetime64[s]"),
    "a structured array": lambda table, _: np.zeros(len(table), dtype=[("a", float), ("b", float)]),
    "a sparse matrix": lambda table, _: __import__("scipy.sparse").sparse.csr_matrix(table),
    "a sparse tensor": lambda table, _: torch.tensor(table).to_sparse(),
    "a tensor without numbers": lambda table, _: torch.empty(table.shape, device="meta"),
    "a mock": lambda *_: MagicMock(),
    "a model's output": lambda table, _: type("Output", (), {"logits": table})(),
    "an array that raises": lambda *_: type("Odd", (), {"__array__": raising(ValueError, "no array")})(),
    "attributes that raise": lambda *_: type("Odd", (), {"__getattr__": raising(KeyError, "no attribute")})(),
    "a list that holds itself": lambda table, _: (rows := [], rows.append(rows), rows)[2],
    "a class": lambda *_: dict,
}
# What it says is a matter of how it is asked; that it ends well is not.
UNSTEADY = {
    "by the size of the batch": function(lambda texts, _: pure(texts) * 0.9 + 0.001 * len(texts)),
    "by the place in the batch": function(lambda texts, _: pure(texts) * 0.9 + 0.001 * np.arange(len(texts))[:, None]),
    "by the call": function(lambda texts, self: pure(texts) * 0.9 + 0.001 * self.calls),
    "by the texts, sorted before": function(lambda texts, _: texts.sort() or pure(texts)),
    "by chance": function(lambda texts, _: np.random.default_rng(len(texts)).random((len(texts), 2))),
    "by the time": function(lambda texts, _: np.full((len(texts), 2), time.perf_counter() % 1)),
}
