"""Says whether every direct dependency is installed at the lowest version that pyproject.toml names.

Run by ``make test-lowest``: where a lowest version cannot be installed, a higher one is, and a bound
would say what no test has seen.
"""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

# torch comes in several gigabytes and kinds: whichever the tests are run with; an extra may name another of ours
AS_SERVED = {"torch", "limelight"}


def higher(requirement: Requirement) -> str | None:
    """Returns what is installed where it is not the lowest version that is asked for."""
    (lowest,) = (item.version for item in requirement.specifier if item.operator == ">=")
    installed = version(requirement.name)
    return None if Version(installed) == Version(lowest) else f"{requirement.name}>={lowest}: {installed} is installed"


def main() -> None:
    """Prints each dependency that is not at its lowest version, and fails if there is one."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    asked = map(Requirement, chain(project["dependencies"], *project["optional-dependencies"].values()))
    complaints = [line for item in asked if item.name not in AS_SERVED and (line := higher(item))]
    if complaints:
        sys.exit("raise these bounds to what is tested, or lift what forbids the lowest:\n" + "\n".join(complaints))


if __name__ == "__main__":
    main()
