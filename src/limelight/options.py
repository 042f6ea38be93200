"""How an option is declared: once, as a field that knows what it means, what it takes, and how it is typed.

Checks and the command's flags read the fields when they run; signatures, docstrings,
traits' types and the tables of the documentation are written from them into the source
by ``make generate``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import Field, dataclass, field, fields
from numbers import Integral, Real
from typing import Any

from limelight.errors import InputError, shown

META = "option"
PAIRS = ("NAME=VALUE", "...")  # how a dict is declared


@dataclass(frozen=True)
class Meaning:
    """What a field of a class of options declares beside its name, type and default.

    Attributes:
        about: one sentence, for docstrings, tables and the command's help.
        check: raises InputError for a value that makes no sense.
        names: what a name may be, for those that name a thing.
        flag: how it is typed in a command: the words for its values, after which ``"..."`` stands for
            once or more; ``("",)`` for one that is on or off, ``()`` where it cannot be typed.
        page: whether the page is told of it, or may change it.
    """

    about: str
    check: Callable[[Any], object]
    names: Callable[[], Iterable[str]] | None = None
    flag: tuple[str, ...] = ()
    page: bool = False


def option(default: Any, about: str, check: Callable[[Any], object], **more: Any) -> Any:
    """Declares an option; ``more`` as in ``Meaning``."""
    return field(default=default, metadata={META: Meaning(about, check, **more)})


def meaning(item: Field[Any]) -> Meaning:
    """What a field declares."""
    declared: Meaning = item.metadata[META]
    return declared


def check_all(options: Any) -> None:
    """Checks every option by itself.

    Raises:
        InputError: one makes no sense.
    """
    for item in fields(options):
        meaning(item).check(getattr(options, item.name))


def check_flag(name: str, value: object) -> None:
    """Refuses what is neither True nor False."""
    if not isinstance(value, bool):
        raise InputError(f"{name} is {shown(value)}. limelight takes True or False; write {name}=True.")


def names_of(*classes: Any) -> tuple[str, ...]:
    """The names of all options of some classes."""
    return tuple(item.name for cls in classes for item in fields(cls))


def is_whole(value: object, least: int) -> bool:
    """Whether a value is a whole number, at least so large."""
    # NumPy's numbers are registered as such, and it need not be imported
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def is_number(value: object) -> bool:
    """Whether a value is a number."""
    return isinstance(value, Real) and not isinstance(value, bool)
