import json

import numpy as np
import pytest

from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from training.metrics.burst import (
    COMMON_CLASSES,
    DISTRACTORS,
    BurstDetection,
    BurstEvaluation,
    BurstTask,
    BurstTruth,
)
from training.metrics.burst_files import evaluate_burst
from training.metrics.detections import OverlapOf

SIZE = (20, 30)
CAR, RARE, DISTRACTOR = 4, 3, 20


def box(x, y=2, width=6, height=5):
    pixels = np.zeros(SIZE, dtype=bool)
    pixels[y : y + height, x : x + width] = True
    return Mask.from_array(pixels)


def score(task, truth, predicted, **settings):
    evaluation = BurstEvaluation(task, **settings)
    evaluation.add_sequence(truth, predicted)
    return evaluation.result()


def truth(*frames, categories=None, **fields):
    return BurstTruth("val-a-b", frames, categories or {1: CAR, 2: RARE}, **fields)


def test_that_the_lists_of_classes_have_the_published_lengths():
    assert len(COMMON_CLASSES) == 78
    assert len(DISTRACTORS) == 45
    assert not COMMON_CLASSES & DISTRACTORS


def test_that_columns_are_means_over_their_classes():
    frames = [{1: box(0), 2: box(10)}] * 2
    predicted = [[BurstDetection(1, CAR, box(0))]] * 2

    result = score(BurstTask.EXEMPLAR_GUIDED, truth(*frames), predicted)

    means = {part: result.mean(part).hota.score for part in ("all", "common", "uncommon")}
    assert means == {"all": 0.5, "common": 1.0, "uncommon": 0.0}
    assert result.mean("all").ap == pytest.approx(0.5)


def test_that_distractors_are_neither_found_nor_missed():
    frames = [{1: box(0), 2: box(10)}]
    categories = {1: CAR, 2: DISTRACTOR}
    predicted = [[BurstDetection(1, CAR, box(0)), BurstDetection(2, DISTRACTOR, box(20))]]

    result = score(BurstTask.EXEMPLAR_GUIDED, truth(*frames, categories=categories), predicted)

    assert set(result.classes) == {CAR}
    assert result.mean().hota.score == 1.0
    assert result.mean("uncommon") is None


@pytest.mark.parametrize(
    ("task", "fields", "counts"),
    [
        (BurstTask.EXEMPLAR_GUIDED, {}, True),
        (BurstTask.CLASS_GUIDED, {}, True),
        (BurstTask.CLASS_GUIDED, {"not_exhaustive": frozenset({CAR})}, False),
    ],
)
def test_that_unmatched_detections_of_a_class_count_only_where_it_is_exhaustive(
    task, fields, counts
):
    predicted = [[BurstDetection(1, CAR, box(0)), BurstDetection(7, CAR, box(20))]]

    result = score(task, truth({1: box(0)}, categories={1: CAR}, **fields), predicted)

    assert result.mean().hota.num_false[0] == (1 if counts else 0)


@pytest.mark.parametrize(("negative", "count"), [(frozenset(), 0), (frozenset({CAR}), 1)])
def test_that_a_class_absent_from_a_frame_is_wrong_only_if_it_is_negative(negative, count):
    frames = [{1: box(0)}, {2: box(10)}]
    predicted = [[BurstDetection(1, CAR, box(0))], [BurstDetection(1, CAR, box(20))]]

    result = score(BurstTask.CLASS_GUIDED, truth(*frames, negative=negative), predicted)

    assert result.classes[CAR].hota.num_false[0] == count


def test_that_frames_without_objects_are_no_frames():
    predicted = [[BurstDetection(1, CAR, box(0))], [BurstDetection(1, CAR, box(0))]]

    result = score(
        BurstTask.EXEMPLAR_GUIDED, truth({1: box(0)}, {}, categories={1: CAR}), predicted
    )

    assert result.mean().hota.score == 1.0
    assert result.mean().ap < 1.0  # the average precision does see them


def test_that_published_hota_compares_boxes():
    ring = box(0, 0, 10, 10).difference(box(1, 1, 8, 8))
    predicted = [[BurstDetection(1, CAR, box(0, 0, 10, 10))]]
    sequence = truth({1: ring}, categories={1: CAR})

    assert score(BurstTask.EXEMPLAR_GUIDED, sequence, predicted).mean().hota.score == 1.0
    by_masks = score(BurstTask.EXEMPLAR_GUIDED, sequence, predicted, overlap_of=OverlapOf.MASKS)
    assert by_masks.mean().hota.score < 0.5


def test_that_merged_classes_count_as_one():
    result = score(
        BurstTask.CLASS_GUIDED,
        truth({1: box(0)}, categories={1: 207}),
        [[BurstDetection(5, 554, box(0))]],
    )

    assert {category: part.hota.score for category, part in result.classes.items()} == {554: 1.0}


def test_that_only_the_best_three_hundred_detections_of_a_frame_count():
    many = [BurstDetection(track, CAR, box(20), 0.5) for track in range(2, 302)]

    result = score(
        BurstTask.EXEMPLAR_GUIDED,
        truth({1: box(0)}, categories={1: CAR}),
        [[*many, BurstDetection(1, CAR, box(0), 0.9)]],
    )

    assert (result.mean().hota.num_matched[0], result.mean().hota.num_false[0]) == (1, 299)


def test_that_a_track_on_a_frame_twice_or_a_missing_frame_is_refused():
    with pytest.raises(ValueError, match="two masks"):
        score(BurstTask.OPEN_WORLD, truth({1: box(0)}), [[BurstDetection(1, CAR, box(0))] * 2])
    with pytest.raises(ValueError, match="0 frames for 1"):
        score(BurstTask.OPEN_WORLD, truth({1: box(0)}), [])


def test_that_without_sequences_there_is_no_class():
    result = BurstEvaluation(BurstTask.CLASS_GUIDED).result()

    assert result.mean() is None
    assert result.pooled() is None


def burst_file(path, **changes):
    sequence = {
        "id": 1,
        "width": 30,
        "height": 20,
        "seq_name": "b",
        "dataset": "a",
        "annotated_image_paths": ["frame1.jpg"],
        "neg_category_ids": [],
        "not_exhaustive_category_ids": [],
        "track_category_ids": {"1": CAR},
        "segmentations": [{"1": {"rle": box(0).to_coco_rle()["counts"]}}],
    }
    content = {"split": "val", "categories": [{"id": CAR, "name": "car"}]}
    path.write_text(json.dumps(content | {"sequences": [sequence | changes]}))
    return path


def test_that_a_sequence_without_results_is_missed(tmp_path):
    true = burst_file(tmp_path / "truth.json")
    result = evaluate_burst(true, burst_file(tmp_path / "results.json", seq_name="other"))

    assert result.mean().hota.score == 0.0


@pytest.mark.parametrize(
    "changes",
    [
        {"segmentations": [{"7": {"rle": box(0).to_coco_rle()["counts"]}}]},
        {"segmentations": [{"1": {"rle": "P"}}]},
        {"segmentations": [{"1": {}}]},
        {"segmentations": []},
        {"segmentations": None},
        {"seq_name": "b", "annotated_image_paths": 3},
    ],
    ids=str,
)
def test_that_damaged_results_are_named(tmp_path, changes):
    true = burst_file(tmp_path / "truth.json")
    results = burst_file(tmp_path / "results.json", **changes)

    with pytest.raises(FormatError, match=r"results\.json"):
        evaluate_burst(true, results)


def test_that_a_true_track_that_is_never_seen_does_not_count(tmp_path):
    tracks = {"1": CAR, "2": CAR}
    true = burst_file(tmp_path / "truth.json", track_category_ids=tracks)
    code = {"rle": box(20).to_coco_rle()["counts"]}
    found = {"1": {"rle": box(0).to_coco_rle()["counts"]}, "2": code}
    results = burst_file(
        tmp_path / "results.json", segmentations=[found], track_category_ids=tracks
    )

    assert evaluate_burst(true, results).mean().hota.score == 1.0


def test_that_results_of_another_split_are_refused(tmp_path):
    true = burst_file(tmp_path / "truth.json")
    results = burst_file(tmp_path / "results.json")
    results.write_text(results.read_text().replace('"val"', '"test"'))

    with pytest.raises(FormatError, match="split"):
        evaluate_burst(true, results)
