"""Readers of other projects accept what is written, and see in it what was meant."""

import json

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from pycocotools.mask import decode

from tarvis_core.annotation.formats.burst import BurstFormat
from tarvis_core.annotation.formats.coco import CocoFormat, CocoVidFormat
from tarvis_core.annotation.formats.coco_panoptic import CocoPanopticFormat
from tarvis_core.annotation.formats.davis import DavisFormat, DavisUnsupervisedFormat
from tarvis_core.annotation.formats.sa_v import SaVFormat
from tarvis_core.annotation.formats.tarvis_json import TarvisJsonFormat
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.formats.youtube_vis import OvisFormat, YoutubeVisFormat
from tests.core.annotation.formats.scenes import box_mask, collection, scene_masks, scene_video

RESULTS = WriteOptions(content=Content.RESULTS)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def trackeval():
    return pytest.importorskip("trackeval", reason="trackeval is not installed (see README)")


def _evaluated(trackeval, dataset, metric):
    """The result of one metric over all sequences and classes of a trackeval data set."""
    evaluator = trackeval.Evaluator(
        {
            "PRINT_RESULTS": False,
            "PRINT_CONFIG": False,
            "TIME_PROGRESS": False,
            "OUTPUT_SUMMARY": False,
            "OUTPUT_DETAILED": False,
            "PLOT_CURVES": False,
            "LOG_ON_ERROR": None,
            "OUTPUT_EMPTY_CLASSES": False,
        }
    )
    results, _ = evaluator.evaluate([dataset], [metric])
    return results[dataset.get_name()]["tracker"]["COMBINED_SEQ"]


def test_that_pycocotools_sees_the_masks(tmp_path, capsys):
    CocoFormat().write(collection(scene_video()), tmp_path)

    coco = COCO(str(next(tmp_path.glob("*.json"))))

    by_image = {image["id"]: image["frame_id"] for image in coco.loadImgs(coco.getImgIds())}
    assert len(coco.getAnnIds()) == 5
    for annotation in coco.loadAnns(coco.getAnnIds()):
        mask = scene_masks()[by_image[annotation["image_id"]]][annotation["instance_id"]]
        assert np.array_equal(coco.annToMask(annotation).astype(bool), mask.to_array())
        assert annotation["area"] == mask.area
        assert annotation["id"] >= 1


def test_that_pycocotools_scores_our_own_results_perfect(tmp_path, capsys):
    video = scene_video(attributes={"score": 0.75})
    CocoFormat().write(collection(video), tmp_path / "truth")
    CocoFormat().write(collection(video), tmp_path / "found", RESULTS)

    coco = COCO(str(next((tmp_path / "truth").glob("*.json"))))
    evaluation = COCOeval(coco, coco.loadRes(str(tmp_path / "found" / "results.json")), "segm")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()

    assert evaluation.stats[0] == pytest.approx(1.0)


def test_that_pycocotools_reads_the_video_flavour(tmp_path, capsys):
    CocoVidFormat().write(collection(scene_video()), tmp_path)

    coco = COCO(str(next(tmp_path.glob("*.json"))))

    frames = [image["frame_id"] for image in coco.loadImgs(sorted(coco.getImgIds()))]
    assert frames == [0, 1, 2]
    assert {annotation["instance_id"] for annotation in coco.loadAnns(coco.getAnnIds())} == {1, 2}


def test_that_crowds_are_uncompressed_for_pycocotools(tmp_path, capsys):
    video = scene_video(attributes={"is_crowd": True})
    CocoFormat().write(collection(video), tmp_path)

    coco = COCO(str(next(tmp_path.glob("*.json"))))

    annotations = coco.loadAnns(coco.getAnnIds(iscrowd=True))
    assert len(annotations) == 5
    assert all(isinstance(a["segmentation"]["counts"], list) for a in annotations)
    assert all(coco.annToMask(a).sum() == a["area"] for a in annotations)


@pytest.mark.parametrize(
    "annotation_format", [YoutubeVisFormat(), OvisFormat()], ids=lambda f: f.id
)
def test_that_trackeval_scores_youtube_vis_results_perfect(
    trackeval, annotation_format, tmp_path, capsys
):
    video = scene_video(attributes={"score": 0.75})
    gt, found = tmp_path / "youtube_vis_train", tmp_path / "r" / "youtube_vis_train"
    annotation_format.write(collection(video), gt)
    annotation_format.write(collection(video), found / "tracker" / "data", RESULTS)

    dataset = trackeval.datasets.YouTubeVIS(
        {
            "GT_FOLDER": f"{tmp_path}/",
            "TRACKERS_FOLDER": f"{tmp_path}/r/",
            "PRINT_CONFIG": False,
            "SPLIT_TO_EVAL": "train",
            "CLASSES_TO_EVAL": ["car", "person"],
        }
    )
    scores = _evaluated(trackeval, dataset, trackeval.metrics.HOTA({"PRINT_CONFIG": False}))

    for name in ("car", "person"):
        assert scores[name]["HOTA"]["HOTA"].min() == pytest.approx(1.0)


def test_that_trackeval_scores_burst_results_perfect(trackeval, tmp_path, capsys):
    classes = {1: 4, 2: 805}  # numbers that trackeval's own list of classes has
    video = scene_video(name="YFCC/clip", categories=classes, attributes={"score": 0.75})
    options = WriteOptions(content=Content.RESULTS, split="val")
    BurstFormat().write(collection(video), tmp_path / "gt", WriteOptions(split="val"))
    BurstFormat().write(collection(video), tmp_path / "r" / "tracker" / "data", options)

    dataset = trackeval.datasets.BURST(
        {
            "GT_FOLDER": str(tmp_path / "gt"),
            "TRACKERS_FOLDER": str(tmp_path / "r"),
            "SPLIT_TO_EVAL": "val",
            "PRINT_CONFIG": False,
            "EXEMPLAR_GUIDED": True,
        }
    )
    scores = _evaluated(trackeval, dataset, trackeval.metrics.HOTA({"PRINT_CONFIG": False}))

    values = [scores[name]["HOTA"]["HOTA"] for name in dataset.class_list]
    assert len(values) == 2
    assert min(value.min() for value in values) == pytest.approx(1.0)


def test_that_trackeval_scores_davis_results_perfect(trackeval, tmp_path, capsys):
    video = scene_video(void=box_mask(7, 0, 8, 1))
    DavisUnsupervisedFormat().write(collection(video), tmp_path / "gt")
    DavisFormat().write(collection(scene_video()), tmp_path / "r" / "tracker" / "data", RESULTS)

    dataset = trackeval.datasets.DAVIS(
        {
            "GT_FOLDER": str(tmp_path / "gt" / "Annotations_unsupervised" / "480p"),
            "TRACKERS_FOLDER": str(tmp_path / "r"),
            "PRINT_CONFIG": False,
        }
    )
    metric = trackeval.metrics.JAndF({"PRINT_CONFIG": False})
    scores = _evaluated(trackeval, dataset, metric)

    assert scores["general"]["JAndF"]["J-Mean"] == pytest.approx(1.0)


def test_that_panoptic_images_decode_by_the_published_rule(tmp_path):
    video = scene_video(categories={2: 40}, void=box_mask(7, 0, 8, 1))
    CocoPanopticFormat().write(collection(video), tmp_path)
    content = json.loads(next(tmp_path.glob("*.json")).read_text())

    for annotation, masks in zip(content["annotations"], scene_masks(), strict=True):
        with Image.open(next(tmp_path.glob("panoptic*/")) / annotation["file_name"]) as image:
            assert image.mode == "RGB"
            red, green, blue = np.moveaxis(np.asarray(image).astype(int), 2, 0)
        ids = red + 256 * green + 65536 * blue
        listed = {segment["id"]: segment for segment in annotation["segments_info"]}
        assert set(np.unique(ids)) - {0} == set(listed)
        for target, mask in masks.items():
            assert np.array_equal(ids == target, mask.to_array())
            assert listed[target]["area"] == mask.area


@pytest.mark.parametrize("annotation_format", [SaVFormat(), TarvisJsonFormat()], ids=lambda f: f.id)
def test_that_pycocotools_decodes_the_codes(annotation_format, tmp_path):
    annotation_format.write(collection(scene_video()), tmp_path)
    content = json.loads(next(tmp_path.glob("*.json")).read_text())

    if annotation_format.id == "sa_v":
        frames = [dict(enumerate(codes, start=1)) for codes in content["masklet"]]
    else:
        frames = [
            {int(key): {"size": [6, 8], "counts": code} for key, code in frame.items()}
            for frame in content["sequences"][0]["segmentations"]
        ]
    for codes, masks in zip(frames, scene_masks(), strict=True):
        decoded = {target: decode(code).astype(bool) for target, code in codes.items()}
        shown = {target: pixels for target, pixels in decoded.items() if pixels.any()}
        assert set(shown) == set(masks)
        assert all(np.array_equal(shown[t], masks[t].to_array()) for t in masks)
