import json

import pytest

from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.burst import BurstFormat, inner_point
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.track import FrameState
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.scenes import (
    box_mask,
    collection,
    l_mask,
    read_everything,
    scene_masks,
    scene_video,
)

FIRST_FRAME = WriteOptions(content=Content.FIRST_FRAME)
CODE = l_mask().to_coco_rle()["counts"]


def _sequence(**fields):
    return {
        "id": 1,
        "width": 8,
        "height": 6,
        "seq_name": "clip",
        "dataset": "YFCC",
        "fps": 30,
        "all_image_paths": ["frame0001.jpg", "frame0002.jpg", "frame0003.jpg"],
        "annotated_image_paths": ["frame0001.jpg", "frame0003.jpg"],
        "neg_category_ids": [],
        "not_exhaustive_category_ids": [],
        "track_category_ids": {"1": 805},
        "segmentations": [{}, {"1": {"rle": CODE, "is_gt": True}}],
    } | fields


def _read(tmp_path, *sequences):
    path = tmp_path / "all_classes.json"
    categories = [{"id": 805, "name": "person"}]
    content = {"split": "val", "categories": categories, "sequences": list(sequences)}
    path.write_text(json.dumps(content))
    return BurstFormat().read(path)


def _written(folder):
    return json.loads(next(folder.glob("*.json")).read_text())["sequences"][0]


def test_that_a_sequence_is_read(tmp_path):
    video = _read(tmp_path, _sequence())[0]

    assert (video.name, video.size, video.fps) == ("YFCC/clip", (6, 8), 30)
    assert video.frame_numbers == (0, 2)
    assert video.load_frame(0).masks == {}
    assert video.load_frame(1).masks[1].mask == l_mask()
    assert video.targets[0].name == "person 1"


def test_that_empty_masks_and_absent_targets_are_left_out(tmp_path):
    masks = [{}, {1: l_mask(), 2: Mask.empty(6, 8)}]
    BurstFormat().write(collection(scene_video(masks)), tmp_path)

    assert [set(frame) for frame in _written(tmp_path)["segmentations"]] == [set(), {"1"}]
    assert _written(tmp_path)["track_category_ids"] == {"1": 3}


def test_that_the_first_frame_file_shows_each_target_once_with_box_and_point(tmp_path):
    BurstFormat().write(collection(scene_video()), tmp_path, FIRST_FRAME)

    frames = _written(tmp_path)["segmentations"]
    assert [set(frame) for frame in frames] == [{"1"}, {"2"}, set()]
    person = frames[1]["2"]
    assert person["bbox"] == [5, 3, 2, 3]
    assert l_mask().to_array()[person["point"]["y"], person["point"]["x"]]


@pytest.mark.parametrize("point", [{"x": 6, "y": 4}, [6, 4]], ids=["object", "list"])
def test_that_points_are_pixel_centres_in_either_form(tmp_path, point):
    entry = {"rle": CODE, "is_gt": True, "bbox": [5, 3, 2, 3], "point": point}

    frame = _read(tmp_path, _sequence(segmentations=[{}, {"1": entry}]))[0].load_frame(1)

    assert frame.points == {1: (6.5, 4.5)}


def test_that_points_are_written_back(tmp_path):
    BurstFormat().write(collection(scene_video()), tmp_path / "a", FIRST_FRAME)
    reader = BurstFormat().read(tmp_path / "a")

    BurstFormat().write(reader, tmp_path / "b")

    assert [dict(frame.points) for frame in reader[0].frames()] == [
        dict(frame.points) for frame in BurstFormat().read(tmp_path / "b")[0].frames()
    ]


def test_that_predicted_masks_are_no_ground_truth(tmp_path):
    for state, expected in ((FrameState.PREDICTED, False), (FrameState.VERIFIED, True)):
        folder = tmp_path / state.value
        BurstFormat().write(collection(scene_video(attributes={"state": state})), folder)
        assert _written(folder)["segmentations"][0]["1"]["is_gt"] is expected
        state_read = BurstFormat().read(folder)[0].load_frame(0).masks[1].state
        assert state_read.is_law is expected


def test_that_results_have_scores_and_keep_the_sequence(tmp_path):
    reader = _read(tmp_path, _sequence())
    BurstFormat().write(reader, tmp_path / "out", WriteOptions(content=Content.RESULTS))

    result = _written(tmp_path / "out")
    assert result["segmentations"][1]["1"]["score"] == 1.0
    assert [result[name] for name in ("id", "dataset", "seq_name")] == [1, "YFCC", "clip"]
    assert json.loads((tmp_path / "out" / "results.json").read_text())["split"] == "val"


def test_that_image_names_without_number_are_numbered_and_reported(tmp_path):
    video = scene_video(frame_names=["a.jpg", "b.jpg", "c.jpg"], frame_numbers=(0, 4, 8))
    report = BurstFormat().write(collection(video), tmp_path)

    names = ["frame0000001.jpg", "frame0000005.jpg", "frame0000009.jpg"]
    assert _written(tmp_path)["annotated_image_paths"] == names
    kinds = {loss.kind for loss in report.losses}
    assert {LossKind.NAMES_CHANGED, LossKind.FRAME_NUMBERS} <= kinds


def test_that_images_are_found_below_split_and_data_set(tmp_path):
    image = tmp_path / "frames" / "val" / "YFCC" / "clip" / "frame0003.jpg"
    image.parent.mkdir(parents=True)
    image.write_bytes(b"")

    assert _read(tmp_path, _sequence())[0].load_frame(1).image_path == image
    options = ReadOptions(image_folder=tmp_path / "frames")
    reader = BurstFormat().read(tmp_path / "all_classes.json", options)
    assert reader[0].load_frame(1).image_path == image


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"segmentations": [{}]}, "1 segmentations for 2 annotated images"),
        ({"segmentations": [{}, {"x": {"rle": CODE}}]}, "'x' must be a whole number"),
        ({"segmentations": [{}, {"0": {"rle": CODE}}]}, "must be 1"),
        ({"segmentations": [{}, {"1": {"rle": CODE}, "01": {"rle": CODE}}]}, "twice"),
        ({"segmentations": [{}, {"1": {"rle": 7}}]}, "counts must be text"),
        ({"segmentations": [{}, {"1": {"rle": CODE, "point": [9, 1]}}]}, "outside the frame"),
        ({"annotated_image_paths": ["frame0001.jpg", "other.jpg"]}, "not among all_image_paths"),
        ({"width": 7}, "run-length"),
        ({"fps": "fast"}, "finite number"),
        ({"track_category_ids": []}, "must be an object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_that_damage_is_an_error_with_its_place(tmp_path, fields, message):
    reader = _read(tmp_path, _sequence(**fields))

    with pytest.raises(FormatError, match=rf"all_classes\.json.*{message}"):
        read_everything(reader)


def test_that_sequences_with_one_id_are_refused(tmp_path):
    with pytest.raises(FormatError, match="another sequence's"):
        _read(tmp_path, _sequence(), _sequence())


@pytest.mark.parametrize(
    "mask", [*scene_masks()[1].values(), box_mask(0, 0, 8, 6), box_mask(7, 5, 8, 6)]
)
def test_that_the_inner_point_lies_inside(mask):
    x, y = inner_point(mask)

    assert mask.to_array()[int(y), int(x)]
    assert (x % 1, y % 1) == (0.5, 0.5)


def test_that_the_inner_point_is_deep_inside():
    assert inner_point(box_mask(1, 1, 6, 6)) == (3.5, 3.5)
