"""JSON lists of objects, read object by object."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.errors import Unreadable
from app.features.crm.importing.reading import inspect, rows
from tests.features.importing.files import put, read


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("wrapped", [True, False])
def test_lists_and_wrapped_lists_are_read(tmp_path: Path, wrapped: bool, indent: int | None) -> None:
    objects = [{"name": f"A{n} {{", "tags": ["x", "y"], "n": n, "ok": True, "no": None} for n in range(3000)]
    document = {"format": "provender", "version": 1, "rows": objects} if wrapped else objects
    path = put(tmp_path, json.dumps(document, indent=indent), "list.json")
    assert inspect(path).columns == ("name", "tags", "n", "ok", "no")
    found = read(path)
    assert len(found) == 3000 and found[7] == ("A7 {", "x; y", "7", "yes", "")


def test_one_object_a_line(tmp_path: Path) -> None:
    assert read(put(tmp_path, '{"name": "A"}\n{"name": "B"}\n')) == [("A",), ("B",)]


def test_lines_are_known(tmp_path: Path) -> None:
    with rows(put(tmp_path, '[\n{"name":\n"A"},\n{"name": "B"}\n]')) as reading:
        assert [(row.number, row.line) for row in reading] == [(1, 2), (2, 4)]


@pytest.mark.parametrize(
    "text", ['[{"name": "A"}, {"name": ', '[{"name": "A"} {bad} ]', "{}x", '[{"name": "A"}']
)
def test_broken_json_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unreadable, match="not a list of objects"):
        read(put(tmp_path, text))


def test_a_late_name_is_refused_rather_than_dropped(tmp_path: Path) -> None:
    text = "[" + ",".join(['{"name": "A"}'] * 1500) + ',{"name": "B", "phone": "1"}]'
    with pytest.raises(Unreadable, match="“phone” appears here for the first time"):
        read(put(tmp_path, text))
