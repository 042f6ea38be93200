"""What all have in common that ask an endpoint: prompts, a bill, nothing asked twice, and how much it wavers."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

from limelight.arrays import Floats
from limelight.captions import note
from limelight.errors import InputError
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.predictors.prompting import AUTO, Layout, Messages, Template
from limelight.predictors.served.client import Client, Job
from limelight.predictors.served.contact import Contact
from limelight.predictors.served.servers import LEAST, Token, log_of
from limelight.text.fields import MOST_FIELDS, Field
from limelight.text.inputs import Input

T = TypeVar("T")
FIRST, REPEATS = 3, 8  # of the whole prompt: so many, and so many in all where these differ
SAME = 1e-6  # what differs by less does not differ


class Asked(Predictor):
    """What is asked of an endpoint.

    Attributes:
        samples: answers to each text where labels are counted.
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
    _contact: Contact
    _template: Template = AUTO
    _options: Mapping[str, Any]
    _layout: Layout
    _untold = 0  # log-probabilities of tokens that the server did not tell
    _single = False  # whether a text is sent as a message

    @property
    def name(self) -> str:  # type: ignore[override]
        """The model, and who is asked."""
        return self._contact.name

    @property
    def host(self) -> str:  # type: ignore[override]
        """Who is asked, where that is another machine."""
        return "" if self._contact.address.local else self._contact.address.host

    def prompted(self, template: Template, generation: Mapping[str, Any] | None) -> Self:
        other = copy.copy(self)
        other._template, other._options = template, dict(generation or {})
        other.forget()
        return other

    def reach(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(map(len, texts))

    @abstractmethod
    def score(self, inputs: Sequence[Input]) -> Scores: ...

    def predict(self, texts: list[Any]) -> Floats:
        return self.score([Input.of(text) for text in texts]).values

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


def wavering(client: Client, once: Job[T], total: Callable[[T], float]) -> list[T]:
    """The same asked again and again, at once as all else is: what differs is the endpoint's own doing."""
    found = [one for _, one in client.run([once] * FIRST)]
    totals = [total(one) for one in found]
    if max(totals) - min(totals) > SAME:
        found += [one for _, one in client.run([once] * (REPEATS - FIRST))]
    return found
