"""What a frame takes is known before the first run: from what is encoded ahead of need."""

from tarvis_app.segmentation.encoding_clock import EncodingClock
from tarvis_app.segmentation.rates import EncodingRate
from tarvis_core.video.encoding_work import EncodingTimes


class Encoder:
    """Says what it is told that it encoded."""

    encoded = EncodingTimes()


def told(*clips):
    """What a clock tells of clips, each of them what was encoded for it, in two slices."""
    encoder = Encoder()
    clock = EncodingClock(encoder)
    found = []
    for number, times in enumerate(clips):
        left = len(clips) - number
        found.append(clock.note_slice(left))
        encoder.encoded = encoder.encoded.plus(times)
        found.append(clock.note_slice(left - 1))
    assert clock.num_ended == len(clips)
    return [each for each in found if each is not None]


SLOW = EncodingTimes(8, 80.0, 1, 32.0)


def test_that_a_frame_and_a_clip_take_what_they_took_after_the_first_clip():
    assert told(SLOW, EncodingTimes(4, 0.5, 1, 0.25)) == [EncodingRate(0.125, 0.25)]
    assert told(SLOW) == []


def test_that_clips_that_were_there_already_are_not_timed():
    there = EncodingTimes()
    assert told(SLOW, there, there, EncodingTimes(1, 0.125, 1, 0.5)) == [EncodingRate(0.125, 0.5)]


def test_that_a_clip_whose_frames_were_all_there_says_nothing():
    assert told(SLOW, EncodingTimes(0, 0.0, 1, 0.5)) == []


def test_that_looks_at_single_frames_do_not_count():
    clicked = EncodingTimes(4, 0.5, 1, 0.25, alone_s=7.0)
    assert told(SLOW, clicked) == [EncodingRate(0.125, 0.25)]
