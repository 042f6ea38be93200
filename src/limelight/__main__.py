"""``python -m limelight``: the same as the ``limelight`` command."""

from __future__ import annotations

import sys

from limelight.cli.command import main

if __name__ == "__main__":
    sys.exit(main())
