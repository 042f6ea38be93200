"""The front end as a widget carries it: packed, since a saved notebook holds it once for each widget."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json


def packed(loader: str, script: str, style: str) -> str:
    """The loader with the script and the style in it, gzipped and in base64; the same for the same texts."""
    told = json.dumps({"script": script, "style": style}, ensure_ascii=False).encode()
    filled = {
        "LIMELIGHT_PACKED": base64.b64encode(gzip.compress(told, 9, mtime=0)).decode(),
        "LIMELIGHT_DIGEST": hashlib.sha256(told).hexdigest()[:16],
    }
    for name, value in filled.items():
        loader = loader.replace(name, value)
    return loader
