"""Clips come out of every source layout, ready for the network."""

import numpy as np
import pytest
import torch

from tarvis_core.annotation.formats.annotated_video import VideoCollection
from tarvis_core.annotation.formats.format_list import format_by_id
from tarvis_core.annotation.formats.write_job import WriteOptions
from tarvis_core.annotation.label_set import load_label_set
from tests.training.miniature_data import moving_shapes, write_miniature
from training.clip_sample import Task
from training.datasets.clip_dataset import ObjectsWanted, StillExtras
from training.datasets.source_recipes import RECIPES
from training.joint_batches import open_source
from training.joint_settings import SourceSettings

CASES = [(name, task) for name, recipe in RECIPES.items() for task in recipe.tasks]


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("miniature")
    return {name: open_source(write_miniature(name, folder), 3) for name in RECIPES}


@pytest.mark.parametrize(("name", "task"), CASES, ids=[f"{n}-{t.value}" for n, t in CASES])
def test_that_every_source_gives_clips_for_its_tasks(datasets, name, task):
    sample = datasets[name].sample(1, task, ObjectsWanted(2, 1), np.random.default_rng(0))

    frames, targets = sample.frames, sample.targets
    height, width = frames.shape[-2:]
    assert frames.dtype == torch.uint8
    assert frames.shape == (3, 3, height, width)
    assert height % 64 == 0
    assert width % 64 == 0
    assert targets.masks.shape[1:] == (3, height, width)
    assert targets.masks.flatten(1).any(dim=1).all()
    assert targets.ignored.shape == (3, height, width)
    if task is Task.OBJECTS:
        assert sample.question.exemplars.num_masks == 1
        assert sample.question.exemplars.num_points == 1
    else:
        assert targets.class_ids.min() >= 1
    if task is Task.VPS:
        judged = ~targets.ignored
        assert judged.any()
        assert targets.semantic_labels[judged].min() >= 0


def test_that_the_same_draws_give_the_same_clip(datasets):
    samples = [
        datasets["YOUTUBE_VIS"].sample(0, Task.VIS, ObjectsWanted(0, 0), np.random.default_rng(7))
        for _ in range(2)
    ]

    assert torch.equal(samples[0].frames, samples[1].frames)
    assert torch.equal(samples[0].targets.masks, samples[1].targets.masks)


def test_that_a_point_lies_inside_its_object(datasets):
    sample = datasets["DAVIS"].sample(
        0, Task.OBJECTS, ObjectsWanted(2, 2), np.random.default_rng(3)
    )

    for (x, y), mask in zip(
        sample.question.exemplars.points_N2.tolist(), sample.targets.masks[:, 0], strict=True
    ):
        assert mask[int(y), int(x)]


def test_that_blobs_hide_things_in_pseudo_clips(tmp_path):
    source = write_miniature("COCO", tmp_path)
    always = StillExtras(occluder_share=1.0, degraded_share=1.0)
    plain, hidden = (
        open_source(source, 3, extras).sample(
            0, Task.VPS, ObjectsWanted(0, 0), np.random.default_rng(5)
        )
        for extras in (None, always)
    )

    assert hidden.targets.masks.sum() < plain.targets.masks.sum()
    assert hidden.targets.ignored.sum() > plain.targets.ignored.sum()
    assert (hidden.frames != plain.frames).any()


def test_that_any_coco_file_is_training_data_of_objects(tmp_path):
    label_set = load_label_set("coco")
    stills = [moving_shapes(label_set, 1, seed) for seed in (1, 2)]
    known = format_by_id("coco")
    known.write(VideoCollection(label_set, stills), tmp_path, WriteOptions(with_images=True))
    file = next(tmp_path.rglob("*.json"))

    dataset = open_source(SourceSettings("PROJECT", str(file)), 3)
    sample = dataset.sample(0, Task.OBJECTS, ObjectsWanted(2, 1), np.random.default_rng(0))

    assert len(sample.targets.masks) == 2
    assert (sample.frames[0] != sample.frames[1]).any()
