"""Surfaces for rendered scenes: boxes, vases, lumps, rings, figures, and swollen cut-outs.

All are made of numbers drawn at random, lie around the origin within a radius of about 1, and carry
texture coordinates, so that a photograph can be laid over them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

GRID = (20, 36)
"""Rows and columns of points of a closed surface."""
CUT_OUT_POINTS = 56
"""Points along the longer side of a cut-out's surface."""


@dataclass(frozen=True)
class Shape:
    """A surface of triangles."""

    vertices: np.ndarray
    """(V, 3) float, z up."""
    texture_points: np.ndarray
    """(V, 2) float: right and up in the texture, 0…1."""
    triangles: np.ndarray
    """(F, 3) int."""

    @property
    def normals(self) -> np.ndarray:
        """(V, 3): directions out of the surface, the mean of the triangles around each point."""
        corners = self.vertices[self.triangles]
        faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        sums = np.zeros_like(self.vertices)
        for corner in range(3):
            np.add.at(sums, self.triangles[:, corner], faces)
        return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)

    @property
    def half_extents(self) -> np.ndarray:
        """(3,): half the sizes of the box around the surface."""
        return (self.vertices.max(axis=0) - self.vertices.min(axis=0)) / 2

    def scaled(self, factor: float) -> "Shape":
        """The shape, larger or smaller."""
        return Shape(self.vertices * factor, self.texture_points, self.triangles)


def draw_shape(random: np.random.Generator) -> Shape:
    """Draw one of the kinds of shapes that need no photograph."""
    kinds: tuple[Callable[[np.random.Generator], Shape], ...] = (box, vase, lump, ring, figure)
    return kinds[int(random.choice(len(kinds), p=(0.2, 0.2, 0.25, 0.1, 0.25)))](random)


def box(random: np.random.Generator) -> Shape:
    """Anything between a ball, a can and a box: a superquadric of random sides."""
    sides = random.uniform(0.4, 1.0, 3)
    return _superquadric(sides / sides.max(), random.uniform(0.15, 1.1, 2))


def vase(random: np.random.Generator) -> Shape:
    """A body of revolution with a random, smooth outline."""
    rows, columns = GRID
    height = np.linspace(-1, 1, rows)
    outline = np.interp(height, np.linspace(-1, 1, 6), random.uniform(0.2, 0.8, 6))
    outline = cv2.GaussianBlur(outline[None].astype(np.float32), (5, 1), 1.2)[0]
    outline[[0, -1]] = 0.0
    turn = np.linspace(0, 2 * np.pi, columns)
    points = np.stack(
        [
            outline[:, None] * np.cos(turn),
            outline[:, None] * np.sin(turn),
            np.broadcast_to(-height[:, None], (rows, columns)),
        ],
        axis=-1,
    )
    return _surface(points)


def lump(random: np.random.Generator) -> Shape:
    """A ball pushed in and out by a few waves, as stones, fruit and cushions are."""
    directions = _superquadric(np.ones(3), np.ones(2)).vertices.reshape(*GRID, 3)
    radius = np.ones(GRID)
    for _ in range(5):
        wave = random.normal(size=3) * random.uniform(1.0, 3.0)
        radius += random.uniform(0.03, 0.14) * np.sin(directions @ wave + random.uniform(0, 6.3))
    points = directions * radius[..., None] * random.uniform(0.6, 1.0, 3)
    return _surface(points / np.abs(points).max())


def ring(random: np.random.Generator) -> Shape:
    """A ring, thick or thin."""
    rows, columns = GRID
    around, turn = np.linspace(0, 2 * np.pi, rows), np.linspace(0, 2 * np.pi, columns)
    thickness = random.uniform(0.15, 0.35)
    radius = 1 - thickness + thickness * np.cos(around)[:, None]
    height = np.broadcast_to(thickness * -np.sin(around)[:, None], (rows, columns))
    return _surface(np.stack([radius * np.cos(turn), radius * np.sin(turn), height], axis=-1))


def figure(random: np.random.Generator) -> Shape:
    """A body with a head and legs or arms: one object of several parts."""
    body = random.uniform([0.5, 0.25, 0.25], [0.8, 0.4, 0.5])
    parts = [_superquadric(body, random.uniform(0.6, 1.1, 2))]
    head = _superquadric(random.uniform(0.15, 0.35, 3), random.uniform(0.6, 1.1, 2))
    parts.append(_moved(head, (body[0], 0.0, random.uniform(0.1, 0.5))))
    length = random.uniform(0.3, 0.6)
    limb = _superquadric(np.array([0.1, 0.1, length]), np.array([0.6, 1.0]))
    for along in (-0.7, 0.7):
        for across in (-0.6, 0.6):
            swing = random.uniform(-0.15, 0.15)
            place = (along * body[0] + swing, across * body[1], -body[2] - 0.5 * length)
            parts.append(_moved(limb, place))
    return _centred(_joined(parts))


def blown_up(mask: np.ndarray, thickness: float) -> Shape:
    """A cut-out as a body: its outline stays, its middle swells to both sides.

    Args:
        mask: (H, W) bool, the object within its box, which is the texture.
        thickness: How far the middle swells, as a part of the outline's size.

    Raises:
        ValueError: The mask is too thin to be a body.
    """
    soft = _soft_mask(mask)
    height, width = soft.shape
    inside = soft > 0.5
    cells = inside[:-1, :-1] | inside[1:, :-1] | inside[:-1, 1:] | inside[1:, 1:]
    if not cells.any():
        raise ValueError("the mask is too thin to be a body")
    across, down = _on_outline(soft, inside)
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    swelling = thickness * np.sqrt(depth / max(float(depth.max()), 1.0))
    scale = 2.0 / max(height, width)
    x, z = (across - width / 2) * scale, (height / 2 - down) * scale
    texture = np.stack([across / width, 1 - down / height], axis=-1).reshape(-1, 2)
    numbers = np.arange(height * width).reshape(height, width)
    corners = [numbers[:-1, :-1], numbers[1:, :-1], numbers[:-1, 1:], numbers[1:, 1:]]
    first, below, right, across_from = (corner[cells] for corner in corners)
    front = np.concatenate(
        [np.stack([first, below, right], -1), np.stack([right, below, across_from], -1)]
    )
    sides = [np.stack([x, side * swelling, z], axis=-1).reshape(-1, 3) for side in (-1, 1)]
    return _compact(
        Shape(
            np.concatenate(sides),
            np.concatenate([texture, texture]),
            np.concatenate([front, front[:, ::-1] + height * width]),
        )
    )


def _soft_mask(mask: np.ndarray) -> np.ndarray:
    """The mask on the points of the surface, 0…1, with a margin."""
    scale = (CUT_OUT_POINTS - 6) / max(mask.shape)
    size = max(4, round(mask.shape[1] * scale)), max(4, round(mask.shape[0] * scale))
    small = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    framed = cv2.copyMakeBorder(small, 3, 3, 3, 3, cv2.BORDER_CONSTANT)
    return cv2.GaussianBlur(framed, (5, 5), 0.9)


def _on_outline(soft: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of all points; those just outside are moved onto the outline."""
    rows, columns = np.mgrid[: soft.shape[0], : soft.shape[1]].astype(np.float32)
    steep = np.stack(np.gradient(soft))
    length = np.maximum(np.sqrt((steep**2).sum(axis=0)), 1e-3)
    way = np.where(inside, 0, np.clip((0.5 - soft) / length, 0, 1.2))
    moves = steep / length * way
    return columns + moves[1], rows + moves[0]


def _superquadric(sides: np.ndarray, exponents: np.ndarray) -> Shape:
    """Half axes (3,) and the exponents of latitude and longitude; 1 is round, near 0 is square."""
    latitude = np.linspace(np.pi / 2, -np.pi / 2, GRID[0])[:, None]
    longitude = np.linspace(-np.pi, np.pi, GRID[1])[None]

    def power(values: np.ndarray, exponent: float) -> np.ndarray:
        return np.sign(values) * np.abs(values) ** exponent

    flat = power(np.cos(latitude), exponents[0])
    points = np.stack(
        [
            flat * power(np.cos(longitude), exponents[1]),
            flat * power(np.sin(longitude), exponents[1]),
            np.broadcast_to(power(np.sin(latitude), exponents[0]), GRID),
        ],
        axis=-1,
    )
    return _surface(points * sides)


def _surface(points: np.ndarray) -> Shape:
    """The surface over a grid (R, C, 3) of points, whose last column meets the first."""
    rows, columns = points.shape[:2]
    down, right = np.meshgrid(np.linspace(1, 0, rows), np.linspace(0, 1, columns), indexing="ij")
    numbers = np.arange(rows * columns).reshape(rows, columns)
    first, below = numbers[:-1, :-1].ravel(), numbers[1:, :-1].ravel()
    right_of, across_from = numbers[:-1, 1:].ravel(), numbers[1:, 1:].ravel()
    triangles = np.concatenate(
        [np.stack([first, below, right_of], -1), np.stack([right_of, below, across_from], -1)]
    )
    return Shape(points.reshape(-1, 3), np.stack([right, down], -1).reshape(-1, 2), triangles)


def _moved(shape: Shape, by: tuple[float, float, float]) -> Shape:
    return Shape(shape.vertices + np.array(by), shape.texture_points, shape.triangles)


def _joined(parts: list[Shape]) -> Shape:
    before = np.cumsum([0, *(len(part.vertices) for part in parts[:-1])])
    return Shape(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.texture_points for part in parts]),
        np.concatenate([p.triangles + first for p, first in zip(parts, before, strict=True)]),
    )


def _centred(shape: Shape) -> Shape:
    low, high = shape.vertices.min(axis=0), shape.vertices.max(axis=0)
    vertices = (shape.vertices - (low + high) / 2) * (2 / (high - low).max())
    return Shape(vertices, shape.texture_points, shape.triangles)


def _compact(shape: Shape) -> Shape:
    """Without points that no triangle uses."""
    used, numbers = np.unique(shape.triangles, return_inverse=True)
    triangles = numbers.reshape(-1, 3)
    return Shape(shape.vertices[used], shape.texture_points[used], triangles)
