import json

import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.round_trip import write_and_check
from tarvis_core.annotation.formats.vipseg import VipsegFormat
from tarvis_core.annotation.formats.vipseg_raw import (
    VipsegRawFormat,
    target_instance,
    target_number,
)
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.target import TargetKind
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.example_files import EXAMPLES, scene_tracks, video_tracks
from tests.core.annotation.formats.reading import read_everything
from tests.core.annotation.formats.scenes import (
    LABEL_SET,
    box_mask,
    change_json,
    collection,
    scene_video,
)

VIPSEG, RAW = VipsegFormat(), VipsegRawFormat()


def test_that_raw_masks_and_panoptic_images_of_the_example_agree(shared):
    converted = VIPSEG.read(EXAMPLES / "vipseg")[0]
    raw = RAW.read(EXAMPLES / "vipseg")[0]

    assert converted.name == raw.name
    for first, second in zip(converted.frames(), raw.frames(), strict=True):
        assert first.void == second.void
        assert {m.mask for m in first.masks.values()} == {m.mask for m in second.masks.values()}
    classes = [{t.category: t.kind for t in video.targets} for video in (converted, raw)]
    assert classes[0] == classes[1]
    assert set(video_tracks(raw)) == set(scene_tracks())


def test_that_the_raw_example_has_the_documented_values(shared):
    targets = {target.id: target for target in RAW.read(EXAMPLES / "vipseg")[0].targets}

    assert set(targets) == {1, 19, 29, 4900, 6100}
    assert (targets[29].category, targets[29].kind) == (28, TargetKind.STUFF)
    assert (targets[4900].category, targets[4900].kind) == (48, TargetKind.THING)


def test_that_the_raw_example_survives_writing(shared, tmp_path):
    reader = RAW.read(EXAMPLES / "vipseg" / "video_info.json")

    result = write_and_check(RAW, reader, tmp_path)

    assert (result.differences, result.report.losses) == ((), ())
    original = json.loads((EXAMPLES / "vipseg" / "video_info.json").read_text())
    assert json.loads((tmp_path / "video_info.json").read_text()) == original
    for path in (EXAMPLES / "vipseg" / "panomasks").rglob("*.png"):
        copy = tmp_path / path.relative_to(EXAMPLES / "vipseg")
        with Image.open(path) as first, Image.open(copy) as second:
            assert np.array_equal(np.asarray(first), np.asarray(second))


def test_that_raw_values_are_those_of_the_conversion_script():
    assert target_number(123, 0) == 124
    assert target_number(48, 1) == 4900
    assert target_number(123, 100) == 12499
    assert target_number(124, 1) is None
    assert target_number(48, 101) is None
    assert target_number(0, 5) is None  # would be taken for stuff
    assert target_instance(48, 4907) == 8
    assert target_instance(48, 5000) is None


def test_that_more_than_a_hundred_things_of_a_class_are_left_out_and_counted(tmp_path):
    masks = {n: box_mask(n % 20, n // 20, n % 20 + 1, n // 20 + 1, (20, 20)) for n in range(1, 111)}
    video = scene_video([masks], size=(20, 20), categories=dict.fromkeys(masks, 26))

    result = write_and_check(RAW, collection(video), tmp_path)

    assert result.differences == ()
    counts = {loss.kind: loss.count for loss in result.report.losses}
    assert counts[LossKind.TARGETS_OVER_LIMIT] == 10


def test_that_an_impossible_value_is_named(tmp_path):
    RAW.write(collection(scene_video()), tmp_path)
    path = sorted(tmp_path.rglob("*.png"))[0]
    Image.fromarray(np.full((6, 8), 60000, np.uint16)).save(path)

    with pytest.raises(FormatError, match=rf"{path.name}.*60000"):
        RAW.read(tmp_path)[0].load_frame(0)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../clip"},
        {"name": 3},
        {"filenames": ["nothing"]},
        {"filenames": ["../../x"]},
        {"filenames": None},
    ],
    ids=str,
)
def test_that_a_damaged_list_of_videos_is_named(tmp_path, change):
    RAW.write(collection(scene_video()), tmp_path)
    info = tmp_path / "video_info.json"
    content = json.loads(info.read_text())
    content["sequences"][0] |= change
    info.write_text(json.dumps(content))

    with pytest.raises(FormatError, match=r"video_info\.json"):
        RAW.read(tmp_path)


def test_that_a_submission_is_read_with_the_classes_given(tmp_path):
    options = WriteOptions(content=Content.RESULTS)
    VIPSEG.write(collection(scene_video()), tmp_path, options)

    assert VIPSEG.recognises(tmp_path)
    assert (tmp_path / "pan_pred" / "clip" / "00000.png").is_file()
    reader = VIPSEG.read(tmp_path, ReadOptions(label_set=LABEL_SET))
    assert [t.category for t in reader[0].targets] == [3, 26]
    assert reader[0].load_frame(1).masks[2].mask == scene_video().load_frame(1).masks[2].mask


def truth(folder):
    VIPSEG.write(collection(scene_video()), folder)
    return folder / "panoptic_gt_VIPSeg_train.json"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("videos", 0, "images", 0, "width"), 9),
        (("videos", 0, "images", 0, "height"), 0),
        (("videos", 0, "video_id"), 1),
        (("annotations", 0, "annotations"), {}),
        (("annotations", 0, "annotations"), []),
        (("annotations", 0, "video_id"), "../clip"),
        (("annotations", 0, "annotations", 0, "file_name"), "../../x.png"),
        (("annotations", 0, "annotations", 0, "segments_info"), None),
        (("annotations", 0, "annotations", 0, "segments_info", 0, "id"), 0),
        (("annotations", 0, "annotations", 0, "segments_info", 0, "category_id"), "car"),
        (("categories", 0, "id"), None),
    ],
    ids=str,
)
def test_that_damage_is_an_error_that_names_the_file(tmp_path, path, value):
    file = truth(tmp_path)
    change_json(file, path, value)

    with pytest.raises(FormatError, match=rf"{file.name}|000"):
        read_everything(VIPSEG, file)


def test_that_a_segment_that_only_the_image_has_is_named(tmp_path):
    file = truth(tmp_path)
    content = json.loads(file.read_text())
    content["annotations"][0]["annotations"][0]["segments_info"] = []
    file.write_text(json.dumps(content))

    with pytest.raises(FormatError, match=r"00000\.png shows segment"):
        VIPSEG.read(file)[0].load_frame(0)
