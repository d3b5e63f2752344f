import json

import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.sa_v import SaVFormat
from tarvis_core.annotation.formats.sa_v_png import SaVPngFormat
from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.scenes import (
    box_mask,
    collection,
    l_mask,
    read_everything,
    scene_video,
)

EMPTY = Mask.empty(6, 8).to_coco_rle()


def _written(folder):
    return json.loads((folder / "clip_manual.json").read_text())


def _changed(folder, change):
    SaVFormat().write(collection(scene_video()), folder)
    content = _written(folder)
    change(content)
    (folder / "clip_manual.json").write_text(json.dumps(content))
    return SaVFormat().read(folder)


def test_that_an_absent_object_is_an_encoded_empty_mask(tmp_path):
    SaVFormat().write(collection(scene_video()), tmp_path)

    masklet = _written(tmp_path)["masklet"]
    assert [len(frame) for frame in masklet] == [2, 2, 2]
    assert masklet[0][1] == EMPTY == {"size": [6, 8], "counts": "`1"}
    assert SaVFormat().read(tmp_path)[0].load_frame(0).masks.keys() == {1}


def test_that_masklets_count_from_zero_and_targets_from_one(tmp_path):
    SaVFormat().write(collection(scene_video()), tmp_path)

    assert _written(tmp_path)["masklet_id"] == [0, 1]
    assert [target.id for target in SaVFormat().read(tmp_path)[0].targets] == [1, 2]


def test_that_every_fourth_frame_is_meant(tmp_path):
    report = SaVFormat().write(collection(scene_video(frame_numbers=(0, 4, 8))), tmp_path / "a")
    other = SaVFormat().write(collection(scene_video()), tmp_path / "b")

    assert SaVFormat().read(tmp_path / "a")[0].frame_numbers == (0, 4, 8)
    assert LossKind.FRAME_NUMBERS not in {loss.kind for loss in report.losses}
    assert LossKind.FRAME_NUMBERS in {loss.kind for loss in other.losses}


def test_that_statistics_are_those_of_the_masks(tmp_path):
    masks = [{1: l_mask()}, {}, {1: l_mask(), 2: box_mask(0, 0, 3, 2)}]
    SaVFormat().write(collection(scene_video(masks)), tmp_path)

    content = _written(tmp_path)
    assert content["masklet_size_abs"] == [4, 6]
    assert content["masklet_size_rel"] == [4 / 48, 6 / 48]
    assert content["masklet_visibility_changes"] == [2, 0]
    assert content["masklet_first_appeared_frame"] == [0, 2]
    assert (content["video_height"], content["video_width"]) == (6, 8)
    assert content["masklet_num"] == 2


def test_that_overlaps_survive(tmp_path):
    masks = [{1: box_mask(0, 0, 5, 5), 2: box_mask(2, 2, 7, 6)}]
    SaVFormat().write(collection(scene_video(masks)), tmp_path / "a")
    SaVPngFormat().write(collection(scene_video(masks)), tmp_path / "b")

    for known, folder in ((SaVFormat(), "a"), (SaVPngFormat(), "b")):
        frame = known.read(tmp_path / folder)[0].load_frame(0)
        assert {target: mask.mask for target, mask in frame.masks.items()} == masks[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["masklet"][1].pop(), "has 1 masks for 2 masklets"),
        (lambda c: c["masklet_id"].append(0), "id 0 occurs twice"),
        (lambda c: c.update(video_height=0), "video_height must be 1"),
        (lambda c: c.update(masklet=7), "must be a list"),
        (lambda c: c["masklet"][0].__setitem__(0, {"size": [8, 6], "counts": "0"}), "size"),
        (lambda c: c.update(video_id=5), "video_id must be a text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_that_damage_is_an_error_with_its_place(tmp_path, change, message):
    reader = _changed(tmp_path, change)

    with pytest.raises(FormatError, match=rf"clip_manual\.json.*{message}"):
        read_everything(reader)


def test_that_a_file_without_masklets_is_a_video_without_frames(tmp_path):
    reader = _changed(tmp_path, lambda content: content.update(masklet=None, masklet_id=[]))

    assert (reader[0].num_frames, reader[0].targets) == (0, ())


class TestPng:
    def test_that_files_are_named_by_object_and_frame(self, tmp_path):
        video = scene_video(frame_numbers=(0, 4, 8))
        SaVPngFormat().write(collection(video), tmp_path)

        names = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.png"))
        assert names[0] == "Annotations_6fps/clip/000/00000.png"
        assert names[-1] == "Annotations_6fps/clip/001/00008.png"
        assert SaVPngFormat().read(tmp_path)[0].frame_numbers == (0, 4, 8)

    @pytest.mark.parametrize("pixels", [l_mask().to_array(), l_mask().to_array() * np.uint8(255)])
    def test_that_any_value_but_zero_is_inside(self, tmp_path, pixels):
        SaVPngFormat().write(collection(scene_video([{1: box_mask(0, 0, 1, 1)}])), tmp_path)
        Image.fromarray(pixels).save(next(tmp_path.rglob("*.png")))

        assert SaVPngFormat().read(tmp_path)[0].load_frame(0).masks[1].mask == l_mask()

    def test_that_an_object_without_a_file_is_absent(self, tmp_path):
        SaVPngFormat().write(collection(scene_video()), tmp_path)
        (tmp_path / "Annotations_6fps" / "clip" / "000" / "00001.png").unlink()

        assert SaVPngFormat().read(tmp_path)[0].load_frame(1).masks.keys() == {2}

    def test_that_two_folders_of_one_object_are_refused(self, tmp_path):
        SaVPngFormat().write(collection(scene_video()), tmp_path)
        (tmp_path / "Annotations_6fps" / "clip" / "1").mkdir()

        with pytest.raises(FormatError, match="are one object"):
            read_everything(SaVPngFormat().read(tmp_path))
