"""The front end as a widget carries it: packed, since a saved notebook holds it once for each widget."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from limelight.render.html import STATIC

# What stands in place of those signs of Python's 85 that mean something to HTML, or within a string of JavaScript.
PLAIN = str.maketrans("<>&`$%", ".,/:[]")


def packed(name: str) -> str:
    """The loader with the style and the script of a view in it, gzipped by tools/pack.py, in base 85."""
    loader = (STATIC / "loader.js").read_text("utf-8")
    data = Path(__file__).with_name(f"{name}.gz").read_bytes()
    filled = {
        # a sixteenth shorter than base64
        "LIMELIGHT_PACKED": base64.b85encode(data, pad=True).decode().translate(PLAIN),
        "LIMELIGHT_SIZE": str(len(data)),
        "LIMELIGHT_DIGEST": hashlib.sha256(data).hexdigest()[:16],
    }
    for place, value in filled.items():
        loader = loader.replace(place, value)
    return loader
