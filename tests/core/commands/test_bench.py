"""`tarvis bench`: a table for people and the same figures as JSON."""

import json

import pytest

from tarvis_core.commands import bench as bench_command
from tarvis_core.commands import command_line
from tarvis_core.inference.benchmark import Report
from tests.fakes.tiny_weights import write_tiny_weights


def bench(tmp_path, *more):
    weights = write_tiny_weights(tmp_path / "tiny.safetensors")
    words = ["bench", "--weights", str(weights), "--device", "cpu", "--size", "48x80"]
    return command_line.main([*words, "--frames", "10", *more])


def test_that_every_figure_is_printed_and_written(tmp_path, capsys):
    path = tmp_path / "bench.json"

    assert bench(tmp_path, "--json", str(path)) == 0

    written = json.loads(path.read_text())
    rows = {row["name"]: row for row in written["rows"]}
    assert rows.keys() >= {
        "first_pass_per_frame",
        "encode_per_frame",
        "decode_per_frame",
        "click",
        "correction",
        "many_targets",
        "many_targets_per_frame",
        "memory_many_targets",
        "memory_one_target",
        "late_target",
        "second_task",
        "peak_memory",
    }
    assert all(row["value"] > 0 for row in rows.values())
    both = rows["encode_per_frame"]["value"] + rows["decode_per_frame"]["value"]
    assert both == pytest.approx(rows["first_pass_per_frame"]["value"])
    assert 0.2 < sum(written["shares_of_first_pass"].values()) <= 1
    shown = capsys.readouterr().out
    assert all(row["title"] in shown for row in rows.values())
    assert "48×80" in shown
    assert rows["peak_memory"]["value"] >= rows["memory_many_targets"]["value"]


def test_that_the_networks_side_and_clips_are_chosen_and_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(bench_command, "measure_engine", lambda *_: Report())

    assert bench(tmp_path, "--side", "96", "--clip-length", "6", "--targets-at-once", "3") == 0
    shown = capsys.readouterr().out
    assert "6 frames, 3 shared" in shown
    assert "frames of 96×160, padded to 128×192 (as --side says)" in shown

    assert bench(tmp_path) == 0
    shown = capsys.readouterr().out
    assert "8 frames, 4 shared" in shown
    assert "frames of 480×800, padded to 512×832 (as the weights recommend" in shown
    assert bench(tmp_path, "--side", "5") == 1
    assert "--side is 5" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--size", "48"], ["--size", "0x4"], ["--frames", "1"]])
def test_that_a_size_or_length_without_meaning_is_told(tmp_path, capsys, words):
    assert bench(tmp_path, *words) == 2
    assert words[1] in capsys.readouterr().err
