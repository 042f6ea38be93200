"""What can be asked of an explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from limelight.errors import CONTROL, InputError, choose, listing, shown
from limelight.masking.maskers import MASKERS
from limelight.methods import METHODS, Method, as_method
from limelight.options import check_all, check_flag, is_number, is_whole, option
from limelight.predictors import Model
from limelight.scales import SCALES
from limelight.text.fields import MOST_NAME, Spot
from limelight.text.spans import Splitter
from limelight.text.units import UNITS

MOST_LABELS = 1000  # each is a question of its own about every text
SCALE_NAMES: dict[str, Any] = {"auto": None, **SCALES}


def _check_unit(unit: object) -> None:
    for one in unit.values() if isinstance(unit, Mapping) else [unit]:
        if not callable(one):
            choose("unit", one, UNITS)


def _check_spots(name: str, spots: object) -> None:
    # not any iterable: one that can be read only once would be empty when it is needed
    if isinstance(spots, str) or not isinstance(spots, Sequence) or not all(map(_is_spot, spots)):
        raise InputError(
            f"{name} is {shown(spots)}. limelight takes spans of the text, positions from the first "
            f"character up to the last one, such as {name}=[(10, 17)]; with several fields, "
            f"{name}=[('premise', 10, 17)]."
        )


def _is_spot(value: object) -> bool:
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) not in (2, 3):
        return False
    return all(is_whole(edge, 0) for edge in value[-2:]) and value[-2] < value[-1]


def _check_explained(names: object) -> None:
    if names is None:
        return
    if isinstance(names, str) or not isinstance(names, Sequence) or not names:
        raise InputError(
            f"explained is {shown(names)}. limelight takes names of fields, such as explained=('context',), "
            "or None for all."
        )


def _check_budget(budget: object) -> None:
    if budget != "auto" and not is_whole(budget, 1):
        raise InputError(
            f"budget is {shown(budget)}. limelight takes 'auto', or a whole number of evaluations "
            "from 1 up, such as budget=1000."
        )


def _check_seed(seed: object) -> None:
    if not is_whole(seed, 0):
        raise InputError(f"seed is {shown(seed)}. limelight takes a whole number from 0 up, such as seed=0.")


def _check_time_budget(seconds: object) -> None:
    if seconds is not None and not (is_number(seconds) and seconds > 0):  # type: ignore[operator]
        raise InputError(f"time_budget is {shown(seconds)}. limelight takes seconds, such as time_budget=2.5, or None.")


def _check_labels(labels: object) -> None:
    if labels is None:
        return
    if isinstance(labels, str) or not isinstance(labels, Sequence) or not labels or not all(map(_is_label, labels)):
        raise InputError(
            f"labels is {shown(labels)}. limelight takes a list of names to choose among, such as "
            "labels=['sport', 'politics'], or None for a model that has classes of its own."
        )
    if len(labels) > MOST_LABELS:
        raise InputError(
            f"labels has {len(labels):,} names. limelight chooses among up to {MOST_LABELS:,}; leave some out."
        )
    twice = [label for label in dict.fromkeys(labels) if list(labels).count(label) > 1]
    if twice:
        raise InputError(
            f"labels has {listing(twice)} more than once. Each label takes a name of its own; leave the others out."
        )


def _is_label(label: object) -> bool:
    return isinstance(label, str) and bool(label.strip()) and not CONTROL.search(label) and len(label) <= MOST_NAME


def _check_answer(answer: object) -> None:
    if answer is None or (isinstance(answer, str) and answer):
        return
    raise InputError(
        f"answer is {shown(answer)}. limelight explains what a language model said, a str of one word or more, such as "
        "answer='Paris.'; leave it out, and the model writes its own."
    )


def _check_contrast(pair: object) -> None:
    if pair is None:
        return
    if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2 or pair[0] == pair[1]:
        raise InputError(
            f"contrast is {shown(pair)}. limelight takes two different classes by name or position, "
            "such as contrast=('positive', 'negative'), or None."
        )


@dataclass(frozen=True)
class Options:
    """What can be asked of an explanation; a name or number that makes no sense is refused at once."""

    method: str | Method = option(
        "lime",
        "how to explain: a name from `limelight.methods.METHODS`, or a `Method`",
        as_method,
        names=lambda: METHODS,
        flag=("NAME",),
        page=True,
    )
    unit: str | Splitter | Mapping[str, str | Splitter] = option(
        "word",
        "what a feature is: `'word'`, `'sentence'`, `'paragraph'`, `'source'` (a part of a list), `'token'` (the "
        "model's), `'character'`, a function to spans `[(start, stop), ...]`, or a dict by field",
        _check_unit,
        names=lambda: UNITS,
        flag=("NAME",),
        page=True,
    )
    masker: str = option(
        "delete",
        "how a feature is taken out: `'delete'`, or `'mask'` for the model's own mask token in its place",
        lambda masker: choose("masker", masker, MASKERS),
        names=lambda: MASKERS,
        flag=("NAME",),
    )
    scale: str = option(
        "auto",
        "what weights are measured in: `'probability'`, `'logit'`, `'log-odds'` (each class against the rest), "
        "`'log-probability'`, or "
        "`'auto'`: the method's own, and the plain value where the model answers no probabilities",
        lambda scale: choose("scale", scale, SCALE_NAMES),
        names=lambda: SCALE_NAMES,
        flag=("NAME",),
    )
    budget: int | str = option(
        "auto",
        "`'auto'` to stop when the answer is settled (after 2,000 evaluations at the latest), or the number of model "
        "evaluations to spend",
        _check_budget,
        flag=("N",),
        page=True,
    )
    time_budget: float | None = option(
        None, "seconds after which the answer so far is given; None for no limit", _check_time_budget, flag=("N",)
    )
    contrast: tuple[str | int, str | int] | None = option(
        None,
        "two classes, by name or position: why the first rather than the second, on the difference of their logits",
        _check_contrast,
        flag=("A", "B"),
        page=True,
    )
    labels: Sequence[str] | None = option(
        None,
        "what a zero-shot model, one of entailment or a language model is to choose among; None for its own targets",
        _check_labels,
        flag=("LABEL", "..."),
        page=True,
    )
    about: Sequence[Spot] = option(
        (),
        "spans to ask about, too, of a model that labels words: why is there no entity? They stay in the text",
        lambda spots: _check_spots("about", spots),
        flag=("SPAN", "..."),
        page=True,
    )
    only: Sequence[Spot] = option(
        (),
        "spans of targets, of a model whose targets stand in its input: these alone are explained, and words of the "
        "others can be taken out as any",
        lambda spots: _check_spots("only", spots),
        flag=("SPAN", "..."),
        page=True,
    )
    answer: str | None = option(
        None,
        "what a language model is taken to have said, to be explained; None for what it writes itself",
        _check_answer,
        flag=("TEXT",),
        page=True,
    )
    earlier: bool = option(
        False,
        "whether to find out, too, what the earlier words of a language model's answer do to its later ones: each is "
        "taken out of what was said before",
        lambda earlier: check_flag("earlier", earlier),
        flag=("",),
        page=True,
    )
    draft: Model | None = option(
        None,
        "a smaller model on this machine, as `model`, that is asked first: its guess is shown at once, and what the "
        "model says corrects it; None for none",
        lambda model: None,
        flag=("MODEL",),
    )
    explained: Sequence[str] | None = option(
        None,
        "names of the fields that are cut into features, of an input with several; None for all",
        _check_explained,
        flag=("NAME", "..."),
    )
    phrases: Sequence[Spot] = option(
        (),
        "spans of the text, with several fields `(field, start, stop)`: features that one touches count as one",
        lambda spots: _check_spots("phrases", spots),
        flag=("SPAN", "..."),
        page=True,
    )
    opened: Sequence[Spot] = option(
        (),
        "spans: features that one touches are cut finer, a sentence into words, a word into characters",
        lambda spots: _check_spots("opened", spots),
        flag=("SPAN", "..."),
        page=True,
    )
    seed: int = option(0, "of every random choice: the same seed gives the same answer", _check_seed, flag=("N",))

    def __post_init__(self) -> None:
        check_all(self)
        if self.contrast is not None and self.scale not in ("auto", "logit"):
            raise InputError(
                f"scale={self.scale!r} was asked of a contrast, which is a difference of logits. Leave scale out.",
                ways={"contrast": None},
            )
