"""Objects of one stored clip pasted into another's features."""

import dataclasses

import numpy as np
import pytest
import torch

from tarvis_core.errors import ConfigError
from training.feature_pasting import (
    Guest,
    PastingSettings,
    draw_guest,
    frames_there_and_back,
    paste_features,
    paste_labels,
)
from training.feature_store import FeatureStore, StoredClip
from training.object_questions import QuestionForm, QuestionSettings
from training.stored_batch_settings import BatchForm, SourceWeight, StoredBatchSettings
from training.stored_clip_batches import StoredClipBatches

SIZE = (64, 128)


def maps_with_object(top: int, left: int, num_frames: int = 2, side: int = 20) -> np.ndarray:
    maps = np.zeros((num_frames, *SIZE), np.uint8)
    maps[:, top : top + side, left : left + side] = 1
    return maps


def features_of(value: float, num_frames: int = 2) -> dict[int, torch.Tensor]:
    return {
        s: torch.full((num_frames, 3, SIZE[0] // s, SIZE[1] // s), value, dtype=torch.float32)
        for s in (4, 8, 16)
    }


def guest_at_origin(shifts: list[tuple[int, int]]) -> Guest:
    masks = maps_with_object(0, 0, len(shifts), side=16) == 1
    cells = np.zeros((len(shifts), SIZE[0] // 16, SIZE[1] // 16), bool)
    cells[:, 0, 0] = True
    return Guest(cells, masks, np.array(shifts))


def test_that_a_guests_pixels_take_a_label_and_hide_what_they_cover():
    host = maps_with_object(16, 32, side=16)

    pasted = paste_labels(host, guest_at_origin([(1, 1), (1, 2)]), 2)

    assert (pasted[0, 16:32, 16:32] == 2).all()
    assert (pasted[0, 16:32, 32:48] == 1).all()
    assert (pasted[1, 16:32, 32:48] == 2).all()
    assert not (pasted[1] == 1).any()


def test_that_a_guests_surroundings_become_background():
    host = maps_with_object(0, 0, side=64)
    guest = guest_at_origin([(0, 0), (0, 0)])
    guest = dataclasses.replace(guest, masks=np.zeros_like(guest.masks))

    pasted = paste_labels(host, guest, 2)

    assert not pasted[:, :16, :16].any()
    assert (pasted[:, 16:32, 16:32] == 1).all()


def test_that_features_of_every_stride_follow_the_labels():
    guest = guest_at_origin([(1, 1), (2, 5)])

    pasted = paste_features(features_of(0.0), features_of(1.0), guest)

    for stride, maps in pasted.items():
        factor = 16 // stride
        for frame, (down, right) in enumerate(guest.shifts):
            expected = torch.zeros(SIZE[0] // stride, SIZE[1] // stride)
            rows = slice(down * factor, (down + 1) * factor)
            expected[rows, right * factor : (right + 1) * factor] = 1
            assert torch.equal(maps[frame, 0], expected)


def test_that_pasting_leaves_the_host_as_it_was():
    host, maps = features_of(0.0), maps_with_object(16, 32)

    paste_features(host, features_of(1.0), guest_at_origin([(0, 0), (0, 0)]))
    paste_labels(maps, guest_at_origin([(1, 2), (1, 2)]), 2)

    assert not any(each.any() for each in host.values())
    assert np.array_equal(maps, maps_with_object(16, 32))


@pytest.mark.parametrize("shift", [(-9, 0), (4, 0), (0, 8), (0, -8), (3, 7)])
def test_that_a_guest_may_leave_the_frame(shift):
    pasted = paste_labels(maps_with_object(0, 0), guest_at_origin([shift, shift]), 2)

    assert (pasted == 2).sum() == (512 if shift == (3, 7) else 0)


def test_that_coarse_features_that_cells_cannot_match_are_refused():
    with pytest.raises(ValueError, match="stride 32"):
        paste_features({32: torch.zeros(1, 1, 2, 4)}, {}, guest_at_origin([(0, 0)]))


def test_that_a_drawn_guest_covers_its_object():
    own = maps_with_object(20, 50)

    for seed in range(20):
        guest = draw_guest(
            maps_with_object(8, 8), own, PastingSettings(1.0), np.random.default_rng(seed)
        )

        assert guest is not None
        assert not (guest.masks & ~guest.cells.repeat(16, axis=1).repeat(16, axis=2)).any()
        assert np.abs(np.diff(guest.shifts, axis=0)).max() <= 3


def test_that_a_clip_without_a_large_object_gives_no_guest():
    own = maps_with_object(20, 50, side=4)

    assert draw_guest(own, own, PastingSettings(1.0), np.random.default_rng(0)) is None


def test_that_a_short_clip_is_shown_there_and_back():
    assert frames_there_and_back(3, 8) == [0, 1, 2, 1, 0, 1, 2, 1]
    assert frames_there_and_back(1, 3) == [0, 0, 0]


def test_that_a_share_above_one_is_refused():
    with pytest.raises(ConfigError, match="twin_share"):
        PastingSettings(twin_share=1.5)


def test_that_batches_may_ask_for_a_guest_beside_the_only_object(tmp_path):
    store = FeatureStore(tmp_path)
    for number in range(3):
        clip = StoredClip(features_of(number), maps_with_object(8, 8 + 24 * number), {}, "toy")
        store.add(f"clip{number}", clip)
    settings = StoredBatchSettings(
        (BatchForm(1.0, 2, 2, QuestionForm(2, 0)),),
        QuestionSettings(min_pixels=20),
        pasting=PastingSettings(share=1.0, twin_share=0.0),
    )

    batch = StoredClipBatches(store, settings, seed=1).batch(0, 0).batch

    assert all(len(target.masks) == 2 for target in batch.targets)
    assert not any((target.masks[0] & target.masks[1]).any() for target in batch.targets)
    assert len(batch.trunk_features[16][0].unique()) > 1


def test_that_kin_come_from_the_hosts_own_source(tmp_path):
    store = FeatureStore(tmp_path)
    for number in range(6):
        clip = StoredClip(features_of(number), maps_with_object(8, 8 + 12 * number), {}, "toy")
        store.add(
            f"clip{number}", dataclasses.replace(clip, source="kin" if number < 2 else "stranger")
        )
    settings = StoredBatchSettings(
        (BatchForm(1.0, 2, 4, QuestionForm(2, 0)),),
        QuestionSettings(min_pixels=20),
        (SourceWeight("stranger", 0.0),),
        PastingSettings(share=1.0, second_share=0.0, twin_share=0.0, kin_share=1.0),
    )
    batch = StoredClipBatches(store, settings, seed=1).batch(0, 0).batch

    seen = batch.trunk_features[16].unique().tolist()

    of_kin = {float(value) for n in range(2) for value in features_of(n)[16].unique()}
    assert set(seen) <= of_kin
