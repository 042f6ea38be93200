"""The package as it is uploaded and installed: built, put into an environment of its own without Node, and used."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import limelight

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "limelight"
pytestmark = pytest.mark.slow


def built(target: str, source: Path, folder: Path) -> Path:
    """Builds an sdist or a wheel of a source tree, with no Node to be found."""
    environment = {**os.environ, "PATH": ""}
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)]
    subprocess.run(command, cwd=source, env=environment, check=True)
    (archive,) = folder.iterdir()
    return archive


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    return built("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """The wheel, built as an installer builds it: from the sdist."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return built("wheel", folder / f"limelight-{limelight.__version__}", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Runs a command of an environment that holds the wheel and nothing of ours besides.

    What limelight depends on is looked up where these tests run: to install it again would take minutes.
    A line of a ``.pth`` file is a folder to import from, whose own ``.pth`` files are not read; so an
    editable limelight there is not found.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=os.name != "nt")
    scripts, packages = (
        Path(sysconfig.get_path(name, "venv", {"base": str(folder), "platbase": str(folder)}))
        for name in ("scripts", "purelib")
    )
    python = scripts / Path(sys.executable).with_stem("python").name
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], check=True)
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")

    def run(name: str, *arguments: str) -> str:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        environment |= {"PATH": str(scripts), "PYTHONIOENCODING": "utf-8"}
        command = [str(scripts / name), *arguments]
        return subprocess.check_output(command, cwd=folder, env=environment, encoding="utf-8")

    return run


def sources() -> set[str]:
    """What the package is made of, as it lies in the tree."""
    files = (path for path in SRC.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(SRC.parent).as_posix() for path in files}


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        about = {name for name in names if name.split("/")[0].endswith(".dist-info")}
        metadata = archive.read(next(name for name in about if name.endswith("/METADATA"))).decode()
    assert names - about == sources()
    assert {name.split("/", 1)[1] for name in about} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }
    assert "\nRequires-Python: >=3.11\n" in metadata and "\nLicense-Expression: Apache-2.0\n" in metadata


def test_the_sdist_holds_what_a_wheel_is_built_from_and_nothing_else(sdist):
    with tarfile.open(sdist) as archive:
        names = {member.name.split("/", 1)[1] for member in archive.getmembers() if member.isfile()}
    about = {"LICENSE", "PKG-INFO", "README.md", "pyproject.toml", ".gitignore"}
    assert names == about | {f"src/{name}" for name in sources()}


def test_the_command_of_the_wheel_explains(installed):
    assert installed("limelight", "--version") == f"limelight {limelight.__version__}\n"
    demonstration = installed("limelight", "demo")
    assert re.search(r"^▸ negative +0\.\d+", demonstration, re.M)


def test_the_widget_of_the_wheel_has_its_page(installed):
    code = """
import shutil
from importlib.metadata import files, version
from pathlib import Path
import limelight
from limelight import Explainer
from limelight.widget.pack import packed
home = Path(limelight.__file__).parent
assert shutil.which("node") is None
assert home.is_relative_to(Path.cwd()), home
assert version("limelight") == limelight.__version__
assert (home / "py.typed").is_file()
widget = Explainer("a good film", lambda texts: [[len(text), 1] for text in texts])
widget.wait()
assert widget.status == "done", widget.error
assert str(widget._esm) == packed("widget") and len(packed("corpus")) > 10_000 and len(packed("deep")) > 10_000
assert (home / "static" / "page.js").read_text("utf-8") in widget.explanation.to_html()
"""
    installed("python", "-c", code)
