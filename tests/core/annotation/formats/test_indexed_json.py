import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tarvis_core.annotation.formats import indexed_json
from tarvis_core.annotation.formats.indexed_json import ROOT, index_json, load_json, parse_json
from tarvis_core.errors import FormatError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@pytest.fixture
def small_window(monkeypatch):
    monkeypatch.setattr(indexed_json, "WINDOW_BYTES", 7)


def _write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@settings(max_examples=60, deadline=None)
@given(
    entries=st.lists(VALUES, max_size=6),
    other=VALUES,
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
    window=st.integers(1, 40),
)
def test_that_entries_are_what_json_holds(
    tmp_path_factory, entries, other, indent, ascii_only, window
):
    path = tmp_path_factory.mktemp("json") / "file.json"
    text = json.dumps({"a": other, "list": entries}, indent=indent, ensure_ascii=ascii_only)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    noted = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexed_json, "WINDOW_BYTES", window)
        index = index_json(path, ("list",), lambda name, value: noted.append((name, value)))

    assert noted == [("list", entry) for entry in entries]
    assert list(index.entries("list")) == entries
    assert index.fields == {"a": other}


def test_that_a_file_that_is_one_list_is_indexed(tmp_path, small_window):
    index = index_json(_write(tmp_path / "a.json", '[{"a": 1}, 22222222, "x"]'), ())

    assert index.is_list
    assert list(index.entries(ROOT)) == [{"a": 1}, 22222222, "x"]


def test_that_null_in_place_of_a_list_is_no_list(tmp_path):
    index = index_json(_write(tmp_path / "a.json", '{"annotations": null}'), ("annotations",))

    assert "annotations" not in index
    assert index.count("annotations") == 0


def test_that_a_byte_order_mark_is_skipped(tmp_path):
    path = _write(tmp_path / "a.json", b'\xef\xbb\xbf{"x": [1]}')

    assert list(index_json(path, ("x",)).entries("x")) == [1]
    assert load_json(path) == {"x": [1]}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "x",
        "{",
        '{"list"',
        '{"list": [',
        '{"list": [1',
        '{"list": [1,',
        '{"list": [1,]}',
        '{"list": [1 2]}',
        '{"list": [1]} x',
        '{"list": [NaN]}',
        '{"list": [1], "list": [2]}',
        '{"list": {"a": 1}}',
        '{"list": ["abc',
        "{1: 2}",
        '{"list": [' + "[" * 100_000 + "]" * 100_000 + "]}",
        '{"list": [' + "9" * 10_000 + "]}",
        b'{"list": ["\xff\xff"]}',
        b"\xff\xfe{\x00}\x00",
    ],
    ids=lambda content: repr(content)[:24],
)
def test_that_damage_is_an_error_that_names_the_file(tmp_path, small_window, content):
    path = _write(tmp_path / "broken.json", content)

    with pytest.raises(FormatError, match=r"broken\.json"):
        index_json(path, ("list",))


def test_that_the_place_of_damage_is_given(tmp_path):
    text = '{"list": [1, 2, x]}'

    with pytest.raises(FormatError, match=f"byte {text.index('x')}"):
        index_json(_write(tmp_path / "a.json", text), ("list",))


def test_that_a_field_given_twice_is_refused_when_the_entry_is_read(tmp_path):
    index = index_json(_write(tmp_path / "a.json", '{"list": [{"1": 0, "1": 1}]}'), ("list",))

    with pytest.raises(FormatError, match=r"list\[0\].*'1' is given twice"):
        index.entry("list", 0)


@pytest.mark.parametrize("text", ['{"list": [{"a": 1e999}]}', '{"list": [1], "b": -1e999}'])
def test_that_numbers_too_large_are_refused(tmp_path, text):
    path = _write(tmp_path / "a.json", text)

    with pytest.raises(FormatError, match="too large"):
        list(index_json(path, ("list",)).entries("list"))


@pytest.mark.parametrize(
    "content",
    [b'{"a": Infinity}', b"[", b"\xff", b"[" * 100_000],
    ids=["infinity", "cut", "binary", "deep"],
)
def test_that_small_files_are_checked_too(content):
    with pytest.raises(FormatError, match=r"place"):
        parse_json(content, "place")


def test_that_memory_does_not_grow_with_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(indexed_json, "WINDOW_BYTES", 2**14)
    entry = json.dumps({"id": 1, "counts": list(range(200))})
    path = _write(tmp_path / "big.json", '{"list": [' + ",".join([entry] * 1500) + "]}")
    tracemalloc.start()
    index = index_json(path, ("list",))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert index.count("list") == 1500
    assert path.stat().st_size > 1_000_000
    assert peak < 200_000
