import json

import numpy as np
import pytest

from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.coco import CocoFormat, CocoVidFormat
from tarvis_core.annotation.formats.coco_panoptic import CocoPanopticFormat
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.scenes import (
    LABEL_SET,
    box_mask,
    collection,
    l_mask,
    read_everything,
    scene_video,
)

IMAGE = {"id": 1, "file_name": "a.jpg", "height": 6, "width": 8}
CATEGORY = {"id": 3, "name": "car", "supercategory": "vehicle"}
L_CODE = l_mask().to_coco_rle()


def _annotation(**fields):
    return {"id": 1, "image_id": 1, "category_id": 3, "segmentation": L_CODE} | fields


def _read(tmp_path, annotations, images=(IMAGE,), categories=(CATEGORY,), **others):
    content = {"images": list(images), "annotations": annotations, "categories": list(categories)}
    path = tmp_path / "instances_train2017.json"
    path.write_text(json.dumps(content | others))
    return CocoFormat().read(path)


@pytest.mark.parametrize(
    "segmentation",
    [
        L_CODE,
        {"size": [6, 8], "counts": [35, 1, 3, 3, 6]},
        [[6, 3, 7, 3, 7, 6, 5, 6, 5, 5, 6, 5]],
        [[6, 3, 7, 3, 7, 6, 6, 6], [5, 5, 7, 5, 7, 6, 5, 6]],
        {"size": [6.0, 8.0], "counts": L_CODE["counts"]},
    ],
    ids=["compressed", "list", "polygon", "two polygons", "floats"],
)
def test_that_every_form_of_a_mask_is_read_alike(tmp_path, segmentation):
    reader = _read(tmp_path, [_annotation(segmentation=segmentation)])

    assert reader[0].load_frame(0).masks[1].mask == l_mask()


def test_that_ids_with_gaps_are_kept(tmp_path):
    reader = _read(
        tmp_path, [_annotation(id=900, category_id=90)], categories=[{"id": 90, "name": "x"}]
    )

    assert set(reader[0].load_frame(0).masks) == {900}
    assert reader[0].targets[0].category == 90


def test_that_category_zero_is_a_category(tmp_path):
    reader = _read(tmp_path, [_annotation(category_id=0)], categories=[{"id": 0, "name": "zero"}])

    assert reader[0].targets[0].category == 0
    assert reader.label_set.category(0).name == "zero"


def test_that_annotation_id_zero_is_read_and_written_as_another(tmp_path):
    reader = _read(tmp_path, [_annotation(id=0), _annotation(id=1)])
    CocoFormat().write(reader, tmp_path / "out")

    content = json.loads(next((tmp_path / "out").glob("*.json")).read_text())
    assert set(reader[0].load_frame(0).masks) == {1, 2}
    assert min(annotation["id"] for annotation in content["annotations"]) == 1


@pytest.mark.parametrize("annotations", [None, []])
def test_that_files_without_annotations_are_read(tmp_path, annotations):
    reader = _read(tmp_path, annotations)

    assert reader[0].load_frame(0).masks == {}
    assert reader[0].targets == ()


def test_that_areas_and_boxes_are_those_of_the_mask(tmp_path):
    reader = _read(tmp_path, [_annotation(area=999.5, bbox=[0, 0, 1, 1])])
    CocoFormat().write(reader, tmp_path / "out")

    written = json.loads(next((tmp_path / "out").glob("*.json")).read_text())["annotations"][0]
    assert written["area"] == 4
    assert written["bbox"] == [5, 3, 2, 3]


def test_that_images_are_found_beside_the_annotations_folder(tmp_path):
    (tmp_path / "annotations").mkdir()
    (tmp_path / "train2017").mkdir()
    (tmp_path / "train2017" / "a.jpg").write_bytes(b"")

    reader = _read(tmp_path / "annotations", [])

    assert reader[0].load_frame(0).image_path == tmp_path / "train2017" / "a.jpg"


def test_that_only_the_given_image_folder_is_looked_at(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"")
    _read(tmp_path, [])

    options = ReadOptions(image_folder=tmp_path / "elsewhere")
    reader = CocoFormat().read(tmp_path / "instances_train2017.json", options)

    assert reader[0].load_frame(0).image_path is None


@pytest.mark.parametrize(
    ("annotations", "images", "message"),
    [
        ([_annotation(), _annotation()], [IMAGE], "id 1 occurs twice"),
        ([_annotation(image_id=7)], [IMAGE], "no image of id 7"),
        ([], [IMAGE, IMAGE], "another image's"),
        ([_annotation(segmentation={"size": [8, 6], "counts": "0"})], [IMAGE], "size"),
        ([_annotation(segmentation={"size": [6, 8], "counts": "zz"})], [IMAGE], "run-length"),
        ([_annotation(segmentation={"size": [6, 8], "counts": [1, 2]})], [IMAGE], "3 pixels"),
        ([_annotation(segmentation=[[1, 2, 3]])], [IMAGE], "polygon 0"),
        ([_annotation(segmentation=[[0, 0, 1e9, 0, 1, 1]])], [IMAGE], "far outside"),
        ([_annotation(segmentation=None)], [IMAGE], "must be an object"),
        ([_annotation(iscrowd=2)], [IMAGE], "iscrowd"),
        ([_annotation(score="high")], [IMAGE], "finite number"),
        ([], [IMAGE | {"height": 10**6, "width": 10**6}], "not possible"),
        ([], [IMAGE | {"height": "6"}], "whole number"),
        ([], [IMAGE | {"file_name": "../../x.jpg"}], "leaves the data set"),
        ([7], [IMAGE], "must be an object"),
        ("x", [IMAGE], "must be a list"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_that_damage_is_an_error_with_its_place(tmp_path, annotations, images, message):
    with pytest.raises(FormatError, match=rf"instances_train2017\.json.*{message}"):
        read_everything(_read(tmp_path, annotations, images))


def test_that_categories_given_twice_are_refused(tmp_path):
    with pytest.raises(FormatError, match="category id 3 twice"):
        _read(tmp_path, [], categories=[CATEGORY, CATEGORY])


def test_that_videos_come_back_from_coco_files(tmp_path):
    CocoFormat().write(collection(scene_video(frame_numbers=(0, 5, 10))), tmp_path)

    video = CocoFormat().read(tmp_path)[0]

    assert (video.num_frames, video.frame_numbers) == (3, (0, 5, 10))
    assert video.name == "clip"


def test_that_cocovid_counts_frames_from_zero_and_lists_videos(tmp_path):
    CocoVidFormat().write(collection(scene_video(frame_numbers=(0, 5, 10))), tmp_path)

    content = json.loads(next(tmp_path.glob("*.json")).read_text())
    assert [image["frame_id"] for image in content["images"]] == [0, 1, 2]
    assert content["videos"] == [{"id": 1, "name": "clip", "width": 8, "height": 6}]
    assert all(annotation["video_id"] == 1 for annotation in content["annotations"])


def test_that_frames_are_ordered_by_frame_id_not_by_place(tmp_path):
    images = [
        IMAGE | {"id": n, "file_name": f"v/{n}.jpg", "video_id": 1, "frame_id": 3 - n}
        for n in range(3)
    ]
    annotations = [
        _annotation(image_id=0, instance_id=4),
        _annotation(id=2, image_id=2, instance_id=4),
    ]

    video = _read(tmp_path, annotations, images)[0]

    assert video.frame_names == ("v/2.jpg", "v/1.jpg", "v/0.jpg")
    assert [set(frame.masks) for frame in video.frames()] == [{4}, set(), {4}]


def test_that_results_are_read_and_written(tmp_path):
    video = scene_video([{1: l_mask()}], attributes={"score": 0.5})
    CocoFormat().write(collection(video), tmp_path, WriteOptions(content=Content.RESULTS))

    options = ReadOptions(label_set=LABEL_SET)
    reader = CocoFormat().read(tmp_path / "results.json", options)

    mask = reader[0].load_frame(0).masks[1]
    assert (mask.mask, mask.score) == (l_mask(), 0.5)
    assert reader[0].targets[0].name == "car 1"


def test_that_results_keep_the_image_ids_of_the_ground_truth(tmp_path):
    truth = _read(tmp_path, [_annotation(image_id=77)], [IMAGE | {"id": 77}])
    CocoFormat().write(truth, tmp_path / "out", WriteOptions(content=Content.RESULTS))

    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [result["image_id"] for result in results] == [77]


def test_that_json_holds_only_json_types(tmp_path):
    video = scene_video(
        [{1: Mask.from_array(np.ones((6, 8), np.uint8))}], attributes={"score": 1.0}
    )
    CocoFormat().write(collection(video), tmp_path)  # the writer refuses anything else

    assert json.loads(next(tmp_path.glob("*.json")).read_text())["annotations"][0]["area"] == 48


class TestPanoptic:
    def _write(self, tmp_path, **fields):
        video = scene_video([{1: box_mask(0, 0, 8, 3), 2: l_mask()}], **fields)
        CocoPanopticFormat().write(collection(video), tmp_path)
        return next(tmp_path.glob("*.json")), next(tmp_path.rglob("*.png"))

    def test_that_unlabelled_pixels_are_void(self, tmp_path):
        self._write(tmp_path)

        void = CocoPanopticFormat().read(tmp_path)[0].load_frame(0).void
        assert void.area == 48 - 24 - 4

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda segments: segments.pop(), "shows segment 2"),
            (lambda segments: segments.append(segments[0] | {"id": 9}), "lacks segment 9"),
            (lambda segments: segments.append(segments[0]), "listed twice"),
            (lambda segments: segments[0].update(id=0), "id must be 1"),
        ],
        ids=["missing", "surplus", "twice", "zero"],
    )
    def test_that_image_and_list_must_agree(self, tmp_path, change, message):
        path, _ = self._write(tmp_path)
        content = json.loads(path.read_text())
        change(content["annotations"][0]["segments_info"])
        path.write_text(json.dumps(content))

        with pytest.raises(FormatError, match=message):
            CocoPanopticFormat().read(path)[0].load_frame(0)

    def test_that_label_images_cannot_lead_out_of_the_folder(self, tmp_path):
        path, _ = self._write(tmp_path)
        content = json.loads(path.read_text())
        content["annotations"][0]["file_name"] = "../../secret.png"
        path.write_text(json.dumps(content))

        with pytest.raises(FormatError, match="leaves the data set"):
            CocoPanopticFormat().read(path)[0].load_frame(0)

    def test_that_ids_past_one_byte_survive(self, tmp_path):
        masks = {70_000: box_mask(0, 0, 2, 2), 300: l_mask()}
        CocoPanopticFormat().write(collection(scene_video([masks])), tmp_path)

        frame = CocoPanopticFormat().read(tmp_path)[0].load_frame(0)
        assert {target: mask.mask for target, mask in frame.masks.items()} == masks
