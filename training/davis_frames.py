"""Frames of a folder of DAVIS layout, such as rendered clips, as labelled frames for training."""

import json
from pathlib import Path

from tarvis_core.annotation.formats.davis import find_sequences
from tarvis_core.errors import FormatError
from training.data_manifest import LabelledFrame, read_manifest

PHOTOGRAPHS_FOLDER = "Photographs"
"""Folder of the lists of photographs that rendered clips show."""


def read_training_frames(
    folder: Path, *, includes_academic: bool = True
) -> tuple[LabelledFrame, ...]:
    """The training frames of a folder with a manifest, or of DAVIS layout.

    Args:
        folder: Holds `manifest.json`, or `Annotations` and `JPEGImages`.
        includes_academic: Whether frames with academic terms take part.

    Raises:
        FormatError: It is neither, or an entry lacks a field.
    """
    if (folder / "manifest.json").is_file():
        return read_manifest(folder, "train", includes_academic=includes_academic)
    frames = read_davis_frames(folder)
    return tuple(frame for frame in frames if includes_academic or not frame.is_academic)


def read_davis_frames(folder: Path) -> tuple[LabelledFrame, ...]:
    """All frames of a folder of DAVIS layout; its name is their source.

    Rendered clips have the terms of the photographs listed beside them; all others count as free.

    Raises:
        FormatError: There are no label images, or no images beside them.
    """
    sequences = find_sequences(folder, "Annotations")
    if sequences is None or sequences == folder:
        raise FormatError(
            f"{folder} holds neither manifest.json nor folders of label images as DAVIS has them"
        )
    frames: list[LabelledFrame] = []
    images = folder / "JPEGImages" / sequences.relative_to(folder / "Annotations")
    for clip in sorted(path for path in sequences.iterdir() if path.suffix != ".partial"):
        is_academic = _is_academic(folder / PHOTOGRAPHS_FOLDER / f"{clip.name}.json")
        for labels in sorted(clip.glob("*.png")):
            image = images / clip.name / f"{labels.stem}.jpg"
            if not image.is_file():
                raise FormatError(f"{image} is missing; training needs the frame of each label map")
            frames.append(LabelledFrame(image, labels, folder.name, clip.name, {}, is_academic))
    return tuple(frames)


def _is_academic(listing: Path) -> bool:
    return listing.is_file() and bool(json.loads(listing.read_text("utf-8"))["is_academic"])
