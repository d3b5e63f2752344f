"""The fixtures again, read by the annotation formats: readers and measures agree."""

import pytest

from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.format_list import format_by_id
from tarvis_core.annotation.label_set import load_label_set
from tests.training.metrics.fixture_cases import runs
from training.metrics.burst import BurstEvaluation, BurstTask
from training.metrics.j_and_f import JAndF, ScoredFrames
from training.metrics.mots import MotsEvaluation
from training.metrics.stq import SegmentationTrackingQuality
from training.metrics.track_ap import TrackAp
from training.metrics.video_inputs import (
    burst_detections,
    burst_truth,
    mots_frames,
    object_masks,
    panoptic_frames,
    predicted_tracks,
    step_labels,
    true_tracks,
)
from training.metrics.vpq import CITYSCAPES_VPS_WINDOWS, VIPSEG_WINDOWS, VideoPanopticQuality

TOLERANCE = 1e-6


def parametrise(*tasks):
    return pytest.mark.parametrize("run", runs(*tasks), ids=str)


def kinds(label_set):
    things = {category.id for category in label_set.things}
    return {category.id: category.id in things for category in label_set.categories}


@parametrise("ytvis")
def test_that_track_ap_is_the_same_through_the_reader(run):
    known = format_by_id("youtube_vis")
    truth = known.read(run.path("gt"))
    options = ReadOptions(label_set=truth.label_set)
    results = {
        video.extras["youtube_vis"]["id"]: video for video in known.read(run.path("pred"), options)
    }
    measure = TrackAp([category.id for category in truth.label_set.categories])
    for video in sorted(truth, key=lambda video: video.extras["youtube_vis"]["id"]):
        predicted = results.get(video.extras["youtube_vis"]["id"])
        tracks = [] if predicted is None else predicted_tracks(predicted)
        measure.add_video(true_tracks(video), tracks)

    summary = measure.result().summary
    names = ("AP", "AP50", "AP75", "AR10")
    expected = [run.values["summary"][name] for name in names]
    assert [summary[name] for name in names] == pytest.approx(expected, abs=TOLERANCE)


@parametrise("stq_kitti")
def test_that_stq_is_the_same_through_the_reader(run):
    known, label_set = format_by_id("kitti_step"), load_label_set("kitti_step")
    options = ReadOptions(label_set=label_set)
    measure = SegmentationTrackingQuality(19, {c.id for c in label_set.things})
    pairs = zip(
        known.read(run.path("gt_dir"), options),
        known.read(run.path("pred_dir"), options),
        strict=True,
    )
    for truth, predicted in pairs:
        for frames in zip(step_labels(truth), step_labels(predicted), strict=True):
            measure.add_frame(*frames, truth.name)

    total = measure.result().total
    expected = [run.values[name] for name in ("STQ", "AQ", "IoU")]
    assert [total.stq, total.aq, total.sq] == pytest.approx(expected, abs=TOLERANCE)


@parametrise("vpq_cityscapes", "vpq_vipseg")
def test_that_vpq_is_the_same_through_the_readers(run):
    is_vipseg = run.task == "vpq_vipseg"
    known = format_by_id("vipseg" if is_vipseg else "cityscapes_vps")
    truth = known.read(run.path("gt_json"))
    predicted = known.read(run.path("pred_dir"), ReadOptions(label_set=truth.label_set))
    windows = VIPSEG_WINDOWS if is_vipseg else CITYSCAPES_VPS_WINDOWS
    measure = VideoPanopticQuality(kinds(truth.label_set), windows)
    by_name = {video.name: video for video in predicted}
    for video in truth:
        frames = panoptic_frames(video), panoptic_frames(by_name[video.name])
        measure.add_video(zip(*frames, strict=True))

    values = run.values["paper_1_2_4_6"] if is_vipseg else run.values
    found = measure.result()
    expected = [values[name] for name in ("VPQ", "VPQ_thing", "VPQ_stuff")]
    assert [found.vpq, found.vpq_thing, found.vpq_stuff] == pytest.approx(expected, abs=TOLERANCE)


@parametrise("davis")
def test_that_j_and_f_is_the_same_through_the_reader(run):
    if run.options.get("davis_task") == "unsupervised":
        return  # its objects are those of the first frame, whatever the reader finds
    known = format_by_id("davis")
    truth = known.read(run.path("davis_root"), ReadOptions(split="val"))
    predicted = {video.name: video for video in known.read(run.path("pred_dir"))}
    measure = JAndF()
    for video in truth:
        objects = range(1, max(video.load_frame(0).masks, default=0) + 1)
        frames = object_masks(video), object_masks(predicted[video.name])
        measure.add_sequence(video.name, zip(*frames, strict=True), objects, ScoredFrames.INNER)

    assert measure.result().j_and_f == pytest.approx(run.values["J&F-Mean"], abs=TOLERANCE)


@parametrise("burst")
def test_that_burst_scores_are_the_same_through_the_reader(run):
    if run.options["burst_task"] == "open_world":
        return  # three files of truth, which the test of official values reads
    known = format_by_id("burst")
    truth = known.read(run.path("gt_dir") / "all_classes.json")
    predicted = {video.name: video for video in known.read(run.path("pred"))}
    measure = BurstEvaluation(BurstTask(run.options["burst_task"]))
    for video in truth:
        extras = video.extras["burst"]
        lists = (
            frozenset(extras["neg_category_ids"]),
            frozenset(extras["not_exhaustive_category_ids"]),
        )
        measure.add_sequence(
            burst_truth(video, *lists), burst_detections(predicted[video.name], video)
        )

    mean = measure.result().mean()
    expected = [run.values["summary_percent"][name]["all"] for name in ("HOTA", "AP")]
    assert [100 * mean.hota.score, 100 * mean.ap] == pytest.approx(expected, abs=1e-4)


@parametrise("mots")
def test_that_mots_scores_are_the_same_through_the_reader(run):
    known = format_by_id("mots")
    truth = known.read(run.path("gt_dir"))
    predicted = {video.name: video for video in known.read(run.path("pred_dir"))}
    measure = MotsEvaluation()
    for video in truth:
        frames = mots_frames(video)
        found = mots_frames(predicted[video.name])
        found += [type(found[0])({}, ())] * (len(frames) - len(found))
        measure.add_sequence(frames, found)

    scores = measure.result()
    expected = [run.values[name]["HOTA"]["HOTA"] for name in ("car", "pedestrian")]
    assert [scores[1].hota.score, scores[2].hota.score] == pytest.approx(expected, abs=TOLERANCE)
