import json

import pytest

from tarvis_core.annotation.formats.annotated_video import Occlusion
from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.formats.youtube_vis import OvisFormat, YoutubeVisFormat
from tarvis_core.errors import FormatError
from tests.core.annotation.formats.scenes import (
    LABEL_SET,
    collection,
    l_mask,
    read_everything,
    scene_masks,
    scene_video,
)

RESULTS = WriteOptions(content=Content.RESULTS)
CODE = {"size": [6, 8], "counts": [35, 1, 3, 3, 6]}
VIDEO = {"id": 1, "width": 8, "height": 6, "file_names": ["v/0.jpg", "v/1.jpg"]}


def _read(tmp_path, annotations, videos=(VIDEO,), **others):
    categories = [{"id": 26, "name": "person"}]
    content = {"videos": list(videos), "annotations": annotations, "categories": categories}
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(content | others))
    return YoutubeVisFormat().read(path)


def _annotation(**fields):
    return {"id": 1, "video_id": 1, "category_id": 26, "segmentations": [None, CODE]} | fields


def _written(folder):
    return json.loads(next(folder.glob("*.json")).read_text())


def test_that_lists_have_one_entry_per_frame_and_null_where_absent(tmp_path):
    YoutubeVisFormat().write(collection(scene_video()), tmp_path)

    person = next(a for a in _written(tmp_path)["annotations"] if a["category_id"] == 26)
    for name in ("segmentations", "bboxes", "areas"):
        assert len(person[name]) == 3
        assert person[name][0] is None
    assert person["areas"][1:] == [4, 4]
    assert (person["height"], person["width"], person["iscrowd"]) == (6, 8, 0)


def test_that_a_gap_in_a_track_stays_a_gap(tmp_path):
    video = scene_video([{1: l_mask()}, {}, {1: l_mask()}])
    YoutubeVisFormat().write(collection(video), tmp_path, RESULTS)

    entries = json.loads((tmp_path / "results.json").read_text())[0]["segmentations"]
    assert [entry is not None for entry in entries] == [True, False, True]


def test_that_ground_truth_is_uncompressed_and_results_are_compressed(tmp_path):
    YoutubeVisFormat().write(collection(scene_video()), tmp_path / "a")
    YoutubeVisFormat().write(collection(scene_video()), tmp_path / "b", RESULTS)

    truth = _written(tmp_path / "a")["annotations"][0]["segmentations"][0]
    result = _written(tmp_path / "b")[0]["segmentations"][0]
    assert isinstance(truth["counts"], list)
    assert isinstance(result["counts"], str)


@pytest.mark.parametrize(
    "segmentation",
    [CODE, l_mask().to_coco_rle(), [[6, 3, 7, 3, 7, 6, 5, 6, 5, 5, 6, 5]]],
    ids=["list", "compressed", "polygon"],
)
def test_that_every_form_of_a_mask_is_read_alike(tmp_path, segmentation):
    reader = _read(tmp_path, [_annotation(segmentations=[None, segmentation])])

    assert reader[0].load_frame(0).masks == {}
    assert reader[0].load_frame(1).masks[1].mask == l_mask()


@pytest.mark.parametrize("annotations", [None, []])
def test_that_validation_files_are_read(tmp_path, annotations):
    assert _read(tmp_path, annotations)[0].load_frame(0).masks == {}


def test_that_a_missing_list_of_annotations_is_read(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"videos": [VIDEO], "categories": []}))

    assert YoutubeVisFormat().read(tmp_path)[0].targets == ()


def test_that_file_names_keep_their_order(tmp_path):
    names = ["v/00010.jpg", "v/00000.jpg", "v/00005.jpg"]
    reader = _read(tmp_path, [], [VIDEO | {"file_names": names}])

    assert reader[0].frame_names == tuple(names)


@pytest.mark.parametrize(
    ("annotations", "videos", "message"),
    [
        ([_annotation(segmentations=[CODE])], [VIDEO], "1 entries for 2 frames"),
        ([_annotation(segmentations=None)], [VIDEO], "must be a list"),
        ([_annotation(video_id=9)], [VIDEO], "no video of id 9"),
        ([_annotation(), _annotation()], [VIDEO], "id 1 occurs twice"),
        ([], [VIDEO, VIDEO], "another video's"),
        ([_annotation(occlusion=["no_occlusion", "total"])], [VIDEO], "'total'"),
        ([_annotation(occlusion=[None])], [VIDEO], "occlusion has 1 entries"),
        ([], [VIDEO | {"file_names": ["../x.jpg", "v/1.jpg"]}], "leaves the data set"),
        ([], [VIDEO | {"width": -8}], "width must be 1"),
        ([_annotation(category_id="26")], [VIDEO], "whole number"),
        ([_annotation(instance_id=3), _annotation(id=2, instance_id=3)], [VIDEO], "twice in one"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_that_damage_is_an_error_with_its_place(tmp_path, annotations, videos, message):
    with pytest.raises(FormatError, match=rf"instances\.json.*{message}"):
        read_everything(_read(tmp_path, annotations, videos))


def test_that_target_numbers_used_in_two_videos_are_kept(tmp_path):
    videos = collection(scene_video(name="a"), scene_video(name="b"))
    YoutubeVisFormat().write(videos, tmp_path)

    ids = [annotation["id"] for annotation in _written(tmp_path)["annotations"]]
    assert len(set(ids)) == 4
    assert [[t.id for t in video.targets] for video in YoutubeVisFormat().read(tmp_path)] == [
        [1, 2],
        [1, 2],
    ]


def test_that_differing_scores_of_a_track_become_their_mean_and_a_loss(tmp_path):
    base = scene_video()
    scores = iter((0.2, 0.4, 0.4, 0.6, 0.4))

    def load(index):
        frame = base.load_frame(index)
        masks = {t: type(m)(m.mask, score=next(scores)) for t, m in sorted(frame.masks.items())}
        return type(frame)(frame.name, masks)

    video = type(base)("v", base.size, LABEL_SET, base.frame_names, load, base.load_targets)
    report = YoutubeVisFormat().write(collection(video), tmp_path, RESULTS)

    results = json.loads((tmp_path / "results.json").read_text())
    assert results[0]["score"] == pytest.approx((0.2 + 0.4 + 0.6) / 3)
    assert LossKind.SCORE_DETAIL in {loss.kind for loss in report.losses}


def test_that_results_are_read_without_the_ground_truth(tmp_path):
    video = scene_video(attributes={"score": 0.5})
    YoutubeVisFormat().write(collection(video), tmp_path, RESULTS)

    reader = YoutubeVisFormat().read(tmp_path / "results.json", ReadOptions(label_set=LABEL_SET))

    read = [{t: m.mask for t, m in frame.masks.items()} for frame in reader[0].frames()]
    assert read == scene_masks()
    assert {target.name for target in reader[0].targets} == {"car 1", "person 2"}


@pytest.mark.parametrize(
    ("results", "message"),
    [
        ([{"video_id": 1, "category_id": 1, "score": 1, "segmentations": [None]}], "no mask"),
        (
            [
                {"video_id": 1, "category_id": 1, "score": 1, "segmentations": [CODE, None]},
                {"video_id": 1, "category_id": 1, "score": 1, "segmentations": [CODE]},
            ],
            "one per frame",
        ),
        ([{"video_id": 1, "category_id": 1, "score": 1, "segmentations": 3}], "must be a list"),
        ([[]], "must be an object"),
    ],
    ids=["empty", "lengths", "type", "list"],
)
def test_that_damaged_results_are_errors(tmp_path, results, message):
    (tmp_path / "results.json").write_text(json.dumps(results))

    with pytest.raises(FormatError, match=message):
        list(YoutubeVisFormat().read(tmp_path / "results.json"))


def test_that_ovis_keeps_the_degree_of_occlusion(tmp_path):
    video = scene_video(attributes={"occlusion": Occlusion.SEVERE})
    OvisFormat().write(collection(video), tmp_path)

    annotations = _written(tmp_path)["annotations"]
    assert annotations[1]["occlusion"] == [None, "severe_occlusion", "severe_occlusion"]
    masks = OvisFormat().read(tmp_path)[0].load_frame(1).masks
    assert {mask.occlusion for mask in masks.values()} == {Occlusion.SEVERE}


def test_that_each_year_keeps_its_own_class_numbers(tmp_path):
    first = _read(tmp_path, [_annotation()])
    YoutubeVisFormat().write(first, tmp_path / "out")

    content = _written(tmp_path / "out")
    assert content["categories"] == [{"id": 26, "name": "person"}]
    assert content["annotations"][0]["category_id"] == 26


def _with_image(folder):
    path = folder / "v" / "0.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"image")
    return path


@pytest.fixture(params=[YoutubeVisFormat(), OvisFormat()], ids=lambda known: known.id)
def first_image(request):
    """Writes a JSON file and gives the image that is found for the first frame."""

    def write_and_find(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"videos": [VIDEO], "annotations": [], "categories": []}))
        return request.param.read(file)[0].load_frame(0).image_path

    return write_and_find


@pytest.mark.parametrize(
    ("file", "images"),
    [
        ("annotations.json", "JPEGImages"),
        ("train/instances.json", "train/JPEGImages"),
        ("instances.json", "train/JPEGImages"),
        ("instances.json", "valid/JPEGImages"),
        ("instances_train_sub.json", "train/JPEGImages"),
        ("annotations_valid.json", "valid"),
        ("annotations/instances_val.json", "val/JPEGImages"),
    ],
)
def test_that_images_are_found_where_data_sets_have_them(tmp_path, first_image, file, images):
    image = _with_image(tmp_path / images)

    assert first_image(tmp_path / file) == image


def test_that_the_images_of_the_split_in_the_name_are_taken(tmp_path, first_image):
    _with_image(tmp_path / "train" / "JPEGImages")
    assert first_image(tmp_path / "valid.json") is None

    image = _with_image(tmp_path / "valid" / "JPEGImages")
    assert first_image(tmp_path / "valid.json") == image


def test_that_a_folder_of_images_that_leads_out_is_not_followed(tmp_path, first_image):
    _with_image(tmp_path / "elsewhere" / "JPEGImages")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "train").symlink_to(tmp_path / "elsewhere")

    assert first_image(tmp_path / "set" / "instances.json") is None
