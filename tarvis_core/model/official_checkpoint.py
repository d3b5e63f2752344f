"""Reads the released TarViS weights. Nothing else in the program knows their names."""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
import yaml
from torch import Tensor

from tarvis_core.errors import CheckpointError
from tarvis_core.model.checkpoint import build_empty, load_strictly
from tarvis_core.model.model_config import BackboneConfig, ModelConfig
from tarvis_core.model.released_label_sets import (
    FINE_TUNED_LABEL_SETS,
    PRETRAINED_LABEL_SETS,
    LabelSetConfig,
)
from tarvis_core.model.restricted_pickle import read_tensors
from tarvis_core.model.tarvis import TarVis

Preset = Callable[[tuple[LabelSetConfig, ...]], ModelConfig]

SEMANTIC_QUERIES = "embedding_container._semantic_queries"
INSTANCE_QUERIES = "embedding_container._instance_queries"
BACKGROUND_GRID = "vos_query_extractor.bg_grid_size"

UNUSED = (
    (r"pixel_(mean|std)", "part of our config"),
    (r"vos_query_extractor\.bg_grid_size", "part of our config"),
    (r".*\.relative_position_index", "follows from the window's size"),
    (r"decoder\.mask_embeds\.free\..*", "no task has queries of this type"),
    (r"decoder\.proj_layers\.(vos|background_vos)\..*", "no task classifies against objects"),
)
"""Names (as patterns) that are deliberately left aside, and why. Also left aside is the second row
of `_background_vos_queries`: those queries come from the object encoder."""

RENAMED = (
    # ResNet trunk
    (r"^backbone\.backbone\.stem\.conv1\.norm\.", r"backbone.trunk.bn1."),
    (r"^backbone\.backbone\.stem\.", r"backbone.trunk."),
    (r"^backbone\.backbone\.res2\.", r"backbone.trunk.layer1."),
    (r"^backbone\.backbone\.res3\.", r"backbone.trunk.layer2."),
    (r"^backbone\.backbone\.res4\.", r"backbone.trunk.layer3."),
    (r"^backbone\.backbone\.res5\.", r"backbone.trunk.layer4."),
    (r"^(backbone\.trunk\.layer\d\.\d+)\.conv(\d)\.norm\.", r"\1.bn\2."),
    (r"^(backbone\.trunk\.layer\d\.\d+)\.shortcut\.norm\.", r"\1.downsample.1."),
    (r"^(backbone\.trunk\.layer\d\.\d+)\.shortcut\.", r"\1.downsample.0."),
    # Swin trunk: our merging belongs to the stage that it opens
    (r"^backbone\.backbone\.layers\.2\.downsample\.", r"backbone.trunk.layers.3.downsample."),
    (r"^backbone\.backbone\.layers\.1\.downsample\.", r"backbone.trunk.layers.2.downsample."),
    (r"^backbone\.backbone\.layers\.0\.downsample\.", r"backbone.trunk.layers.1.downsample."),
    (r"^backbone\.backbone\.norm(\d)\.", r"backbone.trunk.output_norms.\1."),
    (r"^backbone\.backbone\.", r"backbone.trunk."),
    # neck
    (r"^backbone\.fpn\.input_proj\.", r"neck.projections."),
    (r"^backbone\.fpn\.transformer\.level_embed_3d$", r"neck.temporal_level_codes"),
    (r"^backbone\.fpn\.transformer\.level_embed$", r"neck.level_codes"),
    (r"^backbone\.fpn\.transformer\.encoder\.layers\.", r"neck.deformable_layers."),
    (r"^backbone\.fpn\.transformer\.encoder\.temporal_layers\.", r"neck.temporal_layers."),
    (r"^(neck\.\w+_layers\.\d+)\.self_attn\.", r"\1.attention."),
    (r"^(neck\.\w+_layers\.\d+)\.norm1\.", r"\1.norm."),
    (r"^(neck\.\w+_layers\.\d+)\.norm2\.", r"\1.feedforward.norm."),
    (r"^(neck\.\w+_layers\.\d+)\.(linear\d)\.", r"\1.feedforward.\2."),
    (r"^backbone\.fpn\.adapter_1\.norm\.", r"neck.lateral.1."),
    (r"^backbone\.fpn\.adapter_1\.", r"neck.lateral.0."),
    (r"^backbone\.fpn\.layer_1\.norm\.", r"neck.fusion.1."),
    (r"^backbone\.fpn\.layer_1\.", r"neck.fusion.0."),
    (r"^backbone\.fpn\.mask_features\.", r"neck.mask_features."),
    # decoder
    (r"^decoder\.transformer_(\w+)_attention_layers\.(\d+)\.", r"decoder.layers.\2.\1."),
    (r"^decoder\.transformer_ffn_layers\.(\d+)\.", r"decoder.layers.\1.feedforward."),
    (r"^(decoder\.layers\.\d+)\.cross\.multihead_attn\._attn\.", r"\1.cross_attention."),
    (r"^decoder\.decoder_norm\.", r"decoder.heads.norm."),
    (r"^decoder\.scale_embed\.weight$", r"decoder.scale_codes"),
    (r"^decoder\.mask_embeds\.", r"decoder.heads.mask_heads."),
    (r"^decoder\.proj_layers\.", r"decoder.heads.class_heads."),
    (r"^(decoder\.heads\.\w+)\.background_vos\.", r"\1.object_background."),
    (r"^(decoder\.heads\.\w+)\.vos\.", r"\1.object."),
    # object encoder
    (r"^vos_query_extractor\.mask_object_query_embed$", r"object_encoder.mask_embedding"),
    (r"^vos_query_extractor\.bg_query_embed$", r"object_encoder.background_embedding"),
    (r"^vos_query_extractor\.point_object_query_embed$", r"object_encoder.point_reader.embedding"),
    (r"^vos_query_extractor\.(\w+)_attn_layers\.(\d+)\.", r"object_encoder.layers.\2.\1."),
    (r"^vos_query_extractor\.ffn_layers\.(\d+)\.", r"object_encoder.layers.\1.feedforward."),
    (r"^(object_encoder\.layers\.\d+)\.cross\.attn\.", r"\1.cross_attention."),
    (r"^vos_query_extractor\.proj_point_features\.", r"object_encoder.point_reader.projections."),
    (
        r"^vos_query_extractor\.point_vos_query_extractor\.",
        r"object_encoder.point_reader.initial_mlp.",
    ),
    (r"^(object_encoder\.point_reader\.initial_mlp\.layers)\.2\.", r"\1.1."),
    (r"^(object_encoder\.point_reader\.initial_mlp\.layers)\.4\.", r"\1.2."),
    # what decoder and object encoder share
    (r"\.cross\.norm\.", r".cross_norm."),
    (r"\.self\.(self_attn|attn)\.", r".self_attention.attention."),
    (r"\.self\.norm\.", r".self_attention.norm."),
    (r"\.feedforward\.mlp\.0\.", r".feedforward.linear1."),
    (r"\.feedforward\.mlp\.2\.", r".feedforward.linear2."),
    (r"\.in_proj_(weight|bias)$", r".in_proj.\1"),
)
"""What is replaced, in this order, to make our name of a released one."""

LABEL_SETS_BY_ROWS = {
    1 + sum(label_set.num_classes for label_set in label_sets): label_sets
    for label_sets in (FINE_TUNED_LABEL_SETS, PRETRAINED_LABEL_SETS)
}
"""Released label sets by the length of the table of semantic queries."""

LABEL_SET_NAMES = {"COCO": "coco_panoptic"}
"""Our names where they are not simply the released ones in lower case."""

PRESETS = {
    ("backbone.backbone.stem.conv1.weight", 64): ("ResNet50", ModelConfig.resnet50),
    ("backbone.backbone.patch_embed.proj.weight", 96): ("SwinTiny", ModelConfig.swin_tiny),
    ("backbone.backbone.patch_embed.proj.weight", 192): ("SwinLarge", ModelConfig.swin_large),
}
"""What a trunk's first convolution and its width say: the released name, and our preset."""


def import_official(path_pth: Path, config_yaml: Path | None = None) -> TarVis:
    """The network in a released TarViS file, ready for inference.

    Args:
        path_pth: A `.pth` file, fine-tuned or pre-trained.
        config_yaml: The `config.yaml` that came with it. Without it, everything is deduced from
            the tensors, which is enough for the released files.

    Raises:
        CheckpointError: A file cannot be read, or is not of a TarViS network that we know.
    """
    official = read_tensors(path_pth)
    config = deduce_config(official, path_pth)
    if config_yaml is not None:
        config = _apply_yaml(config, official, config_yaml)
    model = build_empty(config)
    load_strictly(model, rename_tensors(official, config.label_sets), path_pth)
    return model.eval()


def own_name(official: str) -> str | None:
    """Our name of a released tensor; None if it is left aside or is a table of queries."""
    if official.startswith("embedding_container."):
        return None
    if any(re.fullmatch(pattern, official) for pattern, _ in UNUSED):
        return None
    for pattern, replacement in RENAMED:
        official = re.sub(pattern, replacement, official)
    return official


def query_rows(label_sets: Sequence[LabelSetConfig]) -> dict[str, dict[str, int | slice]]:
    """Which rows of each released table of queries are which of our tensors."""
    rows: dict[str, dict[str, int | slice]] = {
        INSTANCE_QUERIES: {
            "query_bank.embeddings.instance": 0,
            "query_bank.instance_queries": slice(1, None),
        },
        "embedding_container._background_queries": {
            "query_bank.embeddings.background": 0,
            "query_bank.background_queries": slice(1, None),
        },
        "embedding_container._background_vos_queries": {
            "query_bank.embeddings.object_background": 0
        },
        "embedding_container._vos_queries": {"query_bank.embeddings.object": 0},
        SEMANTIC_QUERIES: {"query_bank.embeddings.semantic": 0},
    }
    start = 1
    for label_set in label_sets:
        end = start + label_set.num_classes
        rows[SEMANTIC_QUERIES][f"query_bank.semantic_queries.{label_set.name}"] = slice(start, end)
        start = end
    return rows


def own_names(official: str, label_sets: Sequence[LabelSetConfig]) -> tuple[str, ...]:
    """All our tensors that a released one becomes: several for a table of queries, or none."""
    tables = query_rows(label_sets)
    if official in tables:
        return tuple(tables[official])
    name = own_name(official)
    return () if name is None else (name,)


def rename_tensors(
    official: Mapping[str, Tensor], label_sets: Sequence[LabelSetConfig]
) -> dict[str, Tensor]:
    """A released state dict under our names.

    Args:
        official: All tensors of the file.
        label_sets: The label sets of its semantic queries, in row order.
    """
    tables = query_rows(label_sets)
    renamed = {}
    for name, value in official.items():
        for own, rows in tables.get(name, {}).items():
            renamed[own] = value[rows]
        own_or_none = own_name(name)
        if own_or_none is not None:
            # a 1×1 convolution there, a linear layer here
            is_mask_features = own_or_none == "neck.mask_features.weight"
            renamed[own_or_none] = value.flatten(1) if is_mask_features else value
    return renamed


def deduce_config(official: Mapping[str, Tensor], source: Path) -> ModelConfig:
    """The network that a released state dict belongs to.

    Args:
        official: All tensors of the file.
        source: Where they come from, for the message.

    Raises:
        CheckpointError: It is none of the networks that we know.
    """
    _, preset = _trunk(official, source)
    for name in (SEMANTIC_QUERIES, INSTANCE_QUERIES):
        if name not in official:
            raise CheckpointError(
                "{source} is no TarViS network: it lacks {name}", source=source, name=name
            )
    label_sets = LABEL_SETS_BY_ROWS.get(len(official[SEMANTIC_QUERIES]), ())
    config = preset(label_sets)
    grid = official.get(BACKGROUND_GRID, torch.tensor(config.object_encoder.background_grid))
    rows, columns = (int(count) for count in grid)
    num_instances = len(official[INSTANCE_QUERIES]) - 1
    return dataclasses.replace(
        config,
        backbone=_with_statistics(config.backbone, official),
        queries=dataclasses.replace(config.queries, num_instance_queries=num_instances),
        object_encoder=dataclasses.replace(config.object_encoder, background_grid=(rows, columns)),
    )


def _trunk(official: Mapping[str, Tensor], source: Path) -> tuple[str, Preset]:
    for (name, width), known in PRESETS.items():
        if name in official and len(official[name]) == width:
            return known
    names = ", ".join(name for name, _ in PRESETS.values())
    raise CheckpointError(
        "{source} has none of the trunks that TarViS was released with: {names}",
        source=source,
        names=names,
    )


def _with_statistics(backbone: BackboneConfig, official: Mapping[str, Tensor]) -> BackboneConfig:
    """The pixel statistics of the file where they differ from the usual ones."""
    changes = {}
    for name in ("pixel_mean", "pixel_std"):
        usual = torch.tensor(getattr(backbone, name))
        value = official.get(name, usual).flatten()
        if not torch.allclose(value, usual):
            changes[name] = tuple(value.tolist())
    return dataclasses.replace(backbone, **changes)


def _apply_yaml(config: ModelConfig, official: Mapping[str, Tensor], path: Path) -> ModelConfig:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        model, datasets = content["MODEL"], content["DATASETS"]
        names = sorted(content["TRAINING"]["DATASET_LIST"])
        num_queries = model["NUM_VOS_QUERIES_PER_OBJECT"]
        attention, trunk = model["CROSS_ATTENTION_TYPE"], model["BACKBONE"]
        counts = {name: datasets[name].get("NUM_CLASSES") or 0 for name in names}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise CheckpointError(
            "{path} is not the config of a TarViS network: {reason}", path=path, reason=repr(error)
        ) from error
    expected, _ = _trunk(official, path)
    if trunk != expected or attention != "hard_masked":
        raise CheckpointError(
            "{path} is of another network: it says {trunk} with {attention} attention, the "
            "weights are of {expected} with hard_masked attention",
            path=path,
            trunk=trunk,
            attention=attention,
            expected=expected,
        )
    encoder = dataclasses.replace(
        config.object_encoder,
        queries_per_object_training=num_queries,
        queries_per_object_inference=2 * num_queries,
    )
    label_sets = tuple(_label_set(name, count) for name, count in counts.items() if count)
    return dataclasses.replace(config, object_encoder=encoder, label_sets=label_sets)


def _label_set(name: str, num_classes: int) -> LabelSetConfig:
    """The label set of a released dataset; all classes are things where we do not know better."""
    own = LABEL_SET_NAMES.get(name, name.lower())
    for label_set in (*FINE_TUNED_LABEL_SETS, *PRETRAINED_LABEL_SETS):
        if (label_set.name, label_set.num_classes) == (own, num_classes):
            return label_set
    return LabelSetConfig(own, num_classes, tuple(range(num_classes)))
