import dataclasses
import json

import pytest

from tarvis_core.errors import ConfigError
from tarvis_core.model.model_config import (
    BackboneConfig,
    DecoderConfig,
    ModelConfig,
    NeckConfig,
    ObjectEncoderConfig,
    TemporalLevels,
)
from tarvis_core.model.released_label_sets import (
    FINE_TUNED_LABEL_SETS,
    PRETRAINED_LABEL_SETS,
    LabelSetConfig,
)

PRESETS = (
    ModelConfig.resnet50(),
    ModelConfig.swin_tiny(PRETRAINED_LABEL_SETS),
    ModelConfig.swin_large(),
    ModelConfig.starter((LabelSetConfig("animals", 3, things=(0, 2)),)),
)


def changed(**changes) -> str:
    return json.dumps(json.loads(ModelConfig.starter().to_json()) | changes)


@pytest.mark.parametrize("config", PRESETS, ids=lambda config: config.backbone.name)
def test_that_a_config_survives_json(config):
    assert ModelConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize("config", PRESETS, ids=lambda config: config.backbone.name)
def test_that_json_spells_out_every_field(config):
    text = json.loads(config.to_json())
    assert list(text) == [field.name for field in dataclasses.fields(config)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed(widht=64), "unknown key “widht”; did you mean “width”"),
        (changed(width="64"), "ModelConfig.width is '64'; it must be of type int"),
        (changed(width=True), "must be of type int"),
        (changed(neck={"num_layers": 3}), "ModelConfig.neck lacks: num_points"),
        (changed(neck=3), "ModelConfig.neck is 3; it must be a JSON object"),
        (changed(label_sets={}), "ModelConfig.label_sets is {}; it must be a list"),
        (changed(label_sets=[{"name": "a", "num_classes": 0, "things": []}]), "must be ≥ 1"),
        ("{", "is no JSON"),
    ],
)
def test_that_a_wrong_config_names_the_mistake(text, message):
    with pytest.raises(ConfigError) as error:
        ModelConfig.from_json(text)
    assert message in str(error.value)


def test_that_a_missing_key_is_an_error():
    values = json.loads(ModelConfig.starter().to_json())
    del values["num_heads"]
    with pytest.raises(ConfigError, match="lacks: num_heads"):
        ModelConfig.from_json(json.dumps(values))


def test_that_an_unknown_mode_lists_the_known_ones():
    values = json.loads(ModelConfig.starter().to_json())
    values["neck"]["temporal_levels"] = "some"
    with pytest.raises(ConfigError, match="'none', 'stride 32 and 16', 'stride 32, 16 and 8'"):
        ModelConfig.from_json(json.dumps(values))


@pytest.mark.parametrize(
    "make",
    [
        lambda: ModelConfig(width=100),
        lambda: ModelConfig(width=96, num_heads=5),
        lambda: ModelConfig(label_sets=(LabelSetConfig("a", 2), LabelSetConfig("a", 3))),
        lambda: BackboneConfig(last_stride=8),
        lambda: BackboneConfig(pixel_std=(1.0, 0.0, 1.0)),
        lambda: BackboneConfig(drop_path_rate=1.0),
        lambda: NeckConfig(num_layers=0),
        lambda: NeckConfig(window_size=48),
        lambda: NeckConfig(windows_per_side=0),
        lambda: ObjectEncoderConfig(background_grid=(4, 0)),
        lambda: DecoderConfig(num_layers=0),
        lambda: LabelSetConfig("a", 2, things=(2,)),
        lambda: LabelSetConfig("a", 2, things=(1, 1)),
    ],
)
def test_that_a_meaningless_value_is_refused(make):
    with pytest.raises(ConfigError):
        make()


def test_that_an_unknown_label_set_names_the_known_ones():
    with pytest.raises(ConfigError, match="“imagenet”; it knows: cityscapes_vps, kitti_step"):
        ModelConfig.resnet50().label_set("imagenet")


def test_that_a_network_of_ones_own_follows_the_paper_and_a_released_one_its_code():
    own, released = ModelConfig(), ModelConfig.resnet50()
    assert own.neck.temporal_levels is TemporalLevels.COARSE
    assert released.neck.temporal_levels is TemporalLevels.ALL
    assert own.object_encoder.queries_per_object_inference == 4
    assert released.object_encoder.queries_per_object_inference == 8


def test_that_weights_from_before_the_one_switch_can_be_read():
    values = json.loads(ModelConfig.starter().to_json())

    old = {**values, "reproduce_published_errors": False}
    assert ModelConfig.from_json(json.dumps(old)) == ModelConfig.starter()

    with pytest.raises(ConfigError, match="unknown key “reproduce_published_errors”"):
        ModelConfig.from_json(json.dumps({**old, "reproduce_published_errors": True}))


def test_that_the_released_label_sets_fill_the_released_tables():
    assert sum(label_set.num_classes for label_set in FINE_TUNED_LABEL_SETS) == 227
    assert sum(label_set.num_classes for label_set in PRETRAINED_LABEL_SETS) == 382


@pytest.mark.parametrize(
    ("name", "num_things"),
    [("vipseg", 58), ("kitti_step", 2), ("cityscapes_vps", 8), ("ade20k", 100), ("mapillary", 37)],
)
def test_that_a_label_set_has_the_things_its_dataset_defines(name, num_things):
    label_sets = {label_set.name: label_set for label_set in FINE_TUNED_LABEL_SETS}
    label_sets |= {label_set.name: label_set for label_set in PRETRAINED_LABEL_SETS}
    assert len(label_sets[name].things) == num_things


def test_that_a_file_from_before_a_field_existed_gets_its_default():
    values = json.loads(ModelConfig.resnet50().to_json())
    del values["neck"]["has_place_waves"]

    config = ModelConfig.from_json(json.dumps(values))

    assert config == ModelConfig.resnet50()
