"""Clips whose trunk features are computed once and kept on disk, for training with a frozen trunk.

Trunk features do not depend on what is asked about a clip. A stored clip therefore serves any
number of training steps, each with other targets, clicks and subsets of its frames. One file per
clip: half-precision features of every frame by stride, and the label maps.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor


@dataclass(frozen=True)
class StoredClip:
    """Some frames of a stored clip."""

    features: Mapping[int, Tensor]
    """Trunk features (T, C, H/s, W/s) by stride s, float32."""
    label_maps: np.ndarray
    """(T, H, W) uint8, 255 where nothing is known."""
    classes: Mapping[int, str]
    """Class name by label; pasted objects have none."""
    source: str


class FeatureStore:
    """A folder of stored clips; reading sees what another process has added meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def names(self) -> list[str]:
        """The names of all clips that are complete, sorted."""
        return sorted(path.stem for path in self._folder.glob("*.safetensors"))

    def add(self, name: str, clip: StoredClip) -> None:
        """Write a clip; a clip of this name is replaced."""
        tensors = {f"stride{s}": maps.half().contiguous() for s, maps in clip.features.items()}
        tensors["label_maps"] = torch.from_numpy(np.ascontiguousarray(clip.label_maps))
        classes = json.dumps({str(label): cls for label, cls in clip.classes.items()})
        beside = self._folder / f"{name}.partial"
        save_file(tensors, beside, metadata={"classes": classes, "source": clip.source})
        beside.rename(self._folder / f"{name}.safetensors")

    def describe(self, name: str) -> tuple[tuple[int, ...], str]:
        """The shape (T, H, W) of a clip's label maps, and its source."""
        with safe_open(self._folder / f"{name}.safetensors", framework="pt") as stored:
            shape = tuple(stored.get_slice("label_maps").get_shape())
            return shape, stored.metadata()["source"]

    def read_label_maps(self, name: str, frames: Sequence[int]) -> np.ndarray:
        """The label maps (T, H, W) of some frames of a clip."""
        with safe_open(self._folder / f"{name}.safetensors", framework="pt") as stored:
            part = stored.get_slice("label_maps")
            return torch.cat([part[frame : frame + 1] for frame in frames]).numpy()

    def read(self, name: str, frames: Sequence[int]) -> StoredClip:
        """Read some frames of a clip, in the order given."""
        with safe_open(self._folder / f"{name}.safetensors", framework="pt") as stored:
            metadata = stored.metadata()
            slices = {key: stored.get_slice(key) for key in stored.keys()}  # noqa: SIM118
            picked = {
                key: torch.cat([part[frame : frame + 1] for frame in frames])
                for key, part in slices.items()
            }
        label_maps = picked.pop("label_maps").numpy()
        return StoredClip(
            features={
                int(key.removeprefix("stride")): maps.float() for key, maps in picked.items()
            },
            label_maps=label_maps,
            classes={int(label): cls for label, cls in json.loads(metadata["classes"]).items()},
            source=metadata["source"],
        )
