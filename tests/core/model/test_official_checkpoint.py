import json

import pytest
import torch
import yaml

from tarvis_core.errors import CheckpointError
from tarvis_core.model.checkpoint import build_empty
from tarvis_core.model.model_config import ModelConfig
from tarvis_core.model.official_checkpoint import (
    UNUSED,
    deduce_config,
    import_official,
    own_name,
    own_names,
    query_rows,
    rename_tensors,
)
from tarvis_core.model.released_label_sets import FINE_TUNED_LABEL_SETS, PRETRAINED_LABEL_SETS
from tests.conftest import shared_folder

MANIFESTS = sorted((shared_folder() / "tarvis-spec").glob("state_dict_manifest_*.json"))
TABLES = {228: FINE_TUNED_LABEL_SETS, 383: PRETRAINED_LABEL_SETS}
QUERIES = "embedding_container._semantic_queries"

pytestmark = pytest.mark.skipif(
    not MANIFESTS, reason=f"no lists of released names in {shared_folder()}"
)


def manifest_of(path, num_rows=228):
    manifest = json.loads(path.read_text(encoding="utf-8"))
    return manifest | {QUERIES: [[num_rows, 256], "float32"]}


def official_of(manifest):
    """A released state dict in which every row says where it came from."""
    official = {
        name: torch.zeros(shape, dtype=getattr(torch, kind))
        for name, (shape, kind) in manifest.items()
    }
    official["pixel_mean"] += torch.tensor([123.675, 116.28, 103.53])
    official["pixel_std"] += torch.tensor([58.395, 57.12, 57.375])
    official["vos_query_extractor.bg_grid_size"] += 4
    for name in query_rows(()):
        official[name] += torch.arange(len(official[name]))[:, None]
    return official


@pytest.fixture(scope="module", params=MANIFESTS, ids=lambda path: path.stem)
def manifest_path(request):
    return request.param


@pytest.fixture(scope="module")
def official():
    """The released ResNet-50 network's tensors."""
    return official_of(manifest_of(next(path for path in MANIFESTS if "resnet50" in path.name)))


def test_that_every_released_name_is_ours_or_deliberately_left_aside(manifest_path):
    own_shapes = None
    for num_rows, label_sets in TABLES.items():
        official = official_of(manifest_of(manifest_path, num_rows))
        config = deduce_config(official, manifest_path)
        assert config.label_sets == label_sets
        own_shapes = own_shapes or {
            name: value.shape for name, value in build_empty(config).state_dict().items()
        }
        semantic = {
            f"query_bank.semantic_queries.{label_set.name}": (label_set.num_classes, 256)
            for label_set in label_sets
        }
        others = {name: shape for name, shape in own_shapes.items() if "semantic_q" not in name}
        renamed = rename_tensors(official, config.label_sets)
        assert {name: value.shape for name, value in renamed.items()} == others | semantic


def test_that_no_two_released_names_become_the_same(manifest_path):
    names = [own for name in manifest_of(manifest_path) for own in own_names(name, ())]
    assert len(set(names)) == len(names)


def test_that_what_is_left_aside_is_what_the_specification_names(manifest_path):
    unused = {
        name
        for name in manifest_of(manifest_path)
        if own_name(name) is None and not name.startswith("embedding_container.")
    }
    kinds = ("pixel_", "bg_grid_size", "relative_position_index", "mask_embeds.free", "proj_layers")
    assert all(any(kind in name for kind in kinds) for name in unused)
    assert sum("proj_layers" in name for name in unused) == 4
    assert all(reason for _, reason in UNUSED)


@pytest.mark.parametrize("num_rows", TABLES)
def test_that_rows_of_query_tables_go_where_they_belong(official, num_rows):
    changed = official | {QUERIES: torch.arange(num_rows)[:, None].expand(-1, 256)}
    renamed = rename_tensors(changed, TABLES[num_rows])
    first_column = {
        name.removeprefix("query_bank."): (value[..., 0].flatten()[0].item(), value.shape)
        for name, value in renamed.items()
        if name.startswith("query_bank.")
    }
    expected = {
        228: {"cityscapes_vps": 1, "kitti_step": 20, "ovis": 39, "vipseg": 64, "youtube_vis": 188},
        383: {"ade20k": 1, "cityscapes": 151, "coco_panoptic": 185, "mapillary": 318},
    }[num_rows]
    for name, row in expected.items():
        assert first_column[f"semantic_queries.{name}"][0] == row
    for kind in ("instance", "background", "semantic", "object", "object_background"):
        assert first_column[f"embeddings.{kind}"] == (0, (256,))
    assert first_column["instance_queries"] == (1, (128, 256))
    assert first_column["background_queries"] == (1, (1, 256))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (4, 4)),
        ({"vos_query_extractor.bg_grid_size": torch.tensor([2, 3])}, (2, 3)),
    ],
)
def test_that_the_background_grid_is_read_from_the_file(official, changes, expected):
    config = deduce_config(official | changes, "somewhere")
    assert config.object_encoder.background_grid == expected


def test_that_other_pixel_statistics_are_kept(official):
    changed = official | {"pixel_mean": torch.tensor([1.0, 2.0, 3.0])}
    config = deduce_config(changed, "somewhere")
    assert config.backbone.pixel_mean == (1.0, 2.0, 3.0)
    assert config.backbone.pixel_std == ModelConfig.resnet50().backbone.pixel_std


def save(path, official):
    torch.save({"model": official, "elapsed_iterations": 90_000}, path)


@pytest.fixture(scope="module")
def released_file(official, tmp_path_factory):
    path = tmp_path_factory.mktemp("released") / "090000.pth"
    save(path, official)
    return path


def write_yaml(folder, config):
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def yaml_config(**model):
    datasets = {
        "YOUTUBE_VIS": 40,
        "OVIS": 25,
        "KITTI_STEP": 19,
        "CITYSCAPES_VPS": 19,
        "VIPSEG": 124,
    }
    settings = {
        "BACKBONE": "ResNet50",
        "NUM_OBJECT_QUERIES": 128,
        "NUM_VOS_QUERIES_PER_OBJECT": 4,
        "CROSS_ATTENTION_TYPE": "hard_masked",
    }
    return {
        "MODEL": settings | model,
        "TRAINING": {"DATASET_LIST": [*datasets, "DAVIS", "BURST"]},
        "DATASETS": {
            name: {"TYPE": "video", "NUM_CLASSES": count} for name, count in datasets.items()
        }
        | {"DAVIS": {"TYPE": "vos"}, "BURST": {"TYPE": "vos"}},
    }


def test_that_a_released_file_becomes_our_network(official, tmp_path):
    changed = official | {
        "backbone.fpn.mask_features.bias": torch.full((256,), 7.0),
        "decoder.decoder_norm.weight": torch.full((256,), 8.0),
    }
    path = tmp_path / "090000.pth"
    save(path, changed)
    model = import_official(path)
    assert not model.training
    assert model.config == ModelConfig.resnet50()
    assert model.neck.mask_features.bias[0] == 7
    assert model.decoder.heads.norm.weight[0] == 8


def test_that_the_released_config_decides_where_it_is_given(released_file, tmp_path):
    config = write_yaml(tmp_path, yaml_config(NUM_VOS_QUERIES_PER_OBJECT=2))
    model = import_official(released_file, config)
    assert model.config.object_encoder.queries_per_object_training == 2
    assert model.config.object_encoder.queries_per_object_inference == 4
    assert model.config.label_sets == FINE_TUNED_LABEL_SETS


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (yaml_config(BACKBONE="SwinTiny"), "is of another network: it says SwinTiny"),
        (yaml_config(CROSS_ATTENTION_TYPE="soft"), "with soft attention"),
        ({"MODEL": {}}, "is not the config of a TarViS network"),
        ([], "is not the config of a TarViS network"),
    ],
)
def test_that_a_config_of_another_network_is_told(released_file, tmp_path, config, message):
    with pytest.raises(CheckpointError, match=message):
        import_official(released_file, write_yaml(tmp_path, config))


def test_that_one_error_lists_all_tensors_that_do_not_fit(official, tmp_path):
    changed = dict(official)
    del changed["decoder.scale_embed.weight"]
    changed["decoder.novelty"] = torch.zeros(2)
    changed["decoder.decoder_norm.bias"] = torch.zeros(3)
    save(tmp_path / "090000.pth", changed)
    with pytest.raises(CheckpointError) as error:
        import_official(tmp_path / "090000.pth")
    for problem in (
        "missing: decoder.scale_codes",
        "surplus: decoder.novelty",
        "shape of decoder.heads.norm.bias: (3,) instead of (256,)",
    ):
        assert problem in str(error.value)


@pytest.mark.parametrize(
    ("absent", "message"),
    [
        ("backbone.backbone.stem.conv1.weight", "none of the trunks"),
        (QUERIES, "is no TarViS network"),
    ],
)
def test_that_a_foreign_network_is_told(official, absent, message):
    changed = {name: value for name, value in official.items() if name != absent}
    with pytest.raises(CheckpointError, match=message):
        deduce_config(changed, "somewhere")
