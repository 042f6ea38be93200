"""The only place with a loop: requests to an endpoint, so many at a time, each until it is answered or given up."""

from __future__ import annotations

import asyncio
import json
import os
import random
import threading
import time
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from limelight.errors import LimelightError, ModelError, PredictionError, quoted
from limelight.predictors.served.address import Address, Key
from limelight.predictors.served.refusals import Malformed, Refusals, Spent, pause_of
from limelight.predictors.served.store import Store
from limelight.predictors.turns import Stopped, stopped

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
Body = dict[str, Any]
# Asks a path of the interface; of ``root`` where it begins with two slashes. With the most tokens that it may write,
# or None where it costs none.
Ask = Callable[[str, Body | None, int | None], Awaitable[Any]]
Job = Callable[[Ask], Awaitable[T]]

SLICE = 0.05  # seconds after which a stop is heard
TRIES = 5
FIRST_PAUSE, MOST_PAUSE = 0.5, 30.0  # seconds before it is asked again
WHOLE = 10  # times as long as without a sign of life an answer may take in all


class Client:
    """Sends requests to one endpoint.

    Args:
        address: where it is.
        key: sent along.
        concurrency: requests at a time.
        timeout: seconds without a sign of life.
        budget: tokens that may be spent, or None.
        store: answers of other sessions, or None.

    Attributes:
        api: where the interface begins; settled by the first that answers.
        calls, tokens: what was asked so far, and what it cost by the server's count.
    """

    def __init__(
        self,
        address: Address,
        key: Key,
        concurrency: int,
        timeout: float,
        budget: int | None,
        store: Store | None = None,
    ) -> None:
        if find_spec("httpx") is None:
            raise ModelError(
                "httpx is not installed. limelight asks endpoints with it; pip install 'limelight[endpoint]'."
            )
        self.address, self.key, self.concurrency, self.budget = address, key, concurrency, budget
        self._store = store
        self.api = address.apis[0]
        self._refusals = Refusals(address.host, key, timeout)
        self.calls = self.tokens = 0
        self._timeout, self._held, self._resume = timeout, 0, 0.0
        self._seen = 0.0  # tokens a byte, at most
        self._http: httpx.AsyncClient | None = None
        self._gate: asyncio.Semaphore | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __reduce__(self) -> Any:
        return Client, (self.address, self.key, self.concurrency, self._timeout, self.budget, self._store)

    def run(self, jobs: Sequence[Job[T]]) -> Iterator[tuple[int, T]]:
        """Works through jobs, so many at a time; whoever stops iterating cancels the rest.

        Yields:
            ``(position, result)``, each as it comes.

        Raises:
            LimelightError: one failed.
            Stopped: the work was stopped meanwhile.
        """
        news: SimpleQueue[tuple[int, Any, BaseException | None]] = SimpleQueue()

        async def one(at: int, job: Job[T]) -> None:
            assert self._gate is not None
            try:
                async with self._gate:
                    news.put((at, await self._lasting(job), None))
            except Exception as error:
                news.put((at, None, error))

        async def every() -> None:
            self._open()
            await asyncio.gather(*(one(at, job) for at, job in enumerate(jobs)))

        for at, result, error in self._heard(every, news, len(jobs)):
            if error is not None:
                raise self._plain(error) from None  # the cause holds the request, and that the key
            yield at, result

    def narrow(self, most: int) -> None:
        """Has it ask at most so many at a time: what waits at a server cannot be told from what is lost."""
        self.concurrency, self._gate = min(self.concurrency, most), None

    def ask(self, job: Job[T]) -> T:
        """Works on one job."""
        ((_, result),) = self.run([job])
        return result

    def stream(self, path: str, body: Body, most: int, read: Callable[[Any], T]) -> Iterator[T | None]:
        """The events of one answer as they come; begins again where the connection breaks, or one cannot be read.

        Yields:
            What ``read`` makes of events, and None where it begins again.
        """
        news: SimpleQueue[tuple[int, Any, BaseException | None]] = SimpleQueue()

        async def work() -> None:
            self._open()
            assert self._gate is not None
            try:
                async with self._gate:
                    await self._lasting(told)
                news.put((1, None, None))
            except Exception as error:
                news.put((1, None, error))

        async def told(_: Ask) -> None:
            news.put((0, None, None))
            async for event in self._events(path, body, most):
                news.put((0, read(event), None))

        for done, event, error in self._heard(work, news, None):
            if error is not None:
                raise self._plain(error) from None
            if done:
                return
            yield event

    def _heard(
        self,
        work: Callable[[], Awaitable[None]],
        news: SimpleQueue[tuple[int, Any, BaseException | None]],
        count: int | None,
    ) -> Iterator[tuple[int, Any, BaseException | None]]:
        """What the loop puts into a queue; ends the work when nobody listens any more."""
        if stopped.get()():
            raise Stopped
        task = asyncio.run_coroutine_threadsafe(_as_coroutine(work), self._in_loop())
        try:
            while count is None or count > 0:
                try:
                    yield news.get(timeout=SLICE)
                except Empty:
                    if stopped.get()():
                        raise Stopped from None
                    if task.done() and news.empty():
                        task.result()  # raises what it failed of
                        return
                    continue
                count = None if count is None else count - 1
                if stopped.get()():
                    raise Stopped
        finally:
            task.cancel()

    def _in_loop(self) -> asyncio.AbstractEventLoop:
        loop = _running_loop()
        if loop is not self._loop:
            self._http = self._gate = None  # after a fork they belong to a thread that is not there
            self._loop = loop
        return loop

    def _open(self) -> None:
        import httpx

        if self._http is None:
            limits = httpx.Limits(max_connections=2 * self.concurrency)
            # what stays on this machine goes by no proxy of the environment
            self._http = httpx.AsyncClient(timeout=self._timeout, limits=limits, trust_env=not self.address.local)
            weakref.finalize(self, _close, asyncio.get_running_loop(), self._http)
        if self._gate is None:
            self._gate = asyncio.Semaphore(self.concurrency)

    async def _lasting(self, job: Job[T]) -> T:
        """Works on a job; again where an answer is not what was asked for."""
        for tried in range(1, TRIES + 1):
            try:
                return await job(self._asked)
            except Malformed as error:
                problem = str(error)
                await asyncio.sleep(_pause(tried - 3))
        raise PredictionError(
            f"{self.address.host} {problem}, {TRIES} times in a row. limelight takes no number that it cannot check; "
            "look at the server, or try another."
        )

    async def _asked(self, path: str, body: Body | None = None, most: int | None = None) -> Any:
        """The answer's JSON; what costs something is asked for only where it is not kept."""
        if self._store is None or body is None or most is None:
            return await self._answered(path, body, most)
        place = self._store.place(self._url(path), body)
        answer = self._store.get(place)
        if answer is None:
            answer = await self._answered(path, body, most)
            self._store.put(place, self.key.hidden(json.dumps(answer)))
        return answer

    async def _answered(self, path: str, body: Body | None, most: int | None) -> Any:
        """Asks once, and again where that may help."""
        problem = ""
        for tried in range(1, TRIES + 1):
            held = await self._hold(body, most)
            try:
                status, text, wait = await self._sent(path, body)
            except ConnectionError as error:
                status, text, wait, problem = 0, "", None, str(error)
            finally:
                self._held -= held
            if status == 200:
                try:
                    answer = json.loads(text)
                    if not isinstance(answer, dict):
                        raise ValueError
                except ValueError:
                    if "<html" in text[:1000].lower():
                        raise self._refusals.page() from None
                    status, problem = 0, "answered something that is no JSON"
                else:
                    if most is not None:
                        self._count(answer, body)
                    return answer
            self._refusals.check(status, text, path)
            problem = f"answered {status} ({self._refusals.said(text)})" if status else problem
            if tried < TRIES:
                await self._wait(_pause(tried) if wait is None else wait)
        raise PredictionError(
            f"{self.address.host} {problem}, {TRIES} times in a row. limelight asks again after a while and then gives "
            "up; what was found stays. Look whether the server is well, and explain again."
        )

    async def _sent(self, path: str, body: Body | None) -> tuple[int, str, float | None]:
        """Status, text and how long to wait before the next try."""
        import httpx

        assert self._http is not None
        await self._rest()
        self.calls += 1
        try:
            async with asyncio.timeout(WHOLE * self._timeout):
                method = "GET" if body is None else "POST"
                reply = await self._http.request(method, self._url(path), json=body, auth=self._signed)
            return reply.status_code, reply.text, pause_of(reply.headers)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise self._refusals.broken(error) from None

    async def _events(self, path: str, body: Body, most: int) -> AsyncIterator[Any]:
        import httpx

        assert self._http is not None
        held, ended = await self._hold(body, most), False
        await self._rest()
        self.calls += 1
        try:
            async with self._http.stream("POST", self._url(path), json=body, auth=self._signed) as reply:
                if reply.status_code != 200:
                    text = (await reply.aread()).decode("utf-8", "replace")
                    self._refusals.check(reply.status_code, text, path)
                    raise Malformed(f"answered {reply.status_code} ({self._refusals.said(text)})")
                async for line in reply.aiter_lines():
                    if not line.startswith("data:"):
                        if "<html" in line.lower():
                            raise self._refusals.page()
                        continue
                    if line[5:].strip() == "[DONE]":
                        ended = True
                        break
                    event = json.loads(line[5:])
                    ended = ended or _last(event)
                    self._count(event, None)
                    yield event
        except (httpx.HTTPError, OSError, ValueError) as error:
            raise Malformed(str(self._refusals.broken(error))) from None
        finally:
            self._held -= held
        if not ended:
            raise Malformed("broke off in the middle of its answer")

    # what may be spent

    async def _hold(self, body: Body | None, most: int | None) -> int:
        """Sets aside what a request may cost, so that those in flight together stay within the budget."""
        if most is None or self.budget is None:
            return 0
        wanted = int(self._rate * len(json.dumps(body))) + most
        while self.tokens + self._held + wanted > self.budget:
            if not self._held:
                raise Spent(
                    f"{self.tokens:,} tokens are spent, and budget_tokens is {self.budget:,}. limelight asks nothing "
                    "that could go beyond; give a larger budget_tokens, or fewer evaluations by budget."
                )
            await asyncio.sleep(SLICE)  # those in flight may cost less than was set aside for them
        self._held += wanted
        return wanted

    @property
    def _rate(self) -> float:
        """Tokens a byte, with some room."""
        return 1.2 * self._seen or 0.5

    def _count(self, answer: Any, body: Body | None) -> None:
        usage = answer.get("usage") if isinstance(answer.get("usage"), dict) else answer
        names = (
            ("prompt_tokens", "completion_tokens") if usage is not answer else ("tokens_evaluated", "tokens_predicted")
        )
        if usage is answer and not answer.get("stop", body is not None):  # not the last event of an answer
            return
        prompt, rest = (usage.get(name) for name in names)
        counts = [prompt, 0 if rest is None and prompt == usage.get("total_tokens") else rest]  # of what only reads
        if all(isinstance(count, int) and 0 <= count < 10**9 for count in counts) and counts[0]:
            self.tokens += sum(counts)
            if body is not None:
                self._seen = max(self._seen, counts[0] / max(1, len(json.dumps(body))))
        elif body is not None:  # one that does not say, or lies
            self.tokens += int(self._rate * len(json.dumps(body)))

    # what can go wrong

    def _plain(self, error: BaseException) -> BaseException:
        """An error without the frames and causes in which a key stands."""
        if isinstance(error, LimelightError):
            return error.with_traceback(None)
        return PredictionError(
            f"{self.address.host} could not be asked ({self.key.hidden(quoted(error))}). limelight takes servers with "
            "OpenAI's interface; please report it."
        )

    def _signed(self, request: httpx.Request) -> httpx.Request:
        if header := self.key.header:
            request.headers["Authorization"] = header
        return request

    def _url(self, path: str) -> str:
        base, path = (self.address.root, path[1:]) if path.startswith("//") else (self.api, path)
        return base + path + self.address.query

    async def _wait(self, seconds: float) -> None:
        """Has everybody wait: a server that is asked for less sooner is well again."""
        self._resume = max(self._resume, time.monotonic() + seconds)
        await self._rest()

    async def _rest(self) -> None:
        while (left := self._resume - time.monotonic()) > 0:
            await asyncio.sleep(left)


def _close(loop: asyncio.AbstractEventLoop, http: httpx.AsyncClient) -> None:
    """Ends the connections of a client that nobody holds any more."""
    if loop.is_running():
        asyncio.run_coroutine_threadsafe(http.aclose(), loop)


async def _as_coroutine(work: Callable[[], Awaitable[None]]) -> None:
    await work()


def _last(event: Any) -> bool:
    if not isinstance(event, dict):
        raise ValueError("an event is no object")
    return bool(event.get("stop")) or any(one.get("finish_reason") for one in event.get("choices") or [])


def _pause(tried: int) -> float:
    # never two at the same moment
    return min(MOST_PAUSE, FIRST_PAUSE * 2.0 ** (tried - 1)) * random.uniform(0.5, 1.0)


_guard = threading.Lock()
_known: tuple[int, asyncio.AbstractEventLoop] | None = None


def _running_loop() -> asyncio.AbstractEventLoop:
    """The loop of all endpoints, in a thread of its own; after a fork another."""
    global _known
    with _guard:
        if _known is None or _known[0] != os.getpid():
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="limelight endpoints", daemon=True).start()
            _known = os.getpid(), loop
        return _known[1]
