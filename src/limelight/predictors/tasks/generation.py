"""What a causal language model says after a prompt: each word of its answer a target, and the answer's end."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from limelight.arrays import Floats, Indices
from limelight.captions import note
from limelight.document import Answer
from limelight.errors import InputError, shown
from limelight.predictors.answers import Scores
from limelight.predictors.base import Predictor
from limelight.predictors.cache import Key
from limelight.predictors.hf import gguf
from limelight.predictors.hf.prompts import Prompts
from limelight.predictors.hf.restoring import evaluating
from limelight.predictors.hf.threads import padded, parallel, parts_of, threads
from limelight.predictors.hf.transformer import FLOP_PER_THREAD, Tensors
from limelight.predictors.prompting import AUTO, MOST_TOKENS, Template
from limelight.predictors.tasks.frozen import Frozen, Ids, Many, keep
from limelight.predictors.tasks.labelled import Labelled
from limelight.predictors.tasks.spoken import OTHERS, Spoken
from limelight.text.fields import MOST_FIELDS, Field, Place
from limelight.text.inputs import Input, Text

if TYPE_CHECKING:
    from limelight.predictors.hf.reader import Reader

MOST_LOGITS = 1 << 27  # numbers that a batch may bring: half a gigabyte in single precision
MOST_HEADS = 2  # of prompts, of which the model holds what it read


class Generation(Frozen):
    """Asks how likely an answer is, word by word, after a prompt of which words are taken out.

    The answer is written by the model when it is bound, or given; then its tokens are frozen. A score is the
    probability of a word's tokens, multiplied, after the thinned prompt and the answer's own earlier words.
    """

    # each pass reads all weights from memory, some 50 ms of SmolLM2's: a few rows share that
    flop_per_thread = 8 * FLOP_PER_THREAD
    heads = ("ForCausalLM", "LMHeadModel")
    pipelines: tuple[str, ...] = ("text-generation",)
    auto = "AutoModelForCausalLM"
    kind = "causal language model"
    measured = "log-probability"
    averages = False
    additive = True
    most_fields = MOST_FIELDS
    _digest = ""
    manner = ""  # how prompts are made, in a word

    def __init__(self, model: Any, tokenizer: Any, **more: Any) -> None:
        super().__init__(model, tokenizer, **more)
        self.opaque = (
            "what is explained are many tokens of an answer, each with a gradient of its own. Choose a method that "
            "asks the model."
        )
        self._template: Template = AUTO
        self._options: dict[str, Any] = {}
        self._written: dict[Ids, tuple[Ids, bool]]  # by prompt
        self._settled: dict[object, tuple[Indices, Floats]]
        self._heads: dict[str, Any]
        self.forget()  # what is known is shared by all copies

    @classmethod
    def accepts(cls, obj: object) -> bool:
        return super().accepts(obj) or isinstance(obj, gguf.File)

    def _choose_precision(self, dtype: str) -> None:
        # sums of many log-probabilities move further than one probability does: half of it only where it is asked for
        if dtype != "auto":
            super()._choose_precision(dtype)

    def renamed(self, class_names: Sequence[str]) -> Self:
        raise InputError(
            f"class_names is {shown(class_names)}, and {self.name} writes. Its targets are the words of its answer; "
            "leave class_names out."
        )

    def prompted(self, template: Template, generation: Mapping[str, Any] | None) -> Self:
        other = self.copied()
        other._template, other._options = template, dict(generation or {})
        other.forget()
        return other

    def forget(self) -> None:
        super().forget()
        self._written, self._settled, self._heads = {}, {}, {}

    # what there is to explain

    def among(self, labels: Sequence[str] | None) -> Predictor:
        return self if labels is None else Labelled(self, labels)

    def bind(self, fields: Sequence[Field], answer: Answer | None = None) -> Iterator[Predictor]:
        raw = answer is not None and answer.route == "raw" and self._template == AUTO
        bound = self.facing(fields, raw)
        prompts, texts = bound._prompts, tuple(field.text for field in fields)
        with self.turns.turn():
            prompt = tuple(prompts([texts])[0])
        if answer is None:
            if prompt not in self._written:
                written: tuple[Ids, bool] = (), False
                for written in self._write(prompt):
                    step = copy.copy(bound)
                    # half a character is none yet
                    step.answer = Answer(self._decoded(written[0]).rstrip("\ufffd"), written[0], route=prompts.route)
                    yield step
                keep(self._written, prompt, written)
            ids, ended = self._written[prompt]
            if not ids or not self._decoded(ids):
                raise InputError(
                    f"{self.name} ends at once after this prompt, and says nothing. limelight explains an answer of "
                    "one word or more; ask for something, or give answer='...' to see why it does not say that."
                )
            if not ended:
                bound.warnings += (note("cut-off", count=len(ids)),)
            seed = int(self._options.get("seed", 0)) if self._options.get("do_sample") else None
        else:
            seed = answer.seed
            ids, ended = self._given(answer), bool(answer.end) or not answer.ids
        self._check_room(prompt, len(ids))
        bound._freeze(texts, prompt, ids, self._ends if ended else (), seed)
        yield bound

    def facing(self, fields: Sequence[Field], raw: bool = False) -> Self:
        """The same, with prompts that are made of these fields.

        Raises:
            InputError: none can be made of them, or it is longer than what the model reads.
        """
        for _ in Predictor.bind(self, fields):  # what cannot be is refused there
            pass
        bound = self.copied()
        bound._prompts = self._made(fields, None if raw else self._template)
        bound.warnings = (*self.warnings, *bound._prompts.notes)
        with self.turns.turn():
            (prompt,) = bound._prompts([tuple(field.text for field in fields)])
        self._check_room(prompt)
        names = [(field.name, field.role, field.group, field.title) for field in fields]
        bound.manner = repr((bound._prompts.route, names))
        return bound

    def _given(self, answer: Answer) -> Ids:
        """Tokens of an answer; those that it had before where they are this model's."""
        known = len(self._tokenizer)
        if answer.ids and max(answer.ids) < known and self._decoded(answer.ids) == answer.text:
            return answer.ids
        with self.turns.turn():
            ids = tuple(self._cut(answer.text))
        if not ids or not self._decoded(ids):
            raise InputError(
                "the answer is empty. limelight explains an answer of one word or more; give one, or leave answer out "
                "and the model writes its own."
            )
        return ids

    # how this kind of model is asked

    def _made(self, fields: Sequence[Field], template: Template) -> Prompts:
        return Prompts(self._tokenizer, fields, template)

    def _cut(self, text: str) -> list[int]:
        """Tokens of an answer."""
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _room(self, prompt: Ids) -> int | None:
        """Tokens that an answer may have."""
        return None if self.window is None else self.window - len(prompt)

    def _writer(self, prompt: Ids, choose: Callable[[Any, Any], int]) -> Callable[[], int]:
        """What writes the next token after a prompt."""
        from limelight.predictors.hf.causal import Writer

        return Writer(self._asked, prompt, choose)

    def _logits(self, prompts: Many, answers: Many, size: int, head: Any) -> Iterator[Any]:
        """Logits ``(T + 1, vocabulary)`` from each prompt on, along its answer; in rows of so many tokens."""
        from limelight.predictors.hf.causal import logits_after

        return logits_after(self._asked, prompts, answers, size, head)

    def _decoded(self, ids: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False)
        return text

    def _check_room(self, prompt: Sequence[int], answer: int = 1) -> None:
        if self.window is not None and len(prompt) + answer > self.window:
            beside = f" and the answer {answer:,}" if answer > 1 else ""
            raise InputError(
                f"the prompt has {len(prompt):,} tokens{beside}, and the window of {self.name} is {self.window:,}. "
                "limelight never cuts a prompt, whose end asks the question; shorten it."
            )

    @property
    def _ends(self) -> Ids:
        """Tokens of which any ends an answer."""
        told = getattr(getattr(self._model, "generation_config", None), "eos_token_id", None)
        told = getattr(self._model.config, "eos_token_id", None) if told is None else told
        ids = [*(told if isinstance(told, (list, tuple)) else [told]), getattr(self._tokenizer, "eos_token_id", None)]
        # a config's default may be of a vocabulary that is none of this model's
        return tuple(dict.fromkeys(int(one) for one in ids if one is not None and one < self._vocabulary))

    @property
    def _vocabulary(self) -> int:
        return int(self._model.config.get_text_config().vocab_size)

    def _write(self, prompt: Ids) -> Iterator[tuple[Ids, bool]]:
        """Yields the answer as it grows, and whether it has come to its end."""
        from limelight.predictors.hf.choosing import chooser

        most, room = int(self._options.get("max_new_tokens", MOST_TOKENS)), self._room(prompt)
        most = most if room is None else min(most, room)
        write, ends = self._writer(prompt, chooser(self._options)), set(self._ends)
        ids: Ids = ()
        while len(ids) < most:
            with self.turns.turn():
                token = evaluating(self._asked, write)
            if token in ends:
                yield ids, True
                return
            ids = (*ids, token)
            yield ids, False

    def _freeze(self, texts: tuple[str, ...], prompt: Ids, ids: Ids, ends: Ids, seed: int | None) -> None:
        """Settles the answer, and what could have stood in the place of its words."""
        from limelight.predictors.hf.causal import Forced

        self._longest = len(ids)
        known = prompt, ids, ends
        with self.turns.turn():
            if known not in self._settled:
                keep(self._settled, known, self._asked_whole(texts, prompt, ids, ends))
        others, logs = self._settled[known]
        self._forced = Forced(ids, others, ends)
        self._spoken = Spoken(self._decoded, ids, others, logs, bool(ends))
        self.targets = self._spoken.targets
        self.answer = self._spoken.answer(self._prompts.route, seed)
        rows = max(1, MOST_LOGITS // ((len(ids) + 1) * self._vocabulary))
        if self._asked.device.type == "cpu":  # two rows in a thread each are quicker than each in two threads
            self._tokens_per_batch = max(self._tokens_per_batch, threads() * padded(len(prompt) + len(ids)))
        self._tokens_per_batch = min(self._tokens_per_batch, rows * (len(prompt) + len(ids)))
        made = (self.manner, ids, ends, others.tolist())
        self._digest = hashlib.sha256(repr(made).encode()).hexdigest()
        self.cache.put(self.key(Input.of(texts)), self._spoken.row)

    def _asked_whole(self, texts: tuple[str, ...], prompt: Ids, ids: Ids, ends: Ids) -> tuple[Indices, Floats]:
        """At each token what else was likeliest after the whole prompt, and the log-probabilities there."""
        import torch

        from limelight.predictors.hf.causal import Forced, in_single, likeliest, rows_of

        def work() -> tuple[Indices, Floats]:
            with torch.inference_mode():
                found = list(self._logits([prompt], [ids], self._sizes([texts])[0], None))
                others = likeliest(found[0], ids, OTHERS)
                return others, rows_of(iter(found), Forced(ids, others, ends))[0]

        return evaluating(self._asked, partial(in_single, self._asked, work))

    @property
    def columns(self) -> tuple[str, ...]:
        return self._spoken.columns

    def pair(self, contrast: tuple[object, object]) -> tuple[int, int]:
        return self._spoken.pair(*contrast)

    def rivals(self, target: int | None = None) -> tuple[tuple[int, int], ...] | None:
        return self._spoken.rivals(target) or None

    def reader(self) -> Reader | None:
        from limelight.predictors.hf.reader import Reader

        return Reader(self._asked, self._tokenizer, self.turns, masked=False)

    # scores

    def key(self, one: Input) -> Key:
        return *super().key(one), self._digest

    def reach(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(map(len, texts))  # what is too long was refused

    def _sizes(self, texts: Sequence[Text]) -> list[int]:
        prompts = self._prompts([Input.of(text).texts for text in texts])
        return [padded(len(prompt) + self._longest, self.window) for prompt in prompts]

    def score(self, inputs: Sequence[Input]) -> Scores:
        return self.checked(self._spoken.table(self._after(inputs, self._forced)), inputs)

    def _after(self, inputs: Sequence[Input], forced: Any) -> Floats:
        """Log-probabilities ``(n, columns)`` of what is asked after the prompt of each input."""
        from limelight.predictors.hf.causal import in_single

        with self.turns.turn():
            prompts = self._prompts([one.texts for one in inputs])
            sizes = self._sizes([one.texts for one in inputs])
            work = partial(self._forced_after, prompts, sizes, forced)
            return evaluating(self._asked, partial(in_single, self._asked, work))

    def _forced_after(self, prompts: list[list[int]], sizes: list[int], forced: Any) -> Floats:
        import torch

        from limelight.predictors.hf.causal import rows_of

        logs, heads = np.empty((len(prompts), forced.columns)), self._head()

        def answered(rows: Indices, size: int, head: Any) -> None:
            found = self._logits([prompts[row] for row in rows], [forced.ids] * len(rows), size, head)
            logs[rows] = rows_of(found, forced)

        if self._asked.device.type != "cpu":
            with torch.inference_mode():
                answered(np.arange(len(prompts)), max(sizes), heads and heads.fixed)
            return logs
        with torch.inference_mode():
            known = [heads.shared(prompt) if heads else 0 for prompt in prompts]
        rest = [
            heads.rest(len(prompt) + self._longest - read, size - read) if read else size
            for prompt, size, read in zip(prompts, sizes, known, strict=True)
        ]

        def answer(part: list[Indices]) -> None:
            with torch.inference_mode():
                for rows in part:
                    for read in sorted({known[row] for row in rows}):
                        own = np.array([row for row in rows if known[row] == read])
                        answered(own, read + rest[own[0]], heads and heads.of(read))

        parts, apart = parts_of(self._asked, rest)
        if apart:
            parallel(answer, parts)
        else:
            answer([rows for part in parts for rows in part])
        return logs

    def _head(self) -> Any:
        """What prompts begin with, read once."""
        import torch

        from limelight.predictors.hf.causal import Heads

        texts = tuple(field.text for field in self._prompts.fields)
        prompts = self._prompts([texts, ("",) * len(texts)])
        known = repr(prompts)
        if known not in self._heads:
            with torch.inference_mode():
                keep(self._heads, known, Heads(self._asked, *prompts), MOST_HEADS)
        return self._heads[known]

    # labels after a prompt

    def following(self, texts: tuple[str, ...], labels: Sequence[str]) -> list[Ids]:
        """Tokens of labels as they would follow the whole prompt: after a text that ends in a word, after a blank."""
        with self.turns.turn():
            prompt = self._prompts.text(texts)
            blank = "" if self._prompts.route == "chat" or prompt[-1:].isspace() else " "
            whole = self._prompts([texts])[0]
            found = []
            for label in labels:
                ids = self._prompts.ids(prompt + blank + label)
                if ids[: len(whole)] != whole:  # the seam joins what it should not
                    ids = [*whole, *self._tokenizer(blank + label, add_special_tokens=False)["input_ids"]]
                found.append(tuple(ids[len(whole) :]))
        self._longest = max(map(len, found))
        self._check_room(whole, self._longest)
        return found

    def likely(self, inputs: Sequence[Input], before: Ids, last: Sequence[int]) -> tuple[Floats, Floats]:
        """Log-probabilities after each prompt: of tokens ``before (n, b)``, and of each ``last (n, l)`` after them."""
        from limelight.predictors.hf.causal import Forced

        logs = self._after(inputs, Forced(before, np.empty((len(before), 0), dtype=int), last=tuple(last)))
        return logs[:, : len(before)], logs[:, len(before) :]

    def probed(self, texts: list[str]) -> Floats:
        import torch

        rows = [self._tokenizer(text, add_special_tokens=False)["input_ids"] or [0] for text in texts]
        with torch.inference_mode():
            outputs = [self._asked(torch.tensor([row], device=self._asked.device)) for row in rows]
        return np.array([output.logits[0, -1].float().log_softmax(-1).exp().cpu().numpy() for output in outputs])

    def read(self, output: Any, tensors: dict[str, Any]) -> Any:
        return output.logits

    def differentiable(self, places: Sequence[Place | None]) -> tuple[Tensors, Tensors | None]:
        raise InputError(f"{self.name} cannot be looked into: {self.opaque}")
