"""What a run takes over from other weights, and how classes of data sets find their rows."""

import dataclasses

import pytest
import torch

from tarvis_core.annotation.label_set import Category, LabelSet, load_label_set
from tarvis_core.annotation.target import CategoryId, TargetKind
from tarvis_core.errors import ConfigError
from tarvis_core.inference.weights_catalog import find_weights
from tarvis_core.model.checkpoint import save_checkpoint
from tarvis_core.model.released_label_sets import FINE_TUNED_LABEL_SETS, PRETRAINED_LABEL_SETS
from tarvis_core.model.tarvis import TarVis
from tests.training.test_joint_run import micro_model
from training.class_rows import rows_of_classes, unknown_classes
from training.commands.train import run_file
from training.run_config import read_run_config
from training.weights import start_from

SAME_AS_KITTI = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33]
"""Label ids of Cityscapes that are KITTI-STEP's 19 classes (specification, 10.1)."""


def named(*names: str) -> LabelSet:
    categories = [
        Category(CategoryId(number), name, TargetKind.THING) for number, name in enumerate(names, 1)
    ]
    return LabelSet("toy", tuple(categories))


def test_that_fine_tuning_takes_the_street_classes_of_pre_training(tmp_path, caplog):
    config = micro_model()
    before = TarVis(dataclasses.replace(config, label_sets=PRETRAINED_LABEL_SETS))
    save_checkpoint(before, tmp_path / "pre_trained.safetensors")
    model = TarVis(dataclasses.replace(config, label_sets=FINE_TUNED_LABEL_SETS))

    start_from(model, tmp_path / "pre_trained.safetensors")

    cityscapes = before.query_bank.semantic_queries["cityscapes"]
    for name in ("kitti_step", "cityscapes_vps"):
        found = model.query_bank.semantic_queries[name]
        assert torch.equal(found, cityscapes[SAME_AS_KITTI])
    assert torch.equal(
        model.query_bank.embeddings["semantic"], before.query_bank.embeddings["semantic"]
    )
    assert "semantic_queries.ovis" in caplog.text


@pytest.mark.parametrize("name", ["starter_anchors", "starter_all_weights"])
def test_that_training_goes_on_from_the_weights_of_the_program(name, caplog):
    config = read_run_config(run_file(name))
    weights = find_weights(config.start.weights)
    model = TarVis(config.model)

    start_from(model, weights)

    assert weights == find_weights("starter")
    assert "lacks" not in caplog.text


def test_that_classes_are_found_by_name_whatever_their_order_and_writing():
    network = load_label_set("youtube_vis")
    first, second = network.categories[3].name, network.categories[0].name
    dataset = named(first.upper().replace(" ", "_"), second, "no such class")

    assert rows_of_classes(dataset, network) == {1: 3, 2: 0}
    assert unknown_classes(dataset, network) == ("no such class",)


def test_that_classes_without_names_are_found_by_number():
    network = load_label_set("kitti_step")
    number = network.categories[5].id
    dataset = LabelSet("numbers", (Category(number, f"class {number}", TargetKind.THING),))

    assert rows_of_classes(dataset, network) == {number: 5}


def test_that_a_data_set_of_other_classes_is_refused():
    with pytest.raises(ConfigError, match="gnu"):
        rows_of_classes(named("gnu", "unicorn"), load_label_set("kitti_step"))
