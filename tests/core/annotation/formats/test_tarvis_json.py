import json

import pytest

from tarvis_core.annotation.formats.tarvis_json import TarvisJsonFormat
from tarvis_core.annotation.target import TargetKind
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.scenes import (
    box_mask,
    collection,
    l_mask,
    read_everything,
    scene_masks,
    scene_video,
)

CODE = l_mask().to_coco_rle()["counts"]
ROAD = box_mask(0, 0, 8, 3)
ROAD_CODE = ROAD.to_coco_rle()["counts"]


def _sequence(**fields):
    return {
        "id": "clip",
        "height": 6,
        "width": 8,
        "image_paths": ["clip/0.jpg"],
        "categories": {"4": 11},
        "segmentations": [{"4": CODE}],
    } | fields


def _read(tmp_path, *sequences, labels=None):
    path = tmp_path / "kitti_step.json"
    meta = {"category_labels": labels or {"11": "person", "0": "road"}}
    path.write_text(json.dumps({"meta": meta, "sequences": list(sequences)}))
    return TarvisJsonFormat().read(path)


def _written(folder):
    return json.loads((folder / "annotations.json").read_text())


def test_that_targets_and_categories_are_read(tmp_path):
    video = _read(tmp_path, _sequence())[0]

    assert video.load_frame(0).masks[4].mask == l_mask()
    assert [(target.id, target.category) for target in video.targets] == [(4, 11)]
    assert video.targets[0].name == "person 4"


@pytest.mark.parametrize("code", [CODE, [35, 1, 3, 3, 6]], ids=["text", "list"])
def test_that_both_forms_of_codes_are_read(tmp_path, code):
    reader = _read(tmp_path, _sequence(segmentations=[{"4": code}]))

    assert reader[0].load_frame(0).masks[4].mask == l_mask()


def test_that_class_regions_become_stuff_where_classes_share_a_numbering(tmp_path):
    layer = {"0": ROAD_CODE, "11": CODE, "255": box_mask(0, 5, 2, 6).to_coco_rle()["counts"]}
    video = _read(tmp_path, _sequence(semantic_segmentations=[layer]))[0]

    frame = video.load_frame(0)
    stuff = [target for target in video.targets if target.kind is TargetKind.STUFF]
    assert [target.category for target in stuff] == [0]
    assert frame.masks[stuff[0].id].mask == ROAD
    assert frame.void == box_mask(0, 5, 2, 6)
    assert frame.semantic == {}
    assert set(frame.masks) == {4, stuff[0].id}


def test_that_the_rest_of_a_thing_region_is_a_crowd(tmp_path):
    whole = l_mask().union(box_mask(0, 0, 2, 2))
    layer = {"11": whole.to_coco_rle()["counts"]}
    video = _read(tmp_path, _sequence(semantic_segmentations=[layer]))[0]

    crowds = [mask for mask in video.load_frame(0).masks.values() if mask.is_crowd]
    assert [mask.mask for mask in crowds] == [box_mask(0, 0, 2, 2)]
    assert len(video.targets) == 2


def test_that_a_layer_of_another_numbering_stays_beside_the_targets(tmp_path):
    video = _read(tmp_path, _sequence(semantic_segmentations=[{"7": ROAD_CODE}]))[0]

    frame = video.load_frame(0)
    assert set(frame.masks) == {4}
    assert frame.semantic == {7: ROAD}


def test_that_stuff_and_void_survive_writing(tmp_path):
    video = scene_video([{1: l_mask(), 2: ROAD}], categories={2: 40}, void=box_mask(0, 5, 2, 6))
    TarvisJsonFormat().write(collection(video), tmp_path)

    layer = _written(tmp_path)["sequences"][0]["semantic_segmentations"][0]
    assert layer == {
        "3": CODE,
        "40": ROAD_CODE,
        "255": box_mask(0, 5, 2, 6).to_coco_rle()["counts"],
    }
    frame = TarvisJsonFormat().read(tmp_path)[0].load_frame(0)
    assert {target: mask.mask for target, mask in frame.masks.items()} == {1: l_mask(), 2: ROAD}
    assert frame.void == box_mask(0, 5, 2, 6)


def test_that_every_category_has_a_mask_somewhere(tmp_path):
    TarvisJsonFormat().write(collection(scene_video(scene_masks()[:1] * 2)), tmp_path)

    sequence = _written(tmp_path)["sequences"][0]
    shown = {key for frame in sequence["segmentations"] for key in frame}
    assert shown == set(sequence["categories"]) == {"1"}
    assert "semantic_segmentations" not in sequence


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"segmentations": []}, "0 entries for 1 images"),
        ({"segmentations": [{"5": CODE}]}, "target 5 is not among the categories"),
        ({"segmentations": [{"4": 1}]}, "counts must be text"),
        ({"semantic_segmentations": [{"11": CODE}, {}]}, "2 entries for 1 images"),
        ({"semantic_segmentations": [{"11": "zz"}]}, "run-length"),
        ({"image_paths": ["../../x.jpg"]}, "leaves the data set"),
        ({"height": 0}, "height must be 1"),
        (
            {"semantic_segmentations": [{"0": ROAD_CODE}], "semantic_targets": {"0": 4}},
            "one number",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_that_damage_is_an_error_with_its_place(tmp_path, fields, message):
    reader = _read(tmp_path, _sequence(**fields))

    with pytest.raises(FormatError, match=rf"kitti_step\.json.*{message}"):
        read_everything(reader)


@pytest.mark.parametrize("meta", [0, [], "x", {"category_labels": [1]}])
def test_that_a_damaged_description_is_an_error(tmp_path, meta):
    path = tmp_path / "toy.json"
    path.write_text(json.dumps({"meta": meta, "sequences": [_sequence()]}))

    with pytest.raises(FormatError, match=r"toy\.json: meta"):
        TarvisJsonFormat().read(path)
