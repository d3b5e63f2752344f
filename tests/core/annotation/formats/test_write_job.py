from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.formats.davis import DavisFormat
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.write_job import Progress, WriteJob, WriteOptions
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.scenes import collection, scene_video

WITH_IMAGES = WriteOptions(with_images=True)


def _job(tmp_path, *videos, options=WITH_IMAGES):
    return WriteJob(collection(*videos), tmp_path / "out", options, DavisFormat().capabilities)


def _kinds(job):
    return {loss.kind for loss in job.losses.losses}


def test_that_folder_names_are_unique_and_safe(tmp_path):
    names = ["a", "a", "a_2", "b/c", "..", "a"]
    job = _job(tmp_path, *(scene_video(name=name) for name in names))

    folders = job.folder_names

    assert len(set(folders)) == len(names)
    assert folders[0] == "a"
    assert not any("/" in folder or folder == ".." for folder in folders)
    assert LossKind.NAMES_CHANGED in _kinds(job)


def test_that_names_that_are_fine_stay_and_are_no_loss(tmp_path):
    job = _job(tmp_path, scene_video(name="clip 1"), scene_video(name="Fuß"))

    assert job.folder_names == ("clip 1", "Fuß")
    assert _kinds(job) == set()


def test_that_frames_whose_names_collide_are_numbered(tmp_path):
    names = ["a/0.jpg", "b/0.jpg", "c/1.jpg"]
    job = _job(tmp_path, scene_video(frame_names=names))

    assert job.frame_stems(job.dataset[0]) == ("00000", "00001", "00002")
    assert LossKind.NAMES_CHANGED in _kinds(job)


def _frame_with_image(tmp_path, name):
    path = tmp_path / name
    Image.new("RGB", (8, 6), (200, 100, 50)).save(path)
    return replace(scene_video().load_frame(0), image_path=path)


@pytest.mark.parametrize("name", ["x.jpg", "x.png", "x.JPEG"])
def test_that_images_are_copied_as_they_are(tmp_path, name):
    frame = _frame_with_image(tmp_path, name)
    job = _job(tmp_path, scene_video())

    job.write_image(job.dataset[0], 0, frame, "images/0")

    assert job.output.files[0].read_bytes() == frame.image_path.read_bytes()
    assert job.output.files[0].suffix == frame.image_path.suffix.lower()


@pytest.mark.parametrize(
    ("name", "only_png", "suffix"), [("x.jpg", True, ".png"), ("x.bmp", False, ".jpg")]
)
def test_that_images_of_another_kind_are_converted(tmp_path, name, only_png, suffix):
    frame = _frame_with_image(tmp_path, name)
    job = _job(tmp_path, scene_video())

    job.write_image(job.dataset[0], 0, frame, "0", only_png=only_png)

    assert job.output.files[0].suffix == suffix
    with Image.open(job.output.files[0]) as image:
        assert image.size == (8, 6)
        assert np.abs(np.asarray(image).astype(int) - (200, 100, 50)).max() <= 6


@pytest.mark.parametrize(
    ("source", "listed", "stored"),
    [
        ("x.png", "images/0.jpg", "0.jpg"),
        ("x.jpg", "images/0.PNG", "0.PNG"),
        ("x.bmp", "images/0.bmp", "0.bmp"),
        ("x.jpeg", "images/0.jpg", "0.jpg"),
        ("x.png", "images/0", "0.jpg"),
    ],
)
def test_that_an_image_has_the_name_and_the_type_that_annotations_list(
    tmp_path, source, listed, stored
):
    frame = _frame_with_image(tmp_path, source)
    job = _job(tmp_path, scene_video())

    job.write_listed_image(job.dataset[0], 0, frame, listed)

    (file,) = job.output.files
    assert file.name == stored
    with Image.open(file) as image:
        assert image.format == Image.registered_extensions()[file.suffix.lower()]


def test_that_a_damaged_image_is_an_error_with_its_name(tmp_path):
    (tmp_path / "x.bmp").write_bytes(b"BM")
    frame = replace(scene_video().load_frame(0), image_path=tmp_path / "x.bmp")
    job = _job(tmp_path, scene_video())

    with pytest.raises(FormatError, match=r"x\.bmp"):
        job.write_image(job.dataset[0], 0, frame, "0")


def test_that_a_missing_image_is_a_loss_only_if_images_were_asked_for(tmp_path):
    for options, expected in ((WITH_IMAGES, {LossKind.IMAGES}), (WriteOptions(), set())):
        job = _job(tmp_path, scene_video(), options=options)
        job.write_image(job.dataset[0], 0, scene_video().load_frame(0), "0")
        assert _kinds(job) == expected


def test_that_a_video_without_frames_counts_as_done(tmp_path):
    seen = []
    job = _job(tmp_path, scene_video([]), options=WriteOptions(progress=seen.append))

    assert [list(video.frames()) for video in job.videos()] == [[]]
    assert [progress.fraction for progress in seen] == [1.0]
    assert Progress(0, 0, 0, 0).fraction == 1.0
