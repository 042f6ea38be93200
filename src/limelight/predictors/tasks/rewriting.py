"""What a model of an encoder and a decoder makes of a source: a translation, a summary, word by word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

from limelight.errors import InputError
from limelight.predictors.hf.folders import Folder
from limelight.predictors.hf.given import is_pair
from limelight.predictors.hf.prompts import Prompts
from limelight.predictors.hf.threads import padded
from limelight.predictors.prompting import Template
from limelight.predictors.tasks.frozen import Cut, Ids, Many
from limelight.predictors.tasks.generation import Generation
from limelight.text.fields import Field
from limelight.text.inputs import Input, Text


class Rewriting(Generation):
    """Asks how likely an answer is, word by word, for a source of which words are taken out.

    A source goes to the encoder with the tokenizer's own special tokens; each thinned one is encoded once.
    """

    heads = ("ForConditionalGeneration", "MTModel")
    pipelines = ("translation", "summarization", "text2text-generation")
    auto = "AutoModelForSeq2SeqLM"
    kind = "model of an encoder and a decoder"

    @classmethod
    def accepts(cls, obj: object) -> bool:
        if isinstance(obj, Folder):
            config = obj.settings("config.json") if "config.json" in obj else {}
            return bool(config.get("is_encoder_decoder", True)) and super().accepts(obj)
        if isinstance(obj, tuple) and is_pair(obj):
            return bool(getattr(obj[0].config, "is_encoder_decoder", False)) and super().accepts(obj)
        return super().accepts(obj) and not hasattr(obj, "path")

    @classmethod
    def of_pipeline(cls, pipeline: Any) -> Self:
        made = super().of_pipeline(pipeline)
        if prefix := getattr(pipeline, "prefix", None) or getattr(pipeline.model.config, "prefix", None):
            made._template = lambda texts: prefix + "\n\n".join(texts.values())
        return made

    def _made(self, fields: Sequence[Field], template: Template) -> Prompts:
        return Prompts(self._tokenizer, fields, template, closed=True)

    def _check_room(self, prompt: Sequence[int], answer: int = 1) -> None:
        super()._check_room(prompt, 0)
        if (room := self._room(())) is not None and answer > room:
            raise InputError(
                f"the answer has {answer:,} tokens, and the decoder of {self.name} has room for {room:,}. limelight "
                "never cuts an answer; give a shorter one."
            )

    def _cut(self, text: str) -> list[int]:
        return list(self._tokenizer(text_target=text, add_special_tokens=False)["input_ids"])

    def _room(self, prompt: Ids) -> int | None:
        from limelight.predictors.hf.seq2seq import start_of

        return None if self.window is None else self.window - len(start_of(self._model))

    def _writer(self, prompt: Ids, choose: Callable[[Any, Any], int]) -> Callable[[], int]:
        from limelight.predictors.hf.seq2seq import Writer

        return Writer(self._asked, prompt, choose)

    def _logits(self, prompts: Many, answers: Many, size: int, head: Any) -> Iterator[Any]:
        from limelight.predictors.hf.seq2seq import logits_of

        return logits_of(self._asked, prompts, answers, size)

    def _head(self) -> Any:
        return None  # an encoder's every token sees all others

    def _said(self, prompt: list[int], cuts: Sequence[Cut], size: int) -> Iterator[Any]:
        whole = [[*before, *after] for before, after in cuts]
        logits = self._logits([prompt] * len(cuts), whole, padded(len(prompt), self.window), None)
        for (before, _), one in zip(cuts, logits, strict=True):
            yield one[len(before) :]

    def _sizes(self, texts: Sequence[Text]) -> list[int]:
        return [padded(len(prompt), self.window) for prompt in self._prompts([Input.of(text).texts for text in texts])]

    def following(self, texts: tuple[str, ...], labels: Sequence[str]) -> list[Ids]:
        with self.turns.turn():
            found = [tuple(self._cut(label)) for label in labels]
        self._longest = max(map(len, found))
        return found
