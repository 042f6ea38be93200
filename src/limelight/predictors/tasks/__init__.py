"""What transformers' models are asked for: a task a file, and its line here."""

from __future__ import annotations

from limelight.predictors.hf.transformer import Transformer
from limelight.predictors.tasks.answering import Answering
from limelight.predictors.tasks.choosing import Choosing
from limelight.predictors.tasks.classification import Classification
from limelight.predictors.tasks.entities import Entities
from limelight.predictors.tasks.generation import Generation
from limelight.predictors.tasks.masked import MaskedWord
from limelight.predictors.tasks.rewriting import Rewriting
from limelight.predictors.tasks.similarity import Embeddings

# Asked in this order; the last takes what none of the others knows.
TASKS: tuple[type[Transformer], ...] = (
    Entities,
    Answering,
    MaskedWord,
    Generation,
    Rewriting,
    Embeddings,
    Choosing,
    Classification,
)
