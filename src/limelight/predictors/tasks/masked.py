"""The word in a masked place: why does the model say this one here?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from limelight.arrays import Floats
from limelight.document import Answer
from limelight.document.targets import distinct
from limelight.errors import InputError, shown
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.predictors.cache import Key
from limelight.predictors.hf.located import Located
from limelight.predictors.hf.transformer import Tensors
from limelight.text.fields import Field, Place
from limelight.text.inputs import Input

if TYPE_CHECKING:
    from limelight.predictors.hf.reader import Reader

MOST = 5  # words: the likeliest, and those that it is set against


class MaskedWord(Located):
    """Asks for the word in the one masked place of a text; the likeliest words are the targets.

    They are frozen when it is bound. A score is the probability of a word there, among all that the model knows. The
    mask itself stays in the text.
    """

    heads = ("ForMaskedLM",)
    pipelines = ("fill-mask",)
    auto = "AutoModelForMaskedLM"
    kind = "masked language model"
    _ids: tuple[int, ...] = ()

    def renamed(self, class_names: Sequence[str]) -> Self:
        raise InputError(
            f"class_names is {shown(class_names)}, and {self.name} fills in words. Its targets are the words that it "
            "finds likeliest; leave class_names out."
        )

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        bound = self.beside_one_text(fields, "its mask stands")
        mask, text = str(self.mask_token), fields[0].text
        if (count := text.count(mask)) != 1:
            what = f"the text has no {mask}" if not count else f"the text has {mask} {count} times"
            how = "write it where a word is to be found" if not count else "write words in the place of the others"
            raise InputError(f"{what}. {self.name} fills in one masked place; {how}, as in 'Paris is in {mask}.'.")
        start = text.index(mask)
        bound.forget()
        bound.pinned = ((0, start, start + len(mask)),)
        (whole,) = bound._there([Input.of(text)])
        special = set(self._tokenizer.all_special_ids)
        likeliest = [int(at) for at in np.argsort(-whole, kind="stable")[: MOST + len(special)] if at not in special]
        bound._ids = tuple(likeliest[:MOST])
        bound.targets = distinct(map(self._word, bound._ids))
        yield bound

    def _word(self, token: int) -> str:
        return str(self._tokenizer.decode([token])).strip() or str(self._tokenizer.convert_ids_to_tokens(token))

    def _there(self, inputs: Sequence[Input]) -> list[Floats]:
        """Log-probabilities in the masked place of each input."""
        rows = []
        for one, (answer, places, _) in zip(inputs, self.located([one.plain for one in inputs]), strict=True):
            span = one.at(self.pinned[0])
            if span is None:
                raise InputError(
                    f"the masked place itself was taken out of the text. {self.name} says what stands in it and needs "
                    "it; hide other words."
                )
            at = next((at for at, place in enumerate(places) if place is not None and place[1:] == span), None)
            if at is None:
                raise InputError(
                    f"the masked place is not among what {self.name} reads of the text. limelight explains the word in "
                    "it where it stands; shorten what stands before it, and leave it in."
                )
            rows.append(answer[at])
        return rows

    def read(self, output: Any, tensors: dict[str, Any]) -> Any:
        logs = output.logits.float().log_softmax(-1)
        return logs[..., list(self._ids)] if self._ids else logs

    def score(self, inputs: Sequence[Input]) -> Scores:
        return self.checked(np.exp(self._there(inputs)), inputs)

    def key(self, one: Input) -> Key:
        return *super().key(one), str(one.at(self.pinned[0])), str(self._ids)

    def reader(self) -> Reader | None:
        from limelight.predictors.hf.reader import Reader

        return Reader(self._asked, self._tokenizer, self.turns, masked=True)

    def probed(self, texts: list[str]) -> Floats:
        return np.concatenate([np.exp(answer) for text in texts for answer in self.answers([text])])

    def differentiable(self, places: Sequence[Place | None]) -> tuple[Tensors, Tensors | None]:
        at, ids = list(places).index(self.pinned[0]), list(self._ids)
        return lambda output: output.logits[:, at].float().log_softmax(-1)[:, ids], lambda logits: logits.exp()
