"""The first contact with an endpoint: where its interface begins, which model it has, and what it can do."""

from __future__ import annotations

import os
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from limelight.errors import InputError, LimelightError, ModelError, closest, listing
from limelight.predictors.prompting import Messages
from limelight.predictors.served.address import Address, Key
from limelight.predictors.served.client import Ask, Client
from limelight.predictors.served.echo import Echo
from limelight.predictors.served.exact import LlamaCpp, Vllm
from limelight.predictors.served.refusals import Absent, Malformed, Page
from limelight.predictors.served.servers import TOP, Chat, Exact, Server, Top, tops
from limelight.predictors.served.store import Store

T = TypeVar("T")
REMOTE_BUDGET = 50_000  # tokens that are spent at somebody else's, unless told otherwise

# How it is found out what a server can do: these are all that it reads before somebody asks it something.
HARMLESS: Messages = [{"role": "user", "content": "Say yes."}]
WORD = "yes"


class Contact:
    """An endpoint and what is known of it, shared by all that ask it.

    Args:
        base_url, model, key, budget_tokens, concurrency, timeout, cache: as ``Endpoint`` has them.

    Attributes:
        address: where it is.
        client: asks it.
        model: the name of the model, or "" before the first contact.
    """

    def __init__(
        self,
        base_url: str,
        model: str | None,
        key: str | Callable[[], str] | None,
        budget_tokens: int | None,
        concurrency: int,
        timeout: float,
        cache: str | os.PathLike[str] | None,
    ) -> None:
        self.address = Address(base_url)
        if budget_tokens is None and not self.address.local:
            budget_tokens = REMOTE_BUDGET
        store = None if cache is None else Store(cache)
        self.client = Client(self.address, Key(key, self.address), concurrency, timeout, budget_tokens, store)
        self.model = model or ""
        self._server: Server | None = None
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """For readers: the model, and who is asked."""
        model = self.model.replace("\\", "/").rpartition("/")[2]
        return f"{model or 'the model'} at {self.address.host}"

    @property
    def known(self) -> bool:
        """Whether it was asked what it can do."""
        return self._server is not None

    @property
    def server(self) -> Server:
        """What it can do; asked of it once, with a text of our own.

        Raises:
            ModelError, PredictionError: it cannot be asked.
        """
        with self._lock:
            if self._server is None:
                self._server = self.client.ask(self._found)
                if self._server.slots:
                    self.client.narrow(self._server.slots)
            return self._server

    async def _found(self, ask: Ask) -> Server:
        first: LimelightError | None = None
        for api in self.address.apis:
            self.client.api = api
            try:
                names = await self._models(ask)
            except Absent as error:
                first, names = first or error, []
                if not self.model:
                    continue
            wanted = self.model or self._only(names)
            try:
                server = await recognised(ask, wanted)
            except Absent as error:
                if wanted and names and wanted not in names:
                    raise ModelError(
                        f"{self.address.host} has no model {wanted!r}. It has {listing(names)}; give one of these."
                        f"{closest(wanted, names)}"
                    ) from None
                first = first or error
                continue
            self.model = wanted
            return server
        assert first is not None
        raise first

    async def _models(self, ask: Ask) -> list[str]:
        answer = await ask("/models", None, None)
        try:
            return [str(one["id"]) for one in answer["data"]]
        except (KeyError, TypeError):
            raise Malformed("lists no models") from None

    def _only(self, names: list[str]) -> str:
        if len(names) == 1:
            return names[0]
        has = f"{len(names)} models ({listing(names)})" if names else "no model"
        raise InputError(
            f"{self.address.host} has {has}, and none was named. limelight asks one; name it, as "
            f"Endpoint({str(self.address)!r}, 'model')."
        )


async def recognised(ask: Ask, model: str) -> Server:
    """The best that a server can do, asked of what it does rather than of what it says."""
    for kind in (LlamaCpp, Vllm, Echo):
        try:
            found = await _surely(partial(_scoring, ask, kind, model))
        except LimelightError:
            continue
        if found is not None:
            return found
    chat = Chat(model)
    told = await _surely(partial(_told, ask, chat))
    if told is None:
        await chat.chat(ask, HARMLESS, {}, 1)
    return Top(model) if told else chat


async def _surely(tried: Callable[[], Awaitable[T]]) -> T | None:
    """What a try comes to; None where the server has no such thing. What may be a moment's fault is tried again.

    Else one bad answer would have it asked another question for the rest of the session.
    """
    for _ in range(2):
        try:
            return await tried()
        except (Page, Malformed):
            continue
        except Absent:
            break
    return None


async def _told(ask: Ask, chat: Chat) -> bool:
    """Whether it tells the likeliest of its next tokens."""
    choices = await chat.chat(ask, HARMLESS, {"temperature": 0, "logprobs": True, "top_logprobs": TOP}, 1)
    return len(tops(choices[0])) > 1


async def _scoring(ask: Ask, kind: type[Exact], model: str) -> Exact:
    """A server of a kind that scores what is given; raises where it is none."""
    server = kind(model)
    tokens = await server.cut(ask, WORD)
    if isinstance(server, LlamaCpp):
        props = await ask("//props", None, None)
        server.templated, slots = bool(props.get("chat_template")), props.get("total_slots")
        server.slots = slots if isinstance(slots, int) and slots > 0 else None
        if not (await ask("//tokenize", {"content": "", "add_special": True}, None)).get("tokens"):
            server.start = props.get("bos_token") or props.get("eos_token") or " "
    try:
        prompt = await server.prompt(ask, HARMLESS if server.templated else HARMLESS[0]["content"])
    except Page:
        raise
    except LimelightError:
        server.templated = False
        prompt = await server.prompt(ask, HARMLESS[0]["content"])
    for one in await server.scored(ask, prompt, tuple(token.id for token in tokens), False):
        if one.log is None:
            raise Malformed("told no log-probability")
    if isinstance(server, Vllm):
        await server.learn_end(ask, prompt)
    return server
