"""Scenes: what stands in the room, how it moves, and from where it is seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from resources.sample import toys
from resources.sample.ray_marching import Camera, PlacedToy, Room
from resources.sample.shapes import Vector, turn
from resources.sample.textures import framed, landscape, painted_wall, plank_floor, woven_rug


@dataclass(frozen=True)
class Scene:
    """A room in which toys move. Times are 0…1 of the clip."""

    room: Room
    names: tuple[str, ...]
    """What each toy is, in the order of the labels, from 1."""
    toys_at: Callable[[float], list[PlacedToy]]
    camera_at: Callable[[float], Camera]


@dataclass(frozen=True)
class Way:
    """A smooth way through points that are reached at given times."""

    times: Sequence[float]
    """Ascending, in the clip's length: 0 is its first frame, 1 its end."""
    points: Sequence[Sequence[float]]

    def at(self, time: float) -> np.ndarray:
        """The point at a time; the ends beyond the ends. Cubic, with the slopes of the chords."""
        times, points = np.asarray(self.times, float), np.asarray(self.points, float)
        slopes = np.gradient(points, times, axis=0)
        time = float(np.clip(time, times[0], times[-1]))
        i = int(np.clip(np.searchsorted(times, time, side="right") - 1, 0, len(times) - 2))
        span = times[i + 1] - times[i]
        t = (time - times[i]) / span
        return (
            (1 + 2 * t) * (1 - t) ** 2 * points[i]
            + t * (1 - t) ** 2 * span * slopes[i]
            + t * t * (3 - 2 * t) * points[i + 1]
            + t * t * (t - 1) * span * slopes[i + 1]
        )


def furnished_room(
    chance: np.random.Generator, rug_colours: Sequence[Vector], wall_colour: Vector
) -> Room:
    """A room with a wooden floor, a rug and two pictures on the wall."""
    floor = plank_floor(chance, 2400, 34)
    _lay(floor, woven_rug(chance, (520, 1040), rug_colours), (1200, 1190))
    wall = painted_wall(chance, (560, 2240), wall_colour)
    _hang(wall, framed(landscape(chance, (110, 170)), 11), (880, 205))
    _hang(wall, framed(landscape(chance, (120, 90)), 9), (1395, 195))
    return Room(floor, wall)


def _lay(floor: np.ndarray, rug: np.ndarray, middle: tuple[int, int]) -> None:
    """Lay a rug on the floor's picture, with a soft dark edge below it."""
    height, width = rug.shape[:2]
    x, y = middle[0] - width // 2, middle[1] - height // 2
    shade = np.ones(floor.shape[:2], dtype=np.float32)
    shade[y - 2 : y + height + 8, x - 2 : x + width + 8] = 0.35
    floor *= cv2.GaussianBlur(shade, (0, 0), 6)[..., None]
    floor[y : y + height, x : x + width] = rug


def _hang(wall: np.ndarray, picture: np.ndarray, middle: tuple[int, int]) -> None:
    """Hang a picture on the wall's picture, with a soft shadow."""
    height, width = picture.shape[:2]
    x, y = middle[0] - width // 2, middle[1] - height // 2
    shade = np.ones(wall.shape[:2], dtype=np.float32)
    shade[y + 8 : y + height + 14, x + 8 : x + width + 14] = 0.45
    wall *= cv2.GaussianBlur(shade, (0, 0), 7)[..., None]
    wall[y : y + height, x : x + width] = picture


BALL_COLOURS = ((0.86, 0.16, 0.14), (0.96, 0.95, 0.92), (0.98, 0.78, 0.12)) * 2
BLOCK_PAINT = ((0.80, 0.20, 0.20), (0.15, 0.42, 0.68), (0.20, 0.55, 0.30))
RED, YELLOW, TEAL, WHITE = (
    (0.80, 0.10, 0.09),
    (0.98, 0.80, 0.14),
    (0.10, 0.46, 0.58),
    (0.93, 0.92, 0.88),
)
BALL_RADIUS, WHEEL_RADIUS = 0.42, 0.19

CAR_WAY = Way(
    (0.0, 0.12, 0.38, 0.52, 0.58, 0.86, 1.0),
    (
        (-1.78, -1.40, 0.0), (-0.95, -1.38, 0.0), (4.3, -1.30, 0.05), (4.6, -1.2, np.pi),
        (4.3, -1.15, np.pi), (0.2, -1.35, np.pi - 0.06), (-0.75, -1.30, np.pi),
    ),
)  # fmt: skip
"""x, y and heading."""
DUCK_WAY = Way((0.0, 0.5, 1.0), ((1.9, -0.35), (0.55, -0.72), (-1.15, -0.62)))
BIRD_WAY = Way(
    (0.0, 0.2, 0.4, 0.6, 0.75, 0.88, 1.0),
    (
        (-1.35, 0.7, 1.86), (-0.35, -0.1, 1.40), (1.05, 0.0, 1.72), (2.2, 1.1, 1.88),
        (1.45, 2.4, 1.72), (-0.4, 2.6, 1.50), (-2.0, 1.9, 1.64),
    ),
)  # fmt: skip


def sample_scene() -> Scene:
    """The scene of the sample clip.

    The ball bounces in and rolls by behind the block, the duck waddles by before it, the car
    drives out of the picture and comes back, the bird flies a round.
    """
    chance = np.random.default_rng(7)
    rug = [(0.30, 0.40, 0.47), (0.86, 0.78, 0.62), (0.66, 0.30, 0.24)]
    return Scene(
        furnished_room(chance, rug, (0.66, 0.74, 0.68)),
        ("ball", "car", "block", "duck", "bird"),
        lambda time: [_ball(time), _car(time), _block(), _duck(time), _bird(time)],
        _sample_camera,
    )


def _ball(time: float) -> PlacedToy:
    x = -3.05 + 5.9 * time
    bounce = 1.25 * np.exp(-3.2 * time) * abs(np.cos(9.5 * time + 0.4))
    spin = turn(2, 0.35) @ turn(1, x / BALL_RADIUS) @ turn(0, 0.5)
    position = (x, 1.2 - 0.1 * time, BALL_RADIUS + bounce)
    return PlacedToy(toys.ball(BALL_COLOURS, BALL_RADIUS), position, spin, 1)


def _car(time: float) -> PlacedToy:
    x, y, heading = CAR_WAY.at(time)
    ahead = -1 if heading > np.pi / 2 else 1
    toy = toys.car(RED, "7", ahead * x / WHEEL_RADIUS)
    return PlacedToy(toy, (x, y, 0.0), turn(2, heading), 2)


def _block() -> PlacedToy:
    return PlacedToy(toys.letter_block("ABCDEF", BLOCK_PAINT), (0.5, 0.45, 0.0), turn(2, 0.45), 3)


def _duck(time: float) -> PlacedToy:
    x, y = DUCK_WAY.at(time)
    step = 2 * np.pi * 9 * time
    rotation = turn(2, np.pi + 0.12 + 0.16 * np.sin(step)) @ turn(0, 0.11 * np.cos(step))
    return PlacedToy(toys.duck(YELLOW), (x, y, 0.03 * abs(np.sin(step))), rotation, 4)


def _bird(time: float) -> PlacedToy:
    return flying_bird(BIRD_WAY, time, TEAL, 5)


def flying_bird(way: Way, time: float, back: Vector, label: int) -> PlacedToy:
    """A bird on its way: it looks ahead, leans into bends and beats its wings."""
    before, here, after = (way.at(time + step) for step in (-0.02, 0.0, 0.02))
    ahead = after - before
    bend = np.cross(here - before, after - here)[2]
    rotation = (
        turn(2, float(np.arctan2(ahead[1], ahead[0])))
        @ turn(1, -float(np.arctan2(ahead[2], np.hypot(ahead[0], ahead[1]))))
        @ turn(0, float(np.clip(-bend * 120, -0.6, 0.6)))
    )
    beat = 2 * np.pi * 12 * time
    toy = toys.bird(back, WHITE, float(0.12 + 0.62 * np.sin(beat)))
    position = (float(here[0]), float(here[1]), float(here[2] + 0.05 * np.cos(beat)))
    return PlacedToy(toy, position, rotation, label)


def _sample_camera(time: float) -> Camera:
    """A slow walk to the right, held by hand."""
    sway = 0.02 * np.sin(2 * np.pi * 2.3 * time) + 0.012 * np.sin(2 * np.pi * 5.1 * time + 1)
    position = (-0.75 + 1.5 * time, -7.3 + 0.5 * time, 2.25 + 0.5 * sway)
    target = (-0.35 + 0.75 * time + sway, 0.6, 0.72 + 0.6 * sway)
    return Camera(position, target, roll=0.12 * sway)
