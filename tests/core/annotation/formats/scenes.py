"""Small videos made for tests: any masks, any attributes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
    VideoCollection,
)
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.label_set import Category, LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind

LABEL_SET = LabelSet(
    "toy",
    (
        Category(CategoryId(3), "car", TargetKind.THING, "vehicle", (0, 0, 142)),
        Category(CategoryId(26), "person", TargetKind.THING, "human", (220, 20, 60)),
        Category(CategoryId(40), "sky", TargetKind.STUFF, "nature", (70, 130, 180)),
    ),
)
SIZE = (6, 8)


def box_mask(x_min, y_min, x_max, y_max, size=SIZE) -> Mask:
    pixels = np.zeros(size, dtype=bool)
    pixels[y_min:y_max, x_min:x_max] = True
    return Mask.from_array(pixels)


def l_mask(size=SIZE) -> Mask:
    """A shape that no flip, transposition or change of run order leaves as it is."""
    pixels = np.zeros(size, dtype=bool)
    pixels[3:6, 6] = True
    pixels[5, 5] = True
    return Mask.from_array(pixels)


def scene_masks() -> list[dict[int, Mask]]:
    """Three frames: target 1 moves right, target 2 is absent at first."""
    return [
        {1: box_mask(1, 1, 4, 3)},
        {1: box_mask(2, 1, 5, 3), 2: l_mask()},
        {1: box_mask(3, 1, 6, 3), 2: l_mask()},
    ]


def scene_video(
    masks: Sequence[Mapping[int, Mask]] | None = None,
    *,
    name: str = "clip",
    size: tuple[int, int] = SIZE,
    categories: Mapping[int, int | None] | None = None,
    void: Mask | None = None,
    z_orders: Mapping[int, int] | None = None,
    frame_names: Sequence[str] | None = None,
    attributes: Mapping[str, object] | None = None,
    **video_fields: object,
) -> AnnotatedVideo:
    """A video in memory; odd targets are cars and even ones persons unless said otherwise."""
    frames = scene_masks() if masks is None else list(masks)
    ids = sorted({target for frame in frames for target in frame})
    classes = {target: 3 if target % 2 else 26 for target in ids} | dict(categories or {})
    names = tuple(frame_names or (f"{5 * index:05d}.jpg" for index in range(len(frames))))

    def load_frame(index: int) -> AnnotatedFrame:
        return AnnotatedFrame(
            names[index],
            {
                TargetId(target): TargetMask(
                    mask, z_order=(z_orders or {}).get(target, 0), **(attributes or {})
                )
                for target, mask in frames[index].items()
            },
            void,
        )

    return AnnotatedVideo(
        name,
        size,
        LABEL_SET,
        names,
        load_frame,
        lambda: tuple(make_target(target, classes[target], LABEL_SET) for target in ids),
        **video_fields,
    )


def collection(*videos: AnnotatedVideo) -> VideoCollection:
    return VideoCollection(LABEL_SET, videos)


def read_everything(reader: DatasetReader) -> None:
    """Read every frame and every target."""
    for video in reader:
        for _ in video.frames():
            pass
        assert video.targets is not None


def change_json(file: Path, path: Sequence[str | int], value: object) -> None:
    """Put a value at a place of a JSON file, given by its keys and positions."""
    content = json.loads(file.read_text())
    inner = content
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    file.write_text(json.dumps(content))
