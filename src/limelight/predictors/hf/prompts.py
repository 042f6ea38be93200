"""How the fields of an input become the ids of a prompt: raw, by a template of the reader's, or by the model's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from limelight.captions import Note, note
from limelight.errors import InputError, quoted
from limelight.predictors.prompting import AUTO, Layout, Template
from limelight.text.fields import Field

MOST_KEPT = 4096  # prompts whose ids are remembered


class Prompts:
    """Prompts of thinned inputs: only their texts differ, never what a template puts around them.

    Args:
        tokenizer: of transformers.
        fields: the whole input.
        closed: what the tokenizer puts after a text stays: nothing is to follow on it.
        template: ``"auto"`` for the model's own chat template where it has one; else see ``Template``.

    Attributes:
        notes: what a reader must know of how the prompt is made.
        route: ``"chat"`` or ``"raw"``, by which a prompt is made again.

    Raises:
        InputError: no prompt can be made of these fields.
    """

    def __init__(
        self, tokenizer: Any, fields: Sequence[Field], template: Template = AUTO, *, closed: bool = False
    ) -> None:
        self._tokenizer, self.fields, self._layout = tokenizer, tuple(fields), Layout(fields, template)
        self._closed = closed
        self._known: dict[tuple[str, ...], list[int]] = {}
        self._own = str(getattr(tokenizer, "chat_template", None) or "")
        self.notes: tuple[Note, ...] = ()
        chat = self._layout.chat
        if chat and template == AUTO and not self._own:
            raise InputError(
                f"a chat of {len(fields)} messages was given, and the model has no chat template. It goes on with one "
                "text; give it that, a model that was trained for chats, or template=... to say how messages become "
                "a text."
            )
        self._messages = template is not None and bool(self._own)
        self.route = "chat" if self._messages else "raw"
        if self._messages and not chat:
            self.notes += (note("as-message"),)
        if self._messages and "enable_thinking" in self._own:
            self.notes += (note("no-thinking"),)
        whole = tuple(field.text for field in fields)
        try:
            self._rendered(whole)
        except InputError:
            raise
        except Exception as error:  # of the template, which is a program of the model's or the reader's
            what = "the model's chat template" if self._messages and template == AUTO else "the template"
            raise InputError(
                f"{what} takes no such input: it raised {quoted(error)}. Some take no system message, or want user "
                "and assistant in turn; write the messages as this one takes them, or give template=... of your own."
            ) from error

    def __call__(self, inputs: Sequence[tuple[str, ...]]) -> list[list[int]]:
        """Ids of the prompts of some inputs; one without any token begins as the model's texts do."""
        if len(self._known) + len(inputs) > MOST_KEPT:
            self._known.clear()
        missing = [one for one in dict.fromkeys(inputs) if one not in self._known]
        if missing:
            texts, special = zip(*map(self._rendered, missing), strict=True)
            rows = self._tokenizer(list(texts), add_special_tokens=special[0])["input_ids"]
            after = self._closing() if special[0] and not self._closed else 0
            for one, ids in zip(missing, rows, strict=True):
                self._known[one] = list(ids[: len(ids) - after]) or [self._start()]
        return [self._known[one] for one in inputs]

    def text(self, texts: tuple[str, ...]) -> str:
        """The text of the prompt of some input."""
        return self._rendered(texts)[0]

    def ids(self, text: str) -> list[int]:
        """Ids of the text of a prompt, and of what follows it."""
        special = not self._messages
        ids = list(self._tokenizer(text, add_special_tokens=special)["input_ids"])
        return ids[: len(ids) - self._closing()] if special else ids

    def _closing(self) -> int:
        """How many special tokens the tokenizer puts after a text: an answer could not follow on them."""
        bare = self._tokenizer("a", add_special_tokens=False)["input_ids"]
        ids = list(self._tokenizer("a")["input_ids"])
        at = next((at for at in range(len(ids)) if ids[at : at + len(bare)] == bare), 0)
        return len(ids) - at - len(bare)

    def _start(self) -> int:
        names = ("bos_token_id", "eos_token_id", "pad_token_id")
        return int(next((one for name in names if (one := getattr(self._tokenizer, name, None)) is not None), 0))

    def _rendered(self, texts: tuple[str, ...]) -> tuple[str, bool]:
        """The text of a prompt, and whether the tokenizer adds its special tokens to it."""
        made = self._layout(texts)
        if isinstance(made, str):
            if not self._messages:
                return made, True
            made = [{"role": "user", "content": made}]
        if not self._own:
            raise InputError(
                "the template made a chat, and the model has no chat template. Return a str from it, or take a "
                "model that was trained for chats."
            )
        last = made[-1].get("role") == "assistant"
        more: dict[str, Any] = {"enable_thinking": False} if "enable_thinking" in self._own else {}
        text: str = self._tokenizer.apply_chat_template(
            made, tokenize=False, add_generation_prompt=not last, continue_final_message=last, **more
        )
        return text, False  # its special tokens are in it
