"""Masks of outlines, for each of the two ways in which tools count coordinates.

COCO, CVAT and Datumaro count from pixel edges: a corner (1, 1) is the upper left corner of the
pixel (1, 1). LabelMe counts from pixel centres and fills the outline itself.
"""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from tarvis_core.annotation.formats.json_value import mask_of_polygons
from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Text

Point = tuple[float, float]
"""(x, y)."""
_ELLIPSE_CORNERS = 72
_MAX_POINTS = 500_000


def mask_of_points(points: Sequence[Point], size: tuple[int, int], place: Text) -> Mask:
    """The mask of a polygon whose corners count from pixel edges.

    Raises:
        FormatError: It has fewer than three corners or lies far outside the frame.
    """
    flat = [coordinate for point in points for coordinate in point]
    return mask_of_polygons([flat], size, place)


def rectangle_points(box: tuple[float, float, float, float], degrees: float = 0.0) -> list[Point]:
    """The corners of a box (x_min, y_min, x_max, y_max) turned clockwise about its centre."""
    x_min, y_min, x_max, y_max = box
    corners = [(x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max)]
    return rotated(corners, ((x_min + x_max) / 2, (y_min + y_max) / 2), degrees)


def ellipse_points(centre: Point, radii: Point, degrees: float = 0.0) -> list[Point]:
    """Corners on an ellipse turned clockwise about its centre."""
    angles = np.linspace(0, 2 * math.pi, _ELLIPSE_CORNERS, endpoint=False)
    points = [
        (centre[0] + radii[0] * math.cos(angle), centre[1] + radii[1] * math.sin(angle))
        for angle in angles.tolist()
    ]
    return rotated(points, centre, degrees)


def rotated(points: Sequence[Point], centre: Point, degrees: float) -> list[Point]:
    """Points turned clockwise (y points down) about a centre."""
    if degrees == 0:
        return list(points)
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x0, y0 = centre
    return [
        (x0 + cosine * (x - x0) - sine * (y - y0), y0 + sine * (x - x0) + cosine * (y - y0))
        for x, y in points
    ]


def mask_of_centres(
    points: Sequence[Point], size: tuple[int, int], shape: str, place: Text
) -> Mask:
    """The mask of a LabelMe shape, whose points count from pixel centres; its outline is filled.

    Args:
        points: Corners of a "polygon", two corners of a "rectangle", centre and a point of the
            outline of a "circle".
        size: (height, width) of the frame.
        shape: Which shape.
        place: How messages name it.

    Raises:
        FormatError: The points do not make such a shape, or lie far outside the frame.
    """
    needed = {"polygon": range(3, _MAX_POINTS), "rectangle": (2,), "circle": (2,)}[shape]
    if len(points) not in needed:
        raise FormatError(
            "{place}: a {shape} cannot have {num_points} points",
            place=place,
            shape=shape,
            num_points=len(points),
        )
    limit = 4 * max(size) + 100
    if any(abs(coordinate) > limit for point in points for coordinate in point):
        raise FormatError(
            "{place} reaches far outside the frame of {height} × {width}",
            place=place,
            height=size[0],
            width=size[1],
        )
    image = Image.new("L", (size[1], size[0]))
    draw = ImageDraw.Draw(image)
    if shape == "polygon":
        draw.polygon(list(points), fill=1, outline=1)
    elif shape == "rectangle":
        (x0, y0), (x1, y1) = points
        draw.rectangle((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), fill=1, outline=1)
    else:
        (x, y), (edge_x, edge_y) = points
        radius = math.hypot(edge_x - x, edge_y - y)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=1, outline=1)
    return Mask.from_array(np.asarray(image))
