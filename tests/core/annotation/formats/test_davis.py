import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.davis import DavisFormat, DavisUnsupervisedFormat
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.scenes import box_mask, collection, scene_video


def test_that_targets_survive_writing_and_reading(tmp_path):
    dataset = collection(scene_video())
    DavisFormat().write(dataset, tmp_path)

    video = DavisFormat().read(tmp_path)[0]

    assert [target.id for target in video.targets] == [1, 2]
    for written, read in zip(dataset[0].frames(), video.frames(), strict=True):
        assert {t: m.mask for t, m in written.masks.items()} == {
            t: m.mask for t, m in read.masks.items()
        }


def test_that_files_are_palette_images_with_pascal_colours(tmp_path):
    DavisFormat().write(collection(scene_video()), tmp_path)

    with Image.open(next(tmp_path.glob("Annotations/480p/*/*.png"))) as image:
        assert image.mode == "P"
        assert image.getpalette()[3:9] == [128, 0, 0, 0, 128, 0]


def test_that_overlaps_go_to_the_higher_z_order_and_are_reported(tmp_path):
    video = scene_video(
        masks=[{1: box_mask(0, 0, 4, 4), 2: box_mask(2, 2, 6, 5)}], z_orders={1: 1, 2: 0}
    )
    report = DavisFormat().write(collection(video), tmp_path)

    frame = DavisFormat().read(tmp_path)[0].load_frame(0)
    assert frame.masks[1].mask == box_mask(0, 0, 4, 4)
    assert frame.masks[2].mask == box_mask(2, 2, 6, 5).difference(box_mask(0, 0, 4, 4))
    overlaps = [loss for loss in report.losses if loss.kind is LossKind.OVERLAPS]
    assert [loss.count for loss in overlaps] == [1]
    assert "target 2" in str(overlaps[0].example)


def test_that_ids_with_gaps_are_renumbered_and_reported(tmp_path):
    video = scene_video(masks=[{3: box_mask(0, 0, 1, 1), 300: box_mask(2, 2, 3, 3)}])
    report = DavisFormat().write(collection(video), tmp_path)

    assert set(DavisFormat().read(tmp_path)[0].load_frame(0).masks) == {1, 2}
    assert {loss.kind: loss.count for loss in report.losses}[LossKind.IDS_CHANGED] == 2


def test_that_targets_past_254_are_left_out_and_counted(tmp_path):
    masks = {
        number: box_mask(number % 20, number // 20, number % 20 + 1, number // 20 + 1, (20, 20))
        for number in range(1, 301)
    }
    report = DavisFormat().write(collection(scene_video(masks=[masks], size=(20, 20))), tmp_path)

    frame = DavisFormat().read(tmp_path)[0].load_frame(0)
    assert set(frame.masks) == set(range(1, 255))
    assert frame.void is None
    assert {loss.kind: loss.count for loss in report.losses}[LossKind.TARGETS_OVER_LIMIT] == 46


def test_that_only_unsupervised_files_hold_void(tmp_path):
    void = box_mask(6, 0, 8, 2)
    dataset = collection(scene_video(void=void))

    lossy = DavisFormat().write(dataset, tmp_path / "semi")
    whole = DavisUnsupervisedFormat().write(dataset, tmp_path / "un")

    assert LossKind.VOID in {loss.kind for loss in lossy.losses}
    assert LossKind.VOID not in {loss.kind for loss in whole.losses}
    assert DavisFormat().read(tmp_path / "semi")[0].load_frame(0).void is None
    assert DavisUnsupervisedFormat().read(tmp_path / "un")[0].load_frame(0).void == void


def test_that_results_have_the_sequences_at_the_top(tmp_path):
    DavisFormat().write(
        collection(scene_video(name="clip")), tmp_path, WriteOptions(content=Content.RESULTS)
    )

    assert {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*.png")} == {"clip"}
    assert len(DavisFormat().read(tmp_path)) == 1


def test_that_only_the_listed_videos_of_a_split_are_read(tmp_path):
    DavisFormat().write(collection(scene_video(name="a"), scene_video(name="b")), tmp_path)
    (tmp_path / "ImageSets" / "2017" / "val.txt").write_text("b\n")

    reader = DavisFormat().read(tmp_path, ReadOptions(split="val"))

    assert [video.name for video in reader] == ["b"]


def test_that_a_split_list_cannot_lead_out_of_the_folder(tmp_path):
    DavisFormat().write(collection(scene_video()), tmp_path)
    (tmp_path / "ImageSets" / "2017" / "val.txt").write_text("../../secret\n")

    with pytest.raises(FormatError, match=r"val\.txt.*leaves"):
        DavisFormat().read(tmp_path, ReadOptions(split="val"))


def test_that_a_label_image_of_another_size_is_refused_by_name(tmp_path):
    DavisFormat().write(collection(scene_video()), tmp_path)
    last = sorted(tmp_path.rglob("*.png"))[-1]
    Image.fromarray(np.zeros((3, 3), np.uint8)).save(last)

    with pytest.raises(FormatError, match=last.name):
        list(DavisFormat().read(tmp_path)[0].frames())


def test_that_colours_instead_of_labels_are_refused(tmp_path):
    DavisFormat().write(collection(scene_video()), tmp_path)
    last = sorted(tmp_path.rglob("*.png"))[-1]
    with Image.open(last) as image:
        image.convert("RGB").save(last)

    with pytest.raises(FormatError, match="layout RGB"):
        DavisFormat().read(tmp_path)[0].load_frame(2)


def test_that_an_empty_frame_is_a_frame_without_masks(tmp_path):
    DavisFormat().write(collection(scene_video(masks=[{}, {1: box_mask(0, 0, 1, 1)}])), tmp_path)

    frames = list(DavisFormat().read(tmp_path)[0].frames())

    assert frames[0].masks == {}
    assert frames[1].masks[1].mask == Mask.from_array(np.eye(1, 48, dtype=bool).reshape(6, 8))
