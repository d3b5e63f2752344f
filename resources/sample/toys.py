"""The toys of the sample clip."""

from collections.abc import Sequence

import numpy as np

from resources.sample.shapes import Box, Disc, Ellipsoid, Part, Plate, Toy, Vector, turn
from resources.sample.textures import grained, layered, lettered, panelled, spotted

CREAM, DARK, BLACK = (0.96, 0.94, 0.88), (0.10, 0.11, 0.13), (0.03, 0.03, 0.03)
ORANGE, STEEL = (0.95, 0.55, 0.12), (0.72, 0.73, 0.75)


def ball(colours: Sequence[Vector], radius: float = 0.42) -> Toy:
    """A beach ball around its middle."""
    skin = Part(Ellipsoid((radius,) * 3), CREAM, gloss=0.5, texture=panelled(colours))
    return Toy((skin,), (0.0, 0.0, 0.0), radius)


def letter_block(letters: str, paint: Sequence[Vector], half: float = 0.42) -> Toy:
    """A wooden cube with letters."""
    texture = layered(grained(0.06), lettered(letters, paint, half))
    cube = Part(
        Box((half,) * 3, 0.05), (0.86, 0.70, 0.48), (0, 0, half), gloss=0.12, texture=texture
    )
    return Toy((cube,), (0.0, 0.0, half), half * 1.75)


def car(paint: Vector, number: str, roll: float) -> Toy:
    """A toy racing car that looks along x; its wheels have turned by `roll` radians."""
    body_half, cabin_half = (0.74, 0.36, 0.17), (0.40, 0.29, 0.17)
    stripe = spotted(lambda p: (np.abs(p[:, 1]) < 0.10) & (p[:, 2] > 0.02), CREAM)
    door = spotted(_number_plate, CREAM)
    digits = spotted(lambda p: _digit(p, number), DARK)
    windows = spotted(
        lambda p: (p[:, 2] < 0.07) & (np.abs(p[:, 2] + 0.02) < 0.085), (0.16, 0.22, 0.28)
    )
    parts = [
        Part(
            Box(body_half, 0.13),
            paint,
            (0, 0, 0.33),
            gloss=0.8,
            texture=layered(stripe, door, digits),
        ),
        Part(
            Box(cabin_half, 0.13),
            paint,
            (-0.10, 0, 0.57),
            gloss=0.8,
            texture=layered(stripe, windows),
        ),
        Part(Box((0.05, 0.33, 0.05), 0.04), STEEL, (0.76, 0, 0.23), gloss=0.7),
        Part(Box((0.05, 0.33, 0.05), 0.04), STEEL, (-0.76, 0, 0.23), gloss=0.7),
    ]
    for side in (-1, 1):
        parts.append(
            Part(
                Ellipsoid((0.05, 0.07, 0.07)),
                (1.0, 0.95, 0.75),
                (0.73, 0.22 * side, 0.38),
                gloss=0.9,
            )
        )
        parts.append(
            Part(Box((0.03, 0.07, 0.04), 0.02), (0.75, 0.08, 0.08), (-0.735, 0.22 * side, 0.38))
        )
        for x in (-0.44, 0.44):
            axle, spin = (x, 0.34 * side, 0.19), turn(1, roll)
            hub = (x, 0.385 * side, 0.19)
            parts.append(Part(Disc(0.19, 0.085, 0.04), DARK, axle, gloss=0.15))
            parts.append(
                Part(Disc(0.11, 0.05, 0.02), STEEL, hub, spin, 0.6, spotted(_spokes, DARK))
            )
    return Toy(tuple(parts), (0.0, 0.0, 0.36), 0.92)


def _spokes(points: np.ndarray) -> np.ndarray:
    angle = np.arctan2(points[:, 2], points[:, 0])
    radius = np.hypot(points[:, 0], points[:, 2])
    return (np.abs(np.sin(2.5 * angle)) < 0.45) & (radius > 0.035) & (radius < 0.088)


def _number_plate(points: np.ndarray) -> np.ndarray:
    on_side = np.abs(points[:, 1]) > 0.3
    return on_side & (np.hypot(points[:, 0] + 0.02, points[:, 2] - 0.02) < 0.13)


_SEGMENTS = {
    # top, upper left, upper right, middle, lower left, lower right, bottom
    "0": "1110111", "1": "0010010", "2": "1011101", "3": "1011011", "4": "0111010",
    "5": "1101011", "6": "1101111", "7": "1010010", "8": "1111111", "9": "1111011",
}  # fmt: skip


def _digit(points: np.ndarray, number: str) -> np.ndarray:
    """Whether points lie on the digit of seven strokes on either door."""
    x = (points[:, 0] + 0.02) * -np.sign(points[:, 1]) / 0.045
    z = (points[:, 2] - 0.02) / 0.085
    strokes = [
        (0, 1, 1, 0), (-1, 0.5, 0, 0.5), (1, 0.5, 0, 0.5), (0, 0, 1, 0),
        (-1, -0.5, 0, 0.5), (1, -0.5, 0, 0.5), (0, -1, 1, 0),
    ]  # fmt: skip
    inside = np.zeros(len(points), dtype=np.bool_)
    for is_on, (cx, cz, wide, high) in zip(_SEGMENTS[number], strokes, strict=True):
        if is_on == "1":
            inside |= (np.abs(x - cx) < wide + 0.34) & (np.abs(z - cz) < high + 0.19)
    return inside & (np.abs(points[:, 1]) > 0.3)


def duck(paint: Vector) -> Toy:
    """A rubber duck that looks along x."""
    eyes = [
        Part(Ellipsoid((0.03, 0.03, 0.036)), BLACK, (0.345, 0.105 * side, 0.56), gloss=1.0)
        for side in (-1, 1)
    ]
    wings = [
        Part(
            Ellipsoid((0.19, 0.06, 0.11)), paint, (-0.05, 0.225 * side, 0.27),
            turn(1, -0.3), 0.5, None, 0.03,
        )
        for side in (-1, 1)
    ]  # fmt: skip
    return Toy(
        (
            Part(Ellipsoid((0.36, 0.26, 0.215)), paint, (0, 0, 0.21), gloss=0.5),
            Part(
                Ellipsoid((0.17, 0.12, 0.09)), paint, (-0.30, 0, 0.33), turn(1, 0.5), 0.5, None, 0.1
            ),
            Part(Ellipsoid((0.185, 0.175, 0.18)), paint, (0.22, 0, 0.51), None, 0.5, None, 0.09),
            *wings,
            Part(Ellipsoid((0.12, 0.09, 0.035)), ORANGE, (0.41, 0, 0.475), turn(1, 0.12), 0.5),
            *eyes,
        ),
        (0.02, 0.0, 0.33),
        0.56,
    )


def bird(back: Vector, belly: Vector, flap: float) -> Toy:
    """A bird in flight along x, around its middle; its wings stand at `flap` radians."""
    pale = spotted(lambda p: p[:, 2] < -0.02, belly)
    tips = spotted(lambda p: np.hypot(p[:, 0] + 0.12, np.abs(p[:, 1]) - 0.40) < 0.20, DARK)
    tail_end = spotted(lambda p: p[:, 0] < -0.11, DARK)
    parts = [
        Part(Ellipsoid((0.37, 0.14, 0.14)), back, gloss=0.3, texture=pale),
        Part(Ellipsoid((0.15, 0.13, 0.13)), back, (0.33, 0, 0.06), None, 0.3, pale, 0.06),
        Part(Ellipsoid((0.11, 0.035, 0.035)), ORANGE, (0.51, 0, 0.05)),
        Part(
            Box((0.20, 0.11, 0.018), 0.015), back, (-0.46, 0, 0.03), turn(1, 0.15), texture=tail_end
        ),
    ]
    for side in (-1, 1):
        parts.append(
            Part(Ellipsoid((0.025, 0.022, 0.028)), BLACK, (0.41, 0.105 * side, 0.09), gloss=1.0)
        )
        bend = turn(0, flap * side)
        root = np.array([0.03, 0.10 * side, 0.05]) + bend @ np.array([0, 0.34 * side, 0])
        parts.append(
            Part(
                Plate((0.19, 0.37), 0.020, 0.018), back, tuple(root.tolist()), bend, 0.3, tips, 0.02
            )
        )
    return Toy(tuple(parts), (0.0, 0.0, 0.0), 0.88)
