"""Networks whose weights are the fixtures' function of parameter names."""

import importlib.util
import json
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from torch import Tensor

from tarvis_core.model.checkpoint import build_empty, load_strictly
from tarvis_core.model.official_checkpoint import deduce_config, rename_tensors
from tarvis_core.model.tarvis import TarVis

BACKBONES = {"ResNet50": "resnet50", "SwinTiny": "swin_tiny", "SwinLarge": "swin_large"}
"""Manifests by the backbone's name in a fixture's `meta`."""

CONSTANTS = {
    "pixel_mean": torch.tensor([123.675, 116.28, 103.53]),
    "pixel_std": torch.tensor([58.395, 57.12, 57.375]),
    "vos_query_extractor.bg_grid_size": torch.tensor([4, 4]),
}
"""What the formula does not cover; tables of relative positions are not read at all."""


def read_meta(arrays) -> dict:
    """The `meta` of a fixture."""
    return json.loads(str(arrays["meta"]))


def read_manifest(shared: Path, backbone: str) -> dict[str, tuple[list[int], str]]:
    """Names, shapes and types of a released checkpoint."""
    path = shared / "tarvis-spec" / f"state_dict_manifest_{BACKBONES[backbone]}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def official_tensors(shared: Path, backbone: str, salt: int = 0) -> dict[str, Tensor]:
    """A released checkpoint's tensors with the fixtures' weights, under the released names."""
    manifest = read_manifest(shared, backbone)
    formula = _formula(shared)
    filled = formula.fill_state_dict(manifest, salt)
    tensors = {name: torch.from_numpy(value) for name, value in filled.items()}
    for name, (shape, _) in manifest.items():
        if name not in tensors:
            tensors[name] = CONSTANTS.get(name, torch.zeros(shape, dtype=torch.int64))
    return tensors


@lru_cache(maxsize=1)
def parity_model(shared: Path, backbone: str, salt: int = 0) -> TarVis:
    """The network of a fixture, in evaluation mode. Shared between tests: copy it to change it."""
    official = official_tensors(shared, backbone, salt)
    config = deduce_config(official, Path(backbone))
    model = build_empty(config)
    load_strictly(model, rename_tensors(official, config.label_sets), Path(backbone))
    return model.eval()


def pad_frames(images_THWC: np.ndarray, padded_size: tuple[int, int]) -> Tensor:
    """Frames (T, h, w, 3) as the network wants them: (1, T, 3, H, W), padded with 128."""
    num_frames, height, width, _ = images_THWC.shape
    padded = np.full((num_frames, *padded_size, 3), 128, np.uint8)
    padded[:, :height, :width] = images_THWC
    return torch.from_numpy(padded).permute(0, 3, 1, 2)[None]


def _formula(shared: Path) -> ModuleType:
    path = shared / "tarvis-spec" / "fixtures" / "parity_weights.py"
    spec = importlib.util.spec_from_file_location("parity_weights", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
