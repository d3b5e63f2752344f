"""Renders clips of toys in a room, with the true mask of every toy.

`python -m resources.sample.render_sample FOLDER` writes the sample clip: FOLDER/toys.mp4 and
FOLDER/Annotations/toys/00000.png …, palette images in the layout of DAVIS. With `--seed N` the
scene is one by chance, the same for the same N. Pictures and masks need numpy and OpenCV only.
"""

import argparse
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from resources.sample.random_scenes import random_scene
from resources.sample.ray_marching import render
from resources.sample.scenes import Scene, sample_scene
from tarvis_core.annotation.palette import target_colour
from tarvis_core.annotation.target import TargetId
from tarvis_core.video.overlay_writer import OverlayWriter

NUM_FRAMES, FPS = 96, 24
SIZE = (288, 512)


def render_clip(
    scene: Scene, num_frames: int = NUM_FRAMES, size: tuple[int, int] = SIZE, samples: int = 2
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Render a clip frame by frame.

    Args:
        scene: What happens.
        num_frames: Frames into which the scene's time is divided.
        size: (height, width).
        samples: Rays per pixel in each direction; 1 is fast and jagged.

    Yields:
        (height, width, 3) uint8 RGB, and (height, width) uint8 labels: the place of the toy in the
        scene's names, from 1; 0 for the room.
    """
    for frame in range(num_frames):
        time = frame / num_frames
        yield render(scene.room, scene.toys_at(time), scene.camera_at(time), size, samples)


def write_clip(scene: Scene, folder: Path, name: str) -> None:
    """Write a clip and its masks into a folder."""
    masks = folder / "Annotations" / name
    masks.mkdir(parents=True, exist_ok=True)
    colours = [target_colour(TargetId(label)) for label in range(1, len(scene.names) + 1)]
    palette = [0, 0, 0, *(value for colour in colours for value in colour)]
    with OverlayWriter(folder / f"{name}.mp4", SIZE, FPS, Fraction(1, FPS)) as clip:
        for number, (frame, labels) in enumerate(render_clip(scene)):
            clip.write(frame, number)
            image = Image.fromarray(labels, mode="P")
            image.putpalette(palette)
            image.save(masks / f"{number:05d}.png", optimize=True)


def main() -> None:
    """Write the clip that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the clip and its masks go")
    parser.add_argument("--seed", type=int, help="a scene by chance instead of the sample's")
    arguments = parser.parse_args()
    if arguments.seed is None:
        write_clip(sample_scene(), arguments.folder, "toys")
    else:
        write_clip(random_scene(arguments.seed), arguments.folder, f"toys_{arguments.seed}")


if __name__ == "__main__":
    main()
