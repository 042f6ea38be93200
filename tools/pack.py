"""Packs the front end as small as gzip can be: a saved notebook holds it once for each widget.

    python tools/pack.py        after the bundle was built; `make js` does both

zopfli looks longer for the same format: 2.7 kB less than gzip's best, of which a browser notices nothing.
"""

from __future__ import annotations

from pathlib import Path

import zopfli.gzip

SRC = Path(__file__).parents[1] / "src" / "limelight"
ROUNDS = 200  # more find nothing


def main() -> None:
    for name in ("widget", "corpus", "deep"):
        style, script = ((SRC / "static" / f"{name}.{kind}").read_text("utf-8") for kind in ("css", "js"))
        (SRC / "widget" / f"{name}.gz").write_bytes(
            zopfli.gzip.compress(f"{style}\0{script}".encode(), numiterations=ROUNDS)
        )


if __name__ == "__main__":
    main()
