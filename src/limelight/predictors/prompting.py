"""What a reader may say of how a prompt is made and how an answer is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from limelight.errors import InputError, closest, listing, shown
from limelight.options import is_number, is_whole

AUTO = "auto"
# A format string, a function of the texts by name, or None for the text as it is.
Template = str | Callable[[dict[str, str]], object] | None
# By the names that transformers' generate gives them: what each must be, and how that is said.
GENERATION: dict[str, tuple[Callable[[Any], bool], str]] = {
    "max_new_tokens": (lambda value: is_whole(value, 1), "a whole number from 1 up"),
    "do_sample": (lambda value: isinstance(value, bool), "True or False"),
    "temperature": (lambda value: is_number(value) and value > 0, "a number above 0"),
    "top_k": (lambda value: is_whole(value, 1), "a whole number from 1 up"),
    "top_p": (lambda value: is_number(value) and 0 < value <= 1, "a number above 0, up to 1"),
    "min_p": (lambda value: is_number(value) and 0 <= value <= 1, "a number from 0 to 1"),
    "repetition_penalty": (lambda value: is_number(value) and value > 0, "a number above 0"),
    "no_repeat_ngram_size": (lambda value: is_whole(value, 1), "a whole number from 1 up"),
    "seed": (lambda value: is_whole(value, 0), "a whole number from 0 up"),
}
DRAWING = ("temperature", "top_k", "top_p", "min_p", "seed")  # of no use where nothing is drawn


def check_template(template: object) -> None:
    """Refuses what makes no prompt.

    Raises:
        InputError: it is no template.
    """
    if template is None or callable(template) or (isinstance(template, str) and template.strip()):
        return
    raise InputError(
        f"template is {shown(template)}. limelight takes a format string with the fields' names, such as "
        "'{context} Question: {question}'; a function from a dict of texts to a str or a chat; None for the text as it "
        "is; or 'auto'."
    )


def check_generation(options: object) -> None:
    """Refuses what says nothing of how to write.

    Raises:
        InputError: it is no dict of options that are known here.
    """
    if options is None:
        return
    if not isinstance(options, Mapping) or not all(isinstance(name, str) for name in options):
        raise InputError(
            f"generation is {shown(options)}. limelight takes a dict of options of transformers' generate, such as "
            "{'max_new_tokens': 30}, or None."
        )
    for name, value in options.items():
        if name not in GENERATION:
            raise InputError(
                f"generation has {shown(name)}. limelight writes a token at a time, to be stopped at any, and "
                f"takes {listing(GENERATION, 20)}.{closest(name, GENERATION)} Leave the others out."
            )
        fits, wanted = GENERATION[name]
        if not fits(value):
            raise InputError(f"generation has {name} {shown(value)}. limelight takes {wanted}; correct it.")
    idle = [name for name in options if name in DRAWING] if not options.get("do_sample") else []
    if idle:
        raise InputError(
            f"generation has {listing(idle)} without do_sample. They say how a token is drawn, and the likeliest is "
            "taken; add 'do_sample': True, or leave them out."
        )
