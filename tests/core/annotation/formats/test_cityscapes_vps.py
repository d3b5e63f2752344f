import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.cityscapes_vps import CityscapesVpsFormat
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.round_trip import write_and_check
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.example_files import EXAMPLES, scene_tracks, video_tracks
from tests.core.annotation.formats.reading import read_everything
from tests.core.annotation.formats.scenes import LABEL_SET, change_json, collection, scene_video

CITYSCAPES = CityscapesVpsFormat()


def test_that_the_submission_of_the_example_shows_the_scene(shared):
    folder = EXAMPLES / "cityscapes_vps" / "submission"

    assert CITYSCAPES.recognises(folder)
    video = CITYSCAPES.read(folder)[0]
    assert set(video_tracks(video)) == set(scene_tracks())
    assert {target.category for target in video.targets} == {0, 2, 10, 11, 13}


def test_that_the_names_of_images_survive(shared, tmp_path):
    folder = EXAMPLES / "cityscapes_vps"
    CITYSCAPES.write(CITYSCAPES.read(folder), tmp_path, WriteOptions(split="val"))

    original = json.loads((folder / "panoptic_gt_val_city_vps.json").read_text())
    written = json.loads((tmp_path / "panoptic_gt_val_city_vps.json").read_text())
    assert written["images"] == original["images"]
    assert [entry["file_name"] for entry in written["annotations"]] == [
        entry["file_name"] for entry in original["annotations"]
    ]


def test_that_other_frames_get_names_in_order_and_the_change_is_reported(tmp_path):
    videos = collection(scene_video(name="b"), scene_video(name="a!"))

    result = write_and_check(CITYSCAPES, videos, tmp_path)

    assert result.differences == ()
    assert LossKind.NAMES_CHANGED in {loss.kind for loss in result.report.losses}
    content = json.loads((tmp_path / "panoptic_gt_train_city_vps.json").read_text())
    ids = [image["id"] for image in content["images"]]
    assert ids == sorted(ids)
    assert ids[0] == "0001_0000_b_000000_000000"
    assert [entry["image_id"] for entry in content["annotations"]] == ids


def _image_source(folder, suffix):
    """A video whose images are files of this suffix, or come from a video file if there is none."""
    video = scene_video()
    if not suffix:
        return replace(video, load_image=lambda index: np.full((6, 8, 3), 200, np.uint8))
    path = folder / f"source{suffix}"
    Image.new("RGB", (8, 6), (200, 200, 200)).save(path)
    return replace(video, load_frame=lambda n: replace(video.load_frame(n), image_path=path))


@pytest.mark.parametrize("suffix", ["", ".jpg", ".png"])
def test_that_images_written_along_have_the_names_that_the_list_gives(tmp_path, suffix):
    options = WriteOptions(split="val", with_images=True)
    CITYSCAPES.write(collection(_image_source(tmp_path, suffix)), tmp_path / "out", options)

    content = json.loads((tmp_path / "out" / "panoptic_gt_val_city_vps.json").read_text())
    names = [image["file_name"] for image in content["images"]]
    files = sorted((tmp_path / "out" / "val" / "img").iterdir())
    assert [path.name for path in files] == names
    assert names == [image["id"] + "_newImg8bit.png" for image in content["images"]]
    for path in files:
        with Image.open(path) as image:
            assert (image.format, image.size) == ("PNG", (8, 6))


def test_that_a_submission_has_one_entry_for_each_image_in_order(tmp_path):
    CITYSCAPES.write(
        collection(scene_video(), scene_video()), tmp_path, WriteOptions(content=Content.RESULTS)
    )

    content = json.loads((tmp_path / "pred.json").read_text())
    names = sorted(path.name for path in (tmp_path / "pan_pred").iterdir())
    assert [entry["file_name"] for entry in content["annotations"]] == names
    reader = CITYSCAPES.read(tmp_path, ReadOptions(label_set=LABEL_SET))
    assert [len(video.targets) for video in reader] == [2, 2]


def test_that_a_submission_without_an_image_is_refused(tmp_path):
    CITYSCAPES.write(collection(scene_video()), tmp_path, WriteOptions(content=Content.RESULTS))
    next((tmp_path / "pan_pred").iterdir()).unlink()

    with pytest.raises(FormatError, match="3 entries for the 2 images"):
        CITYSCAPES.read(tmp_path)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("images", 0, "id"), 5),
        (("images", 1, "id"), "0001_0000_clip_000000_000000"),
        (("images", 0, "width"), 9),
        (("images", 0, "file_name"), "../../x.png"),
        (("annotations", 0, "image_id"), "nobody"),
        (("annotations", 1, "image_id"), "0001_0000_clip_000000_000000"),
        (("annotations", 0, "file_name"), "/etc/passwd"),
        (("annotations", 0, "file_name"), "other.png"),
        (("annotations", 0, "segments_info"), [{"id": 1}]),
        (("annotations", 0), None),
        (("categories", 0), []),
    ],
    ids=str,
)
def test_that_damage_is_an_error_that_names_the_file(tmp_path, path, value):
    CITYSCAPES.write(collection(scene_video()), tmp_path)
    file = tmp_path / "panoptic_gt_train_city_vps.json"
    change_json(file, path, value)

    with pytest.raises(FormatError, match=r"city_vps\.json|\.png"):
        read_everything(CITYSCAPES, file)
