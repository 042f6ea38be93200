"""What models do and are: to the process, to their texts, to Python, to limelight; and how they fail."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sys
import threading
import time
import warnings
import weakref
from functools import partial
from unittest.mock import MagicMock

import numpy as np
import torch

from limelight import Explainer, Predictor, explain
from limelight.errors import LimelightError
from tests.attack.answers import Buffer
from tests.attack.models import broken_property, form, function, in_a_thread, pure, raising, same

ASKED = {"budget": 24}  # in four calls


def after(change):
    """A function that changes the surroundings, or its texts, and has answered right before."""

    def answer(texts, _):
        table = pure(texts)
        change(texts)
        return table

    return function(answer)


def threaded(texts, _):
    rows = {}
    threads = [threading.Thread(target=lambda text=text: rows.update({text: pure([text])[0]})) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [rows[text] for text in texts]


def asking_itself(texts, self):
    if self.calls == 3:
        assert same(explain("good fun", self, **ASKED), explain("good fun", pure, **ASKED))
    return pure(texts)


def asking_itself_elsewhere(texts, self):
    """From a thread that does not get its turn, and which the model does not wait for in the end."""
    if self.calls == 3:
        self.kept.append(threading.Thread(target=explain, args=("good fun", self), kwargs=ASKED))
        self.kept[0].start()
        self.kept[0].join(0.1)
    return pure(texts)


def asking_others(texts, self):
    if self.calls == 3:
        explain("good fun", pure, **ASKED)
        in_a_thread(lambda: explain("good fun", lambda texts: pure(texts), **ASKED))
        widget = Explainer("good fun", lambda texts: pure(texts), **ASKED)
        assert widget.wait(10).weights is not None
        widget.close()
    return pure(texts)


def closing(_):
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 -- not pytest's own
    sys.stdout.close()


class Both:
    """A classifier's two faces; the one that says probabilities counts."""

    def __call__(self, texts):
        return 1 - pure(texts)

    def predict_proba(self, texts):
        return pure(texts)


class Quirk:
    """Answers right, and is odd in one way."""

    def __call__(self, texts):
        return pure(texts)

    def method(self, texts):
        return pure(texts)

    @staticmethod
    def static(texts):
        return pure(texts)


def quirk(**members):
    """A maker of models whose class has these members besides."""
    return lambda: type("Odd", (Quirk,), members)()


KEPT = []  # models that must be there at the same time


def colliding():
    odd = type("Odd", (Quirk,), {"__hash__": lambda self: 7, "__eq__": raising(ValueError, "not comparable")})
    KEPT[:] = [odd(), odd()]
    explain("a", KEPT[0])
    return KEPT[1]


def method_of_a_deleted_object():
    quirk = Quirk()
    method = quirk.method
    del quirk
    gc.collect()
    return method


def dead_proxy():
    return weakref.proxy(Quirk())


def live_proxy():
    KEPT[:] = [Quirk()]
    return weakref.proxy(KEPT[0])


class Ours(Predictor):
    """A predictor of a user's."""

    name, targets, batch_size = "ours", ("class 0", "class 1"), 64

    def predict(self, texts):
        return pure(texts)


def ours(**members):
    """A maker of predictors whose class has these members besides."""
    return lambda: type("Odd", (Ours,), members)()


def shrinking(self):
    """Names that are others each time, and fewer."""
    self.asked = getattr(self, "asked", 5) - 1
    return tuple(f"name {self.asked} {i}" for i in range(self.asked))


# Explained to the bit as the pure function is.
RIGHT = {
    "numpy's seed": after(lambda _: (np.random.seed(3), np.random.random(7))),
    "Python's seed": after(lambda _: random.seed(3)),
    "torch's seed": after(lambda _: (torch.manual_seed(3), torch.rand(7))),
    "torch's threads": after(lambda _: torch.set_num_threads(1)),
    "torch without gradients": after(lambda _: torch.set_grad_enabled(False)),
    "torch's type": after(lambda _: torch.set_default_dtype(torch.float16)),
    "numpy that raises": after(lambda _: np.seterr(all="raise")),
    "a warning": after(lambda _: warnings.warn("take care", stacklevel=1)),
    "warnings that are errors": after(lambda _: warnings.simplefilter("error")),
    "no collector": after(lambda _: gc.disable()),
    "a closed stdout": after(closing),
    "no stdout": after(lambda _: setattr(sys, "stdout", None)),
    "another name of the thread": after(lambda _: setattr(threading.current_thread(), "name", "\ud800")),
    "threads": function(threaded),
    "sleep": after(lambda _: time.sleep(0.01)),
    "asks limelight about itself": function(asking_itself),
    "asks limelight about itself from elsewhere": function(asking_itself_elsewhere),
    "asks limelight about others": function(asking_others),
    "a lambda": lambda: lambda texts: pure(texts),
    "a partial": lambda: partial(lambda extra, texts: pure(texts), None),
    "a bound method": lambda: Quirk().method,
    "a static method": lambda: Quirk.static,
    "a method of a deleted object": method_of_a_deleted_object,
    "a live proxy": live_proxy,
    "callable, with predict_proba": Both,
    "unhashable": quirk(__eq__=lambda self, other: True, __hash__=None),
    "a hash that raises": quirk(__hash__=raising(ValueError, "no hash")),
    "equal to none": quirk(__eq__=raising(ValueError, "not comparable"), __hash__=object.__hash__),
    "equal to none, with one hash": colliding,
    "no weak references": lambda: type("Odd", (), {"__slots__": (), "__call__": lambda self, texts: pure(texts)})(),
    "false": quirk(__bool__=lambda self: False),
    "neither true nor false": quirk(__bool__=raising(ValueError, "ambiguous")),
    "empty": quirk(__len__=lambda self: 0),
    "a repr that raises": quirk(__repr__=raising(ValueError, "no repr")),
    "an end that raises": quirk(__del__=raising(ValueError, "not yet")),
    "a predictor": Ours,
    "a predictor of one buffer": ours(predict=lambda self, texts: vars(self).setdefault("b", Buffer())(texts)),
    "a predictor of small batches": ours(batch_size=1),
    "a predictor of huge batches": ours(batch_size=10**9),
    "memory for four texts": function(
        lambda texts, _: pure(texts) if len(texts) <= 4 else raising(MemoryError, "four at most")()
    ),
}


class Silent(Exception):
    def __str__(self):
        raise ValueError("no words")


class Wordless(Exception):
    def __str__(self):
        return 7


class Own(BaseException):
    pass


def endless(*_):
    return endless()


def lost(texts):
    texts.clear()
    raise ValueError("where are they?")


def replaced(texts):
    texts[:] = [None] * len(texts)
    raise ValueError("what are they?")


def caused(*_):
    try:
        raise Silent
    except Silent as error:
        raise ValueError("a") from error


# Each at the first call, and later.
ERRORS = {
    "Exception": raising(Exception),
    "one that says nothing": raising(Silent),
    "one that says 7": raising(Wordless),
    "one of 5 MB": raising(ValueError, "x" * 5_000_000),
    "one of half a character": raising(ValueError, "\ud800 and more"),
    "one that controls": raising(ValueError, "\x1b]0;x\x07\x1b[2J\u202e\x00"),
    "one of that name": raising(type("\x1b[2J", (Exception,), {})),
    "a cause that says nothing": caused,
    "RecursionError": endless,
    "MemoryError": raising(MemoryError, "cannot allocate memory"),
    "StopIteration": raising(StopIteration, 5),
    "StopAsyncIteration": raising(StopAsyncIteration),
    "a warning as an error": raising(UserWarning, "take care"),
    "AssertionError": raising(AssertionError),
    "UnicodeError": raising(UnicodeDecodeError, "utf-8", b"\xff", 0, 1, "no"),
    "TypeError": raising(TypeError, "expected bytes"),
    "OSError": raising(OSError, 28, "No space left on device"),
    "TimeoutError": raising(TimeoutError),
    "NotImplementedError": raising(NotImplementedError),
    "one of ours": raising(LimelightError, "the model speaks as limelight. limelight may be used in a model; fine."),
    "one that lost its texts": lost,
    "one that replaced its texts": replaced,
}
# What ends more than the model.
ENDS = {
    "SystemExit": raising(SystemExit, 3),
    "KeyboardInterrupt": raising(KeyboardInterrupt),
    "GeneratorExit": raising(GeneratorExit),
    "CancelledError": raising(asyncio.CancelledError),
    "BaseException": raising(Own, "own"),
}


# What is no model at all.
NONE = {
    "a number": lambda: 5,
    "bytes": lambda: b"model",
    "a module": lambda: random,
    "an object": object,
    "a dead proxy": dead_proxy,
    "a class of models": lambda: Quirk,
    "no arguments": lambda: lambda: pure,
    "too many arguments": lambda: lambda texts, more: pure(texts),
    "a coroutine": lambda: asyncio.sleep,
    "a mock": MagicMock,
    "only a lie": quirk(predict_proba=None),
    "a pair of others": lambda: (pure, pure),
    "a predictor without names": ours(targets=()),
}
# Either right or refused; only no bare error, and no wrong answer.
EITHER = {
    "strings of numbers": form(lambda table: [[repr(p) for p in row] for row in table.tolist()]),
    "texts cleared": after(list.clear),
    "texts sorted": after(list.sort),
    "texts reversed": after(list.reverse),
    "a text more": after(lambda texts: texts.append("?")),
    "a text less": after(list.pop),
    "texts replaced": after(lambda texts: texts.__setitem__(slice(None), [None] * len(texts))),
    "texts of half characters": after(lambda texts: texts.__setitem__(slice(None), ["\ud800"] * len(texts))),
    **{f"{name} raises": quirk(**{name: broken_property()}) for name in ("predict_proba", "classes_", "__name__")},
    **{f"{name} raises": quirk(**{name: broken_property()}) for name in ("config", "__self__", "task", "model")},
    "every attribute raises": quirk(__getattr__=raising(KeyError, "no attribute")),
    "every attribute is there": quirk(__getattr__=lambda self, name: 5),
    "another class": quirk(__class__=property(lambda self: dict)),
    "a class that raises": quirk(__class__=broken_property()),
    "classes that are no list": quirk(predict_proba=Quirk.method, classes_=5),
    "classes that are too few": quirk(predict_proba=Quirk.method, classes_=["a"]),
    "classes of None": quirk(predict_proba=Quirk.method, classes_=[None, None]),
    "a name that is no str": quirk(__name__=5),
    "a name of half a character": quirk(__name__="\ud800"),
    "a predictor that leaves rows out": ours(plan=lambda self, texts: [np.arange(len(texts))[1:]]),
    "a predictor that plans nothing": ours(plan=lambda self, texts: []),
    "a predictor that plans rows twice": ours(plan=lambda self, texts: [np.arange(len(texts))] * 2),
    "a predictor that plans rows there are not": ours(plan=lambda self, texts: [np.arange(len(texts) + 1)]),
    "a predictor that plans nonsense": ours(plan=lambda self, texts: 5),
    "a predictor of no batch": ours(batch_size=0),
    "a predictor of batches below none": ours(batch_size=-1),
    "a predictor of half a batch": ours(batch_size=0.5),
    "a predictor that reads too much": ours(reads=lambda self, text: len(text) + 5),
    "a predictor that reads nothing": ours(reads=lambda self, text: 0),
    "a predictor that reads less than nothing": ours(reads=lambda self, text: -5),
    "a predictor that cannot read": ours(reads=raising(ValueError, "no")),
    "a predictor that reads None": ours(reads=lambda self, text: None),
    "a predictor whose names change": ours(targets=property(shrinking)),
    "a predictor whose names raise": ours(targets=broken_property()),
    "a predictor of numbers as names": ours(targets=(0, 1)),
    "a predictor of equal names": ours(targets=("a", "a")),
    "a predictor of another scale": ours(scale="banana"),
    "a predictor without a name": ours(name=None),
    "a predictor of one warning": ours(warnings="take care"),
    "a predictor of no type": ours(dtype=None),
    "a predictor of a mask of numbers": ours(mask_token=5),
}
