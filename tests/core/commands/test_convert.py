"""`tarvis convert` and `tarvis inspect` through the command line."""

import json
import sqlite3
from contextlib import closing

import pytest
from PIL import Image

from tarvis_core.annotation.formats.burst import BurstFormat
from tarvis_core.annotation.formats.coco import CocoFormat
from tarvis_core.annotation.formats.davis import DavisFormat
from tarvis_core.annotation.formats.project_conversion import video_to_project
from tarvis_core.annotation.project_file import ProjectFile
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tarvis_core.commands import command_line
from tests.core.annotation.formats.scenes import box_mask, collection, scene_video
from tests.core.annotation.formats.test_project_conversion import identity
from tests.fakes.tiny_weights import write_short_video


@pytest.fixture
def coco(tmp_path):
    CocoFormat().write(collection(scene_video()), tmp_path / "coco")
    return tmp_path / "coco"


def _project(folder):
    project = video_to_project(scene_video(), identity(), source=MaskSource("test"))
    ProjectFile.create(folder / "clip.tarvis", project).close()
    return folder / "clip.tarvis"


def _convert(*words):
    return command_line.main(["convert", *map(str, words)])


def test_that_a_format_becomes_another_and_losses_are_told(coco, tmp_path, capsys):
    assert _convert(coco, "--to", "davis", "--out", tmp_path / "out") == 0

    shown = capsys.readouterr().out
    assert "lost: 2 targets lost their class (first: clip, target 1 (car))" in shown
    assert "read back: no difference" in shown
    assert len(list(DavisFormat().read(tmp_path / "out")[0].frames())) == 3


def test_that_a_folder_in_use_is_refused(coco, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").touch()
    assert _convert(coco, "--to", "coco", "--out", tmp_path / "out") == 1
    assert "there are files in it" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["notes.txt"]
    assert _convert(coco, "--to", "coco", "--out", tmp_path / "out", "--overwrite") == 0


def test_that_a_video_is_inspected_as_what_it_is(tmp_path, capsys):
    write_short_video(tmp_path / "clip.mp4")
    assert command_line.main(["inspect", str(tmp_path / "clip.mp4")]) == 0
    shown = capsys.readouterr().out
    assert "clip.mp4: video (h264), without annotations" in shown
    assert "frames                7, 0.6 s" in shown
    assert "90 × 62" in shown


def test_that_a_folder_of_images_is_inspected_as_a_video(tmp_path, capsys):
    for number in range(3):
        Image.new("RGB", (20, 10)).save(tmp_path / f"{number}.png")
    assert command_line.main(["inspect", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "video (images), without annotations" in shown
    assert "20 × 10" in shown


def test_that_an_inspected_project_says_how_many_masks_are_a_persons(tmp_path, capsys):
    path = _project(tmp_path)
    with ProjectFile.open(path) as file:
        law = TrackFrame(file.project.masks.get(1, 1).mask, FrameState.KEYFRAME)
        file.project.apply([file.project.masks.change_to(1, 1, law)])
    assert command_line.main(["inspect", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "masks of a person     1\n" in shown
    assert "masks not checked     4\n" in shown


def test_that_an_image_of_a_data_set_is_no_data_set_for_the_command_line(coco, tmp_path, capsys):
    _convert(coco, "--to", "davis", "--out", tmp_path / "out")
    image = next((tmp_path / "out").rglob("*.png"))
    assert command_line.main(["inspect", str(image)]) == 1
    assert "is an image; name the folder of its data set" in capsys.readouterr().err


def test_that_the_masks_of_one_video_of_a_data_set_are_inspected_alone(coco, tmp_path, capsys):
    _convert(coco, "--to", "davis", "--out", tmp_path / "out")
    masks = tmp_path / "out" / "Annotations" / "480p"
    (masks / "other").mkdir()
    (one,) = (masks / "clip").glob("00000.png")
    (masks / "other" / one.name).write_bytes(one.read_bytes())
    capsys.readouterr()

    command_line.main(["inspect", str(masks / "clip")])

    shown = capsys.readouterr().out
    assert f"clip: one video of {masks}, " in shown
    assert "without annotations" not in shown
    assert "videos                1\n  frames                3\n" in shown


def test_that_strict_fails_where_something_is_lost(coco, tmp_path):
    assert _convert(coco, "--to", "davis", "--out", tmp_path / "a", "--strict") == 1
    assert _convert(coco, "--to", "coco", "--out", tmp_path / "b", "--strict") == 0


def test_that_a_project_is_converted(tmp_path, capsys):
    assert _convert(_project(tmp_path), "--to", "youtube_vis", "--out", tmp_path / "o") == 0

    content = json.loads(next((tmp_path / "o").glob("*.json")).read_text())
    assert len(content["annotations"]) == 2


def test_that_the_lint_of_a_project_tells_of_masks_older_than_a_correction(tmp_path, capsys):
    path = _project(tmp_path)
    with ProjectFile.open(path) as file:
        masks = file.project.masks
        mask = masks.get(1, 1).mask
        law = TrackFrame(mask, FrameState.KEYFRAME, source=MaskSource("brush", made_at=9.0))
        file.project.apply([masks.change_to(1, 1, law)])

    _convert(path, "--to", "coco", "--out", tmp_path / "out", "--lint")

    shown = capsys.readouterr().out
    assert "clip: 2 masks are older than a correction beside them (first: target 1, fr" in shown


def test_that_masks_of_which_nothing_is_said_are_a_persons_only_if_the_caller_says_so(
    coco, tmp_path, capsys
):
    def states(*words):
        out = tmp_path / f"out{len(words)}"
        assert _convert(coco, "--to", "burst", "--out", out, *words) == 0
        (video,) = BurstFormat().read(out)
        return {mask.state for frame in video.frames() for mask in frame.masks.values()}

    assert states() == {FrameState.PREDICTED}
    assert "note: 5 masks count as unchecked: nothing says who" in capsys.readouterr().out
    assert states("--checked") == {FrameState.KEYFRAME}
    assert "unchecked" not in capsys.readouterr().out
    _convert(coco, "--to", "davis", "--out", tmp_path / "davis")
    assert "unchecked" not in capsys.readouterr().out, "that format cannot say it"


def test_that_the_lint_is_shown_when_asked_for(tmp_path, capsys):
    video = scene_video([{1: box_mask(0, 0, 4, 4), 2: box_mask(2, 2, 6, 5)}])
    CocoFormat().write(collection(video), tmp_path / "in")

    _convert(tmp_path / "in", "--to", "davis", "--out", tmp_path / "out", "--lint")

    assert "note: 00000.jpg: 1 mask lies under others" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere", "--to", "davis"], "nowhere is not there"),
        (["{coco}", "--from", "burst", "--to", "davis"], "burst"),
    ],
)
def test_that_errors_are_one_line(coco, tmp_path, capsys, words, message):
    words = [word.format(coco=coco) for word in words]

    assert _convert(*words, "--out", tmp_path / "out") == 1

    assert message in capsys.readouterr().err.lower()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--to", "avi"], "no annotation format “avi”"),
        (["--to", "davis", "--from", "avi"], "no annotation format “avi”"),
        (["--to", "coco", "--content", "first_frame"], "these have: burst"),
    ],
)
def test_that_wrong_usage_is_told(coco, tmp_path, capsys, words, message):
    assert _convert(coco, *words, "--out", tmp_path / "out") == 2

    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_that_inspect_counts(coco, capsys):
    assert command_line.main(["inspect", str(coco)]) == 0

    shown = capsys.readouterr().out
    assert "COCO instances JSON" in shown
    assert "frames                3" in shown
    assert "class car             1 of the targets" in shown


def test_that_inspect_names_what_is_wrong(coco, capsys):
    path = next(coco.glob("*.json"))
    content = json.loads(path.read_text())
    content["annotations"][0]["segmentation"]["counts"] = "0"
    path.write_text(json.dumps(content))

    assert command_line.main(["inspect", str(coco)]) == 1

    assert "problem: " in capsys.readouterr().out


def test_that_inspect_finds_nothing_wrong_with_a_healthy_project(tmp_path, capsys):
    assert command_line.main(["inspect", str(_project(tmp_path))]) == 0

    assert "problem: " not in capsys.readouterr().out


def test_that_inspect_lists_what_is_damaged_in_a_project_file(tmp_path, capsys):
    path = _project(tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE masks SET counts = x'00' WHERE frame = 1 AND target = 2")

    assert command_line.main(["inspect", str(path)]) == 1

    assert "problem: the mask of target 2 on frame 1 is damaged" in capsys.readouterr().out
