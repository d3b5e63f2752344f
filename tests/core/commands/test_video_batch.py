"""Many videos: each process takes its share, and a second start does what is left."""

import os
import subprocess
import sys
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image

from tarvis_core.commands import command_line
from tarvis_core.commands.video_batch import device_of_process, plan_batch, process_place
from tarvis_core.errors import ConfigError
from tarvis_core.inference.engine import InferenceEngine
from tests.fakes.tiny_weights import two_squares, write_tiny_weights


@pytest.fixture
def as_process(monkeypatch):
    def become(rank, num_ranks):
        monkeypatch.setenv("RANK", str(rank))
        monkeypatch.setenv("WORLD_SIZE", str(num_ranks))

    return become


def videos_in(folder, *names):
    return [folder / f"{name}.mp4" for name in names]


def test_that_processes_share_the_videos(tmp_path, as_process):
    videos, shares = videos_in(tmp_path, "a", "b", "c", "d", "e"), []
    for rank in range(2):
        as_process(rank, 2)
        shares.append([item.video.stem for item in plan_batch(videos, tmp_path)])

    assert shares == [["a", "c", "e"], ["b", "d"]]


def test_that_what_is_done_is_not_done_again_and_moves_nothing_else(tmp_path, as_process):
    videos = videos_in(tmp_path, "a", "b", "c", "d")
    first = plan_batch(videos, tmp_path)[0]
    first.mark_started()
    first.mark_done()
    as_process(0, 2)

    assert [item.video.stem for item in plan_batch(videos, tmp_path)] == ["c"]


def test_that_two_videos_of_one_name_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="two videos are called “a”"):
        plan_batch([tmp_path / "x" / "a.mp4", tmp_path / "y" / "a.avi"], tmp_path)


@pytest.mark.parametrize("place", [("2", "2"), ("-1", "2"), ("one", "2")])
def test_that_an_environment_without_meaning_is_told(place, as_process):
    as_process(*place)

    with pytest.raises(ConfigError, match="RANK"):
        process_place()


def test_that_each_process_has_its_own_gpu(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "3")

    assert device_of_process("cuda") == "cuda:3"
    assert device_of_process("cpu") == "cpu"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("videos")
    for name in ("one", "two", "three"):
        (root / name).mkdir()
        for number, frame in enumerate(two_squares(3, (62, 90))):
            Image.fromarray(frame).save(root / name / f"{number:05d}.png")
    weights = write_tiny_weights(root / "tiny.safetensors")
    return root, weights


def words(folders, out, *names):
    root, weights = folders
    fixed = ["--weights", weights, "--device", "cpu", "--side", 64, "--clip-length", 4]
    videos = [root / name for name in names]
    chosen = ["--classes", "youtube_vis", "--threshold", 0]
    return ["segment", *map(str, [*videos, "--out", out, *fixed, *chosen])]


def test_that_two_processes_write_all_videos_and_a_restart_writes_none(folders, tmp_path):
    command = [sys.executable, "-m", "tarvis_app"]
    arguments = words(folders, tmp_path, "one", "two", "three")
    started = [
        subprocess.Popen(
            [*command, *arguments],
            env={**os.environ, "RANK": str(rank), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1"},
        )
        for rank in range(2)
    ]
    assert [process.wait(timeout=300) for process in started] == [0, 0]
    written = sorted(tmp_path.rglob("*.json"))
    assert {path.relative_to(tmp_path).parts[0] for path in written} == {"one", "two", "three"}
    times = [path.stat().st_mtime_ns for path in written]

    assert command_line.main(arguments) == 0

    assert [path.stat().st_mtime_ns for path in sorted(tmp_path.rglob("*.json"))] == times


def test_that_a_video_that_fails_does_not_stop_the_others(folders, tmp_path, capsys):
    (folders[0] / "empty").mkdir(exist_ok=True)

    assert command_line.main(words(folders, tmp_path, "empty", "one")) == 1

    told = capsys.readouterr().err.splitlines()
    assert "empty" in told[0]
    assert told[-1] == ("tarvis segment: 1 of 2 videos failed; the same command tries them again")
    assert [path.parent.name for path in tmp_path.rglob(".done")] == ["one"]


def test_that_begun_videos_are_done_anew_and_other_folders_refused(tmp_path):
    videos = videos_in(tmp_path, "a", "b")
    begun, other = plan_batch(videos, tmp_path, '{"format": "coco"}')
    begun.mark_started()
    (begun.out / "some.json").touch()
    assert plan_batch(videos, tmp_path, '{"format": "coco"}') == (begun, other)
    with pytest.raises(ConfigError, match=r"a holds .* \(format was coco, is davis\)"):
        plan_batch(videos, tmp_path, '{"format": "davis"}')

    other.out.mkdir()
    (other.out / "photograph.png").touch()
    with pytest.raises(ConfigError, match=r"there are files in it.*--overwrite"):
        plan_batch(videos, tmp_path, '{"format": "coco"}')
    assert len(plan_batch(videos, tmp_path, '{"format": "davis"}', may_overwrite=True)) == 2


def test_that_another_question_about_done_videos_is_refused(folders, tmp_path, capsys):
    arguments = words(folders, tmp_path / "out", "one", "two")
    assert command_line.main(arguments) == 0
    changed = [*arguments, "--format", "davis"]

    assert command_line.main(changed) == 1

    assert "format was coco, is davis" in capsys.readouterr().err
    assert command_line.main([*changed, "--overwrite"]) == 0
    assert list((tmp_path / "out" / "two").rglob("*.png"))
    assert command_line.main(changed) == 0
    assert capsys.readouterr().out.endswith("no video is left to do\n")


@pytest.mark.parametrize("option", ["--targets-at-once", "--cache-gb", "--scratch-gb"])
def test_that_what_only_saves_memory_may_change_between_two_starts(
    folders, tmp_path, capsys, option
):
    arguments = words(folders, tmp_path / "out", "one", "two")
    assert command_line.main(arguments) == 0

    assert command_line.main([*arguments, option, "2"]) == 0

    assert capsys.readouterr().out.endswith("no video is left to do\n")


@pytest.mark.parametrize("classes", ["ovis", "youtube_vis:hors", "zoo"])
def test_that_classes_nobody_knows_are_told_once(folders, tmp_path, capsys, classes):
    arguments = words(folders, tmp_path / "out", "one", "two")
    arguments[arguments.index("youtube_vis")] = classes
    assert command_line.main(arguments) == 1
    shown = capsys.readouterr()
    assert len(shown.err.splitlines()) == 1
    assert shown.out == ""
    assert not (tmp_path / "out").exists()


def test_that_a_video_that_fails_leaves_no_folder_behind(folders, tmp_path):
    (folders[0] / "empty").mkdir(exist_ok=True)
    command_line.main(words(folders, tmp_path / "out", "empty", "one"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["one"]


def track_words(folders, out, names, *chosen):
    root, weights = folders
    fixed = ["--weights", weights, "--device", "cpu", "--side", 64, "--clip-length", 4]
    return ["track", *map(str, [*(root / name for name in names), "--out", out, *fixed, *chosen])]


@pytest.fixture
def labels(tmp_path):
    """A label image for the first frame of each video: one target in "one", two in "two"."""
    for name, num_targets in (("one", 1), ("two", 2)):
        pixels = np.zeros((62, 90), np.uint8)
        for target in range(1, num_targets + 1):
            pixels[20 * target : 20 * target + 15, 30:50] = target
        (tmp_path / "labels" / name).mkdir(parents=True)
        Image.fromarray(pixels).save(tmp_path / "labels" / name / "00000.png")
    return f"0:{tmp_path}/labels/{{video}}/00000.png"


def test_that_several_videos_are_tracked_from_masks_of_their_own(folders, tmp_path, labels, capsys):
    arguments = track_words(folders, tmp_path / "out", ("one", "two"), "--labels", labels)

    assert command_line.main(arguments) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" on ")[0] for line in lines if " on " in line] == ["1 target", "2 targets"]
    assert {path.parent.name for path in (tmp_path / "out").rglob(".done")} == {"one", "two"}
    assert command_line.main(arguments) == 0
    assert capsys.readouterr().out == "no video is left to do\n"


def test_that_a_video_without_masks_does_not_stop_the_others(folders, tmp_path, labels, capsys):
    arguments = track_words(folders, tmp_path / "out", ("three", "one"), "--labels", labels)

    assert command_line.main(arguments) == 1

    assert "labels/three/00000.png" in capsys.readouterr().err
    assert [path.parent.name for path in (tmp_path / "out").rglob(".done")] == ["one"]


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (("--point", "1:0:5,5"), "points and boxes are places in one video"),
        (("--labels", "0:first.png"), "first.png would be the mask of several videos"),
        (("--labels", "0:{video}.png", "--overlay", "look.mp4"), "--overlay is for one video"),
    ],
)
def test_that_words_for_one_video_are_refused_for_several(
    folders, tmp_path, capsys, chosen, message
):
    assert command_line.main(track_words(folders, tmp_path, ("one", "two"), *chosen)) == 1
    assert message in capsys.readouterr().err


def test_that_one_video_may_use_the_placeholder_too(folders, tmp_path, labels):
    out = tmp_path / "out"
    assert command_line.main(track_words(folders, out, ("two",), "--labels", labels)) == 0
    assert list(out.glob("*"))
    assert not list(out.rglob(".done"))


def test_that_sizes_are_given_in_gigabytes(folders, tmp_path, labels):
    sizes = ("--cache-gb", "0.5", "--scratch-gb", "2")
    arguments = track_words(folders, tmp_path / "out", ("one",), "--labels", labels, *sizes)
    with patch.object(InferenceEngine, "load", side_effect=ConfigError("seen")) as load:
        assert command_line.main(arguments) == 1
    settings = load.call_args.args[2]
    assert (settings.cache_bytes, settings.scratch_bytes) == (500_000_000, 2_000_000_000)


@pytest.mark.parametrize("size", ["-1", "much", "inf"])
def test_that_a_size_without_meaning_is_refused(folders, tmp_path, capsys, size):
    arguments = track_words(folders, tmp_path, ("one",), f"--scratch-gb={size}")
    assert command_line.main(arguments) == 2
    assert "gigabytes" in capsys.readouterr().err
