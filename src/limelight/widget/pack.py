"""The front end as a widget carries it: packed, since a saved notebook holds it once for each widget."""

from __future__ import annotations

import base64
import gzip
import hashlib

# What stands in place of those signs of Python's 85 that mean something to HTML, or within a string of JavaScript.
PLAIN = str.maketrans("<>&`$%", ".,/:[]")


def packed(loader: str, script: str, style: str) -> str:
    """The loader with the script and the style in it, gzipped and in base 85; the same for the same texts."""
    told = f"{style}\0{script}".encode()  # as they are: signs that JSON escapes take 600 bytes
    data = gzip.compress(told, 9, mtime=0)
    filled = {
        # a sixteenth shorter than base64
        "LIMELIGHT_PACKED": base64.b85encode(data, pad=True).decode().translate(PLAIN),
        "LIMELIGHT_SIZE": str(len(data)),
        "LIMELIGHT_DIGEST": hashlib.sha256(told).hexdigest()[:16],
    }
    for name, value in filled.items():
        loader = loader.replace(name, value)
    return loader
