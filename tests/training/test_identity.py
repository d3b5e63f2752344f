"""Two objects in one clip: made by pasting, and told apart at the end or not."""

import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.mask import Mask
from training import identity_evaluation
from training.data_manifest import LabelledFrame
from training.identity_evaluation import (
    IdentityScore,
    is_identity_kept,
    last_frame_of_all,
    score_pair,
    summarise_identity,
)
from training.pasted_clips import Pair, paired_clips, paste_clip

SIZE = (72, 128)
NOTHING = np.zeros(SIZE, bool)


def box(top: int, left: int, height: int = 20, width: int = 20) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[top : top + height, left : left + width] = True
    return mask


def clip(folder, name: str, masks: list[np.ndarray], seed: int) -> list[LabelledFrame]:
    random = np.random.default_rng(seed)
    ground = random.integers(0, 90, (*SIZE, 3)).astype(np.uint8)
    colour = random.integers(120, 255, 3)
    found = []
    for number, mask in enumerate(masks):
        path = folder / name / f"{number:05d}.png"
        labels_path = folder / f"{name}_labels" / path.name
        for each in (path, labels_path):
            each.parent.mkdir(parents=True, exist_ok=True)
        image = ground.copy()
        image[mask] = colour
        Image.fromarray(image).save(path)
        Image.fromarray(mask.astype(np.uint8)).save(labels_path)
        found.append(LabelledFrame(path, labels_path, "toy", name, {1: name}, False))
    return found


@pytest.fixture
def clips(tmp_path):
    host = clip(tmp_path, "host", [box(20, 30 + n) for n in range(6)], 1)
    guest = clip(tmp_path, "guest", [box(40, 90 - 3 * n, 12, 16) for n in range(5)], 2)
    return {"host": host, "guest": guest}


def test_that_every_clip_is_paired_and_half_the_pairs_cross():
    pairs = paired_clips([f"clip{n}" for n in range(10)])

    assert len(pairs) == 10
    assert {pair.host for pair in pairs} == {f"clip{n}" for n in range(10)}
    assert sum(pair.is_crossing for pair in pairs) == 5
    assert all(pair.host != pair.guest for pair in pairs)


def test_that_few_clips_are_paired_several_times():
    assert len(set(paired_clips(["a", "b", "c", "d"]))) == 10
    assert len(paired_clips(["a", "b"])) == 2
    assert paired_clips(["a"]) == []


def test_that_a_pasted_clip_shows_both_objects_apart_at_first(clips):
    pasted = paste_clip(clips["host"], clips["guest"], is_crossing=False)

    assert pasted.label_maps.shape == (5, *SIZE)
    first = pasted.label_maps[0]
    assert (first == 1).sum() == 400
    assert (first == 2).sum() == pytest.approx(400, rel=0.2)
    again = paste_clip(clips["host"], clips["guest"], is_crossing=False)
    np.testing.assert_array_equal(pasted.frames, again.frames)


def test_that_a_crossing_guest_hides_the_host_and_ends_on_the_other_side(clips):
    maps = paste_clip(clips["host"], clips["guest"], is_crossing=True).label_maps

    def side(frame: int) -> np.ndarray:
        return np.argwhere(maps[frame] == 2).mean(axis=0) - np.argwhere(maps[frame] == 1).mean(
            axis=0
        )

    assert side(0) @ side(-1) < 0
    assert (maps[2] == 1).sum() < (maps[0] == 1).sum()


def test_that_a_clip_without_an_object_at_its_end_gives_no_pasted_clip(clips, tmp_path):
    gone = clip(tmp_path, "gone", [box(20, 30), NOTHING, NOTHING], 3)

    assert paste_clip(clips["host"], gone, is_crossing=False) is None
    assert paste_clip(gone, clips["guest"], is_crossing=False) is None


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        ({1: box(20, 30), 2: box(20, 70)}, True),
        ({1: box(20, 70), 2: box(20, 30)}, False),  # exchanged
        ({1: box(20, 30)}, False),  # one lost
        ({1: box(20, 30), 2: box(20, 82)}, False),  # a third of an overlap
        ({1: box(20, 30) | box(20, 70), 2: box(20, 70)}, False),  # one has swallowed the other
    ],
)
def test_that_identity_is_kept_where_each_object_is_found_and_itself(predicted, expected):
    truth = {1: box(20, 30), 2: box(20, 70)}

    assert is_identity_kept(truth, predicted, NOTHING) is expected


def test_that_pixels_nobody_labelled_do_not_cost_identity():
    truth = {1: box(20, 30), 2: box(20, 70)}
    too_large = {1: box(20, 30) | box(45, 0, 20, 128), 2: box(20, 70)}

    assert not is_identity_kept(truth, too_large, NOTHING)
    assert is_identity_kept(truth, too_large, box(45, 0, 20, 128))


def test_that_the_last_frame_with_all_objects_is_judged():
    maps = np.zeros((4, *SIZE), np.uint8)
    maps[:, box(20, 30)], maps[:3, box(20, 70)] = 1, 2

    assert last_frame_of_all(maps, [1, 2]) == 2
    assert last_frame_of_all(maps[:1], [1, 2]) == 0


def test_that_methods_are_summarised_as_shares_of_clips():
    scores = [IdentityScore(name, "VOS", name != "b", (1.0, 1.0), 3) for name in "abcd"]

    assert summarise_identity(scores) == {"VOS identity kept, % of clips": 75.0}


def test_that_network_and_flow_are_measured_on_the_same_pasted_clip(clips, monkeypatch):
    asked = []

    def track(engine, frames, given) -> list[dict[int, Mask]]:
        asked.append([(exemplar.target, exemplar.mask.area) for exemplar in given])
        maps = [frame.load()[1] for frame in frames]
        return [{n: Mask.from_array(labels == n) for n in (1, 2)} for labels in maps]

    monkeypatch.setattr(identity_evaluation, "tracked", track)

    scores = {s.method: s for s in score_pair(None, clips, Pair("host", "guest", False))}

    assert scores["VOS"].is_kept
    assert scores["VOS"].ious == (1.0, 1.0)
    assert scores["DIS flow"].judged_frame == scores["VOS"].judged_frame == 4
    assert [target for target, _ in asked[0]] == [1, 2]
