"""The house rules: floors, registries, the light door, one protocol, a fresh bundle."""

from __future__ import annotations

import ast
import filecmp
import inspect
import json
import re
import shutil
import subprocess
import sys
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

import limelight
from limelight.render.html import EXPORTED

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "limelight"
JS = ROOT / "js"
BUNDLES = ("widget", "corpus", "deep")
# A room (a module or package at the top) imports only from strictly lower floors; within a package see ``ORDER``.
FLOORS = {
    0: ["arrays", "errors"],
    1: ["protocol", "scales", "options", "captions", "phrasebook"],
    2: ["text", "surrogate"],
    3: ["document"],
    4: ["render", "predictors"],
    5: ["masking", "explanation"],
    6: ["methods", "evaluation", "search"],
    7: ["api"],
    8: ["corpus"],
    9: ["widget", "cli"],
    10: ["__init__", "__main__"],
}
# A module imports only from those before it in its package; ``__init__`` stands where it is the registry of the others.
ORDER = {
    "captions": "__init__",
    "text": "__init__ checks boundaries spans units tokens fields inputs",
    "surrogate": "__init__ fit projection neighbours kernel spectrum process drafted",
    "document": "targets checks parts kept schema value __init__",
    "render": "__init__ showing theme numbers standing grounds display across typesetting files html paths shapes svg "
    "matrix png latex background terminal exports",
    "predictors": "turns cache prompting options answers bundled/__init__ hf/__init__ hf/restoring hf/internals "
    "hf/fixed hf/maps hf/neurons hf/layered hf/switched hf/lexicon hf/reader base "
    "windows function hf/folders hf/given hf/declared hf/admission hf/weights hf/gguf hf/loading hf/threads "
    "hf/precision hf/tokenizing hf/transformer hf/located hf/prompts hf/causal hf/seq2seq hf/choosing tasks/zero_shot "
    "tasks/classification tasks/entities tasks/reading tasks/answering tasks/masked tasks/similarity tasks/choosing "
    "tasks/labelled tasks/spoken tasks/frozen tasks/generation tasks/rewriting tasks/neurons tasks/__init__ "
    "served/__init__ served/address served/refusals served/store served/client served/servers served/exact served/echo "
    "served/contact served/asked served/choice served/resemblance served/endpoint __init__ bundled/train",
    "masking": "__init__ designs maskers orders game",
    "methods": "draft base estimate together regression occlusion gradients one_pass attention shapley banzhaf "
    "interactions lime lime_package __init__",
    "evaluation": "__init__ curves score exam grounds",
    "search": "__init__ decision base deletion proposals replacement counterfactual dream telling",
    "api": "__init__ options problem drafting steps forecast evaluate explain flip layers heads dream deep compare",
    "corpus": "__init__ options source files shard job worker local cluster pooling total run tables questions "
    "begin show",
    "widget": "__init__ messages background boxes fallback door memory what_if rows run seeking consent pack menu "
    "traits session explainer jobs words corpus deep dreams layers heads",
    "cli": "__init__ flags output lines compared many searches command",
}
FLOOR = {name: floor for floor, names in FLOORS.items() for name in names}
HEAVY = {
    "anywidget": {"widget/traits.py", "widget/words.py", "widget/deep.py"},
    "lime": {"methods/lime_package.py"},
    "sklearn": {"methods/lime.py"},
    "rich": {
        "cli/command.py",
        "cli/compared.py",
        "cli/many.py",
        "cli/output.py",
        "cli/searches.py",
        "render/terminal.py",
    },
    "torch": {"predictors/bundled/train.py", "search/proposals.py", "methods/one_pass.py"}
    | {f"predictors/tasks/{name}.py" for name in ("answering", "entities", "frozen", "generation", "neurons")}
    | {
        f"predictors/hf/{name}.py"
        for name in (
            "causal",
            "choosing",
            "fixed",
            "gguf",
            "given",
            "internals",
            "layered",
            "loading",
            "maps",
            "neurons",
            "restoring",
            "threads",
            "precision",
            "reader",
            "seq2seq",
            "switched",
            "transformer",
            "weights",
        )
    },
    "pyarrow": {"corpus/files.py", "corpus/source.py"},
    "ray": {"corpus/cluster.py"},
    "captum": {"methods/gradients.py"},
    "httpx": {"predictors/served/client.py", "predictors/served/refusals.py"},
    "transformers": {
        "predictors/hf/choosing.py",
        "predictors/hf/gguf.py",
        "predictors/hf/loading.py",
        "predictors/hf/threads.py",
        "predictors/bundled/train.py",
    },
}


def modules():
    return sorted(SRC.rglob("*.py"))


def name_of(path: Path) -> str:
    """A module's name: ``limelight.text`` is its ``__init__``."""
    return ".".join(["limelight", *path.relative_to(SRC).with_suffix("").parts]).removesuffix(".__init__")


NAMES = {name_of(path): path for path in modules()}


def imports(path: Path):
    """Names of the modules that one imports, whenever it does; of ours the very module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in NAMES else node.module for name in whole)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(SRC)))
def test_a_module_imports_only_from_lower_floors(path):
    own = path.relative_to(SRC).parts[0].removesuffix(".py")
    order = ORDER.get(own, "").split()
    place = str(path.relative_to(SRC / own).with_suffix("")) if order else ""
    for name in imports(path):
        parts = name.split(".")
        if name in NAMES and len(parts) > 1:
            if parts[1] != own:
                assert FLOOR[parts[1]] < FLOOR[own], f"{own} (floor {FLOOR[own]}) imports {name}"
            else:
                other = str(NAMES[name].relative_to(SRC / own).with_suffix(""))
                assert order.index(other) < order.index(place), f"{own}/{place} imports {other}, which comes after it"
        if parts[0] in HEAVY:
            assert str(path.relative_to(SRC)) in HEAVY[parts[0]], f"{path.name} imports {parts[0]}"


def test_every_module_has_a_floor_and_stays_short():
    for path in modules():
        room, *rest = path.relative_to(SRC).parts
        assert room.removesuffix(".py") in FLOOR
        assert not rest or "/".join(rest).removesuffix(".py") in ORDER[room].split(), path
    sources = [*modules(), *JS.glob("src/**/*.js"), *JS.glob("src/**/*.css"), *ROOT.glob("tests/**/*.py")]
    sources += [*ROOT.glob("tools/*.py"), *ROOT.glob("benchmarks/*.py")]
    long = {str(p): n for p in sources if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert not long


def test_no_import_leads_back_to_where_it_came_from():
    TopologicalSorter({name: {*imports(path)} & NAMES.keys() for name, path in NAMES.items()}).prepare()


def test_importing_limelight_is_light():
    heavy = ["torch", "transformers", "anywidget", "ipywidgets", "lime", "numpy", "sklearn"]
    code = f"import sys, limelight; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_making_predictor_objects_needs_no_torch():
    code = (
        "import sys; from limelight import explain\n"
        "explain('a b c', lambda texts: [[len(t), 1] for t in texts])\n"
        "print('torch' in sys.modules, 'transformers' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False False"


def test_the_door_is_sorted_complete_and_documented():
    assert limelight.__all__ == sorted(limelight.__all__)
    assert sorted(limelight._HOMES) == limelight.__all__
    for name in limelight.__all__:
        assert inspect.getdoc(getattr(limelight, name)), name
    with pytest.raises(AttributeError, match="no attribute 'explian'"):
        limelight.explian  # noqa: B018


def subclasses(cls):
    return {c for s in cls.__subclasses__() for c in {s, *subclasses(s)}}


def test_every_concrete_subclass_is_registered():
    from limelight.api.forecast import Rehearsal
    from limelight.methods import METHODS, Method
    from limelight.predictors import BACKENDS, Predictor, Windowed
    from limelight.predictors.served.choice import Choice
    from limelight.predictors.served.resemblance import Resemblance
    from limelight.predictors.tasks.answering import Answers
    from limelight.predictors.tasks.labelled import Labelled
    from limelight.predictors.tasks.neurons import Firing
    from limelight.predictors.tasks.zero_shot import ZeroShot

    for name in NAMES:
        if not name.endswith(("train", "__main__")):
            import_module(name)
    ours = lambda base: {  # noqa: E731
        c for c in subclasses(base) if c.__module__.startswith("limelight.") and not inspect.isabstract(c)
    }
    assert ours(Method) == set(METHODS.values())
    assert all(METHODS[name].name == name for name in METHODS)
    # these wrap a model; a Rehearsal is none
    wrappers = {Windowed, ZeroShot, Answers, Labelled, Choice, Resemblance, Rehearsal, Firing}
    assert ours(Predictor) - wrappers == set(BACKENDS)


def test_both_sides_speak_one_protocol():
    from limelight import protocol

    js = (JS / "src" / "wire" / "protocol.js").read_text("utf-8")
    said = {name: json.loads(value) for name, value in re.findall(r"export const (\w+) = (.+);", js)}
    assert said == {
        "SCHEMA": protocol.SCHEMA,
        "KINDS": list(protocol.KINDS),
        "STATUSES": list(protocol.STATUSES),
    }


def test_javascript_floors():
    """A file imports only from lower floors; files of one folder do not know each other, but for these in order."""
    floors = [
        {"wire"},
        {"model", "dom.js", "captions.js", "theme.js"},
        {"bar.js", "host.js"},
        {"parts"},
        {"views"},
        {"view.js"},
    ]
    floors += [{"widget.js", "corpus.js", "deep.js"}, {"page.js", "loader.js"}]
    floor = {room: at for at, rooms in enumerate(floors) for room in rooms}
    order = ["protocol.js", "observe.js", "stand_in.js", "kernel.js"]
    order += ["runs.js", "document.js", "display.js", "words.js", "across.js", "answer.js", "grounds.js", "what_if.js"]
    order += ["derive.js"]
    for path in JS.glob("src/**/*.js"):
        own, source = path.relative_to(JS / "src"), path.read_text("utf-8")
        for name in re.findall(r'^(?:import|export) .*from "(.+)";', source, re.M):
            other = (path.parent / name).resolve().relative_to(JS / "src")
            if own.name == "index.js" and own.parent == other.parent:
                continue  # the registry of its folder
            if own.parent == other.parent and own.parent.name in ("wire", "model"):
                assert order.index(other.name) < order.index(own.name), f"{own} imports {other}"
            else:
                assert floor[other.parts[0]] < floor[own.parts[0]], f"{own} imports {other}"
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", source)


def test_the_committed_bundle_is_small_and_fresh(tmp_path):
    assert (SRC / "static" / "widget.js").stat().st_size < 141_000
    subprocess.run([shutil.which("node"), "build.mjs", tmp_path / "static", tmp_path / "maps"], cwd=JS, check=True)
    for built, committed in ((tmp_path / "static", SRC / "static"), (tmp_path / "maps", JS / "maps")):
        names = sorted(path.name for path in built.iterdir())
        assert names == sorted(path.name for path in committed.iterdir())
        fresh = filecmp.cmpfiles(built, committed, names, shallow=False)[0]
        assert fresh == names, "run `make js` and commit it"


def test_what_ships_names_no_map_and_holds_the_widget_once():
    texts = {path.name: path.read_text("utf-8") for path in (SRC / "static").iterdir()}
    assert not [name for name, text in texts.items() if "sourceMappingURL" in text]
    assert len(texts["page.js"]) < 1000 and all(texts[f"{name}.js"].endswith(EXPORTED) for name in BUNDLES)
