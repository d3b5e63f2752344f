"""How much memory some weights will take on a video, known before they are loaded.

What a clip takes beside the weights was measured on the CPU in float32, which takes the most
(`python -m benchmarks.network_memory`); it grows with the clip's pixels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from tarvis_core.errors import ConfigError
from tarvis_core.inference.settings import TRACK_CLIPS, ClipSettings, recommended_clips
from tarvis_core.inference.weights_catalog import KnownWeights
from tarvis_core.video.frame_geometry import FrameGeometry

PROGRAM_BYTES = 420 * 10**6
"""The libraries alone, before any weights."""
BYTES_PER_PARAMETER = 4
CLIP_BYTES_PER_PIXEL = {
    "tiny_vit_5m_224": 290,
    "resnet50": 470,
    "swin_tiny": 490,
    "swin_large": 450,
}
"""By trunk: what is held at once while a clip is in work, for each pixel of its padded frames."""
DECODER_BYTES = 10
"""What the decoder holds for each query that looks at a clip, and each cell at stride 8 of it:
logits, and where the query may look. Measured like the rest, and rounded up."""
DECODER_STRIDE = 8
TARGET_BYTES = 28
"""What is held for each target of a clip and each cell at stride 4 of it: its map there and in the
clip before, and its masks as exemplars. Measured with 50 targets, and rounded up."""
TARGET_STRIDE = 4
OTHER_BYTES_PER_PIXEL = max(CLIP_BYTES_PER_PIXEL.values())


@dataclass(frozen=True)
class MemoryForecast:
    """What one set of weights needs for one size of video."""

    program_bytes: int
    network_bytes: int
    """The weights, in float32."""
    clip_bytes: int
    """The most that is held beside them while one clip is in work."""
    num_frames: int
    """Frames of that clip."""
    input_size: tuple[int, int]
    """(height, width) of its frames as the network sees them."""


def forecast_memory(
    weights: KnownWeights, frame_size: tuple[int, int], reduction: int = 0
) -> MemoryForecast | None:
    """What some weights will need; features kept between requests come on top.

    Args:
        weights: From `list_weights`; those on this machine are not loaded, only looked at.
        frame_size: (height, width) of the video.
        reduction: By how many steps clips are made smaller; see `ClipSettings.reduced`.

    Returns:
        None where the file does not say what network it is for.
    """
    num_parameters, trunk = _num_parameters(weights), _trunk(weights)
    clips = _clips(weights.metadata)
    if num_parameters is None or not trunk or clips is None:
        return None
    clips = clips.reduced(reduction)
    geometry = FrameGeometry.for_frame(
        frame_size, clips.side_for(frame_size), clips.longer_side, clips.multiple
    )
    height, width = geometry.padded_size
    per_pixel = CLIP_BYTES_PER_PIXEL.get(trunk, OTHER_BYTES_PER_PIXEL)
    return MemoryForecast(
        PROGRAM_BYTES,
        BYTES_PER_PARAMETER * num_parameters,
        per_pixel * clips.length * height * width,
        clips.length,
        geometry.padded_size,
    )


def queries_that_fit(num_bytes: int, num_frames: int, padded_size: tuple[int, int]) -> int:
    """How many queries may look at a clip at once.

    Args:
        num_bytes: What they may hold beside the clip's features.
        num_frames: Of the clip.
        padded_size: (height, width) of its frames as the network sees them.
    """
    return num_bytes // (DECODER_BYTES * _num_cells(num_frames, padded_size, DECODER_STRIDE))


def targets_that_fit(num_bytes: int, num_frames: int, padded_size: tuple[int, int]) -> int:
    """How many targets a clip may have at most; arguments as for `queries_that_fit`."""
    return num_bytes // (TARGET_BYTES * _num_cells(num_frames, padded_size, TARGET_STRIDE))


def _num_cells(num_frames: int, padded_size: tuple[int, int], stride: int) -> int:
    height, width = padded_size
    return max(1, num_frames * (height // stride) * (width // stride))


def _num_parameters(weights: KnownWeights) -> int | None:
    if weights.path is None:
        millions = weights.parameters_million
        return None if millions is None else round(millions * 1e6)
    return count_parameters(weights.path)


def count_parameters(path: Path) -> int | None:
    """How many numbers a weights file holds, from its header; None if it is damaged."""
    try:
        with safe_open(path, framework="numpy") as file:
            shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
    except (SafetensorError, OSError):
        return None
    total = 0
    for shape in shapes:
        count = 1
        for side in shape:
            count *= side
        total += count
    return total


def _trunk(weights: KnownWeights) -> str:
    config = weights.metadata.get("model_config", {})
    backbone = config.get("backbone", {}) if isinstance(config, dict) else {}
    return str(backbone.get("name", weights.trunk))


def _clips(metadata: Mapping[str, Any]) -> ClipSettings | None:
    about = metadata.get("metadata", {})
    try:
        return recommended_clips(about) if isinstance(about, dict) else TRACK_CLIPS
    except ConfigError:
        return None
