"""Token ids of many texts that are made of the same words."""

from __future__ import annotations

import re

CHUNK = re.compile(r"\s*\S+|\s+")  # a word with the space before it: tokenizers hardly ever join across that
CHECKED = 16  # one text in so many is read whole, whatever is known of its words
MOST_TEXTS, MOST_CHUNKS = 4096, 50_000

Chunk = tuple[str, str]  # what stands before it, and itself
Row = dict[str, list[int]]  # what the tokenizer makes of a text: input_ids and their like
Rows = dict[str, list[list[int]]]  # the same of several texts


class Encoding:
    """A tokenizer that reads each word once, and puts later texts together from their words.

    A text with a word not met before goes through the tokenizer whole. Its tokens are
    shared out among its words by their offsets, which teaches the new words and checks
    the known ones; so does one text in 16 that could have been put together.
    Where a token reaches over two words, or a word has other ids than it had elsewhere,
    the tokenizer reads every text from then on. Used by one thread at a time.

    Args:
        tokenizer: of transformers; one without offsets always reads whole texts.
        window: tokens at which texts are cut, or None.

    Attributes:
        joins: whether texts are put together; False for good after the first difference.
        read: texts that the tokenizer has read so far.
    """

    def __init__(self, tokenizer, window: int | None) -> None:
        self._tokenizer, self._window = tokenizer, window
        self._known: dict[Chunk, list[int]] = {}
        self._texts: dict[str, Row] = {}
        self._around: tuple[list[int], list[int]] | None = None
        self._constants: dict[str, int] | None = None
        self.joins, self.read = bool(getattr(tokenizer, "is_fast", False)), 0

    def __call__(self, texts: list[str]) -> dict[str, list[list[int]]]:
        """The texts as the tokenizer gives them, not yet padded."""
        if len(self._texts) + len(texts) > MOST_TEXTS:
            self._texts.clear()
        if len(self._known) > MOST_CHUNKS:
            self._known.clear()
        missing = [text for text in dict.fromkeys(texts) if text not in self._texts]
        if self.joins:
            chunks = {text: self._chunks(text) for text in missing}
            self._learn(self._teaching(chunks))
            for text in missing:
                if self.joins and text not in self._texts and (row := self._join(chunks[text])):
                    self._texts[text] = row
        self._learn([text for text in missing if text not in self._texts])
        rows = [self._texts[text] for text in texts]
        return {key: [row[key] for row in rows] for key in rows[0]}

    def _chunks(self, text: str) -> list[Chunk]:
        found = CHUNK.findall(text)
        mask = self._tokenizer.mask_token
        # a tokenizer begins anew at the start of a text, and some do after a mask token
        ends = ["start", *("mask" if mask and chunk.endswith(mask) else "word" for chunk in found)]
        return list(zip(ends, found, strict=False))

    def _teaching(self, texts: dict[str, list[Chunk]]) -> list[str]:
        """The texts that have a new word, and some of the others to check by."""
        met, taught = set(self._known), []
        for at, (text, chunks) in enumerate(texts.items()):
            new = set(chunks) - met
            if new or at % CHECKED == 0:
                taught.append(text)
                met |= new
        return taught

    def _join(self, chunks: list[Chunk]) -> Row | None:
        if self._around is None:
            return None
        ids = list(self._around[0])
        for chunk in chunks:
            if (known := self._known.get(chunk)) is None:
                return None
            ids += known
        after = self._around[1]
        if self._window is not None:
            del ids[self._window - len(after) :]
        ids += after
        return {"input_ids": ids} | {key: [value] * len(ids) for key, value in self._constants.items()}

    def _learn(self, texts: list[str]) -> None:
        if not texts:
            return
        wanted = {"return_offsets_mapping": True, "return_special_tokens_mask": True} if self.joins else {}
        read = dict(self._tokenizer(texts, truncation=self._window is not None, max_length=self._window, **wanted))
        self.read += len(texts)
        offsets, special = read.pop("offset_mapping", None), read.pop("special_tokens_mask", None)
        for at, text in enumerate(texts):
            self._texts[text] = row = {key: rows[at] for key, rows in read.items()}
            if self.joins:
                self.joins = self._agrees(text, row, offsets[at], special[at])

    def _agrees(self, text: str, row: Row, offsets: list[tuple[int, int]], special: list[int]) -> bool:
        """Whether the text is made of its words' ids, those known before among them; takes in the new ones."""
        ids = row["input_ids"]
        inner = [at for at, flag in enumerate(special) if not flag]
        if not inner:
            return True
        first, last = inner[0], inner[-1] + 1
        around = (ids[:first], ids[last:])
        constants = {key: values[0] for key, values in row.items() if key != "input_ids"}
        if self._around not in (None, around) or self._constants not in (None, constants):
            return False
        if any(special[first:last]) or any(set(row[key]) != {value} for key, value in constants.items()):
            return False
        self._around, self._constants = around, constants
        full = self._window is not None and len(ids) >= self._window
        at, start = first, 0
        for chunk in self._chunks(text):
            own, stop = at, start + len(chunk[1])
            while at < last and start <= offsets[at][0] < offsets[at][1] <= stop:
                at += 1
            if full and at == last:
                return True  # the window may have cut this word
            if self._known.setdefault(chunk, ids[own:at]) != ids[own:at]:
                return False
            start = stop
        return at == last
