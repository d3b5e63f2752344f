"""The examples of all formats and the truth that they encode, listed and not named."""

import json
from pathlib import Path

import numpy as np

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetKind
from tests.conftest import shared_folder

EXAMPLES = shared_folder() / "formats" / "examples"


def example_folders() -> list[Path]:
    """One folder per format; empty where there is no reference material."""
    if not EXAMPLES.is_dir():
        return []
    return sorted(path for path in EXAMPLES.iterdir() if path.is_dir() and path.name != "images")


def scene_tracks() -> list[tuple[Mask, ...]]:
    """The truth: for each track its masks over all frames."""
    scene = json.loads((EXAMPLES / "scene.json").read_text(encoding="utf-8"))
    return [
        tuple(Mask.from_array(np.array(frame)) for frame in track["masks"])
        for track in scene["tracks"].values()
    ]


def video_tracks(video: AnnotatedVideo) -> list[tuple[Mask, ...]]:
    """For each thing of a video its masks over all frames, crowds left out."""
    frames = list(video.frames())
    empty = Mask.empty(*video.size)
    things = [target.id for target in video.targets if target.kind is TargetKind.THING]
    return [
        tuple(frame.masks[thing].mask if thing in frame.masks else empty for frame in frames)
        for thing in things
        if not any(frame.masks[thing].is_crowd for frame in frames if thing in frame.masks)
    ]
