"""How images and videos are laid on a canvas of the network's size."""

from collections.abc import Sequence

import numpy as np

from training.augmentation import ColourRange, flip_matrix, warp_image, warp_labels


def place_on_canvas(
    image_size: tuple[int, int],
    canvas: tuple[int, int],
    random: np.random.Generator,
    zoom: float = 1.3,
) -> np.ndarray:
    """Draw how an image lies on a canvas: fit or crop, somewhere, mirrored or not.

    Args:
        image_size: (height, width) of the image.
        canvas: (height, width) of the canvas.
        random: Source of the draws.
        zoom: Largest size, as a multiple of what covers the canvas.

    Returns:
        3×3 matrix from the image's points to the canvas's.
    """
    fit = min(canvas[0] / image_size[0], canvas[1] / image_size[1])
    cover = max(canvas[0] / image_size[0], canvas[1] / image_size[1])
    largest = min(cover * zoom, fit * 1.7 * zoom)
    scale = float(np.exp(random.uniform(np.log(fit * 0.9), np.log(largest))))
    free = np.array([canvas[1] - image_size[1] * scale, canvas[0] - image_size[0] * scale])
    matrix = np.diag([scale, scale, 1.0])
    matrix[:2, 2] = free * random.uniform(0, 1, 2)
    if random.random() < 0.5:
        matrix = matrix @ flip_matrix(image_size[1])
    return matrix


def cropped(
    pixels: Sequence[tuple[np.ndarray, np.ndarray]],
    canvas: tuple[int, int],
    colours: ColourRange,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Frames and label maps of a video under one crop and one change of colours.

    Args:
        pixels: Image (H, W, 3) RGB uint8 and labels (H, W) uint8 of each frame.
        canvas: (height, width) of the canvas.
        colours: The change of colours that all frames share.
        random: Source of the draws.

    Returns:
        (T, H, W, 3) and (T, H, W) on the canvas.
    """
    place = place_on_canvas(pixels[0][0].shape[:2], canvas, random)
    colour = colours.draw(random)
    frames = [colour.apply(warp_image(image, place, canvas)) for image, _ in pixels]
    maps = [warp_labels(labels, place, canvas) for _, labels in pixels]
    return np.stack(frames), np.stack(maps)
