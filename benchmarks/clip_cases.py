"""What `clip_throughput` measures and what comes of it: cases, outcomes, the parts of a pass."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from benchmarks.measuring import Cost
from tarvis_core.model.model_config import ModelConfig, TemporalLevels

ENCODE = ("trunk", "neck, frames", "neck, clip")
DECODE_OBJECTS = ("object encoder", "keys and values", "decoder (VOS)", "masks (VOS)")
CORRECTION = ("object encoder", "decoder (VOS)", "masks (VOS)")
"""What a correction asks of the network where features, keys and values are kept."""
DECODE_CLASSES = ("decoder (VIS)", "masks (VIS)")

PRESETS: dict[str, Callable[[], ModelConfig]] = {
    "resnet50": ModelConfig.resnet50,
    "swin_tiny": ModelConfig.swin_tiny,
    "swin_large": ModelConfig.swin_large,
    "starter": ModelConfig.starter,
    "resnet50_f8_out": lambda: _with_coarse_temporal_attention(ModelConfig.resnet50()),
}


@dataclass(frozen=True)
class Case:
    """One line of the tables."""

    backbone: str
    size: tuple[int, int]
    """(height, width) of the frames."""
    length: int
    """Frames per clip."""
    device: str
    dtype: torch.dtype
    threads: int
    repeats: int
    with_plain: bool
    with_peak: bool
    num_targets: int = 2
    """Targets of the VOS pass, each given by a mask."""

    @property
    def title(self) -> str:
        """Its first columns."""
        return f"{self.backbone} | {self.size[0]}×{self.size[1]} | {self.length}"


@dataclass
class Outcome:
    """What one case cost, part by part."""

    case: Case
    parts: dict[str, Cost] = field(default_factory=dict)
    plain: dict[str, Cost] = field(default_factory=dict)
    operations: dict[str, int] = field(default_factory=dict)
    """Multiplications and additions of each part's products, convolutions and attention."""
    whole: Cost | None = None
    """A pass as the program runs it: frame after frame first, what is freed used again."""
    peak: float = 0.0
    """Operations per second of a matrix product: the best of before, between and after."""
    packed_peak: float = 0.0
    """The same where oneDNN arranged the weights beforehand."""

    def seconds(self, *names: str) -> float:
        """Seconds per clip of some parts."""
        return sum(self.parts[name].seconds for name in names if name in self.parts)


def _with_coarse_temporal_attention(config: ModelConfig) -> ModelConfig:
    """The paper's neck: F8 stays out of temporal attention."""
    neck = dataclasses.replace(config.neck, temporal_levels=TemporalLevels.COARSE)
    return dataclasses.replace(config, neck=neck)
