import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.kitti_step import (
    KittiStepFormat,
    target_instance,
    target_number,
)
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.target import TargetKind
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.example_files import EXAMPLES
from tests.core.annotation.formats.scenes import box_mask, collection, scene_video

KITTI = KittiStepFormat()


def write_png(folder, pixels, name="000000.png"):
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(folder / name)


def test_that_the_example_has_the_classes_of_the_scene(shared):
    video = KITTI.read(EXAMPLES / "kitti_step")[0]

    kinds = {target.category: target.kind for target in video.targets}
    assert {c for c, kind in kinds.items() if kind is TargetKind.THING} == {11, 13}
    assert {c for c, kind in kinds.items() if kind is TargetKind.STUFF} == {0, 2, 10}
    assert video.load_frame(0).void == box_mask(7, 0, 8, 1)


def test_that_instances_of_two_classes_may_share_a_number(tmp_path):
    write_png(tmp_path / "panoptic_maps" / "0001", [[[13, 0, 1], [11, 0, 1], [13, 1, 44]]])

    frame = KITTI.read(tmp_path)[0].load_frame(0)

    assert sorted(frame.masks) == sorted(
        [target_number(13, 1), target_number(11, 1), target_number(13, 300)]
    )


def test_that_a_thing_without_instance_is_a_crowd(tmp_path):
    write_png(tmp_path / "panoptic_maps" / "0001", [[[13, 0, 0], [0, 0, 0], [13, 0, 4]]])

    reader = KITTI.read(tmp_path)
    frame = reader[0].load_frame(0)

    assert sorted(mask.is_crowd for mask in frame.masks.values()) == [False, False, True]
    report = KITTI.write(reader, tmp_path / "again")
    assert report.losses == ()
    assert KITTI.read(tmp_path / "again")[0].load_frame(0).masks == frame.masks


def test_that_every_number_below_2_to_the_24_is_one_instance_of_one_class():
    for category, instance in ((0, 1), (254, 65535), (13, 258)):
        number = target_number(category, instance)
        assert number < 2**24
        assert target_instance(category, number) == instance
        assert target_instance(category + 1, number) is None
    assert target_number(255, 1) is None
    assert target_number(3, 65536) is None


def test_that_pixels_are_class_and_instance(tmp_path):
    video = scene_video(masks=[{300: box_mask(0, 0, 1, 1)}], categories={300: 26})
    KITTI.write(collection(video), tmp_path)

    with Image.open(next(tmp_path.rglob("*.png"))) as image:
        assert image.mode == "RGB"
        assert np.asarray(image)[0, :2].tolist() == [[26, 1, 44], [255, 0, 0]]


def test_that_targets_without_a_possible_class_are_left_out(tmp_path):
    video = scene_video(categories={1: None})

    report = KITTI.write(collection(video), tmp_path)

    assert {loss.kind: loss.count for loss in report.losses}[LossKind.UNMAPPED_CLASSES] == 1
    assert len(KITTI.read(tmp_path)[0].targets) == 1


def test_that_results_have_the_sequences_at_the_top(tmp_path):
    video = scene_video(name="0002")
    KITTI.write(collection(video), tmp_path, WriteOptions(content=Content.RESULTS))

    assert KITTI.recognises(tmp_path)
    assert [path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*.png")] == ["0002"] * 3


def test_that_a_split_is_chosen_by_name(tmp_path):
    for split, name in (("train", "a"), ("val", "b")):
        options = WriteOptions(split=split)
        KITTI.write(collection(scene_video(name=name)), tmp_path, options)

    assert [v.name for v in KITTI.read(tmp_path, ReadOptions(split="val"))] == ["b"]
    assert [v.name for v in KITTI.read(tmp_path)] == ["a"]
    with pytest.raises(FormatError, match="panoptic_maps"):
        KITTI.read(tmp_path, ReadOptions(split="test"))


def test_that_images_are_found_beside_the_maps(tmp_path):
    image = tmp_path / "frame.jpg"
    Image.new("RGB", (8, 6)).save(image)
    KITTI.write(collection(scene_video(masks=[{1: box_mask(0, 0, 1, 1)}])), tmp_path / "out")
    target = tmp_path / "out" / "images" / "train" / "clip" / "00000.jpg"
    target.parent.mkdir(parents=True)
    image.rename(target)

    assert KITTI.read(tmp_path / "out")[0].load_frame(0).image_path == target


@pytest.mark.parametrize("damage", ["size", "layout", "cut"])
def test_that_a_damaged_map_is_named(tmp_path, damage):
    KITTI.write(collection(scene_video()), tmp_path)
    path = sorted(tmp_path.rglob("*.png"))[1]
    if damage == "size":
        write_png(path.parent, np.zeros((2, 2, 3)), path.name)
    elif damage == "layout":
        write_png(path.parent, np.zeros((6, 8)), path.name)
    else:
        path.write_bytes(path.read_bytes()[:40])

    video = KITTI.read(tmp_path)[0]
    with pytest.raises(FormatError, match=path.name):
        list(video.frames())
