"""A folder of labelled frames listed by one `manifest.json`: which frames, and their pixels.

Every frame is an image file with a palette PNG of the same name beside it: 0 background, 1…N
objects, 255 not to be judged. The manifest names split, kind, source, clip, objects and licence.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tarvis_core.errors import FormatError

IGNORED_LABEL = 255
"""Label of pixels that are neither object nor background."""


@dataclass(frozen=True)
class LabelledFrame:
    """One frame and what is known about it."""

    image_path: Path
    labels_path: Path
    source: str
    """Name of the collection that the frame is from."""
    clip: str | None
    """Name of the video that the frame is from; none for a still."""
    classes: Mapping[int, str]
    """Class name of each object by its label."""
    is_academic: bool
    """Whether the source's terms allow academic use only."""

    @property
    def name(self) -> str:
        """File name without its ending."""
        return self.image_path.stem

    def load(self) -> tuple[np.ndarray, np.ndarray]:
        """Read the pixels.

        Returns:
            The image, (H, W, 3) RGB uint8, and the labels, (H, W) uint8.

        Raises:
            FormatError: A file is missing or unreadable, or the two differ in size.
        """
        frame_bgr = cv2.imread(str(self.image_path), cv2.IMREAD_COLOR)
        if frame_bgr is None:
            raise FormatError(f"{self.image_path} cannot be read as an image; restore the file")
        if not self.labels_path.is_file():
            raise FormatError(f"{self.labels_path} is missing; every frame needs its labels")
        with Image.open(self.labels_path) as labels_file:
            labels = np.asarray(labels_file)
        if labels.ndim != 2 or labels.shape != frame_bgr.shape[:2]:
            raise FormatError(
                f"{self.labels_path} has shape {labels.shape}, its image {frame_bgr.shape[:2]}; "
                "labels must be a palette image of the frame's size"
            )
        return cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2RGB), labels.astype(np.uint8)


def read_manifest(
    folder: Path, split: str, *, includes_academic: bool = True
) -> tuple[LabelledFrame, ...]:
    """List the frames of one split, in the manifest's order.

    Args:
        folder: Folder with `manifest.json`.
        split: `train` or `eval`.
        includes_academic: Whether sources with academic terms take part.

    Raises:
        FormatError: The manifest is missing, or an entry lacks a field.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise FormatError(f"{path} is missing; name the folder that holds the data's manifest")
    try:
        entries = [
            _frame(folder, entry)
            for entry in json.loads(path.read_text("utf-8"))
            if entry["split"] == split
        ]
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise FormatError(f"{path} has an entry without the expected fields: {error!r}") from error
    entries += _divided_clips(folder, entries)
    return tuple(frame for frame in entries if includes_academic or not frame.is_academic)


def _divided_clips(folder: Path, frames: Iterable[LabelledFrame]) -> list[LabelledFrame]:
    """Videos once more whose one object is divided in `clip_instances/CLIP/FRAME.png`."""
    found = {
        (path.parent.name, path.stem): path
        for path in sorted(folder.glob("*/*/clip_instances/*/*.png"))
    }
    return [
        replace(
            frame,
            labels_path=found[frame.clip, frame.name],
            clip=f"{frame.clip}_divided",
            classes={},
        )
        for frame in frames
        if frame.clip is not None and (frame.clip, frame.name) in found
    ]


def group_clips(frames: Iterable[LabelledFrame]) -> dict[str, list[LabelledFrame]]:
    """The frames of each video by its name, in the order of their file names."""
    clips: dict[str, list[LabelledFrame]] = {}
    for frame in frames:
        if frame.clip is not None:
            clips.setdefault(frame.clip, []).append(frame)
    return {name: sorted(clip, key=lambda frame: frame.name) for name, clip in clips.items()}


def _frame(folder: Path, entry: Mapping) -> LabelledFrame:
    stem = folder / entry["file"]
    return LabelledFrame(
        image_path=stem.with_name(stem.name + ".jpg"),
        labels_path=stem.with_name(stem.name + ".png"),
        source=entry["source"],
        clip=entry["clip"],
        classes={target["id"]: target["cls"] for target in entry["objects"]},
        is_academic="academic" in entry["licence"],
    )
