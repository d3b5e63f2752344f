"""Distance functions of simple solids, and the parts that toys are made of.

Points are (N, 3) float32 arrays (x forward, y left, z up). Lengths are in units of a room in which
toys are about one unit long.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Vector = tuple[float, float, float]
Texture = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(N, 3) points of a part's own coordinates and (N, 3) its colours → (N, 3) colours, linear RGB."""

UPRIGHT = np.eye(3, dtype=np.float32)


def turn(axis: int, angle: float) -> np.ndarray:
    """(3, 3) rotation about a coordinate axis (0, 1, 2), counterclockwise, in radians."""
    matrix = np.eye(3, dtype=np.float32)
    a, b = [(1, 2), (2, 0), (0, 1)][axis]
    matrix[a, a] = matrix[b, b] = np.cos(angle)
    matrix[b, a] = np.sin(angle)
    matrix[a, b] = -matrix[b, a]
    return matrix


def length(vectors: np.ndarray) -> np.ndarray:
    """(N,) lengths of (N, K) vectors."""
    return np.sqrt(np.einsum("nk,nk->n", vectors, vectors))


class Solid:
    """A shape around the origin of its own coordinates."""

    def distance(self, points: np.ndarray) -> np.ndarray:
        """(N,) distances from points to its surface; negative inside."""
        raise NotImplementedError


@dataclass(frozen=True)
class Ellipsoid(Solid):
    """An ellipsoid; the distance is exact for a sphere and close for others."""

    radii: Vector

    def distance(self, points: np.ndarray) -> np.ndarray:
        """(N,) distances."""
        scaled = points / np.asarray(self.radii, dtype=np.float32)
        norm = length(scaled)
        slope = np.maximum(length(scaled / np.asarray(self.radii, dtype=np.float32)), 1e-6)
        return np.where(norm < 1e-4, -min(self.radii), norm * (norm - 1) / slope)


@dataclass(frozen=True)
class Box(Solid):
    """A box with rounded edges."""

    half: Vector
    """Half its extent along each axis."""
    rounding: float

    def distance(self, points: np.ndarray) -> np.ndarray:
        """(N,) distances."""
        beyond = np.abs(points) - np.asarray(self.half, dtype=np.float32) + self.rounding
        inside = np.minimum(beyond.max(axis=1), 0)
        return length(np.maximum(beyond, 0)) + inside - self.rounding


@dataclass(frozen=True)
class Plate(Solid):
    """A flat ellipse in the x-y plane, like a wing."""

    radii: tuple[float, float]
    half_thickness: float
    rounding: float

    def distance(self, points: np.ndarray) -> np.ndarray:
        """(N,) distances."""
        radii = np.asarray(self.radii, dtype=np.float32)
        scaled = points[:, :2] / radii
        norm = length(scaled)
        outside = norm * (norm - 1) / np.maximum(length(scaled / radii), 1e-6)
        across = np.where(norm < 1e-3, -min(self.radii), outside)
        beyond = np.stack([across, np.abs(points[:, 2]) - self.half_thickness], axis=1)
        beyond += self.rounding
        inside = np.minimum(beyond.max(axis=1), 0)
        return length(np.maximum(beyond, 0)) + inside - self.rounding


@dataclass(frozen=True)
class Disc(Solid):
    """A wheel whose axle is the y axis."""

    radius: float
    half_width: float
    rounding: float

    def distance(self, points: np.ndarray) -> np.ndarray:
        """(N,) distances."""
        across = length(points[:, ::2]) - self.radius
        beyond = np.stack([across, np.abs(points[:, 1]) - self.half_width], axis=1) + self.rounding
        inside = np.minimum(beyond.max(axis=1), 0)
        return length(np.maximum(beyond, 0)) + inside - self.rounding


@dataclass(frozen=True)
class Part:
    """One solid of a toy, at its place."""

    solid: Solid
    colour: Vector
    """sRGB, 0…1."""
    centre: Vector = (0.0, 0.0, 0.0)
    """In the toy's coordinates."""
    rotation: np.ndarray | None = None
    """(3, 3), from the part's own coordinates to those of the toy; None if they are parallel."""
    gloss: float = 0.3
    """Strength of the highlight, 0…1."""
    texture: Texture | None = None
    """What varies its colour."""
    blend: float = 0.0
    """Within this distance the part melts into those before it."""

    def to_own(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) points of the toy in the part's own coordinates."""
        moved = points - np.asarray(self.centre, dtype=np.float32)
        return moved if self.rotation is None else moved @ self.rotation


@dataclass(frozen=True)
class Toy:
    """Parts that move together, around an origin on the floor below them (or at their middle)."""

    parts: tuple[Part, ...]
    middle: Vector
    """Centre of a sphere that holds all parts."""
    radius: float
    """Radius of that sphere."""

    def distance(self, points: np.ndarray) -> np.ndarray:
        """(N,) distances of points of the toy's coordinates."""
        nearest: np.ndarray | None = None
        for part in self.parts:
            found = part.solid.distance(part.to_own(points))
            nearest = found if nearest is None else _joined(nearest, found, part.blend)
        assert nearest is not None
        return nearest

    def nearest_parts(self, points: np.ndarray) -> np.ndarray:
        """(N,) index of the part whose surface is nearest to each point."""
        return np.argmin([part.solid.distance(part.to_own(points)) for part in self.parts], axis=0)


def _joined(a: np.ndarray, b: np.ndarray, blend: float) -> np.ndarray:
    if blend <= 0:
        return np.minimum(a, b)
    share = np.clip(0.5 + 0.5 * (a - b) / blend, 0, 1)
    return a + (b - a) * share - blend * share * (1 - share)
