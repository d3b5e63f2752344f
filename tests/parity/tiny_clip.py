"""A fixture of our own: a tiny network, seeded inputs, and what it answered in double precision.

It keeps the parity tests from being empty where no published fixtures are at hand. Written anew
with `python -m tests.parity.tiny_clip`, right only after a deliberate change of the network.
"""

import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tarvis_core.model.clip_features import ClipFeatures
from tarvis_core.model.model_config import NeckConfig, ObjectEncoderConfig, TemporalLevels
from tarvis_core.model.model_output import QueryType
from tarvis_core.model.object_encoder import ObjectExemplars
from tarvis_core.model.tarvis import TarVis
from tests.fakes.tiny_model import tiny_config

PATH = Path(__file__).parent / "data" / "tiny_clip.npz"
BATCH, NUM_FRAMES, HEIGHT, WIDTH = 1, 3, 64, 128
LEVELS = {"paper": TemporalLevels.COARSE, "published": TemporalLevels.ALL}


def tiny_network(levels: TemporalLevels) -> TarVis:
    """The network; every weight is a function of its name."""
    config = tiny_config(
        neck=NeckConfig(num_layers=2, feedforward_width=48, num_points=2, temporal_levels=levels),
        object_encoder=ObjectEncoderConfig(num_layers=2, feedforward_width=48),
    )
    model = TarVis(config).eval()
    with torch.no_grad():
        for name, value in model.state_dict().items():
            value.copy_(_weight(name, value))
    return model


def answers(model: TarVis, kind: torch.dtype) -> dict[str, np.ndarray]:
    """What the network says of the seeded clip, computed in this type."""
    model = model.to(kind)
    with torch.no_grad():
        features = model.encode_clip(model.neck.encode_frames(_maps(model, kind)))
        objects = model.object_queries(features.select_frames([0, 2]), _exemplars())
        classes = model.decode(features, model.class_queries("animals"))
        output = model.decode(features, objects)
    values = _means(features) | {
        "class_logits": classes.class_logits[0],
        "semantic_mask_logits": classes.mask_logits(QueryType.SEMANTIC)[0, :, :, 3::5, 2::7],
        "object_queries": objects.groups[1].initial_BQC[0, :, ::4],
        "background_queries": objects.groups[0].initial_BQC[0, ::5, ::4],
        "object_mask_logits": output.object_mask_logits()[0, :, :, 3::5, 2::7],
    }
    return {name: value.double().numpy() for name, value in values.items()}


def _weight(name: str, value: Tensor) -> Tensor:
    generator = np.random.RandomState(zlib.crc32(name.encode()))
    numbers = torch.from_numpy(generator.standard_normal(tuple(value.shape)))
    if name.endswith("running_var"):
        return 1 + 0.1 * numbers.abs()
    if value.ndim == 1 and name.endswith("weight"):
        return 1 + 0.1 * numbers
    if value.ndim == 1 and not name.startswith("query_bank"):
        return 0.2 * numbers
    return numbers / max(1.0, value[0].numel()) ** 0.5


def _maps(model: TarVis, kind: torch.dtype) -> list[Tensor]:
    """In place of the trunk's maps: trunks are other people's code, and may change."""
    generator = np.random.RandomState(7)
    return [
        torch.from_numpy(
            generator.standard_normal(
                (BATCH, NUM_FRAMES, channels, HEIGHT // stride, WIDTH // stride)
            )
        ).to(kind)
        for channels, stride in zip(model.backbone.num_channels, (4, 8, 16, 32), strict=True)
    ]


def _exemplars() -> ObjectExemplars:
    masks = torch.zeros(2, 2, HEIGHT, WIDTH, dtype=torch.bool)
    masks[0, :, 5:30, 10:50] = True
    masks[1, 1, 40:42, 100:101] = True
    return ObjectExemplars(masks, torch.tensor([[77.5, 31.5]]), torch.tensor([1]))


def _means(features: ClipFeatures) -> dict[str, Tensor]:
    names = ("stride32_means", "stride16_means", "stride8_means", "stride4_means")
    maps = zip(names, features.coarse_to_fine, strict=True)
    return {name: x[0].mean(dim=(-2, -1))[:, ::2] for name, x in maps}


def _write() -> None:
    arrays = {}
    for version, levels in LEVELS.items():
        values = answers(tiny_network(levels), torch.float64)
        arrays |= {f"{version}_{name}": value.astype(np.float32) for name, value in values.items()}
    PATH.parent.mkdir(exist_ok=True)
    np.savez_compressed(PATH, **arrays)


if __name__ == "__main__":
    _write()
