"""The comparison itself: it must see every difference, or the proof is worth nothing."""

from dataclasses import replace

import pytest

from tarvis_core.annotation.formats.annotated_video import Occlusion
from tarvis_core.annotation.formats.coco import CocoFormat
from tarvis_core.annotation.formats.coco_panoptic import CocoPanopticFormat
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities, ScoreDetail
from tarvis_core.annotation.formats.round_trip import compare, write_and_check
from tarvis_core.annotation.formats.youtube_vis import OvisFormat
from tarvis_core.annotation.mask import Mask
from tests.core.annotation.formats.scenes import box_mask, collection, scene_masks, scene_video

_SEVERE = Occlusion.SEVERE
EVERYTHING = FormatCapabilities(
    overlaps=True,
    scores=ScoreDetail.MASK,
    void=True,
    crowd=True,
    categories=True,
    class_names=True,
    stuff=True,
    frame_numbers=True,
)


def _differences(first, second, capabilities=EVERYTHING):
    return list(compare(collection(first), collection(second), capabilities))


def _changed_masks():
    masks = scene_masks()
    masks[1][2] = masks[1][2].union(box_mask(0, 0, 1, 1))
    return masks


def test_that_equal_videos_do_not_differ():
    assert _differences(scene_video(), scene_video()) == []


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        (scene_video(_changed_masks()), "1 of 4 pixels differ"),
        (scene_video([*scene_masks()[:2], {1: box_mask(3, 1, 6, 3)}]), "target 2 is missing"),
        (scene_video(scene_masks()[:2]), "of 3 frames 2 are read"),
        (scene_video(categories={1: 26}), "class 3 is read as 26"),
        (scene_video(void=box_mask(0, 0, 1, 1)), "void"),
        (scene_video(attributes={"is_crowd": True}), "crowd"),
        (scene_video(frame_numbers=(0, 1, 3)), "frame numbers"),
        (scene_video([{1: Mask.empty(5, 8)}] * 3, size=(5, 8)), "size"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_that_a_difference_is_seen_and_named(changed, word):
    assert any(word in str(difference) for difference in _differences(scene_video(), changed))


def test_that_a_lost_score_is_seen():
    scored = scene_video(attributes={"score": 0.5})

    assert any("score 0.5" in str(difference) for difference in _differences(scored, scene_video()))


def test_that_a_missing_video_is_seen():
    found = list(
        compare(collection(scene_video(), scene_video()), collection(scene_video()), EVERYTHING)
    )

    assert list(map(str, found)) == ["2 videos were written, 1 are read"]


def test_that_videos_are_matched_by_name_before_order():
    first, second = scene_video(name="a"), scene_video([{1: box_mask(0, 0, 1, 1)}], name="b")

    assert list(compare(collection(first, second), collection(second, first), EVERYTHING)) == []


def test_that_what_a_format_cannot_hold_is_a_loss_and_no_difference(tmp_path):
    video = scene_video([{1: box_mask(0, 0, 4, 4), 2: box_mask(2, 2, 6, 5)}])

    result = write_and_check(CocoPanopticFormat(), collection(video), tmp_path)

    assert result.differences == ()
    assert not result.report.is_lossless


def test_that_a_damaged_file_is_a_difference(tmp_path):
    class Breaking(CocoFormat):
        def _write(self, job):
            super()._write(job)
            path = job.output.files[0]
            path.write_bytes(path.read_bytes()[:-40])

    result = write_and_check(Breaking(), collection(scene_video()), tmp_path)

    assert "cannot be read back" in str(result.differences[0])


def test_that_occlusion_is_compared_where_it_is_held(tmp_path):
    class Forgetting(OvisFormat):
        def _write(self, job):
            super()._write(job)
            path = job.output.files[0]
            path.write_text(path.read_text().replace("severe_occlusion", "no_occlusion"))

    from_video = scene_video()
    frames = [from_video.load_frame(index) for index in range(3)]
    hidden = [
        replace(frame, masks={t: replace(m, occlusion=_SEVERE) for t, m in frame.masks.items()})
        for frame in frames
    ]
    video = replace(from_video, load_frame=hidden.__getitem__)

    assert write_and_check(OvisFormat(), collection(video), tmp_path / "a").differences == ()
    assert write_and_check(Forgetting(), collection(video), tmp_path / "b").differences != ()
