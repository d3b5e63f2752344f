import numpy as np
import pytest

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    Occlusion,
    TargetMask,
)
from tarvis_core.annotation.label_set import Category, LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind
from training.metrics.burst import BurstEvaluation, BurstTask
from training.metrics.j_and_f import JAndF, ScoredFrames
from training.metrics.mots import MotsEvaluation
from training.metrics.panoptic_quality import PanopticQuality
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
from training.metrics.vpq import VideoPanopticQuality

SIZE = (12, 17)
SKY, CAR = CategoryId(1), CategoryId(2)
LABELS = LabelSet(
    "toy",
    (Category(SKY, "sky", TargetKind.STUFF), Category(CAR, "car", TargetKind.THING)),
)


def box(x, y, width=5, height=4):
    pixels = np.zeros(SIZE, dtype=bool)
    pixels[y : y + height, x : x + width] = True
    return Mask.from_array(pixels)


def video(frames, categories=None, void=None, names=None):
    """Target 1 is sky, all others are cars."""
    ids = sorted({target for frame in frames for target in frame})
    classes = {target: SKY if target == 1 else CAR for target in ids} | (categories or {})

    def load_frame(index):
        masks = {TargetId(target): mask for target, mask in frames[index].items()}
        return AnnotatedFrame(f"{index}", masks, void)

    def load_targets():
        return tuple(
            Target(
                TargetId(target),
                f"{target}",
                classes[target],
                TargetKind.STUFF if classes[target] == SKY else TargetKind.THING,
            )
            for target in ids
        )

    names = names or tuple(f"{index}" for index in range(len(frames)))
    return AnnotatedVideo("clip", SIZE, LABELS, names, load_frame, load_targets)


CLIP = video(
    [
        {1: TargetMask(box(0, 0, 17, 4)), 2: TargetMask(box(2, 6), score=0.5)},
        {1: TargetMask(box(0, 0, 17, 3)), 2: TargetMask(box(3, 6), score=0.7)},
        {1: TargetMask(box(0, 0, 17, 4)), 3: TargetMask(box(9, 6))},
    ]
)


def test_that_a_video_is_perfect_against_itself_in_every_measure():
    kinds = {SKY: False, CAR: True}
    ap, pq, vpq = TrackAp([CAR]), PanopticQuality(kinds), VideoPanopticQuality(kinds, (1, 2))
    stq, j_and_f, mots = SegmentationTrackingQuality(3, {CAR}), JAndF(), MotsEvaluation((CAR,))
    burst = BurstEvaluation(BurstTask.EXEMPLAR_GUIDED)

    ap.add_video(true_tracks(CLIP), predicted_tracks(CLIP))
    for frame in panoptic_frames(CLIP):
        pq.add_image(frame, frame)
    vpq.add_video((frame, frame) for frame in panoptic_frames(CLIP))
    for labels in step_labels(CLIP):
        stq.add_frame(labels, labels, "clip")
    masks = list(object_masks(CLIP))
    j_and_f.add_sequence("clip", zip(masks, masks, strict=True), [1, 2, 3], ScoredFrames.ALL)
    mots.add_sequence(mots_frames(CLIP), mots_frames(CLIP))
    burst.add_sequence(burst_truth(CLIP), burst_detections(CLIP, CLIP))

    assert ap.result().summary["AP"] == pytest.approx(1.0)
    assert (pq.result().all.pq, vpq.result().vpq) == (1.0, 100.0)
    assert stq.result().total.stq == 1.0
    assert j_and_f.result().j_and_f == 1.0
    assert mots.result()[CAR].hota.score == 1.0
    assert burst.result().mean().hota.score == 1.0


def test_that_a_tracks_score_is_the_mean_of_its_masks():
    scores = [track.score for track in predicted_tracks(CLIP)]
    assert scores == pytest.approx([1.0, 0.6, 1.0])


def test_that_crowds_and_occlusion_reach_the_measure():
    clip = video(
        [
            {2: TargetMask(box(2, 2), occlusion=Occlusion.SEVERE)},
            {
                2: TargetMask(box(2, 2), occlusion=Occlusion.NONE),
                3: TargetMask(box(9, 6), is_crowd=True),
            },
        ]
    )

    tracks = true_tracks(clip)

    assert [track.is_crowd for track in tracks] == [False, True]
    assert tracks[0].occlusion == 0.75


def test_that_the_upper_mask_takes_the_pixel():
    clip = video([{2: TargetMask(box(2, 2), z_order=5), 3: TargetMask(box(4, 2))}])

    ids = next(panoptic_frames(clip)).ids

    assert (ids[2, 4], ids[2, 7], ids[0, 0]) == (2, 3, 0)


def test_that_hidden_targets_are_not_listed():
    clip = video([{2: TargetMask(box(2, 2), z_order=5), 3: TargetMask(box(3, 3, 2, 2))}])

    assert [segment.id for segment in next(panoptic_frames(clip)).segments] == [2]


def test_that_crowd_and_stuff_have_no_instance_and_the_rest_is_ignored():
    clip = video(
        [
            {
                1: TargetMask(box(0, 0)),
                2: TargetMask(box(6, 0), is_crowd=True),
                3: TargetMask(box(12, 0)),
            }
        ]
    )

    labels = next(step_labels(clip))

    assert labels[0, [0, 6, 12]].tolist() == [SKY << 16, CAR << 16, (CAR << 16) + 2]
    assert labels[11, 0] == 255 << 16


def test_that_void_and_crowds_are_what_mots_ignores():
    clip = video(
        [{2: TargetMask(box(2, 2)), 3: TargetMask(box(9, 6), is_crowd=True)}], void=box(0, 8)
    )

    (frame,) = mots_frames(clip)

    assert set(frame.masks) == {(CAR, 2)}
    assert frame.ignored == (box(0, 8).union(box(9, 6)),)


def test_that_detections_are_found_by_the_frames_names():
    truth = video([{2: TargetMask(box(2, 2))}, {2: TargetMask(box(3, 2))}], names=("b", "x"))
    predicted = video(
        [{2: TargetMask(box(0, 0))}, {2: TargetMask(box(2, 2), score=0.25)}],
        {2: None},
        names=("a", "b"),
    )

    (first, second) = burst_detections(predicted, truth)

    assert [(d.track, d.category, d.mask, d.score) for d in first] == [(2, CAR, box(2, 2), 0.25)]
    assert second == []


@pytest.mark.parametrize("convert", [panoptic_frames, step_labels, mots_frames, burst_truth])
def test_that_targets_without_a_class_are_refused_where_one_is_needed(convert):
    clip = video([{2: TargetMask(box(2, 2))}], {2: None})

    with pytest.raises(ValueError, match="no class"):
        list(convert(clip))


def test_that_targets_without_a_class_have_no_tracks():
    clip = video([{2: TargetMask(box(2, 2))}], {2: None})

    assert true_tracks(clip) == []
    assert predicted_tracks(clip) == []
    with pytest.raises(ValueError, match="no class"):
        burst_detections(clip, clip)
