"""Targets carried through videos by a network that segments by colour."""

from collections import defaultdict
from threading import Event

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tarvis_core.annotation.exemplar import BoxExemplar, MaskExemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import Direction, TrackRequest
from tarvis_core.errors import VideoError
from tarvis_core.inference.caches import Caches
from tarvis_core.inference.clip_source import ClipSource
from tarvis_core.inference.network import Network
from tarvis_core.inference.propagation import propagate
from tarvis_core.inference.settings import ClipSettings, InferenceSettings
from tarvis_core.model.behaviour import Behaviour
from tests.fakes.array_video import BLUE, GREEN, RED, YELLOW, ArrayVideo, painted, pixels_of
from tests.fakes.colour_network import ColourNetwork

CLIP = ClipSettings(4, 2)
PLAIN = InferenceSettings(reacquire_score=None)
SIZE = (64, 96)


def source_of(frames, clip=CLIP, network=None, cache_bytes=2**26):
    network = network or ColourNetwork()
    return ClipSource(
        ArrayVideo(frames), Network(network, torch.device("cpu")), Caches.of(cache_bytes), clip
    )


def run(
    source,
    exemplars,
    first=0,
    last=None,
    direction=Direction.BOTH,
    options=PLAIN,
    stop=None,
    wanted=None,
):
    """Every clip of a run."""
    last = source.num_frames - 1 if last is None else last
    request = TrackRequest(tuple(exemplars), first, last, direction, wanted)
    return list(propagate(source, request, options, stop))


def by_target(clips):
    """Target → frame → mask or None; each may be answered once."""
    answers = defaultdict(dict)
    for clip in clips:
        for target, masks in clip.masks.items():
            assert set(masks) <= set(clip.frames)
            for frame in clip.frames:
                assert frame not in answers[target], f"{target} on {frame} answered twice"
                answers[target][frame] = masks.get(frame)
    return answers


def seen(answers):
    return {frame for frame, mask in answers.items() if mask is not None}


def assert_follows(answers, frames, colour, share=0.9):
    """The masks lie on pixels of this colour and nowhere else."""
    for frame, predicted in answers.items():
        inside = pixels_of(frames, frame, colour)
        assert predicted is not None, f"nothing on {frame}"
        mask = predicted.mask.to_array()
        assert (mask & ~inside).sum() == 0
        assert (mask & inside).sum() >= 0.5 * share * inside.sum()


def two_squares(frame):
    return [(RED, 4 + 4 * frame, 8, 16), (BLUE, 76 - 4 * frame, 36, 16)]


def drawn(frames, number, colour, target):
    return MaskExemplar(number, target, Mask.from_array(pixels_of(frames, number, colour)))


def test_that_targets_are_carried_both_ways_from_different_frames():
    frames = painted(12, squares=two_squares)
    exemplars = [drawn(frames, 3, RED, 1), PointExemplar(7, 2, 76 - 28 + 8, 44)]

    answers = by_target(run(source_of(frames), exemplars))

    assert seen(answers[1]) == seen(answers[2]) == set(range(12))
    assert_follows(answers[1], frames, RED)
    assert_follows(answers[2], frames, BLUE)


@pytest.mark.parametrize(
    ("direction", "expected"),
    [(Direction.FORWARD, range(5, 12)), (Direction.BACKWARD, range(6))],
)
def test_that_one_direction_answers_for_its_frames_only(direction, expected):
    frames = painted(12, squares=two_squares)

    answers = by_target(run(source_of(frames), [drawn(frames, 5, RED, 1)], direction=direction))

    assert set(answers[1]) == set(expected)
    assert_follows(answers[1], frames, RED)


def test_that_frames_come_in_the_order_of_the_run_and_are_counted():
    frames = painted(11, squares=two_squares)

    clips = run(source_of(frames), [drawn(frames, 5, RED, 1)])

    order = [frame for clip in clips for frame in clip.frames]
    assert order == [*range(5, 11), *range(4, -1, -1)]
    assert [clip.frames_done for clip in clips] == list(np.cumsum([len(c.frames) for c in clips]))
    assert {clip.frames_total for clip in clips} == {11}


def test_that_only_wanted_frames_are_answered_though_the_exemplar_lies_outside():
    frames = painted(20, squares=lambda f: [(RED, 4 + 2 * f, 8, 16)])
    source = source_of(frames)

    answers = by_target(run(source, [drawn(frames, 2, RED, 1)], 7, 9))

    assert set(answers[1]) == {7, 8, 9}
    assert max(source.video.read) < 12, "frames far behind the range are not even read"


@pytest.mark.parametrize(
    ("num_frames", "size"), [(1, (64, 96)), (2, (37, 53)), (4, (65, 129)), (7, (20, 200))]
)
def test_that_short_videos_and_odd_sizes_are_tracked(num_frames, size):
    frames = painted(num_frames, size, squares=lambda f: [(RED, 8, 4, 16)])

    answers = by_target(run(source_of(frames), [PointExemplar(0, 1, 16, 12)]))

    assert set(answers[1]) == set(range(num_frames))
    assert all(each.mask.size == size for each in answers[1].values())


def test_that_drawn_masks_come_back_bit_exact_even_where_the_network_disagrees():
    frames = painted(12, squares=two_squares)
    scribble = np.zeros(SIZE, np.bool_)
    scribble[2:5, 50:90] = True
    scribble[60, 3] = True
    exemplars = [drawn(frames, 0, RED, 1), MaskExemplar(6, 1, Mask.from_array(scribble))]

    answers = by_target(run(source_of(frames), exemplars))

    assert answers[1][6].mask == Mask.from_array(scribble)
    assert answers[1][0].mask == exemplars[0].mask
    assert answers[1][6].score == 1.0


def test_that_an_empty_keyframe_makes_the_target_absent_there():
    frames = painted(8, squares=two_squares)

    answers = by_target(
        run(source_of(frames), [drawn(frames, 0, RED, 1), MaskExemplar(3, 1, Mask.empty(*SIZE))])
    )

    assert seen(answers[1]) == set(range(8)) - {3}


def test_that_an_object_that_enters_later_has_no_masks_before():
    frames = painted(10, squares=two_squares)
    exemplars = [drawn(frames, 0, RED, 1), drawn(frames, 5, BLUE, 2)]

    answers = by_target(run(source_of(frames), exemplars, direction=Direction.FORWARD))

    assert set(answers[1]) == set(range(10))
    assert set(answers[2]) == set(range(5, 10))
    assert_follows(answers[2], frames, BLUE)


def test_that_nothing_is_answered_but_what_is_wanted():
    frames = painted(12, squares=two_squares)
    exemplars = [drawn(frames, 0, RED, 1), drawn(frames, 0, BLUE, 2)]

    answers = by_target(run(source_of(frames), exemplars, wanted={2: ((3, 5), (9, 20))}))

    assert set(answers) == {2}
    assert set(answers[2]) == {3, 4, 5, 9, 10, 11}
    assert_follows(answers[2], frames, BLUE)


def test_that_a_rival_takes_pixels_though_nothing_of_it_is_wanted():
    nearly_red = (200, 30, 30)
    frames = painted(8, squares=lambda frame: [(RED, 8, 8, 16), (nearly_red, 24, 8, 16)])
    left, right = drawn(frames, 0, RED, 1), drawn(frames, 0, nearly_red, 2)

    alone = by_target(run(source_of(frames), [left]))
    beside = by_target(run(source_of(frames), [left, right], wanted={1: ((0, 7),)}))

    assert alone[1][3].mask.intersection_area(right.mask)
    assert set(beside) == {1}
    assert not beside[1][3].mask.intersection_area(right.mask)


@pytest.mark.parametrize("is_backward", [False, True])
def test_that_a_target_that_is_said_to_be_gone_competes_no_more(is_backward):
    frames = painted(16, squares=lambda frame: [(RED, 8, 8, 16)])
    last = 15
    first, middle = (last, 8) if is_backward else (0, 7)
    gone = MaskExemplar(middle, 1, Mask.empty(*SIZE))
    given = [drawn(frames, first, RED, 1), gone, drawn(frames, middle, RED, 2)]
    before = (middle + 1, last) if is_backward else (0, middle - 1)
    after = (0, middle) if is_backward else (middle, last)

    answers = by_target(
        run(
            source_of(frames),
            given,
            direction=Direction.BACKWARD if is_backward else Direction.FORWARD,
            wanted={1: (before,), 2: (after,)},
        )
    )

    assert seen(answers[1]) == set(range(before[0], before[1] + 1))
    assert seen(answers[2]) == set(range(after[0], after[1] + 1))
    assert_follows(answers[2], frames, RED)


def test_that_nobody_looks_for_a_lost_rival():
    network = ColourNetwork()
    frames = painted(40, squares=visible_until(3))
    red = drawn(frames, 0, RED, 1)
    clicked = PointExemplar(39, 2, 90.0, 60.0)

    run(source_of(frames, network=network), [red, clicked], wanted={2: ((38, 39),)})

    assert network.encoded_frames < 12


def visible_until(last, back_from=10**6):
    return lambda f: [(RED, 8, 8, 16)] if f <= last or f >= back_from else []


def test_that_a_lost_target_is_told_once_and_stays_absent():
    frames = painted(14, squares=visible_until(3, back_from=9))

    clips = run(source_of(frames), [drawn(frames, 0, RED, 1)])

    answers = by_target(clips)
    assert seen(answers[1]) == set(range(4))
    assert set(answers[1]) == set(range(14)), "absence is an answer, too"
    assert [clip.lost for clip in clips if clip.lost] == [(1,)]


def test_that_clips_without_a_target_are_not_encoded():
    network = ColourNetwork()
    frames = painted(40, squares=visible_until(3))

    run(source_of(frames, network=network), [drawn(frames, 0, RED, 1)])

    assert network.encoded_frames < 12


def test_that_a_later_exemplar_brings_a_lost_target_back():
    frames = painted(20, squares=visible_until(3, back_from=12))
    exemplars = [drawn(frames, 0, RED, 1), PointExemplar(14, 1, 16, 16)]

    answers = by_target(run(source_of(frames), exemplars, direction=Direction.FORWARD))
    both_ways = by_target(run(source_of(frames), exemplars))

    assert seen(answers[1]) == {0, 1, 2, 3, *range(14, 20)}
    assert seen(both_ways[1]) == {0, 1, 2, 3, *range(12, 20)}


def test_that_a_lost_target_is_found_again_by_its_last_exemplar():
    frames = painted(20, squares=visible_until(3, back_from=12))
    options = InferenceSettings(reacquire_score=0.8)

    answers = by_target(run(source_of(frames), [drawn(frames, 0, RED, 1)], options=options))

    assert seen(answers[1]) == {0, 1, 2, 3, *range(12, 20)}
    assert_follows({f: answers[1][f] for f in range(12, 20)}, frames, RED)


def test_that_an_uncertain_look_alike_does_not_count_as_the_lost_target():
    frames = painted(16, squares=lambda f: [(RED, 8, 8, 16)] if f < 4 else [])
    frames[8:, 8:24, 8:24] = (200, 50, 50)  # similar: logits just above zero

    options = InferenceSettings(reacquire_score=0.9999)
    answers = by_target(run(source_of(frames), [drawn(frames, 0, RED, 1)], options=options))

    assert seen(answers[1]) == set(range(4))


def test_that_a_target_found_again_takes_no_pixel_of_others():
    frames = painted(16, squares=lambda f: [(GREEN, 40, 8, 16), *visible_until(3)(f)])
    frames[:, 8:24, 60:76] = RED  # a look-alike that is a target of its own
    exemplars = [
        MaskExemplar(0, 1, Mask.from_array(np.pad(np.ones((16, 16)), ((8, 40), (8, 72))) > 0)),
        PointExemplar(0, 2, 68, 16),
        PointExemplar(0, 3, 48, 16),
    ]
    options = InferenceSettings(reacquire_score=0.5)

    answers = by_target(run(source_of(frames), exemplars, options=options))

    for frame in range(16):
        masks = [answers[t][frame].mask for t in (1, 2, 3) if answers[t][frame] is not None]
        areas = sum(mask.area for mask in masks)
        union = masks[0]
        for mask in masks[1:]:
            union = union.union(mask)
        assert union.area == areas


def test_that_several_clicks_of_a_target_join_its_parts():
    frames = painted(8, squares=lambda f: [(RED, 8, 8, 16), (YELLOW, 24, 8, 16)])
    clicks = [PointExemplar(0, 1, 16, 16), PointExemplar(0, 1, 32, 16)]

    answers = by_target(run(source_of(frames), clicks))
    first_clip = answers[1][0].mask.to_array()

    assert first_clip[16, 16]
    assert first_clip[16, 32]


def test_that_a_negative_click_keeps_its_target_off_a_look_alike():
    similar = (200, 50, 50)
    frames = painted(12, squares=lambda f: [(RED, 8, 8, 16), (similar, 60, 30 + f % 3, 20)])
    click = PointExemplar(0, 1, 16, 16)
    negative = PointExemplar(0, 1, 70, 40, is_positive=False)

    without = by_target(run(source_of(frames), [click]))
    with_negative = by_target(run(source_of(frames), [click, negative]))

    assert all(without[1][f].mask.to_array()[40, 70] for f in range(12)), "the trap works"
    assert set(with_negative) == {1}, "the distractor is hidden"
    for frame in range(12):
        mask = with_negative[1][frame].mask.to_array()
        assert not mask[40, 70]
        assert mask[16, 16]


def test_that_a_box_starts_a_target_and_bounds_it_on_its_frame():
    frames = painted(6, squares=lambda f: [(RED, 8, 8, 40)])

    answers = by_target(run(source_of(frames), [BoxExemplar(0, 1, (12, 12, 36, 30))]))

    assert answers[1][0].mask.box == (12, 12, 36, 30)
    assert_follows(answers[1], frames, RED, share=0.3)


def test_that_a_scene_at_rest_has_no_disagreement_and_shared_frames_have_one():
    frames = painted(8, squares=lambda f: [(RED, 8, 8, 16)])

    answers = by_target(run(source_of(frames), [PointExemplar(0, 1, 16, 16)]))

    disagreements = [answers[1][frame].disagreement for frame in range(8)]
    assert disagreements == [None, None, 0.0, 0.0, 0.0, 0.0, None, None]


def test_that_the_same_request_gives_the_same_masks_whatever_the_cache_holds():
    frames = painted(15, squares=two_squares)
    exemplars = [drawn(frames, 6, RED, 1), PointExemplar(2, 2, 76, 44)]
    cached, uncached = source_of(frames), source_of(frames, cache_bytes=0)

    first, again, fresh = run(cached, exemplars), run(cached, exemplars), run(uncached, exemplars)

    assert first == again == fresh


def test_that_every_frame_passes_the_trunk_once_and_later_runs_encode_nothing():
    network = ColourNetwork()
    frames = painted(20, squares=two_squares)
    source = source_of(frames, network=network)
    run(source, [drawn(frames, 9, RED, 1)])
    assert network.encoded_frames == 20
    clips_encoded = network.calls["encode_clip"]

    run(source, [drawn(frames, 4, BLUE, 2), PointExemplar(15, 2, 24, 44)])

    assert network.encoded_frames == 20
    assert network.calls["encode_clip"] == clips_encoded


def test_that_a_set_event_stops_before_the_next_clip_and_keeps_what_is_done():
    network, stop = ColourNetwork(), Event()
    frames = painted(40, squares=lambda f: [(RED, 8, 8, 16)])
    source = source_of(frames, network=network)
    request = TrackRequest((PointExemplar(0, 1, 16, 16),), 0, 39)
    found = []
    for clip in propagate(source, request, PLAIN, stop):
        found.append(clip)
        stop.set()

    assert network.calls["encode_clip"] == 1
    assert [frame for clip in found for frame in clip.frames] == [0, 1, 2, 3]


def test_that_an_event_set_beforehand_answers_nothing():
    stop = Event()
    stop.set()
    frames = painted(4, squares=two_squares)

    assert run(source_of(frames), [drawn(frames, 0, RED, 1)], stop=stop) == []


def test_that_a_frame_that_cannot_be_read_ends_the_run_after_what_was_done():
    frames = painted(12, squares=lambda f: [(RED, 8, 8, 16)])
    source = source_of(frames)
    source.video = ArrayVideo(frames, broken_from=7)
    request = TrackRequest((PointExemplar(0, 1, 16, 16),), 0, 11)
    found = []

    def take_all():
        for clip in propagate(source, request, PLAIN):
            found.extend(clip.frames)

    with pytest.raises(VideoError, match="frame 7"):
        take_all()

    assert found == list(range(6)), "the clips 0…3 and 2…5 were whole"


def test_that_exemplars_outside_the_video_are_refused():
    frames = painted(4, squares=two_squares)

    with pytest.raises(ValueError, match="frames"):
        run(source_of(frames), [PointExemplar(4, 1, 1, 1)])


def test_that_a_target_with_negative_clicks_only_is_not_answered():
    frames = painted(4, squares=two_squares)

    assert run(source_of(frames), [PointExemplar(0, 1, 9, 9, is_positive=False)]) == []


def test_that_a_video_of_one_clip_has_masks_unless_published():
    frames = painted(4, squares=lambda f: [(RED, 8, 8, 16)])
    exemplars = [drawn(frames, 0, RED, 1)]
    published = InferenceSettings(behaviour=Behaviour.PUBLISHED)

    assert seen(by_target(run(source_of(frames), exemplars))[1]) == set(range(4))
    as_published = run(source_of(frames), exemplars, direction=Direction.FORWARD, options=published)
    assert seen(by_target(as_published)[1]) == set()


def test_that_ids_are_right_in_the_last_clip_unless_published():
    # target 1 leaves before the last clip (frames 4…7), target 2 stays
    frames = painted(
        8, squares=lambda f: [(BLUE, 60, 30, 16)] + ([(RED, 8, 8, 16)] if f < 4 else [])
    )
    exemplars = [drawn(frames, 0, RED, 1), drawn(frames, 0, BLUE, 2)]
    published = InferenceSettings(behaviour=Behaviour.PUBLISHED)

    intended = by_target(run(source_of(frames), exemplars))
    as_published = by_target(
        run(source_of(frames), exemplars, direction=Direction.FORWARD, options=published)
    )

    assert seen(intended[2]) == set(range(8))
    assert_follows(intended[2], frames, BLUE)
    assert as_published[1][6].mask.to_array()[38, 68], "the published code confuses them"


@settings(max_examples=15, deadline=None)
@given(
    num_frames=st.integers(1, 18),
    length=st.integers(2, 6),
    direction=st.sampled_from(Direction),
    data=st.data(),
)
def test_that_every_schedule_answers_every_frame(num_frames, length, direction, data):
    clip = ClipSettings(length, data.draw(st.integers(1, length // 2)))
    at = data.draw(st.lists(st.integers(0, num_frames - 1), min_size=1, max_size=3, unique=True))
    frames = painted(num_frames, (32, 32), squares=lambda f: [(RED, 8, 8, 16)])
    exemplars = [PointExemplar(frame, 1, 16, 16) for frame in at]

    answers = by_target(run(source_of(frames, clip), exemplars, direction=direction))

    expected = {
        Direction.BOTH: set(range(num_frames)),
        Direction.FORWARD: set(range(min(at), num_frames)),
        Direction.BACKWARD: set(range(max(at) + 1)),
    }[direction]
    assert seen(answers[1]) == expected
