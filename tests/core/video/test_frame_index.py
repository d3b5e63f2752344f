from fractions import Fraction

import numpy as np
import pytest

from tarvis_core.video.frame_index import (
    DeliveredFrame,
    FrameIndex,
    Numbering,
    Packet,
    Verdict,
    index_from_frames,
    index_from_packets,
    reconcile,
)

THOUSANDTHS = Fraction(1, 1000)


def packet(pts, dts=None, is_key=False, is_shown=True):
    return Packet(pts, pts if dts is None else dts, is_key, is_shown, 100)


def index_of(*pts, claimed_fps=None, time_base=THOUSANDTHS):
    times = np.array(pts, dtype=np.int64)
    return FrameIndex(times, times < 0, time_base, (), claimed_fps=claimed_fps)


def test_that_frames_are_numbered_by_time_not_by_storage():
    index = index_from_packets(
        [packet(0, 0, is_key=True), packet(80, 20), packet(40, 40), packet(20, 60)], THOUSANDTHS
    )
    assert index.pts.tolist() == [0, 20, 40, 80]
    assert [index.number_of(time) for time in (0, 20, 40, 80)] == [0, 1, 2, 3]
    assert index.number_of(30) is None
    assert index.number_of(100) is None


def test_that_packets_that_show_nothing_have_no_number():
    packets = [packet(-20, is_key=True, is_shown=False), packet(0), packet(20, is_shown=False)]
    index = index_from_packets([*packets, packet(40)], THOUSANDTHS)
    assert index.pts.tolist() == [0, 40]
    assert [(anchor.frame, anchor.pts) for anchor in index.anchors] == [(0, -20)]
    assert index.is_key.tolist() == [False, False]


@pytest.mark.parametrize(
    "packets",
    [[], [packet(0), packet(None, 20)], [packet(0), packet(0)], [packet(0, is_shown=False)]],
    ids=["none", "no time", "same time", "none shown"],
)
def test_that_packets_without_times_of_their_own_promise_nothing(packets):
    assert index_from_packets(packets, THOUSANDTHS) is None


def test_that_the_nearest_anchor_comes_last():
    packets = [packet(time, is_key=time % 100 == 0) for time in range(0, 300, 20)]
    index = index_from_packets(packets, THOUSANDTHS)
    assert [anchor.frame for anchor in index.anchors_before(9)] == [0, 5]
    assert [anchor.frame for anchor in index.anchors_before(10)] == [0, 5, 10]
    assert np.flatnonzero(index.is_key).tolist() == [0, 5, 10]


def test_that_times_count_from_the_first_frame():
    index = index_of(5000, 5040, 5100)
    np.testing.assert_allclose(index.times_s, [0, 0.04, 0.1])
    assert [index.number_at(time) for time in (-1, 0, 0.039, 0.04, 0.1, 9)] == [0, 0, 0, 1, 2, 2]


@pytest.mark.parametrize(
    ("index", "fps"),
    [
        (index_of(0, 33, 67, 100, claimed_fps=Fraction(30000, 1001)), 30000 / 1001),
        (index_of(0, 33, 67, 100, claimed_fps=Fraction(1000)), 30.0),
        (index_of(0, 40), 25.0),
        (index_of(7, claimed_fps=Fraction(10)), 10.0),
        (index_of(7), 25.0),
    ],
    ids=["agreed", "nonsense", "none claimed", "one frame", "one frame, none claimed"],
)
def test_that_the_rate_is_the_claimed_one_where_times_agree(index, fps):
    assert index.fps == pytest.approx(fps)


def test_that_rounded_times_are_a_constant_rate():
    assert index_of(0, 33, 67, 100, 133).is_constant_rate
    assert not index_of(0, 33, 67, 120, 133).is_constant_rate
    assert index_of(5).is_constant_rate


@pytest.mark.parametrize("pts", [[], [1, 1], [2, 1]])
def test_that_times_must_increase(pts):
    with pytest.raises(ValueError, match=r"frame|increase"):
        index_of(*pts)


def test_that_an_index_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        index_of(0, 1).pts[0] = 5


@pytest.mark.parametrize(
    ("delivered", "verdict"),
    [
        ([0, 20, 40], Verdict.HOLDS),
        ([20, 40, 60], Verdict.LEADING_FRAMES_FAIL),
        ([0, 40], Verdict.UNSURE),
        ([0, 40, 20], Verdict.UNSURE),
        ([0, 10, 20], Verdict.UNSURE),
        ([None, 0], Verdict.UNSURE),
        ([60, 80], Verdict.UNSURE),
    ],
)
def test_that_an_index_holds_only_if_frames_come_as_promised(delivered, verdict):
    frames = [DeliveredFrame(time, is_key=False) for time in delivered]
    assert reconcile(index_of(0, 20, 40, 60), frames) is verdict


def test_that_frames_that_did_not_come_are_left_out():
    packets = [packet(0, is_key=True), packet(20), packet(40, is_key=True), packet(60)]
    delivered = [DeliveredFrame(time, is_key=time == 0) for time in (0, 20, 60)]
    index = index_from_frames(packets, delivered, THOUSANDTHS)
    assert index.numbering is Numbering.BY_TIME
    assert index.pts.tolist() == [0, 20, 60]
    assert [anchor.frame for anchor in index.anchors] == [0, 2]


def test_that_frames_are_counted_where_times_are_those_of_storage():
    packets = [packet(time, is_key=time in {0, 3}) for time in range(5)]
    delivered = [DeliveredFrame(time, is_key=time in {0, 3}) for time in (0, 2, 1, 3, 4)]
    index = index_from_frames(packets, delivered, THOUSANDTHS)
    assert index.numbering is Numbering.BY_COUNT
    assert index.pts.tolist() == [0, 1, 2, 3, 4]
    assert [(anchor.frame, anchor.dts) for anchor in index.anchors] == [(0, 0), (3, 3)]


def test_that_frames_without_times_get_even_ones():
    packets = [packet(None), packet(None)]
    delivered = [DeliveredFrame(None, is_key=True), DeliveredFrame(None, is_key=False)]
    index = index_from_frames(packets, delivered, THOUSANDTHS, Fraction(10))
    np.testing.assert_allclose(index.times_s, [0, 0.1])
    assert index.anchors == ()
