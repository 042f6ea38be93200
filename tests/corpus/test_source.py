"""Texts from wherever they are: the same rows from each form, and a sentence for what is none."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from limelight.corpus.options import Pooling
from limelight.corpus.source import SHARD, source_of
from limelight.errors import InputError

TEXTS = ["one good film", "a bad plot", None, "fine"]
ROWS = {"text": TEXTS, "from": ["a", "b", "a", None]}


def rows(texts, **asked):
    return [(row.values, row.slices) for row in source_of(texts, Pooling(**asked)).rows()]


def written(folder, form):
    frame = pd.DataFrame(ROWS)
    if form == "parquet":
        for at in (0, 2):
            frame.iloc[at : at + 2].to_parquet(folder / f"{at}.parquet")
        return str(folder / "*.parquet")
    if form == "parquet folder":
        frame.to_parquet(folder / "all.parquet")
        return folder
    if form == "jsonl":
        path = folder / "texts.jsonl"
        lines = [json.dumps(row) for row in frame.astype(object).where(frame.notna(), None).to_dict("records")]
        path.write_text("\n".join(lines) + "\n")
        return path
    if form == "arrow dataset":
        table = pa.table(ROWS)
        (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data-0.arrow"}]}))
        with pa.OSFile(str(folder / "data-0.arrow"), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
            stream.write_table(table)
        return folder
    return {"pandas": frame, "arrow": pa.table(ROWS), "dicts": frame.astype(object).to_dict("records")}[form]


@pytest.mark.parametrize("form", ["parquet", "parquet folder", "jsonl", "arrow dataset", "pandas", "arrow", "dicts"])
def test_every_form_gives_the_same_rows(tmp_path, form):
    slices = [("a",), ("b",), ("a",), (None,)]
    expected = [((text,), own) for text, own in zip(TEXTS, slices, strict=True)]
    assert rows(written(tmp_path, form), slices=["from"]) == expected
    assert rows(written(tmp_path, form), column="from") == [((own[0],), ()) for own in slices]


def test_csv_has_no_nulls_and_keeps_what_is_in_quotes(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text('text,from\n"good, ""fine""\nfilm",a\n,b\n', "utf-8")
    assert rows(path, slices=["from"]) == [(('good, "fine"\nfilm',), ("a",)), (("",), ("b",))]


def test_lists_lines_and_columns_are_single_texts(tmp_path):
    (tmp_path / "texts.txt").write_text("one good film\na bad plot\n", "utf-8")
    expected = [(("one good film",), ()), (("a bad plot",), ())]
    for texts in (TEXTS[:2], tuple(TEXTS[:2]), pd.Series(TEXTS[:2]), tmp_path / "texts.txt"):
        assert rows(texts) == expected


def test_several_columns_are_the_fields_of_an_input():
    table = pa.table({"premise": ["a"], "hypothesis": ["b"]})
    source = source_of(table, Pooling(column=["premise", "hypothesis"]))
    assert source.fields == ("premise", "hypothesis") and next(source.rows()).values == ("a", "b")


def test_shards_are_fixed_by_the_input():
    texts = [str(at) for at in range(2 * SHARD + 1)]
    shards = list(source_of(texts, Pooling()).shards())
    assert [(one.number, one.first, len(one.rows)) for one in shards] == [
        (0, 0, SHARD),
        (1, SHARD, SHARD),
        (2, 2000, 1),
    ]
    changed = [*texts]
    changed[SHARD] = "another"
    same = [a.digest == b.digest for a, b in zip(shards, source_of(changed, Pooling()).shards(), strict=True)]
    assert same == [True, False, True]


@pytest.mark.parametrize(
    ("texts", "asked", "said"),
    [
        ("nowhere.parquet", {}, "no file that limelight reads"),
        ({"text": "a"}, {}, "texts is a dict"),
        ((text for text in TEXTS), {}, "read only once"),
        (3, {}, "of type int"),
        (pa.table(ROWS), {"column": "txet"}, "Did you mean 'text'"),
        (pa.table(ROWS), {"slices": ["nowhere"]}, "by slices="),
        (TEXTS, {"column": "text"}, "leave column out"),
    ],
)
def test_what_is_no_texts_is_refused(texts, asked, said):
    with pytest.raises(InputError, match=said):
        source_of(texts, Pooling(**asked))


def test_a_file_that_is_broken_is_named(tmp_path):
    (tmp_path / "texts.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(InputError, match="texts.parquet"):
        source_of(tmp_path / "texts.parquet", Pooling())


def test_a_line_that_is_no_json_costs_that_line(tmp_path):
    path = tmp_path / "texts.jsonl"
    path.write_text('{"text": "good"}\n{"text": \n{"text": "bad"}\n')
    assert rows(path) == [(("good",), ()), ((None,), ()), (("bad",), ())]


def test_a_table_that_was_written_is_read_by_others(tmp_path):
    # that other engines read Parquet is theirs to promise; that columns are of plain types is ours
    from limelight.corpus.files import effects_schema, texts_schema, words_schema

    for schema in (texts_schema(("text",), ("from",)), effects_schema(), words_schema()):
        plain = {str(field.type) for field in schema}
        assert plain <= {"int64", "int32", "double", "float", "string", "binary", *(
            f"list<item: {one}>" for one in ("int32", "int64", "double", "string")
        )}  # fmt: skip
        parquet.write_table(schema.empty_table(), tmp_path / "empty.parquet")
        assert parquet.read_schema(tmp_path / "empty.parquet").equals(schema)
