"""Miniature data sets in every layout that training reads: coloured shapes that move."""

from pathlib import Path

import cv2
import numpy as np

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    TargetMask,
    VideoCollection,
)
from tarvis_core.annotation.formats.format_list import format_by_id
from tarvis_core.annotation.formats.write_job import WriteOptions
from tarvis_core.annotation.label_set import LabelSet, load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import Target, TargetId, TargetKind
from training.datasets.source_recipes import RECIPES, FrameRule
from training.joint_settings import SourceSettings

SIZE = (72, 128)
NUM_FRAMES = 6


def moving_shapes(label_set: LabelSet, num_frames: int, seed: int) -> AnnotatedVideo:
    """Four squares on a background; the background is stuff where the label set has some."""
    random = np.random.default_rng(seed)
    things, stuff = label_set.things, label_set.stuff
    starts = random.integers(4, 40, (4, 2))
    steps = random.integers(-2, 4, (4, 2))
    colours = random.integers(0, 255, (5, 3))

    def squares(frame: int) -> list[np.ndarray]:
        masks, covered = [], np.zeros(SIZE, bool)
        for index in range(4):
            mask = np.zeros(SIZE, bool)
            row, column = starts[index] + steps[index] * frame + (0, 20 * index)
            mask[max(row, 0) : row + 20, max(column, 0) : column + 18] = True
            masks.append(mask & ~covered)
            covered |= mask
        return masks

    targets = [
        Target(TargetId(i + 1), f"square {i}", things[i % len(things)].id if things else None)
        for i in range(4)
    ]
    if stuff:
        targets.append(Target(TargetId(5), "ground", stuff[0].id, TargetKind.STUFF))

    def load_frame(frame: int) -> AnnotatedFrame:
        masks = squares(frame)
        if stuff:
            masks.append(~np.any(masks, axis=0))
        kept = {
            target.id: TargetMask(Mask.from_array(mask))
            for target, mask in zip(targets, masks, strict=True)
            if mask.any()
        }
        return AnnotatedFrame(f"{frame:05d}", kept)

    def load_image(frame: int) -> np.ndarray:
        image = np.full((*SIZE, 3), colours[4], np.uint8)
        for mask, colour in zip(squares(frame), colours, strict=False):
            image[mask] = colour
        return image

    return AnnotatedVideo(
        name=f"clip{seed}",
        size=SIZE,
        label_set=label_set,
        frame_names=tuple(f"{number:05d}" for number in range(num_frames)),
        load_frame=load_frame,
        load_targets=lambda: tuple(targets),
        fps=10.0,
        load_image=load_image,
    )


def write_miniature(name: str, folder: Path) -> SourceSettings:
    """Write two clips (or stills) in the layout of a source; say how a run reads them."""
    recipe = RECIPES[name]
    label_set = load_label_set(recipe.label_set or "davis")
    num_frames = 1 if recipe.rule is FrameRule.STILL else NUM_FRAMES
    videos = [moving_shapes(label_set, num_frames, seed) for seed in (1, 2)]
    path = folder / name.lower()
    chosen = format_by_id(recipe.format_id)
    chosen.write(VideoCollection(label_set, videos), path, WriteOptions(with_images=True))
    if name == "CITYSCAPES_VPS":
        _as_png(path)
    beside = path / "JPEGImages"
    has_images_beside = recipe.format_id in {"youtube_vis", "ovis"}
    return SourceSettings(name, str(path), images=str(beside) if has_images_beside else "")


def _as_png(folder: Path) -> None:
    """The data set's own frames are PNG files, and its lists name them so."""
    for path in folder.rglob("*.jpg"):
        cv2.imwrite(str(path.with_suffix(".png")), cv2.imread(str(path)))
        path.unlink()
