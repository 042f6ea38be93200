"""Rules of showing that every picture and the page share: ``showing.json``, which JavaScript reads too.

- ``leastExtent``: by scale, the least weight that gets the full colour, so that a difference of nothing looks faint.
- ``faint``: a share of the full colour below which a term is not worth a line.
- ``mostBars``, ``mostTerms``, ``mostTargets``: for how many there is room.
- ``mostRows``, ``mostColumns``: the same of the table of words of two fields.
- ``mostLines``, ``nearlyAsStrong``: to how many words of the prompt a line leads from one of the answer, and how strong
  a further one must be beside the strongest.
- ``little``, ``enough``: a share of the model's variation below which weights say little of it, and the evaluations
  below which that share is too uncertain to judge by.
- ``muchMore``: by so much more must weights with terms explain that it is worth a reader's time.
- ``nearlyAll``, ``hardly``: shares by which it is told what the words of a term are to each other.
- ``grounded``: how many times less likely a sentence is without the source in which it is grounded, at least;
  ``groundedLog``: that as a difference of log-probabilities.
- ``mostNamed``: sources of which one is enough, beyond which they are many.
- ``small``: units that are no passages.
- ``colours``: by theme; ``ink`` is how opaque the full colour lies under a word.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SHOWING: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
