"""Rendered clips: many objects, real occlusion, exact masks; a folder of DAVIS layout, by seed.

Objects with photographs for skins, several of them alike, are thrown into scenes or pass through
them, before photographs that lie round the scene; cameras follow, turn away and come back. The
photographs are the training stills, so a clip has the terms of the stills that it shows; they are
listed beside it.
"""

import io
import json
import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tarvis_core.annotation.formats.davis import RESOLUTION
from tarvis_core.annotation.palette import target_colour
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import ConfigError
from training.augmentation import ColourRange, visible_labels
from training.data_manifest import LabelledFrame
from training.davis_frames import PHOTOGRAPHS_FOLDER
from training.rendered_draw import Album, RenderSettings, SceneDraw
from training.rendered_scene import render

logger = logging.getLogger(__name__)

MAX_TRIES = 12
"""How many scenes are drawn for one that shows enough objects."""


@dataclass(frozen=True)
class RenderedClip:
    """Pictures and truth of one clip."""

    frames: np.ndarray
    """(T, H, W, 3) RGB uint8."""
    label_maps: np.ndarray
    """(T, H, W) uint8, objects numbered without gaps."""
    photographs: tuple[LabelledFrame, ...]
    """Whose pixels it shows."""


class ClipRenderer:
    """Renders clips from the photographs of labelled stills."""

    def __init__(self, stills: Sequence[LabelledFrame], settings: RenderSettings) -> None:
        """Prepare.

        Args:
            stills: Source of backdrops, skins and cut-outs.
            settings: What clips look like.

        Raises:
            ConfigError: There are no stills.
        """
        if not stills:
            raise ConfigError("rendering needs stills for its photographs; the data has none")
        self._stills = stills
        self._settings = settings

    def clip(self, seed: int, number: int) -> RenderedClip:
        """The clip of this seed and number; the same every time.

        Raises:
            ConfigError: No scene shows enough objects, or pybullet is missing.
        """
        settings = self._settings
        random = np.random.default_rng((seed, number))
        for _ in range(MAX_TRIES):
            size = settings.sizes[int(random.integers(len(settings.sizes)))]
            num_frames = int(random.integers(settings.num_frames[0], settings.num_frames[1] + 1))
            times = np.arange(num_frames) / random.uniform(*settings.frames_per_second)
            album = Album(self._stills, random)
            scene = SceneDraw(settings, album, random).scene(float(times[-1]))
            with tempfile.TemporaryDirectory() as folder:
                frames, maps = render(scene, times.tolist(), size, settings.finer, Path(folder))
            shown = visible_labels(maps[0], settings.min_pixels)
            if len(shown) >= settings.min_objects:
                return RenderedClip(
                    _filmed(frames, random), _numbered(maps), tuple(album.photographs)
                )
        raise ConfigError(
            f"{MAX_TRIES} scenes showed fewer than {settings.min_objects} objects of "
            f"{settings.min_pixels} pixels; let smaller or fewer objects be enough"
        )


def render_clips(
    renderer: ClipRenderer, folder: Path, num_clips: int, seed: int
) -> tuple[str, ...]:
    """Render clips into a folder of DAVIS layout; those that are there already are kept.

    Args:
        renderer: What renders.
        folder: Top of the layout; `Photographs/CLIP.json` says which stills a clip shows.
        num_clips: How many clips of this seed the folder shall hold.
        seed: Same seed, same clips.

    Returns:
        The names of the clips of this seed.

    Raises:
        ConfigError: No scene shows enough objects, or pybullet is missing.
    """
    names = tuple(f"seed{seed:04d}_{number:05d}" for number in range(num_clips))
    for number, name in enumerate(names):
        if (folder / "Annotations" / RESOLUTION / name).is_dir():
            continue
        write_clip(renderer.clip(seed, number), folder, name)
        logger.info("rendered %s, %d of %d", name, number + 1, num_clips)
    listing = folder / "ImageSets" / "2017" / "train.txt"
    listing.parent.mkdir(parents=True, exist_ok=True)
    present = sorted(
        path.name for path in (folder / "Annotations" / RESOLUTION).glob("seed*_?????")
    )
    listing.write_text("".join(f"{name}\n" for name in present), "utf-8")
    return names


def write_clip(clip: RenderedClip, folder: Path, name: str) -> None:
    """Write one clip; its folder of annotations appears last, when all else is there."""
    images = folder / "JPEGImages" / RESOLUTION / name
    annotations = folder / "Annotations" / RESOLUTION / name
    beside = annotations.with_name(f"{name}.partial")
    for path in (images, beside, folder / PHOTOGRAPHS_FOLDER):
        path.mkdir(parents=True, exist_ok=True)
    for number, (frame, labels) in enumerate(zip(clip.frames, clip.label_maps, strict=True)):
        Image.fromarray(frame).save(images / f"{number:05d}.jpg", quality=92)
        (beside / f"{number:05d}.png").write_bytes(_palette_png(labels))
    shown = {
        "is_academic": any(still.is_academic for still in clip.photographs),
        "photographs": sorted({f"{still.source}/{still.name}" for still in clip.photographs}),
    }
    (folder / PHOTOGRAPHS_FOLDER / f"{name}.json").write_text(json.dumps(shown, indent=1), "utf-8")
    beside.rename(annotations)


def _palette_png(labels: np.ndarray) -> bytes:
    image = Image.fromarray(labels)
    colours = [(0, 0, 0), *(target_colour(TargetId(label)) for label in range(1, 256))]
    image.putpalette(bytes(value for colour in colours for value in colour))
    memory = io.BytesIO()
    image.save(memory, "PNG", optimize=True)
    return memory.getvalue()


def _filmed(frames: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The pictures as a camera takes them: soft, with noise, in one tone."""
    tone = ColourRange(8, 0.12, 15).draw(random)
    blur, noise = random.uniform(0.0, 0.8), random.uniform(0.5, 4.0)
    filmed = []
    for frame in frames:
        soft = cv2.GaussianBlur(frame, (5, 5), blur) if blur > 0.2 else frame
        grain = random.normal(0, noise, frame.shape)
        filmed.append(tone.apply(np.clip(soft + grain, 0, 255).astype(np.uint8)))
    return np.stack(filmed)


def _numbered(label_maps: np.ndarray) -> np.ndarray:
    """Objects that are seen at all, numbered without gaps."""
    numbers = np.zeros(256, np.uint8)
    for number, label in enumerate(visible_labels(label_maps), start=1):
        numbers[label] = number
    return numbers[label_maps]
