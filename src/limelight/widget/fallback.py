"""The picture that a saved notebook shows where nothing runs: on GitHub, in nbviewer, in a PDF."""

from __future__ import annotations

import uuid
from typing import Any

from limelight.explanation import Explanation
from limelight.render import html


class Fallback:
    """An output of its own below the widget, empty until something is explained.

    Apart from the widget's output, since a page that is told of a change in that one
    draws the whole widget anew. The widget hides it by its ``name``, where it lives.
    """

    def __init__(self) -> None:
        self.name = f"limelight-still-{uuid.uuid4().hex[:8]}"
        self._handles: list[Any] = []
        self._shown: tuple[Explanation | None, str] = (None, "")

    def display(self, explanation: Explanation | None, lang: str = "") -> None:
        """Shows the picture, with captions in ``lang``."""
        from IPython.display import DisplayHandle

        handle = DisplayHandle()
        handle.display(self._bundle(explanation, lang), raw=True)
        # first known, then looked at: a run that ends in between fills it
        self._handles.append(handle)
        self._shown = (explanation, lang)

    def update(self, explanation: Explanation | None, lang: str = "", again: bool = False) -> None:
        """Fills the picture in where it has been displayed; ``again`` also where it was sent before."""
        shown, said = self._shown
        if explanation is not None and (again or explanation is not shown or lang != said):
            for handle in self._handles:
                handle.update(self._bundle(explanation, lang), raw=True)
            self._shown = (explanation, lang)

    def _bundle(self, explanation: Explanation | None, lang: str) -> dict[str, str]:
        if explanation is None:
            return {"text/html": f'<div class="{self.name}"></div>', "text/plain": ""}
        picture = html.picture(*explanation.chosen(None), lang, explanation)
        return {
            "text/html": f'<div class="{self.name}">{picture}</div>',
            "text/latex": explanation.to_latex(lang=lang),
            "text/plain": repr(explanation),
        }
