"""YouTube-VOS, MOSE and LVOS: palette trees and the lists beside them."""

import json

import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.davis import DavisFormat
from tarvis_core.annotation.formats.format_list import recognise
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.lvos import LvosFormat
from tarvis_core.annotation.formats.mose import MoseFormat
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.formats.youtube_vos import YoutubeVosFormat
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.scenes import box_mask, collection, scene_masks, scene_video

FIRST_FRAME = WriteOptions(content=Content.FIRST_FRAME, split="valid")
each_tree = pytest.mark.parametrize(
    "annotation_format", [YoutubeVosFormat(), MoseFormat(), LvosFormat()], ids=lambda f: f.id
)


@each_tree
def test_that_ids_with_gaps_are_kept(annotation_format, tmp_path):
    video = scene_video([{3: box_mask(0, 0, 1, 1), 200: box_mask(2, 2, 3, 3)}])

    report = annotation_format.write(collection(video), tmp_path)

    assert LossKind.IDS_CHANGED not in {loss.kind for loss in report.losses}
    assert set(annotation_format.read(tmp_path)[0].load_frame(0).masks) == {3, 200}


@each_tree
def test_that_255_is_never_written(annotation_format, tmp_path):
    video = scene_video([{255: box_mask(0, 0, 1, 1), 3: box_mask(2, 2, 3, 3)}])

    annotation_format.write(collection(video), tmp_path)

    with Image.open(next(tmp_path.rglob("*.png"))) as image:
        assert set(np.unique(np.asarray(image))) == {0, 1, 2}


@each_tree
def test_that_first_frame_files_show_each_target_where_it_appears(annotation_format, tmp_path):
    annotation_format.write(collection(scene_video()), tmp_path, FIRST_FRAME)

    video = annotation_format.read(tmp_path)[0]

    assert [set(frame.masks) for frame in video.frames()] == [{1}, {2}]
    assert video.frame_names == ("00000.jpg", "00005.jpg")


@each_tree
def test_that_frame_numbers_are_positions_among_the_images(annotation_format, tmp_path):
    annotation_format.write(collection(scene_video()), tmp_path)
    images = next(tmp_path.rglob("Annotations")).parent / "JPEGImages" / "clip"
    images.mkdir(parents=True)
    for number in range(11):
        Image.new("RGB", (8, 6)).save(images / f"{number:05d}.jpg")

    video = annotation_format.read(tmp_path)[0]

    assert video.frame_numbers == (0, 5, 10)
    assert video.load_frame(1).image_path == images / "00005.jpg"


@each_tree
def test_that_a_split_is_chosen_by_name(annotation_format, tmp_path):
    for split in ("train", "valid"):
        video = collection(scene_video(name=f"in {split}"))
        annotation_format.write(video, tmp_path, WriteOptions(split=split))

    reader = annotation_format.read(tmp_path, ReadOptions(split="valid"))

    assert [video.name for video in reader] == ["in valid"]
    with pytest.raises(FormatError, match="Annotations"):
        annotation_format.read(tmp_path, ReadOptions(split="test"))


def test_that_each_layout_is_told_from_the_others(tmp_path):
    for known in (YoutubeVosFormat(), MoseFormat(), LvosFormat(), DavisFormat()):
        known.write(collection(scene_video()), tmp_path / known.id)
        assert recognise(tmp_path / known.id).id == known.id


def test_that_youtube_vos_lists_classes_and_frames(tmp_path):
    YoutubeVosFormat().write(collection(scene_video()), tmp_path)

    meta = json.loads((tmp_path / "train" / "meta.json").read_text())
    assert meta["videos"]["clip"]["objects"] == {
        "1": {"category": "car", "frames": ["00000", "00005", "00010"]},
        "2": {"category": "person", "frames": ["00005", "00010"]},
    }
    assert [target.name for target in YoutubeVosFormat().read(tmp_path)[0].targets] == [
        "car 1",
        "person 2",
    ]


def test_that_lvos_lists_ranges(tmp_path):
    names = ["00000001.jpg", "00000002.jpg", "00000003.jpg"]
    LvosFormat().write(collection(scene_video(frame_names=names)), tmp_path)

    meta = json.loads((tmp_path / "train" / "train_meta.json").read_text())
    assert meta["videos"]["clip"]["objects"]["2"] == {
        "frame_range": {"start": "00000002", "end": "00000003", "frame_nums": 2}
    }


def test_that_lists_are_enough_to_know_the_targets(tmp_path):
    YoutubeVosFormat().write(collection(scene_video()), tmp_path)
    for path in sorted(tmp_path.rglob("*.png"))[1:]:
        path.write_bytes(path.read_bytes()[:60])

    assert [target.id for target in YoutubeVosFormat().read(tmp_path)[0].targets] == [1, 2]


def test_that_targets_missing_from_the_list_are_reported(tmp_path):
    YoutubeVosFormat().write(collection(scene_video()), tmp_path / "a")
    meta = next((tmp_path / "a").rglob("meta.json"))
    content = json.loads(meta.read_text())
    del content["videos"]["clip"]["objects"]["2"]
    meta.write_text(json.dumps(content))

    report = DavisFormat().write(YoutubeVosFormat().read(tmp_path / "a"), tmp_path / "b")

    losses = {loss.kind: loss.count for loss in report.losses}
    assert losses[LossKind.UNLISTED_TARGETS] == 2


@pytest.mark.parametrize("content", ["[]", '{"videos": {"clip": []}}', '{"videos": {"clip": {}}}'])
def test_that_a_damaged_list_is_an_error(tmp_path, content):
    YoutubeVosFormat().write(collection(scene_video()), tmp_path)
    (tmp_path / "train" / "meta.json").write_text(content)

    with pytest.raises(FormatError, match=r"meta\.json"):
        YoutubeVosFormat().read(tmp_path)


def test_that_masks_are_bit_exact(tmp_path):
    MoseFormat().write(collection(scene_video()), tmp_path)

    read = [
        {target: mask.mask for target, mask in frame.masks.items()}
        for frame in MoseFormat().read(tmp_path)[0].frames()
    ]
    assert read == scene_masks()
