"""The widget of a corpus: words as state, and questions whose answers are state."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

import anywidget
import traitlets
from ipywidgets import VBox

from limelight.corpus import files
from limelight.corpus.show import MOST_FOUND, MOST_PARTS, MOST_WORDS, examples, packed, parted, plain, state
from limelight.errors import LimelightError
from limelight.widget.background import failure, thread_of
from limelight.widget.boxes import replace_in
from limelight.widget.jobs import Watched
from limelight.widget.pack import packed as bundled

PAUSE = 1.0  # seconds between two looks at what a job has done
SILENT = 60.0  # seconds after which a job that has noted nothing is at work no more


class WordsView(anywidget.AnyWidget):
    """Shows a corpus, while the job runs and after.

    Attributes:
        table: the strongest words of each target, packed.
        target: the one that is shown.
        query: a part of a word that is looked for; ``found`` is the answer, packed.
        parts: columns by which texts can be told apart, once the job is done, with their values.
        part: the column and the value that were chosen, whose words are to stand ``beside`` all of them.
        word: the one that is opened; ``examples`` is the answer, its texts.
        progress: how far the job is.
        error: what went wrong, or "".
    """

    _esm = bundled("corpus")
    table = traitlets.Bytes().tag(sync=True)
    found = traitlets.Bytes().tag(sync=True)
    target = traitlets.Unicode().tag(sync=True)
    query = traitlets.Unicode().tag(sync=True)
    word = traitlets.Unicode().tag(sync=True)
    examples = traitlets.Dict().tag(sync=True)
    progress = traitlets.Dict().tag(sync=True)
    beside = traitlets.List(traitlets.Unicode()).tag(sync=True)
    parts = traitlets.Dict().tag(sync=True)
    part = traitlets.List(traitlets.Unicode()).tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)
    masks = traitlets.Int().tag(sync=True)
    lang = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    explains = traitlets.Bool().tag(sync=True)
    stops = traitlets.Bool().tag(sync=True)

    def __init__(self, corpus: Watched) -> None:
        self._corpus, self._lock, self._stamp = corpus, threading.RLock(), 0
        super().__init__(lang=corpus.lang, explains=corpus.explains, **state(corpus, corpus.compared))
        self._slot = VBox()
        self.box = VBox([self, self._slot])
        self.on_msg(self._heard)
        self.observe(self._search, "query")
        self.observe(self._open, ["word", "target"])
        self.observe(self._choose, "part")
        self.look()
        if self._alive:
            thread_of(self._follow).start()

    @property
    def _alive(self) -> bool:
        if self._corpus.running:
            return True
        if self._corpus.progress.state not in ("running", "pooling"):
            return False
        with suppress(OSError):
            return time.time() - (self._corpus.out / files.PROGRESS).stat().st_mtime < SILENT
        return False

    def _follow(self) -> None:
        waiting = threading.Event()
        while self._alive and self.comm is not None:
            waiting.wait(PAUSE)
            with suppress(Exception):  # a view that is gone is no reason to end the job
                self.look()
        with suppress(Exception):
            self.look()

    def look(self) -> None:
        """Takes over what the job has done since."""
        with self._lock:
            told = state(self._corpus, self._corpus.compared, self.target)
            self.progress, self.stops = told["progress"], self._corpus.running
            path = self._corpus.out / files.WORDS
            stamp = path.stat().st_mtime_ns if path.is_file() else 0
            if stamp != self._stamp:
                self._stamp = stamp
                self._tell()
            compared = self._corpus.compared is not None
            if self.progress["state"] == "done" and self._corpus.slices and not (self.parts or compared):
                self.parts = {name: values[:MOST_PARTS] for name, values in self._corpus.values().items()}
            if said := failure(self._corpus.job):
                self.error = said

    def _tell(self) -> None:
        self.table = packed(self._corpus, self._corpus.compared, MOST_WORDS)
        self._search()
        self._open()

    def _choose(self, _: Any = None) -> None:
        """Sets a part of the texts beside all of them; it is pooled apart, and the last choice counts."""
        thread_of(self._set, list(self.part)).start()

    def _set(self, part: list[str]) -> None:
        try:
            compared = parted(self._corpus, {part[0]: part[1]}, self.lang) if len(part) == 2 else None
        except LimelightError as error:
            if part == self.part:
                self.error = str(error)
            return
        with self._lock:
            if part == self.part:
                self.error = failure(self._corpus.job)  # no more what was said of another part
                self._corpus.compared = compared
                self._tell()
                self.beside = list(compared[1]) if compared else []

    def _search(self, _: Any = None) -> None:
        wanted = self.query.strip().casefold()
        self.found = packed(self._corpus, self._corpus.compared, MOST_FOUND, wanted) if wanted else b""

    def _open(self, _: Any = None) -> None:
        if self.word:
            texts = examples(self._corpus, self.word, self.target)
            self.examples = {"word": self.word, "target": self.target, "texts": texts}
        else:
            self.examples = {}

    def _heard(self, _: Any, message: Any, buffers: Any) -> None:
        kind = message.get("kind") if isinstance(message, dict) else None
        if kind == "stop":
            self._corpus.stop()
        elif kind == "explain":
            try:
                self._explain(message.get("id"))
                self.error = failure(self._corpus.job)
            except LimelightError as error:
                self.error = str(error)

    def _explain(self, id: Any) -> None:
        """Opens a text below the words."""
        from limelight.widget.explainer import Explainer

        text = self._corpus.text(id)
        replace_in(self._slot, Explainer(text, self._corpus.given, target=self.target, lang=self.lang))

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if isinstance(data, dict):
            data["text/plain"] = repr(self._corpus)
        return bundle

    def picture(self) -> str:
        """The strongest words where nothing runs."""
        return plain(self._corpus, self.lang)
