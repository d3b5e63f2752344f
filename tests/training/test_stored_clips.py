"""Clips made from stills, kept with their features, and asked about."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tarvis_core.errors import ConfigError, FormatError
from training.data_manifest import LabelledFrame, read_manifest
from training.feature_pasting import PastingSettings
from training.feature_store import FeatureStore
from training.object_questions import QuestionForm, QuestionSettings
from training.pseudo_clips import CutOut, PseudoClipMaker, PseudoClipSettings
from training.store_filling import StoreFiller
from training.stored_batch_settings import BatchForm, SourceWeight, StoredBatchSettings
from training.stored_clip_batches import StoredClipBatches, trunk_pyramid

SETTINGS = PseudoClipSettings(num_frames=3, size=(64, 128))


def still() -> tuple[np.ndarray, np.ndarray]:
    image = np.full((60, 100, 3), 90, np.uint8)
    labels = np.zeros((60, 100), np.uint8)
    labels[15:45, 30:70] = 1
    image[labels == 1] = (200, 30, 30)
    return image, labels


def test_that_pseudo_clips_have_the_canvas_size_and_move():
    image, labels = still()

    frames, maps = PseudoClipMaker(SETTINGS).make(image, labels, [], np.random.default_rng(0))

    assert frames.shape == (3, 64, 128, 3)
    assert maps.shape == (3, 64, 128)
    assert not np.array_equal(maps[0], maps[1])


def test_that_a_pasted_object_gets_a_label_of_its_own():
    image, labels = still()
    settings = PseudoClipSettings(size=(64, 128), pasted_share=1.0, look_alike_share=0.0)
    cut_out = CutOut(np.full((20, 20, 3), 255, np.uint8), np.ones((20, 20), bool))

    _, maps = PseudoClipMaker(settings).make(image, labels, [cut_out], np.random.default_rng(0))

    assert maps.max() >= 2


def test_that_cutting_out_an_absent_label_is_a_misuse():
    with pytest.raises(ValueError, match="label 7"):
        CutOut.of_label(*still(), 7)


def frames_on_disk(folder, count=6) -> list[LabelledFrame]:
    image, labels = still()
    found = []
    for number in range(count):
        path = folder / f"{number:03d}.jpg"
        Image.fromarray(image).save(path)
        Image.fromarray(labels).save(path.with_suffix(".png"))
        labelled = LabelledFrame(path, path.with_suffix(".png"), "toy", None, {1: "box"}, False)
        found.append(labelled)
    return found


def toy_trunk(frames_TCHW: torch.Tensor) -> dict[int, torch.Tensor]:
    return {s: torch.nn.functional.avg_pool2d(frames_TCHW / 255, s) for s in (4, 8, 16)}


@pytest.fixture
def store(tmp_path) -> FeatureStore:
    frames_folder = tmp_path / "frames"
    frames_folder.mkdir()
    store = FeatureStore(tmp_path / "store")
    StoreFiller(store, toy_trunk, SETTINGS, seed=3).fill(frames_on_disk(frames_folder), 0)
    return store


def batches(store: FeatureStore, form: BatchForm) -> StoredClipBatches:
    settings = StoredBatchSettings((form,), QuestionSettings(min_pixels=20))
    return StoredClipBatches(store, settings, seed=1)


def test_that_stored_features_come_back_for_the_frames_asked_for(store):
    name = store.names()[0]

    clip = store.read(name, [2, 0])

    assert clip.label_maps.shape == (2, 64, 128)
    assert {s: tuple(m.shape) for s, m in clip.features.items()} == {
        4: (2, 3, 16, 32),
        8: (2, 3, 8, 16),
        16: (2, 3, 4, 8),
    }
    np.testing.assert_array_equal(clip.label_maps[1], store.read_label_maps(name, [0])[0])


def test_that_step_and_place_decide_the_batch(store):
    source = batches(store, BatchForm(1.0, 2, 3, QuestionForm(1, 0)))

    first, again, other = source.batch(4, 0), source.batch(4, 0), source.batch(4, 1)

    assert first.batch.names == again.batch.names
    assert torch.equal(first.batch.trunk_features[8], again.batch.trunk_features[8])
    assert not torch.equal(first.batch.trunk_features[8], other.batch.trunk_features[8])


def test_that_a_mask_question_carries_the_reference_frames_mask(store):
    asked = batches(store, BatchForm(1.0, 2, 2, QuestionForm(1, 0))).batch(0, 0)

    for question, targets in zip(asked.batch.questions, asked.batch.targets, strict=True):
        assert question.exemplars.masks_NTHW.shape == (1, 1, 64, 128)
        assert targets.masks.shape == (1, 2, 64, 128)


@pytest.mark.parametrize(("share", "num_spoiled"), [(0.0, 0), (1.0, 12)])
def test_that_so_many_clips_hand_over_errors_as_their_form_says(store, share, num_spoiled):
    question = QuestionForm(1, 0)
    form = BatchForm(1.0, 3, 3, question, num_lead_frames=2, is_anchored=True, spoiled_share=share)
    source = batches(store, form)

    seeds = [seed for step in range(4) for seed in source.batch(step, 0).batch.handover_seeds]

    assert len({seed for seed in seeds if seed is not None}) == num_spoiled


def test_that_asking_for_more_objects_than_any_clip_shows_is_told(store):
    with pytest.raises(ConfigError, match="9 objects"):
        batches(store, BatchForm(1.0, 1, 1, QuestionForm(9, 0))).batch(0, 0)


def test_that_an_empty_store_is_told(tmp_path):
    with pytest.raises(ConfigError, match="empty"):
        batches(FeatureStore(tmp_path / "none"), BatchForm(1.0)).batch(0, 0)


def test_that_stride_32_is_pooled_from_stride_16():
    maps = trunk_pyramid({s: torch.zeros(2, 3, 5, 64 // s, 128 // s) for s in (4, 8, 16)})

    assert [tuple(m.shape[-2:]) for m in maps] == [(16, 32), (8, 16), (4, 8), (2, 4)]


def test_that_a_missing_manifest_is_named(tmp_path):
    with pytest.raises(FormatError, match=r"manifest\.json"):
        read_manifest(tmp_path, "train")


def test_that_academic_sources_can_be_left_out(shared):
    everything = read_manifest(shared / "data", "train")
    free = read_manifest(shared / "data", "train", includes_academic=False)

    assert 0 < len(free) < len(everything)
    assert not any(frame.is_academic for frame in free)


def test_that_clips_with_divided_objects_come_beside_the_undivided_ones(tmp_path):
    frames = tmp_path / "train" / "part0" / "clips" / "ride"
    divided = tmp_path / "train" / "part1" / "clip_instances" / "ride"
    frames.mkdir(parents=True)
    divided.mkdir(parents=True)
    Image.fromarray(still()[0]).save(frames / "00000.jpg")
    Image.fromarray(still()[1]).save(frames / "00000.png")
    Image.fromarray(still()[1] * 2).save(divided / "00000.png")
    entry = {
        "split": "train",
        "file": "train/part0/clips/ride/00000",
        "source": "toy",
        "clip": "ride",
        "objects": [{"id": 1, "cls": "rider"}],
        "licence": "CC0",
    }
    (tmp_path / "manifest.json").write_text(json.dumps([entry]))

    undivided, again = read_manifest(tmp_path, "train")

    assert (undivided.clip, again.clip) == ("ride", "ride_divided")
    assert undivided.load()[1].max() == 1
    assert again.load()[1].max() == 2


def test_that_heavier_sources_are_drawn_more_often(store):
    form = BatchForm(1.0, 1, 1, QuestionForm(1, 0))
    weights = (SourceWeight("toy", 3.0), SourceWeight("other", 0.0))
    first = store.names()[0]
    store.add(first, dataclasses.replace(store.read(first, [0, 1, 2]), source="other"))
    settings = StoredBatchSettings((form,), QuestionSettings(min_pixels=20), weights)

    source = StoredClipBatches(store, settings, seed=1)

    assert first not in {name for step in range(30) for name in source.batch(step, 0).batch.names}


def test_that_long_batches_take_clips_that_are_long_enough(store):
    with pytest.raises(ConfigError, match="5 frames"):
        batches(store, BatchForm(1.0, 5, 1, QuestionForm(1, 0))).batch(0, 0)


def test_that_exemplars_may_name_an_object_more_than_once(store):
    form = BatchForm(1.0, 1, 1, QuestionForm(2, 6, may_repeat=True))

    asked = batches(store, form).batch(0, 0).batch

    assert asked.questions[0].targets == tuple(range(8))
    assert len(asked.targets[0].masks) == 8


def test_that_some_sources_are_asked_about_by_clicks_alone(store):
    first = store.names()[0]
    store.add(first, dataclasses.replace(store.read(first, [0, 1, 2]), source="parts"))
    drawn = {}
    for name, question in {"mask": QuestionForm(1, 0), "click": QuestionForm(0, 1)}.items():
        settings = StoredBatchSettings(
            (BatchForm(1.0, 1, 4, question),),
            QuestionSettings(min_pixels=20),
            click_sources=("parts",),
            pasting=PastingSettings(share=1.0, min_pixels=20),
        )
        source = StoredClipBatches(store, settings, seed=1)
        drawn[name] = {each for step in range(20) for each in source.batch(step, 0).batch.names}

    assert first in drawn["click"]
    assert first not in drawn["mask"]


def frame_with_box(path: Path, colour: tuple[int, int, int], clip: str | None) -> LabelledFrame:
    """Image and labels written to disk, the box in a colour of its own."""
    image, labels = still()
    image[labels == 1] = colour
    labels_path = path.with_suffix(".labels.png")
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(image).save(path)
    Image.fromarray(labels).save(labels_path)
    return LabelledFrame(path, labels_path, "toy", clip, {1: "box"}, False)


def test_that_videos_are_paired_with_both_objects_in_sight(tmp_path):
    frames = [
        frame_with_box(tmp_path / clip / f"{number:05d}.png", colour, clip)
        for clip, colour in (("red", (200, 30, 30)), ("blue", (30, 30, 200)))
        for number in range(16)
    ]
    store = FeatureStore(tmp_path / "store")
    filler = StoreFiller(store, toy_trunk, SETTINGS, seed=3)

    filler.fill_pairs(frames, 7)

    assert {name[:8] for name in store.names()} == {"07_pair_"}
    for name in store.names():
        (length, *_), source = store.describe(name)
        clip = store.read(name, [0])
        assert source == "toy_pairs"
        assert clip.classes == {}
        assert {1, 2} <= set(np.unique(clip.label_maps).tolist())
        assert 14 <= length <= 16
    again = store.names()
    filler.fill_pairs(frames, 7)
    assert store.names() == again
    with pytest.raises(ConfigError, match="two videos"):
        filler.fill_pairs(frames[:16], 8)


def test_that_stills_are_paired_and_move_for_twelve_frames(tmp_path):
    frames = [
        frame_with_box(tmp_path / f"{number}.png", (60 * number, 200 - 40 * number, 30), None)
        for number in range(4)
    ]
    store = FeatureStore(tmp_path / "store")
    filler = StoreFiller(store, toy_trunk, SETTINGS, seed=3)

    for number in range(3):
        filler.fill_pairs(frames, number)

    assert len(store.names()) > 3
    for name in store.names():
        clip = store.read(name, range(12))
        assert clip.source == "toy_pairs"
        assert {1, 2} <= set(np.unique(clip.label_maps[0]).tolist())
        assert not np.array_equal(clip.label_maps[0], clip.label_maps[11])
    with pytest.raises(ConfigError, match="two stills"):
        filler.fill_pairs(frames[:1], 8)
