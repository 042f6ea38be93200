"""What all have in common that ask an endpoint: prompts, a bill, nothing asked twice, and how much it wavers."""

from __future__ import annotations

import copy
import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Self, TypeVar

from limelight.arrays import Floats
from limelight.captions import note
from limelight.errors import InputError
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.predictors.prompting import AUTO, MOST_TOKENS, Layout, Messages, Template
from limelight.predictors.served.client import Client, Job
from limelight.predictors.served.contact import Contact
from limelight.predictors.served.servers import LEAST, Ids, Server, Token, log_of
from limelight.predictors.tasks.spoken import UNSAID
from limelight.text.fields import MOST_FIELDS, Field
from limelight.text.inputs import Input

T = TypeVar("T")
REPEATS = 8  # of the whole prompt where it does not say the same each time
# What is sent to see how a server counts: the second as long as a paragraph.
SAMPLES = (
    (
        "Say yes.",
        "Say yes. In 1987 the old bridge was closed for repairs, so Maria took the ferry across the river and walked "
        "up to the market, where a woman with a red scarf sold honey, bread and apples (from her own garden). What "
        "would you have bought? It began to rain when we came home, but nobody minded, since the evening was warm and "
        "still.",
    ),
    (
        "请说是。",
        "请说是。上星期旧桥因维修而关闭，我们便坐渡船过河，走到市场，那里有一位戴红围巾的妇人在卖自家园子里的蜂蜜、面包和苹果。"
        "你会买什么？回家时下起了雨，但谁也不介意，因为傍晚温暖而安静。",
    ),
)
PIECES = re.compile(r"\w+|[^\w\s]")
SAME = 1e-6  # what differs by less does not differ


class Asked(Predictor):
    """What is asked of an endpoint.

    Attributes:
        samples: answers to each text where labels are counted.
        embedding: the model that embeds texts, or "".
    """

    averages = False
    costly = True
    most_fields = MOST_FIELDS
    batch_size = 32
    opaque = (
        "the model is behind an endpoint, which shows neither gradients nor attention. Choose a method that asks the "
        "model."
    )
    uncut = "The model is behind an endpoint, which cuts texts by itself."
    samples: int
    embedding: str = ""
    _contact: Contact
    _template: Template = AUTO
    _options: Mapping[str, Any]
    _layout: Layout = UNSAID
    _measured: dict[str, tuple[list[Ids], Floats]]  # of labels after a prompt: their tokens, and how much they waver
    _again: dict[str, list[tuple[str, bool]]]  # what was said to a prompt each time, and whether it was cut off
    _frozen: tuple[str, ...] = ()  # the sentences of an answer of an explanation about which it is asked
    _untold = 0  # log-probabilities of tokens that the server did not tell
    _single = False  # whether a text is sent as a message

    @property
    def name(self) -> str:  # type: ignore[override]
        """The model, and who is asked."""
        return self._contact.name

    @property
    def host(self) -> str:
        """Who is asked, where that is another machine."""
        return "" if self._contact.address.local else self._contact.address.host

    def prompted(self, template: Template, generation: Mapping[str, Any] | None) -> Self:
        other = copy.copy(self)
        other._template, other._options = template, dict(generation or {})
        other.forget()
        return other

    def reach(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(map(len, texts))

    @property
    def _most(self) -> int:
        """Tokens of an answer that is written."""
        return int(self._options.get("max_new_tokens", MOST_TOKENS))

    @abstractmethod
    def score(self, inputs: Sequence[Input]) -> Scores: ...

    def predict(self, texts: list[Any]) -> Floats:
        return self.score([Input.of(text) for text in texts]).values

    def forecast(
        self, asked: Sequence[tuple[str, ...]], fields: Sequence[Field], answer: str | None
    ) -> tuple[int, int]:
        """By what two texts of our own cost, of which one is long."""
        server, whole = self._contact.server, tuple(field.text for field in fields)
        chinese = sum(sign > "\u2e80" for text in whole for sign in text) > sum(map(len, whole)) / 4
        short, long = SAMPLES[chinese]
        one, two = (self._contact.client.ask(partial(server.weighed, text)) for text in (short, long))
        rate = max(0.0, (two - one) / (len(long) - len(short)))
        around = max(0.0, one - rate * len(short))
        layout = Layout(fields, self._template)
        sizes = [around + rate * _length(layout(texts)) for texts in asked]
        sizes += sizes[:1] * (server.repeats - 1)
        calls, tokens = self._expected(server, sizes, rate, answer)
        return calls, round(tokens)

    @abstractmethod
    def _expected(self, server: Server, sizes: Sequence[float], rate: float, answer: str | None) -> tuple[int, float]:
        """Requests, and tokens, for prompts of so many tokens, the whole one first."""

    def _logs(self, tokens: Sequence[Token]) -> list[float]:
        """Log-probabilities of tokens; those that are not told are counted, so that a reader hears of it."""
        self._untold += sum(one.log is None for one in tokens)
        return [log_of(one) for one in tokens]

    def remarks(self) -> tuple[str, ...]:
        client = self._contact.client
        untold = [note("untold", count=self._untold, least=f"{LEAST:.0f}")] if self._untold else []
        return *untold, note("asked", count=client.calls, tokens=f"{client.tokens:,}")

    def _facing(self, fields: Sequence[Field], raw: bool = False) -> Self:
        """The same, with prompts that are made of these fields."""
        for _ in Predictor.bind(self, fields):  # what cannot be is refused there
            pass
        bound, server = copy.copy(self), self._contact.server
        bound._layout = Layout(fields, None if raw else self._template)
        made = bound._layout(tuple(field.text for field in fields))
        if not isinstance(made, str) and not server.templated:
            raise InputError(
                f"a chat of {len(made)} messages was given, and {self.name} has no chat template. It goes on with one "
                "text; give it that, a model that was trained for chats, or template=... to say how messages become a "
                "text."
            )
        bound._single = isinstance(made, str) and server.templated and not raw and self._template is not None
        bound.warnings, bound._untold = (), 0
        if bound._single:
            bound.warnings += (note("as-message"),)
        return bound

    @property
    def manner(self) -> str:
        """How prompts are made, in a word."""
        names = [(field.name, field.role, field.group, field.title) for field in self._layout.fields]
        return repr((self._single, str(self._template), names))

    def _made(self, texts: tuple[str, ...]) -> str | Messages:
        made = self._layout(texts)
        return [{"role": "user", "content": made}] if isinstance(made, str) and self._single else made


def wavering(client: Client, server: Server, once: Job[T], total: Callable[[T], float]) -> list[T]:
    """The same asked again and again, at once as all else is: what differs is the endpoint's own doing."""
    found = [one for _, one in client.run([once] * server.first)]
    totals = [total(one) for one in found]
    if len(found) < REPEATS and max(totals) - min(totals) > SAME:
        found += [one for _, one in client.run([once] * (REPEATS - len(found)))]
    return found


def _length(made: str | Messages) -> int:
    return len(made) if isinstance(made, str) else sum(len(one["content"]) for one in made)


def tokens_of(text: str, rate: float) -> float:
    """How many tokens a few words are, at so many a character: a word or a sign has one at least."""
    return max(rate * len(text), len(PIECES.findall(text)))
