"""A transformers model behind the face of every model: what each task with one shares."""

from __future__ import annotations

import copy
import math
import os
import threading
from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakValueDictionary

import numpy as np

from limelight.arrays import Floats, Indices
from limelight.captions import note
from limelight.errors import InputError, listing
from limelight.predictors.base import Predictor
from limelight.predictors.hf import declared, gguf
from limelight.predictors.hf.folders import Folder
from limelight.predictors.hf.given import architectures, is_pair, is_pipeline, untrained_head
from limelight.predictors.hf.lexicon import Lexicon
from limelight.predictors.hf.loading import load
from limelight.predictors.hf.restoring import evaluating, undisturbed
from limelight.predictors.hf.threads import groups_of, padded, parallel, parts_of, threads
from limelight.predictors.hf.tokenizing import Encoding, Rows, blank_of, filled, places_of, trimmed
from limelight.predictors.options import Loading
from limelight.predictors.turns import turns_of
from limelight.text.fields import Place
from limelight.text.inputs import Input, Text
from limelight.text.spans import Span

if TYPE_CHECKING:
    from limelight.predictors.hf.internals import Internals

# Work of one thread in one forward pass. On a CPU it bounds the wait for Stop to some
# tenths of a second, and more than a hundred tokens compute no faster (87 GFLOP/s at 96,
# 90 at 384, 93 at 1,536 for a layer of bert-base, of the 93 that a thread reaches at
# all); an accelerator needs larger batches to be busy at all.
FLOP_PER_THREAD = 16e9
CPU_TOKENS_PER_THREAD = 256
ACCELERATOR_TOKENS_PER_BATCH = 16_384

Tensors = Callable[[Any], Any]


class Transformer(Predictor):
    """Asks a transformers model: rows of equal padding, so that an answer is the same to the bit in any company.

    A task derives from it and says which models it serves, what of their outputs it wants
    (``read``), and what scores it makes of that (``score``). The model and tokenizer are only
    read: training mode is restored after every batch, nothing is moved to another device, no
    token is added.

    Args:
        model: the model.
        tokenizer: its tokenizer.
        name: shown to the reader; by default the name it was loaded by.
        missing: names of head parameters that the checkpoint did not hold; None
            where that is not known, and then the head itself is looked at.

    Attributes:
        heads: endings of the names of transformers' classes that have such a head.
        pipelines: transformers' names of the pipelines with such a model.
        auto: the class by which transformers loads one.
        kind: what such a model is, in a sentence.
        labels: what the model calls its outputs.
        flop_per_thread: work of one thread in one pass, on a CPU.
        window: tokens that fit the model, special ones included; None where there is no bound.
    """

    heads: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    auto: str = ""
    kind: str = ""
    flop_per_thread = FLOP_PER_THREAD
    _renames: Self
    _lexicon: Lexicon | None = None

    def __init__(
        self, model: Any, tokenizer: Any, *, name: str | None = None, missing: Iterable[str] | None = None
    ) -> None:
        self._model, self._tokenizer = model, tokenizer
        self._asked = model  # what answers: this one, or the same in half precision
        self.dtype = str(model.dtype).removeprefix("torch.")
        # Widgets share a model, each in a thread of its own: it serves one at a time,
        # and a fast tokenizer breaks when two threads set its truncation at once.
        self._turns = turns_of(model)
        self.name = name or os.path.basename(str(getattr(model, "name_or_path", "") or type(model).__name__))
        self.labels = declared.class_names(model.config)
        self.mask_token = getattr(tokenizer, "mask_token", None)
        self.window = declared.window(model, tokenizer)
        self.opaque = self.uncut = ""
        if not getattr(tokenizer, "is_fast", False):
            self.opaque = self.uncut = (
                "its tokenizer does not tell which tokens belong to which word; load a fast tokenizer."
            )
        self._encoding = Encoding(tokenizer, self.window)
        body = [p.numel() for n, p in model.named_parameters() if "embedding" not in n]
        bounded = min(CPU_TOKENS_PER_THREAD, int(self.flop_per_thread / (2 * max(1, sum(body)))))
        self._tokens_per_batch = max(1, threads() * bounded)
        if model.device.type != "cpu":
            self._tokens_per_batch = ACCELERATOR_TOKENS_PER_BATCH
        untrained = untrained_head(model) if missing is None else sorted(missing)
        if untrained:
            self.warnings = (note("untrained", parameters=", ".join(untrained)),)

    @classmethod
    def accepts(cls, obj: object) -> bool:
        if is_pipeline(obj):
            return getattr(obj, "task", None) in cls.pipelines
        return any(name.endswith(head) for name in architectures(obj) for head in cls.heads)

    @classmethod
    def of(cls, obj: Any, loading: Loading) -> Self:
        if isinstance(obj, (Folder, gguf.File)):
            predictor = cls._loaded(obj, loading)
        else:
            predictor = cls(*obj) if is_pair(obj) else cls.of_pipeline(obj)
            where, device = predictor._model.device.type, loading.device
            if device != "auto" and device.split(":")[0] != where:
                raise InputError(
                    f"device={device!r} was asked for a model that is on {where!r}. limelight leaves your model where "
                    f"it is; move it first, with model.to({device!r}), or leave device out."
                )
        return predictor if loading.class_names is None else predictor.renamed(loading.class_names)

    @classmethod
    def of_pipeline(cls, pipeline: Any) -> Self:
        """Builds a predictor from a pipeline, as it was set up."""
        return cls(pipeline.model, pipeline.tokenizer)

    @classmethod
    def _loaded(cls, folder: Folder | gguf.File, loading: Loading) -> Self:
        asked = cls, loading.device, loading.dtype, loading.safetensors_only

        def known_or_new() -> Transformer:
            with _LOADING:
                predictor = _LOADED.get((folder.fingerprint(), *asked))
                if predictor is None:
                    loaded = load(folder, cls.auto, cls.kind, loading.device, loading.safetensors_only)
                    predictor = cls(loaded.model, loaded.tokenizer, name=loaded.name, missing=loaded.missing)
                    predictor.loaded = True
                    predictor._choose_precision(loading.dtype)
                    _LOADED[loaded.fingerprint, *asked] = predictor
            return predictor

        predictor = undisturbed(known_or_new)
        assert isinstance(predictor, cls)  # the key holds it
        return predictor

    def _choose_precision(self, dtype: str) -> None:
        """Settles in what the model computes, before it has answered anything that counts."""
        from limelight.predictors.hf.precision import halved, moved, probes, wanted

        if not wanted(dtype, self._model.device.type):
            return
        texts, low = probes(self._tokenizer), halved(self._model)
        whole = self.probed(texts)
        self._asked = low
        try:
            much = moved(whole, self.probed(texts), self.scale)
        except Exception:
            # a layer that takes no mixture of precisions
            much = float("inf")
        if much > 1 and (dtype == "auto" or not math.isfinite(much)):
            self._asked = self._model
            return
        self.dtype = "bfloat16"
        if much > 1:
            self.warnings += (note("moves", much=f"{much:.1f}"),)

    def probed(self, texts: list[str]) -> Floats:
        """Answers to texts by which two precisions are compared, on ``scale``."""
        return self.predict(texts)

    def predict(self, texts: Sequence[Text]) -> Floats:
        return self.score([Input.of(text) for text in texts]).values

    def renamed(self, class_names: Sequence[str]) -> Self:
        """The same model with other names for its outputs."""
        if isinstance(class_names, str) or len(class_names) != len(self.labels):
            raise InputError(
                f"class_names is {class_names!r}. The model has {len(self.labels)} classes "
                f"({listing(self.labels)}); give one name for each, in that order."
            )
        other = self.copied()
        other.labels = [str(name) for name in class_names]
        return other

    def copied(self) -> Self:
        """A copy, to be set up otherwise."""
        other = copy.copy(self)
        other._renames = self  # held, so that the model is found when its name is asked for again
        return other

    def reads(self, text: str) -> int:
        return self.reach((text,))[0]

    def reach(self, texts: Sequence[str]) -> tuple[int, ...]:
        whole = tuple(map(len, texts))
        if self.window is None or not getattr(self._tokenizer, "is_fast", False):
            return whole
        with self.turns.turn():
            encoded = self.tokenized([tuple(texts)])
        if not encoded.encodings or not encoded.encodings[0].overflowing:
            return whole
        reads = [0] * len(texts)
        for of, (_, stop) in zip(encoded.sequence_ids(0), encoded["offset_mapping"][0], strict=True):
            if of is not None:
                reads[of] = max(reads[of], stop)
        # one that is not cut, though it may come again beside what is left of the other, is read with its last blanks
        cut = {
            of
            for other in encoded.encodings[0].overflowing
            for of, (_, stop) in zip(other.sequence_ids, other.offsets, strict=True)
            if of is not None and stop > reads[of]
        }
        return tuple(n if at in cut else size for at, (n, size) in enumerate(zip(reads, whole, strict=True)))

    def tokenized(self, inputs: Sequence[tuple[str, ...]]) -> Any:
        """Inputs as the tokenizer gives them, with offsets; as a batch: alone, an empty second text counts as none."""
        return self._tokenizer(
            [texts[0] if len(texts) == 1 else texts for texts in inputs],
            truncation=self.window is not None,
            max_length=self.window,
            return_offsets_mapping=True,
        )

    def tokens(self, text: str) -> list[Span]:
        if not getattr(self._tokenizer, "is_fast", False):
            return super().tokens(text)
        with self.turns.turn():
            offsets = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        spans: list[Span] = []
        for start, stop in offsets:
            start, stop = trimmed(text, (start, stop))
            # a character of several bytes can be several tokens: these cannot be taken out apart
            start = max(start, spans[-1][1]) if spans else start
            if stop > start:
                spans.append((start, stop))
        return spans

    def unread(self, text: str) -> list[Span]:
        unknown = getattr(self._tokenizer, "unk_token_id", None)
        if unknown is None or not getattr(self._tokenizer, "is_fast", False):
            return []
        with self.turns.turn():
            found = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        return [span for id, span in zip(found["input_ids"], found["offset_mapping"], strict=True) if id == unknown]

    def plan(self, texts: Sequence[Text]) -> list[Indices]:
        """Batches of texts of like length, each of a bounded number of tokens, that part none that go together."""
        with self.turns.turn():
            lengths = self._sizes(texts)
        if lengths is None:
            return [np.array([row]) for row in range(len(texts))]
        batches: list[list[Indices]] = [[]]
        rows = 0
        for group in groups_of(lengths, self._tokens_per_batch):
            rows += len(group)
            # the longest come last: an accelerator pads all to them
            if batches[-1] and rows * lengths[group[0]] > self._tokens_per_batch:
                batches.append([])
                rows = len(group)
            batches[-1].append(group)
        return [np.concatenate(groups) for groups in batches if groups]

    def _sizes(self, texts: Sequence[Text]) -> list[int] | None:
        """Tokens of the row that each text becomes; None where rows of different lengths cannot be asked at once."""
        return None if self._tokenizer.pad_token is None else self._lengths(self._encoded(texts))

    def _encoded(self, texts: Sequence[Text]) -> Rows:
        return self._encoding([Input.of(text).texts for text in texts])

    @abstractmethod
    def read(self, output: Any, tensors: dict[str, Any]) -> Any:
        """What is wanted of the model's output: a tensor whose first axis is the rows.

        Args:
            output: of one forward pass.
            tensors: what was asked: ``input_ids`` and the like, ``(rows, tokens)`` with padding.
        """

    def answers(self, texts: Sequence[Text]) -> list[Floats]:
        """What ``read`` gives of each input, in one batch."""
        with self.turns.turn():
            return self.answered(self._encoded(texts))

    def answered(self, inputs: Rows) -> list[Floats]:
        """The same of what the tokenizer made of some inputs; within the model's turn."""
        lengths = self._lengths(inputs)
        answers = self._on_cpu if self._asked.device.type == "cpu" else self._padded
        return evaluating(self._asked, lambda: answers(inputs, lengths))

    def _padded(self, inputs: Rows, lengths: list[int]) -> list[Floats]:
        import torch

        longest = max(map(len, inputs["input_ids"]))
        with torch.inference_mode():
            return list(self._forward(filled(inputs, longest, self._tokenizer)))

    def _on_cpu(self, inputs: Rows, lengths: list[int]) -> list[Floats]:
        import torch

        from limelight.predictors.hf.precision import exact_heads

        parts, apart = parts_of(self._asked, lengths)

        def answers(part: list[Indices]) -> list[tuple[Indices, Floats]]:
            with torch.inference_mode():
                return [(rows, self._padded_alike(inputs, rows)) for rows in part]

        def all_answers() -> list[list[tuple[Indices, Floats]]]:
            return parallel(answers, parts) if apart else [answers(part) for part in parts]

        found = exact_heads(self._asked, all_answers)
        by_row = {row: own for part in found for rows, some in part for row, own in zip(rows, some, strict=True)}
        return [by_row[row] for row in range(len(lengths))]

    def _lengths(self, inputs: Rows) -> list[int]:
        """Tokens of each row, with the padding that it gets in any company."""
        lengths = [len(ids) for ids in inputs["input_ids"]]
        return lengths if self._tokenizer.pad_token is None else [padded(n, self.window) for n in lengths]

    def _padded_alike(self, inputs: Rows, rows: Indices) -> Floats:
        """Answers of rows that are padded to one length."""
        size = self._lengths(inputs)[rows[0]]
        texts = [{key: ids[row] for key, ids in inputs.items()} for row in rows]
        if self._tokenizer.pad_token is None:
            return self._forward({key: [text[key] for text in texts] for key in inputs})
        if all(len(text["input_ids"]) == size for text in texts):
            # without any padding attention would go another way: so there is a shorter one
            texts.append({key: ids[: size - 1] for key, ids in texts[0].items()})
        columns = {key: [text[key] for text in texts] for key in inputs}
        answers = self._forward(filled(columns, size, self._tokenizer))
        return answers[: len(rows)]

    def _forward(self, rows: Mapping[str, Sequence[Any]]) -> Floats:
        import torch

        tensors = {key: torch.tensor(values, device=self._asked.device) for key, values in rows.items()}
        answers: Floats = self.read(self._asked(**tensors), tensors).float().cpu().numpy().astype(float)
        return answers

    def lexicon(self) -> Lexicon | None:
        if self._lexicon is None:
            self._lexicon = Lexicon(self._tokenizer, self._model.get_input_embeddings(), self.turns)
        return self._lexicon

    def internals(self, texts: Sequence[str]) -> Internals:
        if self.opaque:
            return super().internals(texts)
        found = self.inside(texts)
        logits, probabilities = self.differentiable(found.places)
        return replace(found, logits=logits, probabilities=probabilities)

    def inside(self, texts: Sequence[str]) -> Internals:
        """The model seen from inside on one input, its answer as it is."""
        import torch

        from limelight.predictors.hf.internals import Internals

        with self.turns.turn():
            encoded = self.tokenized([tuple(texts)])
        (places,) = places_of(encoded, [tuple(texts)])
        del encoded["offset_mapping"]
        inputs = {key: torch.tensor(rows, device=self._model.device) for key, rows in encoded.items()}
        read = attrgetter("logits")
        return Internals(self._model, inputs, tuple(places), blank_of(self._tokenizer), read, None, self.turns)

    @abstractmethod
    def differentiable(self, places: Sequence[Place | None]) -> tuple[Tensors, Tensors | None]:
        """Makes scores of the model's output in torch, for gradients.

        Args:
            places: where each token of the input stands.

        Returns:
            what gives logits ``(n, k)`` of an output, and what gives probabilities of these; None where scores
            are values.
        """

    def relieve(self) -> None:
        import torch

        self._tokens_per_batch = max(1, self._tokens_per_batch // 2)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


_LOADING = threading.Lock()  # two widgets that ask for one model load it once
# Weak: a model goes when the last widget that shows it does. By the state of its files: a folder that was saved
# anew is loaded anew, and who has the old model keeps it.
_LOADED: WeakValueDictionary[tuple[Hashable, ...], Transformer] = WeakValueDictionary()
