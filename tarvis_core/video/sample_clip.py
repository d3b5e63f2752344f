"""The sample clip: a short video that comes with the program, and the true masks of its targets."""

from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image

SAMPLE_TARGETS = ("ball", "car", "block", "duck", "bird")
"""What moves in the clip, in the order of the ids in its masks, from 1."""

_NAME = "toys"


def sample_clip_path() -> Path:
    """The sample clip: 96 frames of 512 × 288 pixels, 24 per second."""
    return _sample_folder() / f"{_NAME}.mp4"


def sample_masks_folder() -> Path:
    """The folder of the clip's masks: 00000.png …, one palette image per frame."""
    return _sample_folder() / "Annotations" / _NAME


def sample_label_map(frame: int) -> np.ndarray:
    """The true targets of a frame of the sample clip.

    Returns:
        (288, 512) uint8: 0 where there is no target, else its place in `SAMPLE_TARGETS`, from 1.

    Raises:
        ValueError: The clip has no such frame.
    """
    path = sample_masks_folder() / f"{frame:05d}.png"
    if not path.is_file():
        raise ValueError(f"the sample clip has no frame {frame}")
    with Image.open(path) as image:
        return np.array(image)


def _sample_folder() -> Path:
    return Path(str(files("resources") / "sample"))
