"""Who is asked, and with which key: neither a password nor a key is ever told."""

from __future__ import annotations

import base64
import ipaddress
import os
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote, urlsplit

from limelight.errors import InputError, quoted, shown

OPEN = ("api-version",)  # what a query may hold: it is no secret
BASE, NAMED = "OPENAI_BASE_URL", "OPENAI_API_KEY"  # as every client of such endpoints calls them
HOME = "api.openai.com"
HIDDEN = "…"


class Address:
    """Where an endpoint is, without what must not be told.

    Args:
        base_url: as a user gives it, with or without ``/v1``.

    Attributes:
        host: with its port, for readers.
        local: whether it is this machine.
        apis: where the interface may begin, the likeliest first.

    Raises:
        InputError: it is none.
    """

    def __init__(self, base_url: str) -> None:
        try:
            parts = urlsplit(base_url.strip())
            name, port = parts.hostname or "", parts.port
        except ValueError:
            name, parts, port = "", urlsplit(""), None
        if parts.scheme not in ("http", "https") or not name:
            told = shown(base_url.rpartition("@")[2])  # before it may stand a password
            raise InputError(
                f"base_url is {told}. limelight takes the address of an OpenAI-compatible "
                "endpoint, such as 'http://127.0.0.1:8080/v1'; correct it."
            )
        secret = [key for key, _ in parse_qsl(parts.query, keep_blank_values=True) if key not in OPEN]
        if secret or parts.fragment:
            raise InputError(
                f"base_url has a {'query' if secret else 'fragment'} after its path. limelight takes an address "
                "alone, since logs and errors tell it; give a key by key=, the name of an environment variable that "
                "holds it."
            )
        host = f"[{name}]" if ":" in name else name
        self.host = host if port is None else f"{host}:{port}"
        self.local = _is_here(name)
        self.query = f"?{parts.query}" if parts.query else ""
        site, path = f"{parts.scheme}://{self.host}", parts.path.rstrip("/")
        self.apis = (site + path,) if path.endswith("/v1") else (f"{site}{path}/v1", site + path)
        self.root = site + path.removesuffix("/v1")
        login = (unquote(parts.username or ""), unquote(parts.password or ""))
        # a closure: nothing that prints an object's attributes tells it
        self._login: Callable[[], tuple[str, str]] | None = (lambda: login) if any(login) else None

    def __repr__(self) -> str:
        return self.apis[0]

    @property
    def login(self) -> str:
        """The header that a user and a password in the address make, or ``""``."""
        if self._login is None:
            return ""
        return "Basic " + base64.b64encode(":".join(self._login()).encode()).decode()

    def secrets(self) -> list[str]:
        """What must not be told of it."""
        return [] if self._login is None else [self.login.split()[1], self._login()[1]]


def _is_here(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


class Key:
    """Fetches the key whenever it is needed, and holds none.

    Args:
        given: the name of an environment variable, or a function that returns the key; None for ``OPENAI_API_KEY``
            where the endpoint is OpenAI's, or the one that ``OPENAI_BASE_URL`` names.
        address: where it is sent, and nowhere else.

    Raises:
        InputError: it is a key itself, or nothing of that name is set.
    """

    def __init__(self, given: str | Callable[[], str] | None, address: Address) -> None:
        self._address = address
        if given is None:
            given = NAMED if os.environ.get(NAMED) and address.host in (HOME, _host_of(os.environ.get(BASE))) else ""
        elif isinstance(given, str) and not os.environ.get(given):
            name = shown(given) if given.isidentifier() and given.isupper() else f"a str of {len(given)} characters"
            raise InputError(
                f"key is {name}, and no environment variable has that name. limelight takes the name of one that holds "
                "the key, such as key='OPENAI_API_KEY', or a function that returns it; never the key itself, which "
                "would be saved with the notebook."
            )
        elif not isinstance(given, str) and not callable(given):
            raise InputError(
                f"key is a {type(given).__name__}. limelight takes the name of an environment variable that holds the "
                "key, or a function that returns it; give one of these."
            )
        self._given = given

    def __repr__(self) -> str:
        return "<key>"

    @property
    def header(self) -> str:
        """What is sent as ``Authorization``, or ``""``."""
        key = self._fetched()
        return f"Bearer {key}" if key else self._address.login

    def hidden(self, text: str) -> str:
        """A text of somebody else's without the key and the address's password."""
        try:
            secrets = [self._fetched(), *self._address.secrets()]
        except InputError:
            secrets = self._address.secrets()
        for secret in secrets:
            if secret:
                text = text.replace(secret, HIDDEN)
        return text

    def _fetched(self) -> str:
        if isinstance(self._given, str):
            return os.environ.get(self._given, "").strip() if self._given else ""
        try:
            key = self._given()
        except Exception as error:
            raise InputError(
                f"the function that returns the key raised {type(error).__name__}. limelight calls it before it asks; "
                "try it alone."
            ) from None  # what it says may hold the key
        if not isinstance(key, str) or not key.strip() or not key.isascii() or "\n" in key.strip():
            raise InputError(
                f"the function that returns the key gave a {type(key).__name__} that is none. limelight takes a str in "
                "one line; correct it."
            )
        return key.strip()


def _host_of(base_url: str | None) -> str:
    try:
        return Address(base_url).host if base_url else ""
    except InputError as error:
        raise InputError(f"{BASE} of the environment is no address: {quoted(error)}") from None
