"""Token ids of many texts that are made of the same words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from limelight.text.fields import Place

CHUNK = re.compile(r"\s*\S+|\s+")  # a word with the space before it: tokenizers hardly ever join across that
CHECKED = 16  # one input in so many is read whole, whatever is known of its words
MOST_TEXTS, MOST_CHUNKS = 4096, 50_000

Chunk = tuple[str, str]  # what stands before it, and itself
Texts = tuple[str, ...]  # one, or those of a pair
Row = dict[str, list[int]]  # what the tokenizer makes of an input: input_ids and their like
Rows = dict[str, list[list[int]]]  # the same of several inputs


@dataclass(frozen=True)
class Frame:
    """What a tokenizer puts around texts: of each key of a row, ``input_ids`` among them.

    Attributes:
        around: values before the first text, between two, and after the last.
        within: the value of every token of each text; for ``input_ids`` nothing.
    """

    around: dict[str, tuple[tuple[int, ...], ...]]
    within: dict[str, tuple[int, ...]]

    def row(self, ids: list[list[int]]) -> Row:
        """A row of texts with such ids."""
        row: Row = {}
        for key, parts in self.around.items():
            values = list(parts[0])
            for at, own in enumerate(ids):
                values += own if key == "input_ids" else [self.within[key][at]] * len(own)
                values += parts[at + 1]
            row[key] = values
        return row


class Encoding:
    """A tokenizer that reads each word once, and puts later texts together from their words.

    A text with a word not met before goes through the tokenizer whole. Its tokens are
    shared out among its words by their offsets, which teaches the new words and checks
    the known ones; so does one text in 16 that could have been put together.
    Where a token reaches over two words, or a word has other ids than it had elsewhere,
    the tokenizer reads every text from then on. Used by one thread at a time.

    Args:
        tokenizer: of transformers; one without offsets always reads whole texts.
        window: tokens at which an input is cut, or None.

    Attributes:
        joins: whether texts are put together; False for good after the first difference.
        read: inputs that the tokenizer has read so far.
    """

    def __init__(self, tokenizer: Any, window: int | None) -> None:
        self._tokenizer, self._window = tokenizer, window
        self._known: dict[Chunk, list[int]] = {}
        self._inputs: dict[Texts, Row] = {}
        self._frames: dict[int, Frame] = {}  # by the number of texts
        self.joins, self.read = bool(getattr(tokenizer, "is_fast", False)), 0

    def __call__(self, inputs: list[Texts]) -> Rows:
        """Inputs of one text or a pair as the tokenizer gives them, not yet padded."""
        if len(self._inputs) + len(inputs) > MOST_TEXTS:
            self._inputs.clear()
        if len(self._known) > MOST_CHUNKS:
            self._known.clear()
        missing = [one for one in dict.fromkeys(inputs) if one not in self._inputs]
        if self.joins:
            chunks = {one: [self._chunks(text) for text in one] for one in missing}
            self._learn(self._teaching(chunks))
            for one in missing:
                if self.joins and one not in self._inputs and (row := self._join(chunks[one])):
                    self._inputs[one] = row
        self._learn([one for one in missing if one not in self._inputs])
        rows = [self._inputs[one] for one in inputs]
        return {key: [row[key] for row in rows] for key in rows[0]}

    def _chunks(self, text: str) -> list[Chunk]:
        chunks = CHUNK.findall(text)
        mask = self._tokenizer.mask_token
        # a tokenizer begins anew at the start of a text, and some do after a mask token
        ends = ["start", *("mask" if mask and chunk.endswith(mask) else "word" for chunk in chunks)]
        return list(zip(ends, chunks, strict=False))

    def _teaching(self, inputs: dict[Texts, list[list[Chunk]]]) -> list[Texts]:
        """The inputs that have a new word, and some of the others to check by."""
        met, taught = set(self._known), []
        for at, (one, texts) in enumerate(inputs.items()):
            new = {chunk for chunks in texts for chunk in chunks} - met
            if new or at % CHECKED == 0:
                taught.append(one)
                met |= new
        return taught

    def _join(self, texts: list[list[Chunk]]) -> Row | None:
        frame = self._frames.get(len(texts))
        if frame is None:
            return None
        ids: list[list[int]] = []
        for chunks in texts:
            ids.append([])
            for chunk in chunks:
                if (known := self._known.get(chunk)) is None:
                    return None
                ids[-1] += known
        if self._window is not None:
            room = self._window - sum(map(len, frame.around["input_ids"]))
            if len(ids) == 1:
                del ids[0][room:]
            elif sum(map(len, ids)) > room:
                return None  # which of the two is cut is for the tokenizer to say
        return frame.row(ids)

    def _learn(self, inputs: list[Texts]) -> None:
        if not inputs:
            return
        texts = [one[0] if len(one) == 1 else one for one in inputs]
        wanted = {"return_offsets_mapping": True} if self.joins else {}
        encoded = self._tokenizer(texts, truncation=self._window is not None, max_length=self._window, **wanted)
        read = dict(encoded)
        self.read += len(inputs)
        offsets = read.pop("offset_mapping", None)
        for at, one in enumerate(inputs):
            self._inputs[one] = row = {key: rows[at] for key, rows in read.items()}
            if self.joins:
                self.joins = self._agrees(one, row, offsets[at], encoded.sequence_ids(at))

    def _agrees(self, texts: Texts, row: Row, offsets: list[tuple[int, int]], of: list[int | None]) -> bool:
        """Whether the texts are made of their words' ids, those known before among them; takes in the new ones.

        Args:
            of: which text each token belongs to; None for those around them.
        """
        places = [[at for at, which in enumerate(of) if which == text] for text in range(len(texts))]
        if not all(places):
            return True  # where one is empty, what stands around it cannot be told apart
        stretches = [(own[0], own[-1] + 1) for own in places]
        if any(stop - start != len(own) for (start, stop), own in zip(stretches, places, strict=True)):
            return False
        frame = _frame(row, stretches)
        if frame is None or self._frames.setdefault(len(texts), frame) != frame:
            return False
        full = self._window is not None and len(of) >= self._window
        if full and len(texts) > 1:
            return True  # either may have been cut
        return all(
            self._shares(text, row["input_ids"], offsets, stretch, full)
            for text, stretch in zip(texts, stretches, strict=True)
        )

    def _shares(
        self, text: str, ids: list[int], offsets: list[tuple[int, int]], stretch: tuple[int, int], full: bool
    ) -> bool:
        """Whether each of a text's words has the tokens that stand over it, and those that it had before."""
        (at, last), start = stretch, 0
        for chunk in self._chunks(text):
            own, stop = at, start + len(chunk[1])
            # where blanks are trimmed off offsets, a token of blanks stands over nothing
            while at < last and start <= offsets[at][0] <= offsets[at][1] <= stop:
                at += 1
            if full and at == last:
                return True  # the window may have cut this word
            if self._known.setdefault(chunk, ids[own:at]) != ids[own:at]:
                return False
            start = stop
        return at == last


def trimmed(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """A token's span without the blanks around it, which some tokenizers count in."""
    start, stop = span
    piece = text[start:stop]
    start += len(piece) - len(piece.lstrip())
    return start, max(start, stop - len(piece) + len(piece.rstrip()))


def blank_of(tokenizer: Any) -> int:
    """The id of the token that stands for "nothing here"."""
    known = (tokenizer.pad_token_id, tokenizer.mask_token_id, tokenizer.eos_token_id)
    return next((one for one in known if one is not None), 0)


def places_of(encoded: Any, inputs: Sequence[Texts]) -> list[list[Place | None]]:
    """Where each token of each input stands, of what the tokenizer made of them; None for its own tokens."""
    return [
        [
            None if of is None else (of, *trimmed(inputs[at][of], span))
            for of, span in zip(encoded.sequence_ids(at), spans, strict=True)
        ]
        for at, spans in enumerate(encoded["offset_mapping"])
    ]


def filled(rows: Rows, size: int, tokenizer: Any) -> Rows:
    """Rows of so many tokens each: what the tokenizer's own `pad` makes, without its warnings, and faster."""
    fills = {"input_ids": tokenizer.pad_token_id, "token_type_ids": tokenizer.pad_token_type_id}
    left = tokenizer.padding_side == "left"
    padded: Rows = {}
    for key, values in rows.items():
        gaps = [[fills.get(key, 0)] * (size - len(one)) for one in values]
        padded[key] = [gap + one if left else one + gap for gap, one in zip(gaps, values, strict=True)]
    return padded


def _frame(row: Row, stretches: list[tuple[int, int]]) -> Frame | None:
    """What stands around the texts of a row; None where tokens of one text have more than one value of a key."""
    edges = [0, *(edge for stretch in stretches for edge in stretch), len(row["input_ids"])]
    outside = list(zip(edges[::2], edges[1::2], strict=True))
    within: dict[str, tuple[int, ...]] = {}
    for key, values in row.items():
        if key != "input_ids":
            kinds = [set(values[start:stop]) for start, stop in stretches]
            if any(len(kind) != 1 for kind in kinds):
                return None
            within[key] = tuple(kind.pop() for kind in kinds)
    around = {key: tuple(tuple(values[start:stop]) for start, stop in outside) for key, values in row.items()}
    return Frame(around, within)
