"""What the command takes of tasks: fields by flags of their own, and labels to choose among."""

from __future__ import annotations

import json

import pytest

from limelight.cli import command as cli
from limelight.cli.flags import Parser, field_flag, fields_typed
from limelight.errors import InputError
from tests.predictors.served.stub import Stub, serving
from tests.speaking import loaded

pytestmark = pytest.mark.usefixtures("plain_surroundings")


@pytest.fixture(scope="module")
def nli(bert):
    names = {0: "entailment", 1: "neutral", 2: "contradiction"}
    return bert(num_labels=3, id2label=names, label2id={name: at for at, name in names.items()})


def printed(capsys, *arguments):
    assert cli.main(["explain", *arguments, "--budget", "40", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_pair_has_flags_of_its_own_and_the_models_order(nli, capsys):
    document = printed(capsys, "--hypothesis", "it is bad", "--premise", "a good film", "--model", nli)
    assert [(field["name"], field["text"]) for field in document["fields"]] == [
        ("premise", "a good film"),
        ("hypothesis", "it is bad"),
    ]
    same = printed(capsys, "--field", "premise", "a good film", "--hypothesis", "it is bad", "--model", nli)
    assert same["weights"] == document["weights"]
    assert cli.main(["explain", "--premise", "a", "--premise", "b", "--model", nli]) == 2
    assert "a field was given twice" in capsys.readouterr().err


def test_sources_are_given_one_by_one():
    given = ["--question", "who", "--source", "one", "--source", "two"]
    parser = Parser()
    field_flag(parser)
    assert fields_typed(parser.parse(given)) == {"sources": ["one", "two"], "question": "who"}
    with pytest.raises(InputError, match="given twice"):
        fields_typed(parser.parse([*given, "--field", "sources", "three"]))


def test_labels_are_typed(nli, capsys):
    document = printed(capsys, "a good film", "--model", nli, "--labels", "good", "bad", "--target", "bad")
    assert [target["name"] for target in document["targets"]] == ["good", "bad"] == document["labels"]
    assert printed(capsys, "a good film", "--model", nli, "--labels", "good", "bad", "--contrast", "bad", "good")[
        "contrast"
    ] == [1, 0]
    for labels, said in ((["good", "good"], "more than once"), (["good"], "no such")):
        target = ["--target", "no such"] if said == "no such" else []
        assert cli.main(["explain", "a good film", "--model", nli, *target, "--labels", *labels]) == 2
        assert said in capsys.readouterr().err
    assert cli.main(["explain", "a good film", "--labels", "good", "bad"]) == 2
    assert "has targets of its own" in capsys.readouterr().err


def test_a_question_and_a_context_have_flags_of_their_own(answerer, tmp_path, capsys):
    given = ["--context", "boris eats rice .", "--question", "what is eaten", "--model", answerer[1]]
    document = printed(capsys, *given)
    assert [field["name"] for field in document["fields"]] == ["question", "context"]
    assert document["targets"][0] == {"name": "rice", "group": "answers", "span": [1, 11, 15]}
    assert document["scale"] == "log-probability" and document["pinned"] == [[1, 11, 15]]
    page = tmp_path / "page.html"
    assert cli.main(["explain", *given, "--budget", "40", "--target", "rice", "--html", str(page)]) == 0
    assert "boris eats rice" in page.read_text("utf-8")


def test_a_prompt_and_an_answer_have_flags_of_their_own(tmp_path, capsys):
    model, folder = loaded("llama"), tmp_path / "model"
    for part in model:
        part.save_pretrained(folder)
    capsys.readouterr()
    given = ["--prompt", "The capital of France is old", "--model", str(folder)]
    document = printed(capsys, *given, "--answer", " Paris, not Rome.")
    assert [target["name"] for target in document["targets"]] == ["Paris", ",", "not", "Rome", ".", "(end)"]
    assert document["answer"]["text"] == " Paris, not Rome."
    written = printed(capsys, *given, "--generation", "max_new_tokens=3", "do_sample=true", "seed=4")
    assert len(written["answer"]["ids"]) == 3 and written["answer"]["seed"] == 4
    chosen = printed(capsys, *given, "--labels", "Paris", "Rome")
    assert [target["name"] for target in chosen["targets"]] == ["Paris", "Rome"] and chosen["answer"] is None
    assert cli.main(["explain", *given, "--answer", " Paris, not Rome.", "--budget", "40"]) == 0
    assert "Paris, not Rome." in capsys.readouterr().out
    assert cli.main(["explain", *given, "--generation", "max_new_tokens"]) == 2
    assert "has no value" in capsys.readouterr().err


def test_an_address_is_a_model(capsys):
    with serving(Stub()) as url:
        document = printed(capsys, "--prompt", "What is the capital of France?", "--model", url)
        assert document["answer"]["text"] == " Paris is fine." and document["fields"][0]["name"] == "prompt"
        assert document["model"] == f"stub-1 at {url.split('/')[2]}"
        chosen = printed(capsys, "--prompt", "A good film.", "--labels", "yes", "no", "--model", url)
        assert [target["name"] for target in chosen["targets"]] == ["yes", "no"]
    assert cli.main(["explain", "--prompt", "a", "--model", "http://127.0.0.1:1/v1", "--json"]) == 1
    assert "127.0.0.1:1 cannot be reached" in capsys.readouterr().err
