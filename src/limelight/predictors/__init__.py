"""Models of every kind behind one face: ``as_predictor``."""

from __future__ import annotations

from collections.abc import Sequence

from limelight.errors import ModelError
from limelight.predictors import bundled
from limelight.predictors.base import Predictor, checked_names
from limelight.predictors.function import FunctionPredictor
from limelight.predictors.hf.classifier import HuggingFacePredictor
from limelight.predictors.windows import Windowed

# Asked in this order; the first that accepts an object serves it.
BACKENDS: tuple[type[Predictor], ...] = (HuggingFacePredictor, FunctionPredictor)


def as_predictor(
    model: object = None,
    *,
    class_names: Sequence[str] | None = None,
    device: str = "auto",
    dtype: str = "auto",
    safetensors_only: bool = True,
    windows: bool = False,
) -> Predictor:
    """Makes a predictor of whatever a user calls a model.

    Args:
        model: None for the bundled sentiment BERT; a Hugging Face id or a local
            folder; ``(model, tokenizer)``; a transformers text-classification
            pipeline; any callable ``list[str] -> (n, k)`` such as a fitted
            scikit-learn pipeline's ``predict_proba``; or a Predictor.
        class_names: names of the ``k`` classes; by default the model's own.
        device: where a model that limelight loads is put: ``"auto"`` (an
            accelerator if there is one), ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ...
        dtype: what a model that limelight loads computes in: ``"float32"``, ``"bfloat16"``, or
            ``"auto"``: bfloat16 where the hardware is faster in it. It is compared with float32
            on the first texts, and given up where it moves a probability by more than .005.
        safetensors_only: refuse weights stored as pickles, which can run code.
        windows: read a text beyond the model's window in windows that overlap, and average
            their answers; else the model stops reading where its window ends.

    Raises:
        InputError: ``class_names`` are no list of names, or do not fit the model.
        ModelError: no backend takes such an object, or the model cannot be had.
    """
    class_names = checked_names(class_names)
    if isinstance(model, Predictor):
        return Windowed(model) if windows and not isinstance(model, Windowed) else model
    source = bundled.FOLDER if model is None else model
    backend = next((b for b in BACKENDS if b.accepts(source)), None)
    if backend is None:
        raise ModelError(
            f"the model is of type {type(model).__name__}. limelight takes a Hugging Face id or folder, "
            "(model, tokenizer), a text-classification pipeline, a callable from a list of str to an (n, k) table, or "
            "nothing for its own model; wrap yours in such a function."
        )
    found = backend.of(source, class_names=class_names, device=device, dtype=dtype, safetensors_only=safetensors_only)
    return Windowed(found) if windows else found
