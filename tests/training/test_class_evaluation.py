"""How many labelled things class search finds and names."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import ClipMasks, FoundTarget, PredictedMask
from training.class_evaluation import score_classes, summarise_classes
from training.class_questions import CLASS_LIST
from training.data_manifest import read_manifest

IDS = {category.name: category for category in load_label_set(CLASS_LIST).categories}


@pytest.fixture
def still(tmp_path):
    labels = np.zeros((40, 60), np.uint8)
    labels[5:15, 5:15], labels[20:30, 40:50], labels[:3] = 1, 2, 3
    Image.fromarray(np.stack([labels] * 3, axis=-1)).save(tmp_path / "still.jpg")
    Image.fromarray(labels).save(tmp_path / "still.png")
    names = {1: "dog", 2: "car", 3: "sky-other-merged"}
    objects = [{"id": label, "cls": name} for label, name in names.items()]
    entry = {"split": "eval", "source": "toy", "clip": None, "file": "still"}
    entry |= {"objects": objects, "licence": "free"}
    (tmp_path / "manifest.json").write_text(json.dumps([entry]))
    return read_manifest(tmp_path, "eval")[0]


def engine_that_finds(still, *found: tuple[int, str]) -> SimpleNamespace:
    """Finds the masks of some labels, each under the name of a super-category."""
    _, labels = still.load()
    masks, targets = {}, []
    for number, (label, name) in enumerate(found, start=1):
        category = IDS[name]
        masks[number] = {0: PredictedMask(Mask.from_array(labels == label), 0.9)}
        targets.append(FoundTarget(number, category.id, category.kind, 0.9))
    answer = ClipMasks((0,), masks, tuple(targets), 1, 1, ())
    return SimpleNamespace(label_sets=(CLASS_LIST,), find_classes=lambda *_: iter([answer]))


def test_that_things_are_counted_as_found_and_as_named(still):
    engine = engine_that_finds(still, (1, "animal"), (2, "furniture"))

    scores = {score.is_named: score.is_found for score in score_classes(engine, still)}

    assert scores == {True: True, False: True}
    summary = summarise_classes(score_classes(engine, still))
    assert summary == {"toy things found, %": 100.0, "toy things found and named, %": 50.0}


def test_that_what_is_not_found_counts_and_stuff_does_not(still):
    scores = score_classes(engine_that_finds(still, (2, "vehicle")), still)

    assert len(scores) == 2
    assert sum(score.is_found for score in scores) == 1


def test_that_weights_without_the_classes_are_not_asked(still):
    engine = SimpleNamespace(label_sets=("youtube_vis",), find_classes=None)

    assert score_classes(engine, still) == []
