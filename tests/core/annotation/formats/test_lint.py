import dataclasses

from tarvis_core.annotation.formats.davis import DavisFormat
from tarvis_core.annotation.formats.lint import LintKind, lint, lint_masks
from tarvis_core.annotation.formats.youtube_vis import YoutubeVisFormat
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tests.core.annotation.formats.scenes import box_mask, collection, scene_video
from tests.fakes.projects import COW, GRASS, rectangle, sample_project

DAVIS, YOUTUBE_VIS = DavisFormat().capabilities, YoutubeVisFormat().capabilities


def _by_kind(findings):
    return {finding.kind: finding for finding in findings}


def test_that_a_clean_scene_has_no_findings():
    assert lint(collection(scene_video()), YOUTUBE_VIS) == ()


def test_that_an_empty_track_is_found():
    video = scene_video([{1: box_mask(0, 0, 1, 1), 2: Mask.empty(6, 8)}])

    finding = _by_kind(lint(collection(video)))[LintKind.EMPTY_TRACK]

    assert (finding.count, finding.target) == (1, 2)
    assert "target 2" in str(finding.message)


def test_that_a_missing_class_matters_only_where_there_are_classes():
    video = scene_video(categories={1: None})

    assert LintKind.NO_CLASS in _by_kind(lint(collection(video), YOUTUBE_VIS))
    assert LintKind.NO_CLASS not in _by_kind(lint(collection(video), DAVIS))


def test_that_a_class_outside_the_label_set_is_found():
    findings = _by_kind(lint(collection(scene_video(categories={2: 999}))))

    assert findings[LintKind.UNKNOWN_CLASS].target == 2


def test_that_unverified_masks_are_counted_with_the_first_place():
    video = scene_video(attributes={"state": FrameState.PREDICTED}, frame_numbers=(4, 5, 6))

    finding = _by_kind(lint(collection(video)))[LintKind.UNVERIFIED]

    assert (finding.count, finding.frame) == (5, 4)


def test_that_keyframes_are_not_unverified():
    video = scene_video(attributes={"state": FrameState.KEYFRAME})

    assert lint(collection(video)) == ()


def test_that_masks_older_than_a_correction_are_counted_with_the_first_place():
    project = sample_project()
    frames = {
        frame: TrackFrame(rectangle(3, 4, 10, 8), state, source=MaskSource("test", "", made_at))
        for frame, state, made_at in (
            (4, FrameState.PREDICTED, 50.0),
            (5, FrameState.PREDICTED, 50.0),
            (6, FrameState.KEYFRAME, 60.0),
        )
    }
    project.apply([project.masks.change_to(COW, f, held) for f, held in frames.items()])

    (finding,) = lint_masks(project, range(4, 12), [COW])

    assert (finding.kind, finding.count) == (LintKind.OUTDATED, 2)
    assert str(finding.message) == (
        "cow: 2 masks are older than a correction beside them (first: target 1, frame 4)"
    )
    assert lint_masks(project, range(6, 7), [COW]) == ()
    assert lint_masks(project, range(12), [GRASS]) == ()


def test_that_overlaps_matter_only_to_exclusive_formats():
    video = scene_video([{}, {1: box_mask(0, 0, 4, 4), 2: box_mask(2, 2, 6, 5)}])

    assert LintKind.OVERLAPS not in _by_kind(lint(collection(video), YOUTUBE_VIS))
    assert _by_kind(lint(collection(video), DAVIS))[LintKind.OVERLAPS].frame == 1


def test_that_too_many_targets_are_found():
    masks = {number: box_mask(0, 0, 1, 1) for number in range(1, 5)}
    can = dataclasses.replace(YOUTUBE_VIS, max_target_id=3)

    findings = _by_kind(lint(collection(scene_video([masks])), can))

    assert findings[LintKind.TOO_MANY_TARGETS].count == 4


def test_that_progress_counts_frames():
    seen = []

    lint(collection(scene_video(), scene_video()), progress=seen.append)

    assert [round(6 * progress.fraction) for progress in seen] == [1, 2, 3, 4, 5, 6]
