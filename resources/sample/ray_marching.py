"""Renders toys in a room by marching rays through distance functions, with soft shadows.

World coordinates: x right, y into the room, z up. The floor is z = 0, the wall stands at `WALL_Y`.
All arithmetic on colours is linear; only the finished picture is sRGB.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from resources.sample.shapes import Toy, Vector, length
from resources.sample.textures import smooth_step

WALL_Y = 4.2
FLOOR_SIDE = 14.0
"""Side of the square of floor that the floor's picture covers, around the world's origin."""
WALL_WIDTH, WALL_HEIGHT = 16.0, 4.0

_LIGHT = np.array([-0.52, -0.46, 0.80], dtype=np.float32)
_LIGHT /= np.linalg.norm(_LIGHT)
_SUN = np.array([3.1, 2.65, 2.05], dtype=np.float32)
_SKY = np.array([0.50, 0.57, 0.68], dtype=np.float32)
_BOUNCE = np.array([0.34, 0.26, 0.19], dtype=np.float32)
_MARCH_STEPS, _SHADOW_STEPS = 44, 40
_HIT = 0.002
_FAR = 1e6


@dataclass(frozen=True)
class Camera:
    """Where the picture is taken from."""

    position: Vector
    target: Vector
    """The point in the middle of the picture."""
    focal: float = 1.25
    """Focal length in picture widths."""
    roll: float = 0.0
    """Radians."""

    def axes(self) -> np.ndarray:
        """(3, 3) rows: right, up and forward in the world."""
        forward = np.subtract(self.target, self.position)
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        up = np.cross(right, forward)
        cosine, sine = np.cos(self.roll), np.sin(self.roll)
        rows = (cosine * right + sine * up, cosine * up - sine * right, forward)
        return np.array(rows, dtype=np.float32)

    def rays(self, size: tuple[int, int]) -> np.ndarray:
        """(height × width, 3) unit directions through the pixels' centres."""
        height, width = size
        x = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / (width * self.focal)
        y = (height / 2 - np.arange(height, dtype=np.float32) - 0.5) / (width * self.focal)
        across = np.stack(
            [np.tile(x, height), np.repeat(y, width), np.ones(height * width, np.float32)], axis=1
        )
        return across / length(across)[:, None] @ self.axes()


@dataclass(frozen=True)
class PlacedToy:
    """A toy somewhere in the room."""

    toy: Toy
    position: Vector
    rotation: np.ndarray
    """(3, 3), from the toy's coordinates to the world's."""
    label: int
    """Its number in the masks, from 1."""

    @property
    def middle(self) -> np.ndarray:
        """(3,) centre of the sphere that holds it."""
        return self.rotation @ np.asarray(self.toy.middle, np.float32) + np.asarray(
            self.position, np.float32
        )

    def to_own(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) points of the world in the toy's coordinates."""
        return (points - np.asarray(self.position, dtype=np.float32)) @ self.rotation

    def distance(self, points: np.ndarray) -> np.ndarray:
        """(N,) distances of points of the world."""
        return self.toy.distance(self.to_own(points))


@dataclass(frozen=True)
class Room:
    """The pictures on the floor and the wall, linear RGB."""

    floor: np.ndarray
    wall: np.ndarray


@dataclass
class _Surfaces:
    """What each ray meets first: arrays of N rows."""

    points: np.ndarray
    normals: np.ndarray
    colours: np.ndarray
    gloss: np.ndarray
    depths: np.ndarray
    labels: np.ndarray


def render(
    room: Room, toys: list[PlacedToy], camera: Camera, size: tuple[int, int], samples: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    """Take a picture.

    Args:
        room: Floor and wall.
        toys: What stands and flies in it.
        camera: From where.
        size: (height, width) of the picture.
        samples: Rays per pixel in each direction.

    Returns:
        (height, width, 3) uint8 RGB, and (height, width) uint8 labels: the toy that covers most of
        a pixel, 0 if none covers half.
    """
    fine = (size[0] * samples, size[1] * samples)
    rays = camera.rays(fine)
    origin = np.asarray(camera.position, dtype=np.float32)
    found = _meet_room(room, origin, rays, fine)
    for toy in toys:
        _meet_toy(toy, origin, rays, found)
    light = _shade(found, toys, rays)
    picture = cv2.resize(light.reshape(*fine, 3), size[::-1], interpolation=cv2.INTER_AREA)
    return _develop(picture), _majority(found.labels.reshape(fine), samples, len(toys))


def _meet_room(
    room: Room, origin: np.ndarray, rays: np.ndarray, size: tuple[int, int]
) -> _Surfaces:
    down = np.minimum(rays[:, 2], -1e-6)
    to_floor = np.where(rays[:, 2] < -1e-6, -origin[2] / down, _FAR)
    to_wall = (WALL_Y - origin[1]) / np.maximum(rays[:, 1], 1e-6)
    is_wall = to_wall < to_floor
    depths = np.where(is_wall, to_wall, to_floor).astype(np.float32)
    points = origin + rays * depths[:, None]
    normals = np.where(is_wall[:, None], np.float32((0, -1, 0)), np.float32((0, 0, 1)))
    floor = _sampled(
        room.floor, points[:, 0] / FLOOR_SIDE + 0.5, 0.5 - points[:, 1] / FLOOR_SIDE, size
    )
    wall = _sampled(
        room.wall, points[:, 0] / WALL_WIDTH + 0.5, 1 - points[:, 2] / WALL_HEIGHT, size
    )
    colours = np.where(is_wall[:, None], _out_of_focus(wall, size), floor)
    gloss = np.where(is_wall, 0.0, 0.22).astype(np.float32)
    return _Surfaces(points, normals, colours, gloss, depths, np.zeros(len(rays), np.uint8))


def _sampled(
    picture: np.ndarray, u: np.ndarray, v: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """(N, 3) colours of a picture at coordinates of 0…1."""
    height, width = picture.shape[:2]
    columns = (u * width - 0.5).astype(np.float32).reshape(size)
    rows = (v * height - 0.5).astype(np.float32).reshape(size)
    found = cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return found.reshape(-1, 3)


def _out_of_focus(colours: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    blurred = cv2.GaussianBlur(colours.reshape(*size, 3), (0, 0), size[1] / 400)
    return blurred.reshape(-1, 3)


def _meet_toy(placed: PlacedToy, origin: np.ndarray, rays: np.ndarray, found: _Surfaces) -> None:
    """Put a toy before what lies behind it."""
    to_middle = placed.middle - origin
    along = rays @ to_middle
    beside = np.maximum(to_middle @ to_middle - along**2, 0)
    half_chord = placed.toy.radius**2 - beside
    rows = np.flatnonzero((half_chord > 0) & (along > 0))
    if not rows.size:
        return
    start = placed.to_own(origin[None])
    turned = rays[rows] @ placed.rotation
    chord = np.sqrt(half_chord[rows])
    depths = np.maximum(along[rows] - chord, 0.01).astype(np.float32)
    ends = np.minimum(along[rows] + chord, found.depths[rows])
    active = np.flatnonzero(depths < ends)
    hits = np.zeros(rows.size, dtype=np.bool_)
    for _ in range(_MARCH_STEPS):
        gap = placed.toy.distance(start + turned[active] * depths[active, None])
        hits[active] = gap < _HIT
        depths[active] += np.maximum(gap, 0) * 0.9
        active = active[(gap >= _HIT) & (depths[active] < ends[active])]
        if not active.size:
            break
    kept = np.flatnonzero(hits & (depths < ends))
    _cover(placed, start + turned[kept] * depths[kept, None], rows[kept], depths[kept], found)


def _cover(
    placed: PlacedToy, own: np.ndarray, rows: np.ndarray, depths: np.ndarray, found: _Surfaces
) -> None:
    """Enter the surface of a toy at points of its own coordinates."""
    toy = placed.toy
    normals = _normals(toy, own)
    nearest = toy.nearest_parts(own)
    colours = np.empty_like(own)
    gloss = np.empty(len(own), dtype=np.float32)
    for index, part in enumerate(toy.parts):
        chosen = nearest == index
        if chosen.any():
            base = np.empty((int(chosen.sum()), 3), dtype=np.float32)
            base[:] = np.asarray(part.colour, np.float32) ** 2.2
            if part.texture is not None:
                base = part.texture(part.to_own(own[chosen]), base)
            colours[chosen], gloss[chosen] = base, part.gloss
    found.points[rows] = own @ placed.rotation.T + np.asarray(placed.position, np.float32)
    found.normals[rows] = normals @ placed.rotation.T
    found.colours[rows], found.gloss[rows] = colours, gloss
    found.depths[rows], found.labels[rows] = depths, placed.label


def _normals(toy: Toy, points: np.ndarray) -> np.ndarray:
    corners = np.array([(1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)], dtype=np.float32)
    slope = sum(toy.distance(points + 0.004 * corner)[:, None] * corner for corner in corners)
    return slope / np.maximum(length(slope), 1e-9)[:, None]


def _shade(found: _Surfaces, toys: list[PlacedToy], rays: np.ndarray) -> np.ndarray:
    """(N, 3) light that comes back along each ray."""
    normals = found.normals
    facing = np.maximum(normals @ _LIGHT, 0)
    sun = facing * _window(found.points)
    open_sky = _corner(found.points)
    for toy in toys:
        _cast_shadow(toy, found, sun)
        open_sky *= _openness(toy, found)
    up = (0.5 + 0.5 * normals[:, 2:3]).astype(np.float32)
    ambient = (_BOUNCE + (_SKY - _BOUNCE) * up) * open_sky[:, None]
    light = found.colours * (ambient + _SUN * sun[:, None])
    halfway = _LIGHT - rays
    halfway /= length(halfway)[:, None]
    shine = np.maximum(np.einsum("nk,nk->n", normals, halfway), 0)
    lit = sun / np.maximum(facing, 0.05)
    highlight = found.gloss * shine ** (20 + 90 * found.gloss) * lit * 0.5
    grazing = (1 - np.abs(np.einsum("nk,nk->n", normals, rays))) ** 4
    mirror = found.gloss * grazing * 0.55 * open_sky
    return light + highlight[:, None] * _SUN + mirror[:, None] * _SKY


def _window(points: np.ndarray) -> np.ndarray:
    """(N,) share of the sun that comes through the window's panes; the rest is soft daylight."""
    across = points[:, 0] - points[:, 2] * _LIGHT[0] / _LIGHT[2]
    along = points[:, 1] - points[:, 2] * _LIGHT[1] / _LIGHT[2]
    column = np.abs((across + 0.35) % 2.5 - 1.25)
    row = np.abs((along + 1.75) % 2.9 - 1.45)
    pane = smooth_step(0.0, 0.22, 1.12 - column) * smooth_step(0.0, 0.25, 1.32 - row)
    return (0.22 + 0.78 * pane).astype(np.float32)


def _corner(points: np.ndarray) -> np.ndarray:
    """(N,) daylight left where floor and wall meet."""
    depth = np.hypot(np.maximum(WALL_Y - points[:, 1], 0), np.maximum(points[:, 2], 0))
    return (0.55 + 0.45 * smooth_step(0.0, 1.1, depth)).astype(np.float32)


def _cast_shadow(placed: PlacedToy, found: _Surfaces, sun: np.ndarray) -> None:
    """Take the sun, in place, from what lies behind a toy as the sun sees it."""
    starts = found.points + found.normals * 0.015
    to_middle = placed.middle - starts
    along = to_middle @ _LIGHT
    beside = np.einsum("nk,nk->n", to_middle, to_middle) - along**2
    reach = placed.toy.radius
    rows = np.flatnonzero((sun > 0.01) & (along > -reach) & (beside < (1.4 * reach) ** 2))
    if not rows.size:
        return
    start, direction = placed.to_own(starts[rows]), _LIGHT @ placed.rotation
    last = along[rows] + reach
    travelled = np.maximum(along[rows] - 1.4 * reach, 0.01).astype(np.float32)
    open_share = np.ones(rows.size, dtype=np.float32)
    active = np.arange(rows.size)
    for _ in range(_SHADOW_STEPS):
        steps = travelled[active]
        gap = placed.toy.distance(start[active] + direction * steps[:, None])
        open_share[active] = np.minimum(open_share[active], 9 * gap / np.clip(steps, 0.05, 1.5))
        travelled[active] += np.clip(0.7 * gap, 0.012, 0.14)
        active = active[(open_share[active] > 0.004) & (travelled[active] < last[active])]
        if not active.size:
            break
    open_share = np.clip(open_share, 0, 1)
    sun[rows] *= open_share * open_share * (3 - 2 * open_share)


def _openness(placed: PlacedToy, found: _Surfaces) -> np.ndarray:
    """(N,) daylight that a toy leaves to what is near it."""
    near = found.points - placed.middle
    rows = np.flatnonzero(np.einsum("nk,nk->n", near, near) < (placed.toy.radius + 0.6) ** 2)
    openness = np.ones(len(near), dtype=np.float32)
    if rows.size:
        hidden = np.zeros(rows.size, dtype=np.float32)
        for reach, weight in ((0.07, 0.30), (0.18, 0.34), (0.40, 0.30)):
            probes = found.points[rows] + found.normals[rows] * reach
            hidden += weight * np.clip(1 - placed.distance(probes) / reach, 0, 1)
        openness[rows] = 1 - hidden
    return openness


def _develop(light: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 sRGB of linear light: a film's curve, and darker corners."""
    height, width = light.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = light * (1 - 0.16 * (x * x + y * y))[..., None] * 0.62
    curve = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    return np.clip(255 * np.clip(curve, 0, 1) ** (1 / 2.2) + 0.5, 0, 255).astype(np.uint8)


def _majority(labels: np.ndarray, samples: int, num_toys: int) -> np.ndarray:
    """The label that covers most of each pixel, if it covers half."""
    size = (labels.shape[0] // samples, labels.shape[1] // samples)
    best, cover = np.zeros(size, dtype=np.uint8), np.full(size, 0.499, dtype=np.float32)
    for label in range(1, num_toys + 1):
        share = cv2.resize(
            (labels == label).astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA
        )
        best[share > cover] = label
        cover = np.maximum(cover, share)
    return best
