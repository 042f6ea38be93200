"""The forms that an explanation can be had in, and what a page that asks for one is answered."""

from __future__ import annotations

import base64
import importlib.util
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from limelight.errors import InputError, LimelightError, choose, quoted
from limelight.protocol import failure, response

log = logging.getLogger("limelight")
MOST_SENT = 1_000_000  # bytes of one message; Colab takes no more


@dataclass(frozen=True)
class Format:
    """A form that an explanation can be had in.

    Attributes:
        title: for readers.
        mime: what a browser calls it.
        make: ``(explanation, target, lang) -> str or bytes``.
        needs: ``(module, what to install)`` where limelight alone cannot make it.
    """

    title: str
    mime: str
    make: Callable[[Any, str | int | None, str], str | bytes]
    needs: tuple[str, str] | None = None

    @property
    def reason(self) -> str:
        """Why it cannot be made here, else nothing."""
        if self.needs is None or importlib.util.find_spec(self.needs[0]) is not None:
            return ""
        return f"needs {self.needs[1]}"


# By the ending of a file.
FORMATS: dict[str, Format] = {
    "html": Format("HTML", "text/html", lambda found, target, _: found.to_html(target=target)),
    "svg": Format("SVG", "image/svg+xml", lambda found, target, lang: found.to_svg(target=target, lang=lang)),
    "png": Format(
        "PNG",
        "image/png",
        lambda found, target, lang: found.to_png(target=target, lang=lang),
        ("resvg_py", "resvg-py"),
    ),
    "tex": Format("LaTeX", "application/x-tex", lambda found, target, lang: found.to_latex(target=target, lang=lang)),
    "json": Format("JSON", "application/json", lambda found, *_: found.to_json()),
    "csv": Format("CSV", "text/csv", lambda found, *_: found.to_csv()),
}


def menu() -> list[dict[str, str]]:
    """What a page can offer, with the reason where one cannot be made."""
    return [{"name": name, "title": form.title, "reason": form.reason} for name, form in FORMATS.items()]


def answer(request: dict[str, Any], explanation: Any) -> dict[str, Any]:
    """Answers a page's request for a file: its name, type and bytes in base64, or a sentence."""
    asked = request["msg"] if isinstance(request.get("msg"), dict) else {}
    try:
        form = choose("format", asked.get("format"), FORMATS)
        if explanation is None:
            raise InputError("there is no explanation yet. What has been explained can be saved; wait for the words.")
        made = form.make(explanation, asked.get("target"), asked.get("lang", ""))
        data = base64.b64encode(made.encode() if isinstance(made, str) else made).decode()
        if len(data) > MOST_SENT:
            raise InputError(
                f"this {form.title} has {len(data) * 3 / 4e6:.1f} MB. A notebook carries one of "
                f"{MOST_SENT * 3 / 4e6} MB to the page; write it to a file, with to_{form.title.lower()}(path)."
            )
    except (LimelightError, ImportError) as problem:
        return failure(request, str(problem))
    except Exception as problem:
        log.exception("an export failed")
        said = f"limelight failed to make this file ({quoted(problem)}). Please report it."
        return failure(request, said)
    return response(request, {"name": f"limelight.{asked['format']}", "mime": form.mime, "data": data})
