"""What kinds of servers there are, and how each is asked how likely a given answer is."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from limelight.errors import InputError
from limelight.predictors.prompting import Messages
from limelight.predictors.served.client import Ask, Body
from limelight.predictors.served.refusals import Absent, Malformed

Ids = tuple[int, ...]
OTHERS = 5  # at each token, what else was likeliest
TOP = 20  # as many as OpenAI's interface tells
NEVER = -1000.0  # no log-probability of a token is as low: what is stands for "not told"
LEAST = -90.0  # of a token, for one that a server calls impossible: single precision ends there
ROUNDING = 1e-3  # by which a log-probability may seem to be above 0


@dataclass(frozen=True)
class Token:
    """A token of an answer.

    Attributes:
        id: of it.
        piece: its bytes.
        log: its log-probability, or None where it is not told.
        others: what else was likely in its place, the likeliest first.
    """

    id: int
    piece: bytes
    log: float | None = None
    others: tuple[Token, ...] = ()


def log_of(token: Token) -> float:
    """Its log-probability; of one that the server calls impossible what single precision leaves."""
    return LEAST if token.log is None else max(token.log, LEAST)


def told(value: object) -> float | None:
    """A log-probability; None for what stands for "not told".

    Raises:
        Malformed: it is none at all.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value) or value > ROUNDING:
        raise Malformed(f"answered {value!r} where a log-probability should be")
    return None if value <= NEVER else min(0.0, float(value))


class Server(ABC):
    """One kind of server.

    Args:
        model: the name that is sent along.
        templated: whether the model has a chat template.

    Attributes:
        route: how it scores: ``"exact"``, ``"top"`` or ``"sampled"``.
        title: what it is called.
        generation: options of how to write, by the names that it gives them.
        drawn: what to send so that nothing but the model's own probabilities decides.
        first, repeats: of the whole prompt, before it is known whether these differ, and in all as far as is foreseen.
        slots: requests that it works on at a time, or None.
    """

    route: ClassVar[str]
    title: ClassVar[str]
    generation: ClassVar[Mapping[str, str]] = {}
    drawn: ClassVar[Mapping[str, float]] = {"temperature": 1.0, "top_p": 1.0}
    first: ClassVar[int] = 3
    repeats: ClassVar[int] = 8
    slots: int | None = None
    several = True  # answers at once, as far as is known

    def __init__(self, model: str, templated: bool = True) -> None:
        self.model, self.templated = model, templated
        self._limit = "max_tokens"

    async def weighed(self, text: str, ask: Ask) -> int:
        """How many tokens a text is as a prompt, by the server's own count."""
        messages = [{"role": "user", "content": text}]
        answer = await ask("/chat/completions", {"model": self.model, "messages": messages, self._limit: 1}, 1)
        count = (answer.get("usage") or {}).get("prompt_tokens")
        return count if isinstance(count, int) and count > 0 else len(text) // 4

    async def chat(self, ask: Ask, given: Messages | str, body: Body, most: int) -> list[Any]:
        """Choices that are written anew."""
        messages = [{"role": "user", "content": given}] if isinstance(given, str) else given
        body = {"model": self.model, "messages": messages, self._limit: most, **body}
        try:
            answer = await ask("/chat/completions", body, most * int(body.get("n", 1)))
        except Absent as error:
            if self._limit == "max_completion_tokens" or "max_completion_tokens" not in str(error):
                raise
            self._limit = "max_completion_tokens"  # what it calls the same
            body = {name: value for name, value in body.items() if name != "max_tokens"}
            return await self.chat(ask, messages, body, most)
        choices = answer.get("choices")
        if not isinstance(choices, list) or not choices or not all(isinstance(one, dict) for one in choices):
            raise Malformed("answered without an answer")
        return choices

    def wanted(self, options: Mapping[str, Any]) -> Body:
        """Options of how to write as this server takes them.

        Raises:
            InputError: it has no such option.
        """
        sent: Body = dict(self.drawn) if options.get("do_sample") else {"temperature": 0}
        for name, value in options.items():
            if name in ("do_sample", "max_new_tokens"):
                continue
            if name not in self.generation:
                raise InputError(
                    f"generation has {name!r}, which {self.title} has not. limelight passes on "
                    f"{', '.join(map(repr, ('max_new_tokens', 'do_sample', *self.generation)))}; leave it out."
                )
            sent[self.generation[name]] = value
        return sent


class Exact(Server):
    """A server that scores a given answer."""

    route = "exact"

    @abstractmethod
    async def prompt(self, ask: Ask, given: str | Messages) -> Any:
        """What a text or messages are as a prompt."""

    @abstractmethod
    async def cut(self, ask: Ask, text: str) -> list[Token]:
        """The tokens of an answer that is given."""

    async def pieces(self, ask: Ask, tokens: Sequence[Token]) -> list[Token]:
        """The tokens of an answer that was written, each with its bytes."""
        return list(tokens)

    @abstractmethod
    async def scored(self, ask: Ask, prompt: Any, ids: Ids, ended: bool, others: int = 0) -> list[Token]:
        """The tokens with their log-probabilities after a prompt, then the end's; with so many others each.

        Raises:
            Malformed: it scored something else.
        """

    @abstractmethod
    def writing(self, prompt: Any, options: Mapping[str, Any], most: int) -> tuple[str, Body]:
        """Path and body of a request that streams the answer."""

    @abstractmethod
    def heard(self, event: Any) -> tuple[list[Token], bool | None]:
        """The tokens of an event, and at the end whether the answer ended by itself."""


class Chat(Server):
    """Any other with OpenAI's interface: it tells at most what its own next tokens would be."""

    route = "sampled"
    title = "the server"
    generation: ClassVar[Mapping[str, str]] = {"temperature": "temperature", "top_p": "top_p"}


class Top(Chat):
    """One of these that tells the likeliest of its next tokens."""

    route = "top"


def said_in(choice: Mapping[str, Any]) -> str | None:
    """The text of a choice; None where there is none, as of a refusal."""
    message = choice.get("message")
    text = message.get("content") if isinstance(message, Mapping) else None
    return text if isinstance(text, str) else None


def tops(choice: Mapping[str, Any]) -> list[tuple[str, float]]:
    """The likeliest first tokens of an answer with their log-probabilities; those that are not told are left out."""
    try:
        first = choice["logprobs"]["content"][0]["top_logprobs"]
        pairs = [(str(one["token"]), told(one["logprob"])) for one in first]
    except (KeyError, TypeError, IndexError):
        raise Malformed("told no log-probabilities") from None
    return [(token, log) for token, log in pairs if log is not None]
