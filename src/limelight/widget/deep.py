"""The widget of layers, heads and dreams: a record as state, told anew while the model is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import anywidget
import traitlets
from ipywidgets import VBox

from limelight.errors import LimelightError
from limelight.widget.background import thread_of
from limelight.widget.boxes import replace_in
from limelight.widget.pack import packed

OPENED_BY = {"explain": "rows", "dream": "neurons"}  # of the record, of which one is opened
PAUSE = 0.25  # seconds between two looks at what a search has found


class Source(Protocol):
    """Work that is watched."""

    @property
    def running(self) -> bool: ...
    @property
    def status(self) -> str: ...
    @property
    def error(self) -> str: ...
    def record(self) -> dict[str, Any]: ...
    def stop(self) -> None: ...


class DeepView(anywidget.AnyWidget):
    """Shows layers, heads or dreams.

    Args:
        kind: ``"layers"``, ``"heads"`` or ``"dream"``.
        record: what is shown, see ``limelight.api.deep``.
        still: HTML that stands there where no widget runs.
        source: the work that it is of, or None.
        opened: what is made of what is chosen in the view, a widget, by the kind of the page's message.
        asked: what begins more of that work, given what the page wants, by the kind of its message.

    Attributes:
        record: what is shown.
        target: the one that is shown.
        status: ``"running"``, ``"done"``, ``"stopped"`` or ``"failed"``.
        error: what went wrong, or "".
        opens: whether what is chosen in the view can be opened below it.
    """

    _esm = packed("deep")
    kind = traitlets.Unicode().tag(sync=True)
    record = traitlets.Dict().tag(sync=True)
    target = traitlets.Unicode().tag(sync=True)
    status = traitlets.Unicode("done").tag(sync=True)
    lang = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    opens = traitlets.Bool().tag(sync=True)

    def __init__(
        self,
        kind: str,
        record: dict[str, Any],
        still: str,
        source: Source | None = None,
        opened: Mapping[str, Callable[[int], Any]] | None = None,
        asked: Mapping[str, Callable[[object], None]] | None = None,
    ) -> None:
        self._source, self._opened, self._asked, self._still = source, opened or {}, asked or {}, still
        super().__init__(kind=kind, record=record, opens=bool(opened))
        self._slot = VBox()
        self.box = VBox([self, self._slot])
        self.on_msg(self._heard)
        if source is not None:
            self.look()
            if source.running:
                thread_of(self._follow).start()

    def _follow(self) -> None:
        waiting = threading.Event()
        while self._source is not None and self._source.running and self.comm is not None:
            waiting.wait(PAUSE)
            with suppress(Exception):  # a view that is gone is no reason to end the search
                self.look()
        with suppress(Exception):
            self.look()

    def look(self) -> None:
        """Takes over what the search has found since."""
        if self._source is not None:
            status, record = self._source.status, self._source.record()
            self.record, self.error = record, self._source.error
            self.status = status

    def _heard(self, _: Any, message: Any, buffers: Any) -> None:
        kind = str(message.get("kind")) if isinstance(message, dict) else ""
        if kind == "stop" and self._source is not None:
            self._source.stop()
        elif kind in self._opened:
            rows, at = self.record.get(OPENED_BY[kind], []), message.get("at")
            if not isinstance(at, int) or not 0 <= at < len(rows):
                return
            try:
                opened = self._opened[kind](at)
                replace_in(self._slot, getattr(opened, "box", opened))
            except LimelightError as error:
                self.error = str(error)
        elif kind in self._asked:
            try:
                self._asked[kind](message.get("of"))
                thread_of(self._follow).start()
            except LimelightError as error:
                self.error = str(error)

    def show(self) -> None:
        """Displays it, with the place where a text is opened below it; a table where no widget can run."""
        from IPython.display import display

        bundle = self.box._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        display({**data, "text/html": self._still}, metadata=metadata, raw=True)
