"""What goes wrong between here and an endpoint, in sentences; and what is worth another try."""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Mapping

from limelight.errors import ModelError, PredictionError, printable
from limelight.predictors.served.address import Key

AGAIN = {408, 409, 425, 429}  # what may be well in a moment, beside 500 and more
SPENT = ("insufficient_quota", "exceeded your current quota", "credit balance", "hard limit", "out of credits")
FILTERED = ("content_filter", "content management policy", "content policy")
MOST_SAID = 200  # characters of what a server says
MOST_WAIT = 60.0  # seconds, however long a server asks to wait


class Absent(PredictionError):
    """The server has no such route, or takes no such request."""


class Page(Absent):
    """It answers a page of HTML: a website, or a proxy that has a moment."""


class Spent(PredictionError):
    """What may be spent is spent."""


class Malformed(Exception):
    """An answer that is not what was asked for: ask again."""


class Refusals:
    """Says what an endpoint's refusals mean.

    Args:
        host: who is asked.
        key: which some servers repeat, and nobody may read.
        timeout: seconds without a sign of life that were waited.
    """

    def __init__(self, host: str, key: Key, timeout: float) -> None:
        self._host, self._key, self._timeout = host, key, timeout

    def check(self, status: int, text: str, path: str) -> None:
        """Raises where asking again would not help."""
        said, host = self.said(text), self._host
        if status in (401, 403):
            raise ModelError(
                f"{host} refuses the key ({status}: {said}). limelight sends the one that key= names, an environment "
                "variable or a function, or OPENAI_API_KEY to OpenAI; check it there."
            )
        if status == 402 or (status == 429 and any(word in text.lower() for word in SPENT)):
            raise Spent(
                f"the quota at {host} is spent ({said}). limelight does not ask again; what was found stays. Look at "
                "your account there, or take another endpoint."
            )
        if any(word in text.lower() for word in FILTERED) and status >= 400:
            raise PredictionError(
                f"a content filter at {host} refused a thinned text ({said}). limelight needs an answer to each; "
                "change the words that it minds, or ask for no filter."
            )
        if 300 <= status < 400:
            raise ModelError(
                f"{host} sends to another address ({status}). limelight follows nobody with a key; give the address "
                "itself as base_url."
            )
        if status in (404, 405, 501):
            raise Absent(
                f"{host} has no {path.lstrip('/')} ({status}: {said}). limelight takes a server with OpenAI's "
                "interface; give the base_url under which it has chat/completions, often one that ends in /v1."
            )
        if 400 <= status < 500 and status not in AGAIN:
            raise Absent(
                f"{host} refuses the request ({status}: {said}). limelight asks as OpenAI's interface has it; look "
                "whether the text is longer than the model reads, and whether the server knows this model."
            )

    def broken(self, error: BaseException) -> ConnectionError:
        """What to say of a connection that failed.

        Raises:
            ModelError: its certificate does not hold.
        """
        import httpx

        if "CERTIFICATE" in str(error).upper() or "SSL" in str(error):
            raise ModelError(
                f"the certificate of {self._host} does not hold ({self.said(str(error))}). limelight sends no text "
                "over a connection that it cannot trust; have SSL_CERT_FILE name your company's certificates."
            )
        if isinstance(error, (httpx.TimeoutException, TimeoutError)):
            return ConnectionError(f"gave no sign of life for {self._timeout:g} s")
        by = ", by the proxy of the environment" if isinstance(error, httpx.ProxyError) else ""
        kind = "cannot be reached" if isinstance(error, httpx.ConnectError) else "broke off"
        return ConnectionError(f"{kind}{by} ({self.said(str(error)) or type(error).__name__})")

    def page(self) -> Page:
        """What to say of a page of HTML."""
        return Page(
            f"{self._host} answered a page of HTML. limelight asks an interface, not a website; give the base_url of "
            "the interface, often one that ends in /v1."
        )

    def said(self, text: str) -> str:
        """What a server says, cut short and without the key."""
        try:
            told = json.loads(text)
            told = told.get("error", told)
            told = told.get("message", told) if isinstance(told, dict) else told
        except (ValueError, AttributeError):
            told = text
        return printable(self._key.hidden(" ".join(str(told).split())), MOST_SAID)


def pause_of(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait before the next try; None where it does not say."""
    given = headers.get("retry-after")
    if given is None:
        return None
    try:
        seconds = float(given)
    except ValueError:
        moment = email.utils.parsedate_tz(given)
        if moment is None:
            return None
        seconds = email.utils.mktime_tz(moment) - time.time()
    return min(MOST_WAIT, max(0.0, seconds)) if seconds == seconds else None
