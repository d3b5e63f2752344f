import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.metrics.clear import Clear, Identity, clear_of_sequence, identity_of_sequence
from training.metrics.hota import (
    ALPHAS,
    TrackedFrame,
    average_classes,
    combine_sequences,
    hota_of_sequence,
)

trackeval = pytest.importorskip("trackeval", reason="TrackEval is the independent measure")

SIMILARITIES = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.05, 0.25, 0.5, 1 / 3, 0.95, 1.0]))


@st.composite
def sequences(draw):
    frames = []
    for _ in range(draw(st.integers(1, 5))):
        true = draw(st.lists(st.integers(1, 5), unique=True, max_size=4))
        predicted = draw(st.lists(st.integers(1, 5), unique=True, max_size=4))
        values = [[draw(SIMILARITIES) for _ in predicted] for _ in true]
        similarity = np.array(values, dtype=float).reshape(len(true), len(predicted))
        frames.append(TrackedFrame(true, predicted, similarity))
    return frames


def as_trackeval(frames):
    true_ids = sorted({number for frame in frames for number in frame.true_ids})
    predicted_ids = sorted({number for frame in frames for number in frame.predicted_ids})
    return {
        "num_timesteps": len(frames),
        "num_gt_ids": len(true_ids),
        "num_tracker_ids": len(predicted_ids),
        "num_gt_dets": sum(len(frame.true_ids) for frame in frames),
        "num_tracker_dets": sum(len(frame.predicted_ids) for frame in frames),
        "gt_ids": [np.array([true_ids.index(i) for i in f.true_ids], dtype=int) for f in frames],
        "tracker_ids": [
            np.array([predicted_ids.index(i) for i in f.predicted_ids], dtype=int) for f in frames
        ],
        "similarity_scores": [frame.similarity for frame in frames],
    }


def reference(metric, frames):
    found = metric.eval_sequence(as_trackeval(frames))
    return {name: float(np.mean(value)) for name, value in found.items()}


@settings(max_examples=150, deadline=None)
@given(frames=sequences())
def test_that_hota_is_trackevals(frames):
    found = hota_of_sequence(frames).as_numbers()
    expected = reference(trackeval.metrics.HOTA(), frames)

    names = set(found) & set(expected)
    if not any(frame.true_ids for frame in frames) or not any(f.predicted_ids for f in frames):
        names -= {"HOTA(0)", "LocA(0)", "HOTALocA(0)"}  # shortened there for sequences of one side
    assert {n: found[n] for n in names} == pytest.approx({n: expected[n] for n in names}, abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(frames=sequences())
def test_that_clear_and_identity_counts_are_trackevals(frames):
    quiet = {"PRINT_CONFIG": False}
    clear = reference(trackeval.metrics.CLEAR(quiet), frames)
    identity = reference(trackeval.metrics.Identity(quiet), frames)

    counts = ("CLR_TP", "CLR_FN", "CLR_FP", "IDSW", "MT", "PT", "ML", "Frag", "MOTP_sum", "MOTA")
    found = clear_of_sequence(frames).as_numbers()
    has_both = any(f.true_ids for f in frames) and any(f.predicted_ids for f in frames)
    compared = counts if has_both else counts[:3]
    assert [found[n] for n in compared] == pytest.approx([clear[n] for n in compared], abs=1e-9)
    found = identity_of_sequence(frames).as_numbers()
    for name in ("IDTP", "IDFN", "IDFP"):
        assert found[name] == identity[name]


def frame(pairs, true=(1, 2), predicted=(1, 2)):
    similarity = np.zeros((len(true), len(predicted)))
    for row, column in pairs:
        similarity[row, column] = 1
    return TrackedFrame(true, predicted, similarity)


def test_that_a_track_that_changes_its_number_halves_association():
    frames = [frame([(0, 0)], (1,), (7,))] * 2 + [frame([(0, 0)], (1,), (8,))] * 2

    scores = hota_of_sequence(frames)

    assert scores.detection.tolist() == [1.0] * len(ALPHAS)
    assert scores.association.tolist() == pytest.approx([0.5] * len(ALPHAS))
    assert scores.score == pytest.approx(np.sqrt(0.5))
    assert clear_of_sequence(frames).num_switches == 1


def test_that_a_lost_and_found_track_is_one_fragment():
    seen, lost = frame([(0, 0)], (1,), (7,)), frame([], (1,), (9,))

    clear = clear_of_sequence([seen, lost, seen])

    assert clear.num_fragments == 1
    assert clear.num_switches == 0
    assert clear.num_partly_tracked == 1


@pytest.mark.parametrize("frames", [[], [frame([], (), ())]], ids=["no frame", "empty frame"])
def test_that_an_empty_sequence_adds_nothing(frames):
    full = hota_of_sequence([frame([(0, 0), (1, 1)])])

    both = combine_sequences([full, hota_of_sequence(frames)])

    assert both.as_numbers() == full.as_numbers()
    assert clear_of_sequence(frames) == Clear()
    assert identity_of_sequence(frames) == Identity()


def test_that_classes_weigh_the_same_and_sequences_by_their_matches():
    good = hota_of_sequence([frame([(0, 0), (1, 1)])] * 3)
    bad = hota_of_sequence([frame([], (1,), (2,))])

    assert average_classes([good, bad]).score == pytest.approx(0.5)
    assert combine_sequences([good, bad]).association.tolist() == [1.0] * len(ALPHAS)


def test_that_two_detections_of_a_track_on_one_frame_are_refused():
    with pytest.raises(ValueError, match="two detections"):
        frame([], (1, 1), (2,))


def test_that_similarities_must_fit_the_detections():
    with pytest.raises(ValueError, match="shape"):
        TrackedFrame((1,), (2,), np.zeros((2, 1)))


def test_that_an_average_of_no_class_is_refused():
    with pytest.raises(ValueError, match="no class"):
        average_classes([])
