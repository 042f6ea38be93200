"""Interrupts all that takes time at random moments, and looks at what is left; run by ``test_interrupts``.

In a process of its own: an interrupt may fall into whatever it holds, pytest among it.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from limelight import Explainer, Explanation, as_predictor, compare, evaluate, explain, load
from tests.attack.conftest import DONE, SECONDS, rounds, threads
from tests.attack.models import free_for_others, in_a_thread, pure, same
from tests.conftest import until

TEXT, LONG = "not a good film", "a good film, not a bad one. it was never dull! " * 4
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")


class Works:
    """What is interrupted, by name; each answers the same to the bit, as long as it is let."""

    def __init__(self, folder: str, home: str) -> None:
        self.folder, self.file = folder, Path(home) / "saved.json"
        self.model = AutoModelForSequenceClassification.from_pretrained(folder).train()
        self.model.bert.encoder.eval()  # some modules train, others do not, and all are left so
        self.pair = self.model, AutoTokenizer.from_pretrained(folder)
        self.explanation, self.other = explain(TEXT, pure), explain("good fun", pure)

    def a_function(self):
        return explain("a good film, not a bad one", pure, budget=24)

    def a_transformer(self):
        return explain(TEXT, self.pair)

    def windows(self):
        return explain(LONG, self.pair, unit="sentence", windows=True, budget=16)

    def gradients(self):
        return explain(TEXT, self.pair, method="integrated_gradients")

    def attention(self):
        return explain(TEXT, self.pair, method="attention_rollout")

    def an_exam(self):
        return evaluate(self.explanation, pure, beam=True)

    def a_comparison(self):
        return compare(TEXT, self.pair, methods=["occlusion", "gradient_x_input"]).explanations

    def a_widget(self, **options):
        widget = Explainer(TEXT, self.pair, **options)
        try:
            return widget.wait()
        finally:
            widget.close()

    def a_widget_with_rows(self):
        return self.a_widget(compare=["occlusion"])

    def loading(self):
        return as_predictor(self.folder, dtype="float32", device="cpu")([TEXT])

    def saving(self):
        self.explanation.save(self.file)
        self.explanation.to_csv(self.file.with_suffix(".csv"))
        return load(self.file)


NAMES = [name for name in vars(Works) if not name.startswith("_")]


class Surroundings:
    """What nobody may change for good: the model, torch, and what lies in folders."""

    def __init__(self, works: Works) -> None:
        self.works, self.threads, self.before = works, threads(), self.state(works.model)

    @staticmethod
    def state(model) -> dict:
        state = {"threads": torch.get_num_threads(), "gradients": torch.is_grad_enabled()}
        state["attention"] = model.config._attn_implementation
        for name, module in model.named_modules():
            state[name] = module.training, *(len(getattr(module, hooks)) for hooks in HOOKS)
        return state

    def changed(self) -> dict:
        """What is not as before, which is put back, so that one fault is not told again and again."""
        model, now = self.works.model, self.state(self.works.model)
        torch.set_num_threads(self.before["threads"])
        torch.set_grad_enabled(self.before["gradients"])
        model.set_attn_implementation(self.before["attention"])
        for name, module in model.named_modules():
            module.training = self.before[name][0]
            for hooks, count in zip(HOOKS, self.before[name][1:], strict=True):
                if not count:
                    getattr(module, hooks).clear()
        return {name: (now[name], old) for name, old in self.before.items() if now[name] != old}

    def left(self) -> list[str]:
        """Files that lie about, or are cut short."""
        works, kept = self.works, ("saved.json", "saved.csv")
        left = [name for name in os.listdir(works.file.parent) if name not in kept]
        if not any(same(load(works.file), whole) for whole in (works.explanation, works.other)):
            left.append(works.file.name)
        return left + os.listdir(tempfile.gettempdir())


def equal(one, other) -> bool:
    if isinstance(one, Explanation):
        return same(one, other)
    if isinstance(one, tuple) and isinstance(one[0], Explanation):
        return len(one) == len(other) and all(map(same, one, other))
    return np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other


def chain(error: BaseException | None):
    """An error, what it was raised from, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def main(folder: str, home: str, share: str, least: str, most: str) -> None:
    faulthandler.dump_traceback_later(100 + 2 * SECONDS, exit=True)  # what waits for ever
    fired, ignored, others = [], Counter(), Counter()

    def interrupt(*_) -> None:
        fired.append(1)
        raise KeyboardInterrupt

    def unraisable(given) -> None:
        ignored[f"{given.exc_type.__name__} in {given.object!r:.40}"] += 1

    sys.unraisablehook = unraisable
    signal.signal(signal.SIGALRM, interrupt)
    works, wanted, took = Works(folder, home), {}, {}
    for name in NAMES * 4:  # the first time much is imported, and any time the machine may be busy
        gc.collect()
        started = perf_counter()
        wanted[name] = getattr(works, name)()
        took[name] = min(took.get(name, 60), perf_counter() - started)
    surroundings = Surroundings(works)
    counts, problems = {name: Counter() for name in NAMES}, {name: [] for name in NAMES}

    def interrupted(work: Callable, delay: float) -> str:
        """Runs a work, and tells how it ended."""
        fired.clear()
        try:
            signal.setitimer(signal.ITIMER_REAL, delay)
            try:
                assert equal(work(), wanted[name]), "another answer, and nothing was raised"
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except KeyboardInterrupt:
            return "interrupted"
        except Exception as error:
            # as Python's own locks do, and transformers 4 in its tokenizers
            if not any(isinstance(cause, KeyboardInterrupt) for cause in chain(error)):
                raise
            others[f"{type(error).__name__}: {error!s:.150}"] += 1
            return "interrupted"
        return "not heard" if fired else "done"

    for number, random in enumerate(rounds("interrupts", float(share), int(least), int(most))):
        name = NAMES[number % len(NAMES)]
        work = getattr(works, name)
        delay = random.uniform(1e-4, 1.05 * took[name]) if random.random() < 0.9 else random.uniform(1e-5, 1e-3)
        works.other.save(works.file)
        if name == "loading":  # nobody holds the model that was loaded before
            gc.collect()
        try:
            counts[name][interrupted(work, delay)] += 1
            until(lambda: threads() <= surroundings.threads)
            for model in (works.pair, pure):
                free_for_others(model)
            changed, left = surroundings.changed(), surroundings.left()
            assert not changed and not left, (changed, left)
            assert equal(in_a_thread(work) if name == "loading" else work(), wanted[name]), "another answer afterwards"
        except BaseException as error:
            problems[name].append(f"round {number}: " + "".join(traceback.format_exception(error))[-1500:])
            if len(problems[name]) > 2:
                break
    report = {"rounds": DONE["interrupts"], "counts": counts, "problems": problems, "ignored": ignored}
    report["others"] = others
    Path(home, os.pardir, "report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
