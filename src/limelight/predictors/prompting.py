"""What a prompt is made of, and what a reader may say of that and of how an answer is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from limelight.errors import InputError, closest, listing, shown
from limelight.options import is_number, is_whole
from limelight.text.fields import Field

AUTO = "auto"
MOST_TOKENS = 64  # of an answer that is written, unless told otherwise
# A format string, a function of the texts by name, or None for the text as it is.
Template = str | Callable[[dict[str, str]], object] | None
Messages = list[dict[str, str]]
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


class Layout:
    """What the prompts of thinned inputs are made of: one text, or the messages of a chat.

    Only the fields' texts differ, never what a template puts around them.

    Args:
        fields: the whole input.
        template: ``"auto"`` for a chat's messages, or a text with parts of a group in numbered lines; else see
            ``Template``.
    """

    def __init__(self, fields: Sequence[Field], template: Template = AUTO) -> None:
        self.fields, self._template = tuple(fields), template
        self.chat = all(field.role for field in fields)
        self._own = template == AUTO

    def __call__(self, texts: tuple[str, ...]) -> str | Messages:
        """The text or messages of some input.

        Raises:
            InputError: the template made something else.
        """
        # a last word that goes leaves the space before it, after which no model would go on as it did
        whole = (field.text[-1:].isspace() for field in self.fields)
        texts = tuple(text if keep else text.rstrip() for text, keep in zip(texts, whole, strict=True))
        template = self._template
        if self._own and self.chat:
            return [{"role": field.role, "content": text} for field, text in zip(self.fields, texts, strict=True)]
        if template is None or self._own:
            return texts[0] if len(texts) == 1 else self._listed(texts)
        named = {field.name: text for field, text in zip(self.fields, texts, strict=True)}
        if isinstance(template, str):
            return template.format(**named)
        made = template(named)
        if isinstance(made, str):
            return made
        if isinstance(made, Sequence) and made and all(isinstance(one, Mapping) for one in made):
            return [{"role": str(one["role"]), "content": str(one["content"])} for one in made]
        raise InputError(
            f"the template made {shown(made)}. limelight takes a str, or a chat as a list of {{'role': ..., 'content': "
            "...}}; return one of these."
        )

    def _listed(self, texts: tuple[str, ...]) -> str:
        """Parts of a group first, a line each with its number; then the other fields."""
        parts, others, count = [], [], 0
        for field, text in zip(self.fields, texts, strict=True):
            if field.group:
                count += 1
                if text:  # numbers stay when one goes
                    parts.append(f"[{count}] {field.title + ': ' if field.title else ''}{text}")
            elif text:
                others.append(text)
        return "\n\n".join(["\n".join(parts)] * bool(parts) + others)
