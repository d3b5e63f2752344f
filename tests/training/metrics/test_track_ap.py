import contextlib
import io
import json

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from training.metrics.track_ap import (
    PredictedTrack,
    TrackAp,
    TrueTrack,
    mean_area,
    occlusion_score,
    track_ious,
)
from training.metrics.track_ap_files import evaluate_track_files

SIZE = (20, 30)


def box(x, y, width=6, height=5):
    pixels = np.zeros(SIZE, dtype=bool)
    pixels[y : y + height, x : x + width] = True
    return Mask.from_array(pixels)


def random_scene(seed, num_images=6):
    """Images of boxes: (true, predicted) as (category, mask, score); scores tie often."""
    random = np.random.default_rng(seed)
    scene = []
    for _ in range(num_images):
        true = [(int(random.integers(1, 4)), box(*random.integers(0, 14, 2))) for _ in range(4)]
        predicted = [
            (
                int(random.integers(1, 4)),
                box(*random.integers(0, 14, 2)),
                float(random.integers(0, 5)) / 4,
            )
            for _ in range(int(random.integers(0, 140)))
        ]
        predicted += [(category, mask, 0.6) for category, mask in true[: random.integers(0, 5)]]
        scene.append((true, predicted))
    return scene


def coco_scores(scene):
    images = [{"id": i, "height": SIZE[0], "width": SIZE[1]} for i in range(1, len(scene) + 1)]
    annotations, results = [], []
    for image, (true, predicted) in enumerate(scene, start=1):
        for category, mask in true:
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": category,
                    "iscrowd": 0,
                    "area": mask.area,
                    "segmentation": mask.to_coco_rle(),
                }
            )
        results += [
            {
                "image_id": image,
                "category_id": category,
                "score": score,
                "segmentation": mask.to_coco_rle(),
            }
            for category, mask, score in predicted
        ]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": images,
            "annotations": annotations,
            "categories": [{"id": number, "name": str(number)} for number in (1, 2, 3)],
        }
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "segm")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    names = ("AP", "AP50", "AP75", None, None, None, "AR1", "AR10", "AR100")
    return {name: value for name, value in zip(names, evaluation.stats, strict=False) if name}


@pytest.mark.parametrize("seed", range(4))
def test_that_ap_of_one_frame_videos_is_cocos_ap_of_images(seed):
    scene = random_scene(seed)
    measure = TrackAp([1, 2, 3])
    for true, predicted in scene:
        measure.add_video(
            [TrueTrack(category, {0: mask}) for category, mask in true],
            [PredictedTrack(category, score, {0: mask}) for category, mask, score in predicted],
        )
    found = measure.result().summary

    expected = coco_scores(scene)
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-9)


def test_that_overlap_counts_frames_that_only_one_track_covers():
    predicted = PredictedTrack(1, 1.0, {0: box(0, 0), 1: box(0, 0)})
    true = TrueTrack(1, {1: box(0, 0), 2: box(0, 0)})

    assert track_ious([predicted], [true]).tolist() == [[pytest.approx(1 / 3)]]


def test_that_tracks_of_different_length_are_compared_up_to_the_shorter():
    predicted = PredictedTrack(1, 1.0, {0: box(0, 0)}, num_frames=1)
    true = TrueTrack(1, {0: box(0, 0), 2: box(0, 0)}, num_frames=3)

    assert track_ious([predicted], [true]).tolist() == [[1.0]]


def test_that_tracks_without_a_pixel_do_not_overlap():
    empty = Mask.empty(*SIZE)

    ious = track_ious(
        [PredictedTrack(1, 1.0, {0: empty})], [TrueTrack(1, {}), TrueTrack(1, {0: empty})]
    )

    assert ious.tolist() == [[0.0, 0.0]]


def test_that_codes_and_masks_may_be_mixed():
    coded = PredictedTrack(1, 1.0, {0: box(0, 0).to_coco_rle(), 1: box(4, 4).to_coco_rle()})
    true = TrueTrack(1, {0: box(3, 0), 1: box(4, 4)})

    plain = PredictedTrack(1, 1.0, {0: box(0, 0), 1: box(4, 4)})
    assert track_ious([coded], [true]) == track_ious([plain], [true])


def test_that_without_videos_there_is_no_score():
    assert set(TrackAp([1, 2]).result().summary.values()) == {-1.0}


def test_that_a_crowd_takes_any_number_of_predictions():
    crowd = TrueTrack(1, {0: box(0, 0, 12, 10)}, is_crowd=True)
    inside = [
        PredictedTrack(1, 0.9, {0: box(0, 0, 12, 10)}),
        PredictedTrack(1, 0.8, {0: box(0, 0, 12, 9)}),
    ]
    real, found = TrueTrack(1, {0: box(15, 12)}), PredictedTrack(1, 0.5, {0: box(15, 12)})
    measure = TrackAp([1])
    measure.add_video([crowd, real], [*inside, found])

    assert measure.result().summary["AP50"] == pytest.approx(1.0)


def test_that_the_annotation_with_number_zero_counts_as_no_match():
    measure = TrackAp([1])
    track = {0: box(0, 0)}
    measure.add_video([TrueTrack(1, track, counts_as_match=False)], [PredictedTrack(1, 1.0, track)])

    assert measure.result().summary["AP"] == 0.0


def test_that_occlusion_is_that_of_the_worse_half():
    assert occlusion_score([0.0, 0.25, 0.75]) == pytest.approx(0.5)
    assert occlusion_score([]) == 0.0


def test_that_frames_without_pixels_do_not_lower_the_mean_area():
    assert mean_area({0: box(0, 0), 1: Mask.empty(*SIZE)}) == 30
    assert mean_area({}) == 0.0


def test_that_ovis_numbers_need_occlusion():
    measure = TrackAp([1], with_occlusion=True)
    with pytest.raises(ValueError, match="occlusion"):
        measure.add_video([TrueTrack(1, {0: box(0, 0)})], [])


def truth_file(folder, **changes):
    content = {
        "videos": [{"id": 1, "height": 20, "width": 30, "file_names": ["a"]}],
        "categories": [{"id": 1, "name": "a"}],
        "annotations": [
            {
                "id": 1,
                "video_id": 1,
                "category_id": 1,
                "iscrowd": 0,
                "areas": [30],
                "segmentations": [box(0, 0).to_coco_rle()],
            }
        ],
    } | changes
    path = folder / "truth.json"
    path.write_text(json.dumps(content))
    return path


def results_file(folder, **changes):
    entry = {
        "video_id": 1,
        "category_id": 1,
        "score": 0.5,
        "segmentations": [box(0, 0).to_coco_rle()],
    } | changes
    path = folder / "results.json"
    path.write_text(json.dumps([entry]))
    return path


def test_that_a_perfect_file_scores_one(tmp_path):
    result = evaluate_track_files(truth_file(tmp_path), results_file(tmp_path))

    assert result.summary["AP"] == pytest.approx(1.0)


def test_that_validation_files_without_annotations_have_no_score(tmp_path):
    result = evaluate_track_files(truth_file(tmp_path, annotations=None), results_file(tmp_path))

    assert result.summary["AP"] == -1.0


@pytest.mark.parametrize(
    "changes",
    [
        {"video_id": 2},
        {"score": None},
        {"segmentations": [{"size": [20, 30], "counts": "P"}]},
        {"segmentations": [{"size": [20, 31], "counts": "`1"}]},
        {"segmentations": [{"size": [20, 30], "counts": [1, 2]}]},
        {"segmentations": [{"size": [20, 30], "counts": "\u00e9"}]},
        {"segmentations": [7]},
        {"segmentations": None},
    ],
    ids=str,
)
def test_that_damaged_results_are_named(tmp_path, changes):
    with pytest.raises(FormatError, match=r"results\.json"):
        evaluate_track_files(truth_file(tmp_path), results_file(tmp_path, **changes))
