"""Classes of stills: super-categories for VIS and VPS, from stored clips and in joint runs."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.target import TargetKind
from tarvis_core.errors import ConfigError
from tarvis_core.model.tarvis import TarVis
from tests.conftest import shared_folder
from tests.training.test_joint_run import micro_model
from training.class_questions import (
    CLASS_LIST,
    SUPERCATEGORIES,
    StoredBatches,
    StoredClassBatches,
    StoredClassSettings,
    class_targets,
    class_tasks,
    supercategory_rows,
)
from training.clip_sample import Task
from training.commands.train import stored_batches
from training.data_manifest import read_manifest
from training.datasets.clip_dataset import ObjectsWanted
from training.feature_store import FeatureStore, StoredClip
from training.joint_batches import open_source
from training.joint_settings import SourceSettings
from training.learner import Learner
from training.losses.criterion import Criterion, LossSettings
from training.object_questions import QuestionForm
from training.run_config import RunConfig
from training.stored_clip_batches import StoredClipBatches

ROWS = supercategory_rows()
CLASSES = {1: "dog", 2: "car", 3: "sky-other-merged"}


def label_maps(num_frames: int = 2) -> np.ndarray:
    maps = np.zeros((num_frames, 64, 64), np.uint8)
    maps[:, :20] = 3
    maps[:, 30:50, 5:25], maps[:, 30:50, 35:55] = 1, 2
    maps[:, 60:] = 255
    return maps


def test_that_the_networks_rows_are_those_of_the_class_list():
    categories = load_label_set(CLASS_LIST).categories
    things = [row for row, c in enumerate(categories) if c.kind is TargetKind.THING]

    assert SUPERCATEGORIES.name == CLASS_LIST
    assert SUPERCATEGORIES.num_classes == len(categories)
    assert list(SUPERCATEGORIES.things) == things
    assert categories[ROWS["dog"]].name == "animal"
    assert categories[ROWS["tree-merged"]].name == "plant"
    assert set(ROWS.values()) == set(range(len(categories)))


@pytest.mark.skipif(not (shared_folder() / "data").is_dir(), reason="no reference material")
def test_that_every_class_of_stills_asked_about_has_a_row():
    frames = read_manifest(shared_folder() / "data", "train")
    unknown = {
        name
        for frame in frames
        if class_tasks(frame.source)
        for name in frame.classes.values()
        if name not in ROWS
    }

    assert unknown == set()


def test_that_vis_asks_for_things_and_vps_for_every_labelled_pixel():
    vis = class_targets(label_maps(), CLASSES, Task.VIS)
    vps = class_targets(label_maps(), CLASSES, Task.VPS)

    assert vis.class_ids.tolist() == [ROWS["dog"] + 1, ROWS["car"] + 1]
    assert vis.masks.shape == (2, 2, 64, 64)
    assert vis.semantic_labels is None
    assert not vis.ignored[0, 25].any()
    assert vps.ignored[0, 25].all()
    assert vps.ignored[0, 61].all()
    assert vps.semantic_labels[0, 10, 10] == ROWS["sky-other-merged"]
    assert vps.semantic_labels[0, 40, 40] == ROWS["car"]


@pytest.mark.parametrize(
    "classes",
    [{1: "dog", 2: "car"}, {3: "sky-other-merged", 1: "dog", 2: "thing"}],
    ids=["pasted object", "unknown class"],
)
def test_that_a_clip_with_something_of_no_known_class_is_not_asked_about(classes):
    assert class_targets(label_maps(), classes, Task.VIS) is None


def test_that_a_clip_without_things_is_not_asked_about():
    maps = np.full((2, 8, 8), 3, np.uint8)

    assert class_targets(maps, CLASSES, Task.VPS) is None


def stored(source: str, num_frames: int = 3) -> StoredClip:
    features = {
        stride: torch.randn(num_frames, channels, 64 // stride, 64 // stride)
        for stride, channels in ((4, 64), (8, 128), (16, 256), (32, 512))
    }
    return StoredClip(features, label_maps(num_frames), CLASSES, source)


@pytest.fixture
def store(tmp_path) -> FeatureStore:
    found = FeatureStore(tmp_path / "store")
    found.add("a", stored("coco128_val_panoptic"))
    found.add("b", replace(stored("coco_subset"), classes={**CLASSES, 2: "unknown"}))
    found.add("c", stored("duts_tr"))
    return found


@pytest.mark.parametrize(("share", "task"), [(0.0, Task.VIS), (1.0, Task.VPS)])
def test_that_stored_clips_give_batches_of_classes_that_the_network_learns_from(store, share, task):
    settings = StoredClassSettings(num_frames=2, num_clips=2, panoptic_share=share)

    batches = StoredClassBatches(store, settings, seed=1)
    asked, again = batches.batch(3, 0), batches.batch(3, 0)

    assert asked.batch.task is task
    assert asked.batch.names == again.batch.names == ("a", "a")
    torch.manual_seed(0)
    model = TarVis(replace(micro_model(), label_sets=(SUPERCATEGORIES,)))
    widths = model.backbone.num_channels
    features = {
        s: t[:, :, :width]
        for (s, t), width in zip(sorted(asked.batch.trunk_features.items()), widths, strict=True)
    }
    learner = Learner(model, Criterion(LossSettings(num_points=32, num_panoptic_points=32)))
    loss = learner(replace(asked.batch, trunk_features=features)).total
    assert torch.isfinite(loss)


def test_that_a_store_without_classes_says_what_to_do(tmp_path):
    store = FeatureStore(tmp_path)
    store.add("c", stored("duts_tr"))

    with pytest.raises(ConfigError, match="coco_subset"):
        StoredClassBatches(store, StoredClassSettings(), seed=1).batch(0, 0)


@pytest.fixture
def data(tmp_path):
    """A manifest with one still of each kind of source."""
    entries = []
    for source in ("coco128_val_panoptic", "coco_subset", "duts_tr"):
        path = tmp_path / "data" / f"{source}.jpg"
        path.parent.mkdir(exist_ok=True)
        maps = label_maps(1)[0]
        Image.fromarray(np.stack([maps * 60] * 3, axis=-1)).save(path)
        Image.fromarray(maps).save(path.with_suffix(".png"))
        objects = [{"id": label, "cls": name} for label, name in CLASSES.items()]
        entries.append({"split": "train", "source": source, "clip": None, "file": source})
        licence = "academic use" if source == "duts_tr" else "free"
        entries[-1] |= {"objects": objects, "licence": licence}
    (tmp_path / "data" / "manifest.json").write_text(json.dumps(entries), "utf-8")
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("name", "count"), [("PANOPTIC_STILLS", 1), ("STILLS_OF_THINGS", 2), ("STILLS", 3)]
)
def test_that_joint_runs_read_the_stills_that_can_serve_their_tasks(data, name, count):
    dataset = open_source(SourceSettings(name, str(data)), num_frames=2)

    assert len(dataset) == count
    for task in dataset.recipe.tasks:
        sample = dataset.sample(0, task, ObjectsWanted(2, 1), np.random.default_rng(0))
        assert sample.frames.shape[:2] == (2, 3)
        if task is Task.OBJECTS:
            assert len(sample.targets.masks) == 2
            continue
        assert sample.label_set == CLASS_LIST
        assert set(sample.targets.class_ids.tolist()) == {ROWS["dog"] + 1, ROWS["car"] + 1}


class _Named:
    def __init__(self, name: str) -> None:
        self.name = name

    def batch(self, step: int, place: int) -> str:
        return f"{self.name} {step} {place}"


def test_that_a_share_of_the_steps_asks_about_classes_in_all_places():
    source = StoredBatches(_Named("objects"), _Named("classes"), 0.25, seed=4)

    asked = [[source.batch(step, place).split()[0] for place in (0, 1)] for step in range(200)]

    assert all(first == second for first, second in asked)
    assert 0.15 < np.mean([first == "classes" for first, _ in asked]) < 0.35


def test_that_a_run_asks_about_classes_only_where_its_share_says_so(tmp_path):
    config = RunConfig()
    with_classes = replace(config, stored_classes=StoredClassSettings(share=0.2))

    assert isinstance(stored_batches(config, FeatureStore(tmp_path)), StoredClipBatches)
    assert isinstance(stored_batches(with_classes, FeatureStore(tmp_path)), StoredBatches)


def test_that_joint_runs_can_leave_out_stills_with_academic_terms(data):
    source = SourceSettings("STILLS", str(data), without_academic=True)

    assert len(open_source(source, num_frames=2)) == 2


def test_that_mixed_batches_ask_about_classes_and_objects_in_one_pass(store):
    settings = StoredClassSettings(2, 2, panoptic_share=0.0, mixed_share=1.0)

    batch = StoredClassBatches(store, settings, seed=1).batch(0, 0).batch

    assert batch.task is Task.VIS
    assert batch.companion.task is Task.OBJECTS
    for about_classes, about_objects in zip(batch.targets, batch.companion.targets, strict=True):
        things = {mask.numpy().tobytes() for mask in about_classes.masks}
        asked = {mask.numpy().tobytes() for mask in about_objects.masks}
        assert len(asked) == 2
        assert asked <= things


def test_that_a_mixed_batch_is_judged_on_classes_and_on_objects(store):
    settings = StoredClassSettings(2, 2, panoptic_share=0.0, mixed_share=1.0)
    batch = StoredClassBatches(store, settings, seed=1).batch(0, 0).batch
    torch.manual_seed(0)
    model = TarVis(replace(micro_model(), label_sets=(SUPERCATEGORIES,)))
    widths = model.backbone.num_channels
    features = {
        stride: maps[:, :, :width]
        for (stride, maps), width in zip(sorted(batch.trunk_features.items()), widths, strict=True)
    }
    learner = Learner(model, Criterion(LossSettings(num_points=32, num_panoptic_points=32)))

    terms = learner(replace(batch, trunk_features=features))
    terms.total.backward()

    assert {term.name for term in terms.terms} >= {"class", "mask_ce", "object_ce"}
    assert model.object_encoder.mask_embedding.grad.abs().sum() > 0


def test_that_corrections_in_mixed_batches_are_refused():
    with pytest.raises(ConfigError, match="corrections"):
        StoredClassSettings(mixed_question=QuestionForm(1, 1, num_corrections=1))
