"""Transformers that say something at places of a text: of each token, or of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from limelight.arrays import Floats
from limelight.errors import InputError
from limelight.predictors.base import Predictor
from limelight.predictors.hf.tokenizing import places_of
from limelight.predictors.hf.transformer import Transformer
from limelight.text.fields import Field, Place
from limelight.text.inputs import Input, Text


class Located(Transformer):
    """A model whose output has a row for every token; windows that overlap have no average of these."""

    averages = False
    chosen: tuple[Place, ...] = ()  # of whose targets alone there is to explain; of all for none

    def only(self, places: Sequence[Place]) -> Predictor:
        other = self.copied()
        other.chosen = tuple(places)
        return other if places else self

    def located(self, texts: Sequence[Text]) -> list[tuple[Floats, list[Place | None], list[int]]]:
        """What ``read`` gives of each token of each input, in one batch; where each stands, and its id.

        The tokenizer's own tokens stand nowhere: None.
        """
        some = [Input.of(text).texts for text in texts]
        with self.turns.turn():
            encoded = self.tokenized(some)
            inputs = {key: rows for key, rows in encoded.items() if key != "offset_mapping"}
            answers = self.answered(inputs)
        left = getattr(self._tokenizer, "padding_side", "right") == "left"
        sizes = map(len, inputs["input_ids"])
        own = [one[len(one) - size :] if left else one[:size] for one, size in zip(answers, sizes, strict=True)]
        return list(zip(own, places_of(encoded, some), inputs["input_ids"], strict=True))

    def beside_one_text(self, fields: Sequence[Field], what: str) -> Self:
        """A copy, to be bound to what stands at places of one text; ``what`` says that in a sentence.

        Raises:
            InputError: there are several texts, or the tokenizer does not tell where its tokens stand.
        """
        for _ in super().bind(fields):
            pass
        if self.uncut:
            raise InputError(f"{self.name} cannot say where {what}: {self.uncut}")
        return self.copied()
