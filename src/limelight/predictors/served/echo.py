"""Servers whose completions echo their prompt with its log-probabilities, of which a given answer is the end."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from limelight.predictors.prompting import Messages
from limelight.predictors.served.client import Ask, Body
from limelight.predictors.served.refusals import Malformed
from limelight.predictors.served.servers import OTHERS, Exact, Ids, Token, log_of, told

START = "\n"  # what stands before an answer where no prompt does: of a first token nothing is told
MOST_ID = 2**31
BROKEN = ("\ufffd", "bytes:")  # how a part of a character is told


class Echo(Exact):
    """One with OpenAI's older interface, as llama-cpp-python has it: texts go in and come back, and no chat.

    It tells no ids of tokens, which get some of their pieces, the same ones everywhere.
    """

    title = "echoed completions"
    repeats = 3
    generation: ClassVar[Mapping[str, str]] = {"temperature": "temperature", "top_p": "top_p", "seed": "seed"}

    def __init__(self, model: str, templated: bool = False) -> None:
        super().__init__(model, templated)
        self._texts: dict[int, str] = {}

    async def prompt(self, ask: Ask, given: str | Messages) -> str:
        if not isinstance(given, str):
            raise Malformed("has no template for a chat")
        return given or START

    async def weighed(self, text: str, ask: Ask) -> int:
        answer = await ask("/completions", {"model": self.model, "prompt": text, "max_tokens": 1}, 1)
        count = (answer.get("usage") or {}).get("prompt_tokens")
        return count if isinstance(count, int) and count > 0 else len(text) // 4

    async def cut(self, ask: Ask, text: str) -> list[Token]:
        return await self._echoed(ask, START, text) if text else []

    async def pieces(self, ask: Ask, tokens: Sequence[Token]) -> list[Token]:
        # cut as it will be where it is scored, which need not be as it was written
        return await self.cut(ask, b"".join(one.piece for one in tokens).decode("utf-8", "replace"))

    async def scored(self, ask: Ask, prompt: Any, ids: Ids, ended: bool, others: int = 0) -> list[Token]:
        tokens = await self._echoed(ask, prompt, "".join(self._texts[one] for one in ids))
        if tuple(one.id for one in tokens) != ids:
            raise Malformed("cut the answer into other tokens after another prompt")
        return tokens

    async def _echoed(self, ask: Ask, prompt: str, answer: str) -> list[Token]:
        """The tokens of an answer after a prompt, each with what else was likely."""
        # one token more, since none at all is no number of tokens to some, and any number to others
        body = {"model": self.model, "prompt": prompt + answer, "max_tokens": 1, "temperature": 0}
        found = await ask("/completions", {**body, "echo": True, "logprobs": OTHERS + 1}, 1)
        try:
            choice = found["choices"][0]
            text, rows = str(choice["text"]), choice["logprobs"]
            names = ("tokens", "token_logprobs", "top_logprobs", "text_offset")
            parts = list(zip(*(rows[name] for name in names), strict=True))
            starts = [int(start) for *_, start in parts]
        except (KeyError, TypeError, ValueError, IndexError):
            raise Malformed("told no log-probabilities of its prompt") from None
        if not text.startswith(prompt + answer) or starts != sorted(starts):
            raise Malformed("echoed another text than the one that was given")
        tokens, until = [], len(prompt)
        for (name, log, top, start), stop in zip(parts, [*starts[1:], len(text)], strict=True):
            if start < len(prompt) or start >= len(prompt + answer):
                continue
            piece = text[start:stop]
            if start != until or (piece != name and not any(sign in str(name) for sign in BROKEN)):
                raise Malformed("told tokens of another text than the one that was given")
            until = stop
            tokens.append(self._token(piece, log, top))
        if until != len(prompt + answer):
            raise Malformed("has tokens that are half of the answer and half of what stands beside it")
        if any(one.log is None for one in tokens):
            raise Malformed("told no log-probability of a token of the answer")
        return tokens

    def _token(self, piece: str, log: object, top: object) -> Token:
        if not isinstance(top, Mapping):
            raise Malformed("told no other tokens")
        rest = (self._named(str(one), told(value)) for one, value in top.items() if one != piece)
        own = self._named(piece, told(log))
        return Token(own.id, own.piece, own.log, tuple(sorted(rest, key=lambda one: -log_of(one))))

    def _named(self, piece: str, log: float | None) -> Token:
        number = int.from_bytes(hashlib.sha256(piece.encode()).digest()[:8]) % MOST_ID
        self._texts[number] = piece
        return Token(number, piece.encode(), log)

    def writing(self, prompt: Any, options: Mapping[str, Any], most: int) -> tuple[str, Body]:
        body = {"model": self.model, "prompt": prompt, "max_tokens": most, "stream": True}
        return "/completions", body | self.wanted(options)

    def heard(self, event: Any) -> tuple[list[Token], bool | None]:
        choice = (event.get("choices") or [{}])[0]
        text, why = str(choice.get("text") or ""), choice.get("finish_reason")
        return [Token(0, text.encode())] * bool(text), None if why is None else why == "stop"
