"""Procedural pictures and colourings. Colours are linear RGB unless called sRGB."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from resources.sample.shapes import Texture, Vector


def linear(srgb: Sequence[float] | np.ndarray) -> np.ndarray:
    """Linear RGB of sRGB colours, both 0…1."""
    return np.asarray(srgb, dtype=np.float32) ** np.float32(2.2)


def smooth_step(low: float, high: float, values: np.ndarray) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def noise(
    chance: np.random.Generator, size: tuple[int, int], cells: tuple[int, int], octaves: int = 4
) -> np.ndarray:
    """A cloudy picture, (height, width) float32 of mean 0.5, with so many cells in each direction.

    Each octave halves the cells and the strength.
    """
    height, width = size
    picture = np.zeros(size, dtype=np.float32)
    strength, total = 1.0, 0.0
    for octave in range(octaves):
        rows, columns = (
            min(count << octave, side) for count, side in zip(cells, size, strict=True)
        )
        grid = chance.random((rows + 1, columns + 1), dtype=np.float32)
        picture += strength * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        total += strength
        strength /= 2
    return picture / total


def plank_floor(chance: np.random.Generator, side: int, num_planks: int) -> np.ndarray:
    """Wooden planks that run down the picture: (side, side, 3)."""
    wide = side // num_planks
    floor = np.empty((side, side, 3), dtype=np.float32)
    for plank in range(num_planks):
        grain = noise(chance, (side, wide), (6, 10), 4)
        rings = 0.5 + 0.5 * np.sin(26 * noise(chance, (side, wide), (3, 2), 2) + 9 * grain)
        fine = noise(chance, (side, wide), (20, wide // 2), 2)
        tone = 0.75 + 0.35 * chance.random()
        mix = (0.5 * rings + 0.35 * grain + 0.35 * fine - 0.1)[..., None]
        dark, light = linear((0.44, 0.28, 0.16)), linear((0.78, 0.58, 0.38))
        columns = slice(plank * wide, (plank + 1) * wide)
        floor[:, columns] = (dark + (light - dark) * np.clip(mix, 0, 1)) * tone
        floor[:, plank * wide : plank * wide + 3] *= 0.35
        for end in chance.integers(0, side, 2):
            floor[end : end + 4, columns] *= 0.45
    floor[:, num_planks * wide :] = floor[:, : side - num_planks * wide]
    return floor


def painted_wall(chance: np.random.Generator, size: tuple[int, int], colour: Vector) -> np.ndarray:
    """A wall with stripes, plaster and a white board along its foot (the picture's last rows)."""
    height, width = size
    plaster = 0.94 + 0.12 * noise(chance, size, (8, 24), 5)[..., None]
    stripes = 0.5 + 0.5 * np.sin(np.arange(width, dtype=np.float32) * 2 * np.pi / 56)
    tint = 0.93 + 0.09 * smooth_step(0.35, 0.65, stripes)[None, :, None]
    wall = linear(colour) * plaster * tint
    foot = height // 9
    board = (
        linear((0.90, 0.88, 0.84))
        * (0.97 + 0.06 * noise(chance, (foot, width), (2, 30), 3))[..., None]
    )
    wall[height - foot :] = board
    wall[height - foot : height - foot + 3] *= 1.15
    wall[height - foot - 4 : height - foot] *= 0.7
    wall[height - 4 :] *= 0.5
    return wall.astype(np.float32)


def landscape(chance: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A picture to hang on the wall: hills under an evening sky."""
    height, width = size
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    picture = linear((0.36, 0.56, 0.78)) * (1 - rows) + linear((0.98, 0.80, 0.62)) * rows
    picture = np.repeat(picture, width, axis=1)
    cv2.circle(picture, (int(width * 0.68), int(height * 0.42)), height // 9, (1.0, 0.86, 0.6), -1)
    for depth, colour in enumerate([(0.52, 0.58, 0.66), (0.38, 0.52, 0.42), (0.25, 0.38, 0.24)]):
        ridge = noise(chance, (1, width), (1, 3 + 2 * depth), 3)[0]
        top = ((0.40 + 0.18 * depth) + 0.35 * (ridge - 0.5)) * height
        below = np.arange(height)[:, None] > top[None, :]
        picture[below] = linear(colour)
    return picture.astype(np.float32)


def framed(picture: np.ndarray, border: int) -> np.ndarray:
    """A picture with a pale mount and a wooden frame round it."""
    mount, wood = linear((0.93, 0.92, 0.88)), linear((0.30, 0.19, 0.12))
    inner = cv2.copyMakeBorder(
        picture, border, border, border, border, cv2.BORDER_CONSTANT, value=mount.tolist()
    )
    return cv2.copyMakeBorder(
        inner, border, border, border, border, cv2.BORDER_CONSTANT, value=wood.tolist()
    )


def woven_rug(
    chance: np.random.Generator, size: tuple[int, int], colours: Sequence[Vector]
) -> np.ndarray:
    """A rug with a border, diamonds and a weave."""
    height, width = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    rug = np.empty((height, width, 3), dtype=np.float32)
    rug[:] = linear(colours[0])
    edge = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    rug[(edge > 26) & (edge < 44)] = linear(colours[1])
    rug[edge < 12] = linear(colours[2])
    u, v = np.abs((x - width / 2) % 120 - 60), np.abs((y - height / 2) % 120 - 60)
    is_middle = edge > 58
    rug[is_middle & (u + v < 44)] = linear(colours[1])
    rug[is_middle & (u + v < 22)] = linear(colours[2])
    weave = 0.86 + 0.1 * np.sin(x * 1.6) * np.sin(y * 1.6) + 0.16 * noise(chance, size, (40, 60), 3)
    return rug * weave[..., None]


def lettered(letters: str, paint: Sequence[Vector], half: float) -> Texture:
    """Colouring of a wooden toy block: a border and a letter on each face."""
    faces = [_face(letter, linear(paint[i % len(paint)])) for i, letter in enumerate(letters)]

    def colour(points: np.ndarray, base: np.ndarray) -> np.ndarray:
        axis = np.abs(points).argmax(axis=1)
        rows = np.arange(len(points))
        is_front = points[rows, axis] > 0
        u = np.where(axis == 0, np.where(is_front, points[:, 1], -points[:, 1]), points[:, 0])
        u = np.where((axis == 1) & is_front, -u, u)
        v = np.where(axis == 2, points[:, 1], points[:, 2])
        side = faces[0].shape[0]
        columns = np.clip((u / half + 1) * side / 2, 0, side - 1).astype(np.intp)
        lines = np.clip((1 - v / half) * side / 2, 0, side - 1).astype(np.intp)
        face = (2 * axis + is_front) % len(faces)
        paint_layer = np.stack(faces)[face, lines, columns]
        return base * (1 - paint_layer[:, 3:]) + paint_layer[:, :3] * paint_layer[:, 3:]

    return colour


def _face(letter: str, colour: np.ndarray) -> np.ndarray:
    """(side, side, 4) paint of one face: colour and cover."""
    side = 200
    cover = np.zeros((side, side), dtype=np.float32)
    cv2.rectangle(cover, (14, 14), (side - 15, side - 15), 1.0, 12, cv2.LINE_AA)
    (width, height), _ = cv2.getTextSize(letter, cv2.FONT_HERSHEY_DUPLEX, 4.2, 18)
    origin = ((side - width) // 2, (side + height) // 2)
    cv2.putText(cover, letter, origin, cv2.FONT_HERSHEY_DUPLEX, 4.2, 1.0, 18, cv2.LINE_AA)
    return np.concatenate([np.broadcast_to(colour, (side, side, 3)), cover[..., None]], axis=2)


def panelled(colours: Sequence[Vector]) -> Texture:
    """Colouring of a beach ball: panels from pole (y) to pole, with white caps."""
    table = linear(np.array(colours))

    def colour(points: np.ndarray, _base: np.ndarray) -> np.ndarray:
        around = np.arctan2(points[:, 2], points[:, 0]) / (2 * np.pi) % 1.0
        panel = (around * len(table)).astype(np.intp) % len(table)
        cap = np.abs(points[:, 1]) / np.maximum(np.sqrt((points**2).sum(axis=1)), 1e-6) > 0.94
        seam = np.abs(around * len(table) % 1 - 0.5) > 0.485
        shade = np.where(seam, 0.75, 1.0)[:, None]
        return np.where(cap[:, None], linear((0.96, 0.95, 0.92)), table[panel]) * shade

    return colour


def spotted(where: Callable[[np.ndarray], np.ndarray], colour: Vector) -> Texture:
    """Paint the points for which a test holds in another colour."""
    paint = linear(colour)

    def coloured(points: np.ndarray, base: np.ndarray) -> np.ndarray:
        return np.where(where(points)[:, None], paint, base)

    return coloured


def grained(strength: float) -> Texture:
    """Wood: wavy lines along x."""

    def colour(points: np.ndarray, base: np.ndarray) -> np.ndarray:
        wave = np.sin(34 * points[:, 2] + 3 * np.sin(4 * points[:, 0]) + 21 * points[:, 1])
        fine = np.sin(190 * points[:, 2] + 9 * np.sin(7 * points[:, 0]) + 130 * points[:, 1])
        return base * (1 + strength * (0.7 * wave + 0.3 * fine))[:, None]

    return colour


def layered(*textures: Texture) -> Texture:
    """One colouring over the other."""

    def colour(points: np.ndarray, base: np.ndarray) -> np.ndarray:
        for texture in textures:
            base = texture(points, base)
        return base

    return colour
