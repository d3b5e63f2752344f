"""Scenes by chance: other rooms, toys and ways for every seed."""

import colorsys
from collections.abc import Callable

import numpy as np

from resources.sample import toys
from resources.sample.ray_marching import Camera, PlacedToy
from resources.sample.scenes import (
    BALL_RADIUS,
    WHEEL_RADIUS,
    Scene,
    Way,
    flying_bird,
    furnished_room,
)
from resources.sample.shapes import Vector, turn

_Placing = Callable[[float], PlacedToy]
_KINDS = ("ball", "car", "block", "duck", "bird")
_NEAREST_LANE, _FARTHEST_LANE = -1.4, 2.4


def random_scene(seed: int) -> Scene:
    """Three to six toys that cross a room, each in a lane of its own, in front of one another.

    Toys of one kind may come twice, in other colours, and may leave the picture and come back.
    """
    chance = np.random.default_rng(seed)
    kinds = [str(kind) for kind in chance.choice(_KINDS, int(chance.integers(3, 7)))]
    lanes = chance.permutation(np.linspace(_NEAREST_LANE, _FARTHEST_LANE, len(kinds)))
    placings = [
        _PLACERS[kind](chance, float(lane), label)
        for label, (kind, lane) in enumerate(zip(kinds, lanes, strict=True), start=1)
    ]
    rug = [_colour(chance, 0.3, 0.45), _colour(chance, 0.25, 0.8), _colour(chance, 0.6, 0.6)]
    room = furnished_room(chance, rug, _colour(chance, 0.12, 0.72))
    return Scene(
        room, tuple(kinds), lambda time: [placed(time) for placed in placings], _camera(chance)
    )


def _colour(chance: np.random.Generator, saturation: float, value: float) -> Vector:
    return colorsys.hsv_to_rgb(float(chance.random()), saturation, value)


def _crossing(chance: np.random.Generator, lane: float) -> Way:
    """A way along a lane, with one turn on the average: (x, y)."""
    times = (0.0, float(chance.uniform(0.3, 0.7)), 1.0)
    side = chance.choice((-1, 1))
    start, end = side * chance.uniform(0.5, 3.6), -side * chance.uniform(-3.2, 3.6)
    middle = chance.uniform(-2.2, 2.2)
    wobble = chance.uniform(-0.12, 0.12, 3)
    return Way(
        times, tuple((x, lane + dy) for x, dy in zip((start, middle, end), wobble, strict=True))
    )


def _heading(way: Way, time: float) -> float:
    """Where a toy that drives a way looks; it turns on the spot where the way turns back."""
    ahead = way.at(time + 0.02)[0] - way.at(time - 0.02)[0]
    return float(np.pi / 2 * (1 - np.tanh(9 * ahead)))


def _ball(chance: np.random.Generator, lane: float, label: int) -> _Placing:
    way, height, phase = _crossing(chance, lane), chance.uniform(0, 1.4), chance.uniform(0, 3)
    colours = [_colour(chance, 0.8, 0.85), (0.95, 0.94, 0.9), _colour(chance, 0.8, 0.8)] * 2
    tilt = turn(2, float(chance.uniform(-0.6, 0.6)))

    def place(time: float) -> PlacedToy:
        x, y = way.at(time).tolist()
        bounce = height * np.exp(-2 * time) * abs(np.cos(9 * time + phase))
        spin = tilt @ turn(1, x / BALL_RADIUS)
        toy = toys.ball(colours, BALL_RADIUS)
        return PlacedToy(toy, (x, y, BALL_RADIUS + float(bounce)), spin, label)

    return place


def _car(chance: np.random.Generator, lane: float, label: int) -> _Placing:
    way, paint = _crossing(chance, lane), _colour(chance, 0.85, 0.7)
    number = str(chance.integers(0, 10))

    def place(time: float) -> PlacedToy:
        x, y = way.at(time).tolist()
        heading = _heading(way, time)
        toy = toys.car(paint, number, x / WHEEL_RADIUS * (1 if heading < np.pi / 2 else -1))
        return PlacedToy(toy, (x, y, 0.0), turn(2, heading), label)

    return place


def _block(chance: np.random.Generator, lane: float, label: int) -> _Placing:
    letters = "".join(chance.permutation(list("ABCDEFGHKLMNPRSTUXYZ"))[:6])
    paint = [_colour(chance, 0.8, 0.6) for _ in range(3)]
    toy = toys.letter_block(letters, paint)
    position = (float(chance.uniform(-1.8, 1.8)), lane, 0.0)
    rotation = turn(2, float(chance.uniform(0, 1.57)))
    return lambda _time: PlacedToy(toy, position, rotation, label)


def _duck(chance: np.random.Generator, lane: float, label: int) -> _Placing:
    way, paint = _crossing(chance, lane), _colour(chance, 0.75, 0.95)
    toy, phase = toys.duck(paint), chance.uniform(0, 6)

    def place(time: float) -> PlacedToy:
        x, y = way.at(time).tolist()
        step = 2 * np.pi * 9 * time + phase
        sway = turn(2, _heading(way, time) + 0.16 * float(np.sin(step)))
        rotation = sway @ turn(0, 0.11 * float(np.cos(step)))
        return PlacedToy(toy, (x, y, 0.03 * abs(float(np.sin(step)))), rotation, label)

    return place


def _bird(chance: np.random.Generator, lane: float, label: int) -> _Placing:
    times = np.linspace(0, 1, 5)
    angle = chance.uniform(0, 2 * np.pi) + chance.choice((-1, 1)) * times * chance.uniform(2, 6)
    points = np.stack(
        [
            chance.uniform(1.4, 3.0) * np.cos(angle),
            0.5 + 0.3 * lane + chance.uniform(0.5, 1.3) * np.sin(angle),
            chance.uniform(1.25, 2.1, 5),
        ],
        axis=1,
    )
    way, back = Way(times.tolist(), points.tolist()), _colour(chance, 0.7, 0.6)
    return lambda time: flying_bird(way, time, back, label)


_PLACERS: dict[str, Callable[[np.random.Generator, float, int], _Placing]] = {
    "ball": _ball,
    "car": _car,
    "block": _block,
    "duck": _duck,
    "bird": _bird,
}


def _camera(chance: np.random.Generator) -> Callable[[float], Camera]:
    start, end = chance.uniform(-0.9, 0.9, 2)
    height, distance = chance.uniform(1.7, 3.0), chance.uniform(6.6, 8.0)
    phases = chance.uniform(0, 6, 2)

    def place(time: float) -> Camera:
        x = start + (end - start) * time
        sway = 0.03 * np.sin(2 * np.pi * 2.1 * time + phases[0])
        sway += 0.015 * np.sin(2 * np.pi * 5.3 * time + phases[1])
        target = (0.5 * x + sway, 0.6, 0.7 + 0.5 * sway)
        return Camera((x, -distance, height), target, roll=0.15 * float(sway))

    return place
