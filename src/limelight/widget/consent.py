"""What would go to another machine waits for a reader's word."""

from __future__ import annotations

from collections.abc import Sequence

from limelight.api.forecast import forecast
from limelight.api.options import Options
from limelight.captions import Note
from limelight.predictors import Predictor, elsewhere, load_predictor
from limelight.predictors.options import Loading
from limelight.text.fields import Field
from limelight.widget.run import Held


class Consent:
    """Whether other machines may be asked: by no widget until its reader has said so once.

    Args:
        models: all that may be asked.
        loading: how they are had.

    Attributes:
        given: whether the reader has.
    """

    def __init__(self, models: Sequence[object], loading: Loading) -> None:
        self._models, self._loading = list(models), loading
        self.given = not any(map(elsewhere, models))

    def check(self, fields: Sequence[Field], options: Options, first: Predictor) -> None:
        """Works out what would be asked, where that needs a word.

        Raises:
            Held: it does.
        """
        if self.given:
            return
        models = [first, *(load_predictor(one, self._loading) for one in self._models[1:] if elsewhere(one))]
        notes = [
            step for one in models if elsewhere(one) for step in forecast(fields, one, options) if step is not None
        ]
        if notes:
            raise Held(notes[0] if len(notes) == 1 else Note(" ".join(notes)))
