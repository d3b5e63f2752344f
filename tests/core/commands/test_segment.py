"""`tarvis segment` from the command line to files, and the words that name classes."""

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from tarvis_core.annotation.formats.format_list import format_by_id
from tarvis_core.commands import command_line
from tests.fakes.tiny_weights import two_squares, write_tiny_weights


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return write_tiny_weights(tmp_path_factory.mktemp("weights") / "tiny.safetensors")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    for number, frame in enumerate(two_squares(5, (62, 90))):
        Image.fromarray(frame).save(folder / f"{number:05d}.png")
    return folder


def segment(video, weights, out, *words):
    fixed = ["--weights", weights, "--device", "cpu", "--side", 64, "--clip-length", 4]
    return command_line.main(["segment", *map(str, [video, "--out", out, *fixed, *words])])


def test_that_things_of_a_label_set_are_written(images, weights, tmp_path):
    words = ("--classes", "youtube_vis:person,dog", "--threshold", 0)

    assert segment(images, weights, tmp_path, *words) == 0

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(next(tmp_path.rglob("*.json"))))
    names = {category["id"]: category["name"] for category in coco.loadCats(coco.getCatIds())}
    used = {names[annotation["category_id"]] for annotation in coco.anns.values()}
    assert used <= {"person", "dog"}
    assert used
    stems = [Path(image["file_name"]).stem for image in coco.imgs.values()]
    assert stems == [f"{number:05d}" for number in range(5)]


def test_that_every_pixel_is_labelled(images, weights, tmp_path):
    words = ("--panoptic", "kitti_step", "--format", "tarvis")

    assert segment(images, weights, tmp_path, *words) == 0

    (read,) = format_by_id("tarvis").read(tmp_path)
    names = {category.name for category in read.label_set.categories}
    assert {"road", "sky", "person"} <= names
    for frame in read.frames():
        covered = sum(each.mask.to_array().astype(int) for each in frame.masks.values())
        assert (np.asarray(covered) == 1).all()


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ((), 2, "one of the arguments --classes --panoptic is required"),
        (("--classes", "youtube_vis:"), 2, "is not LABELSET"),
        (("--classes", "youtube_vis", "--panoptic", "kitti_step"), 2, "not allowed with"),
        (("--classes", "youtube_vis:hors"), 1, "did you mean horse"),
        (("--classes", "zoo"), 1, "there is no label set 'zoo'"),
        (("--classes", "youtube_vis:xyzzy"), 1, "no class “xyzzy”; `tarvis models classes yout"),
        (
            ("--panoptic", "vipseg"),
            1,
            "they know: kitti_step, youtube_vis. Weights that know it: r",
        ),
        (("--classes", "youtube_vis", "--threshold", "2"), 1, "scores are 0 … 1"),
    ],
)
def test_that_wrong_words_are_told(images, weights, tmp_path, capsys, words, status, message):
    assert segment(images, weights, tmp_path / "out", *words) == status
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_that_a_folder_in_use_is_refused_before_the_run(images, weights, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "earlier.json").touch()
    assert segment(images, "no weights are read", out, "--classes", "youtube_vis") == 1
    assert "there are files in it" in capsys.readouterr().err
    assert segment(images, weights, out, "--classes", "youtube_vis", "--overwrite") == 0
    assert {"earlier.json"} < {path.name for path in out.rglob("*.json")}


def test_that_a_folder_that_cannot_be_written_is_refused_before_the_run(images, tmp_path, capsys):
    taken = tmp_path / "taken"
    taken.touch()

    assert segment(images, "no weights are read", taken / "out", "--classes", "youtube_vis") == 1

    assert f"{taken} is no folder that can be written" in capsys.readouterr().err
    assert taken.read_bytes() == b""
