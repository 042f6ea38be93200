"""Models of every kind behind one face: ``as_predictor``."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

from limelight.errors import InputError, LimelightError, ModelError, listing, quoted, shown
from limelight.predictors import bundled
from limelight.predictors.base import Predictor
from limelight.predictors.function import FunctionPredictor
from limelight.predictors.hf.given import is_pipeline
from limelight.predictors.hf.loading import find
from limelight.predictors.options import Loading
from limelight.predictors.prompting import AUTO, Template
from limelight.predictors.served.address import Address
from limelight.predictors.served.asked import Asked
from limelight.predictors.served.endpoint import Endpoint
from limelight.predictors.tasks import TASKS
from limelight.predictors.tasks.similarity import Similarity
from limelight.predictors.windows import Windowed


class Classifier(Protocol):
    """A classifier of texts in scikit-learn's manner."""

    def predict_proba(self, texts: Any, /) -> Any:
        """Probabilities ``(n, k)`` of texts."""


# What a user calls a model, see ``as_predictor``.
Model = str | os.PathLike[str] | tuple[Any, Any] | Callable[..., Any] | Classifier | Predictor
# Asked in this order; the first that accepts an object serves it.
BACKENDS: tuple[type[Predictor], ...] = (Endpoint, *TASKS, Similarity, FunctionPredictor)
PIPELINES = tuple(name for task in TASKS for name in task.pipelines)
KINDS = (
    "a Hugging Face id or folder, the address of an endpoint, (model, tokenizer), a pipeline of transformers, a "
    "callable from a list of str to an (n, k) table, an object that encodes texts, or nothing for its own model"
)


def as_predictor(
    model: Model | None = None,
    *,
    # generated from Loading: signature
    class_names: Sequence[str] | None = None,
    device: str = "auto",
    dtype: str = "auto",
    safetensors_only: bool = True,
    windows: bool = False,
    template: Template = "auto",
    generation: Mapping[str, Any] | None = None,
    # end of generated
) -> Predictor:
    """Makes a predictor of whatever a user calls a model.

    Args:
        model: None for the bundled sentiment BERT; a Hugging Face id or a local
            folder; ``(model, tokenizer)``; a pipeline of transformers that
            understands a text; any callable ``list[str] -> (n, k)`` such as a fitted
            scikit-learn pipeline's ``predict_proba``; or a Predictor.
        class_names: names of the ``k`` classes, in their order; None for the model's own.
        device: where a model that limelight loads is put: ``'auto'`` (an accelerator if there is one), ``'cpu'``,
            ``'cuda:1'``.
        dtype: what a model that limelight loads computes in: ``'float32'``, ``'bfloat16'``, or ``'auto'``: bfloat16
            where the hardware is faster in it and it moves no probability by more than .005 on a dozen texts that are
            asked first.
        safetensors_only: refuse weights stored as pickles, which can run code.
        windows: read a text beyond the model's window in windows that overlap, and average their answers; else the
            model stops reading where its window ends.
        template: how an input becomes the prompt of a language model: ``'auto'`` for its own chat template where it has
            one, a format string with the fields' names, a function from a dict of texts to a str or a chat, or None for
            the text as it is.
        generation: how a language model writes its answer, as transformers' generate calls it: ``{'max_new_tokens':
            30}``; None for the likeliest token each time, at most 64.

    Raises:
        InputError: ``class_names`` are no list of names, or do not fit the model.
        ModelError: no backend takes such an object, or the model cannot be had.
    """
    # generated from Loading: collected
    loading = Loading(
        class_names=class_names,
        device=device,
        dtype=dtype,
        safetensors_only=safetensors_only,
        windows=windows,
        template=template,
        generation=generation,
    )
    # end of generated
    return load_predictor(model, loading)


def elsewhere(model: object) -> bool:
    """Whether a model is behind an endpoint on another machine."""
    kind = type(model)  # what an object says of its class itself may raise
    if issubclass(kind, str) and Endpoint.accepts(model):
        return not Address(str(model)).local
    return issubclass(kind, Asked) and cast(Asked, model).host != ""


def load_predictor(model: object, loading: Loading) -> Predictor:
    """Makes a predictor of whatever a user calls a model; see ``as_predictor``."""
    try:
        return _served(model, loading)
    except LimelightError:
        raise
    except Exception as error:  # of an attribute of the model's, say
        raise ModelError(
            f"the model, of type {type(model).__name__}, raised {quoted(error)} when it was asked what it is. "
            f"limelight takes {KINDS}; wrap yours in such a function."
        ) from error


def _served(model: object, loading: Loading) -> Predictor:
    if isinstance(model, Predictor):
        tuple(getattr(model, "targets", ()))  # refused here, not in the middle of an explanation
        model = _prompted(model, loading)
        return _in_windows(model) if loading.windows and not isinstance(model, Windowed) else model
    source: object = bundled.FOLDER if model is None else model
    if isinstance(source, (str, os.PathLike)) and not Endpoint.accepts(source):
        source = find(source, loading.safetensors_only)
    if is_pipeline(source) and getattr(source, "task", None) not in PIPELINES:
        raise ModelError(
            f"the model is a pipeline for {shown(getattr(source, 'task', None))}. limelight takes pipelines for "
            f"{listing(PIPELINES, len(PIPELINES))}; give one of these, or a function from a list of str to an (n, k) "
            "table."
        )
    backend = next((b for b in BACKENDS if b.accepts(source)), None)
    if backend is None:
        raise ModelError(
            f"the model is of type {type(model).__name__}. limelight takes {KINDS}; wrap yours in such a function."
        )
    predictor = _prompted(backend.of(source, loading), loading)
    return _in_windows(predictor) if loading.windows else predictor


def _prompted(predictor: Predictor, loading: Loading) -> Predictor:
    if loading.template == AUTO and loading.generation is None:
        return predictor
    return predictor.prompted(loading.template, loading.generation)


def _in_windows(predictor: Predictor) -> Predictor:
    if predictor.unbounded:
        return predictor
    if not predictor.averages:
        raise InputError(
            f"windows=True was asked of {predictor.name}, whose answers stand at places of a text and have no average. "
            "limelight reads in windows with classifiers of whole texts; leave windows out, and shorten the text."
        )
    return Windowed(predictor)


__all__ = ["BACKENDS", "Model", "Predictor", "Windowed", "as_predictor", "elsewhere", "load_predictor"]
