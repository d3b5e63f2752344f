"""Guests: an object of one stored clip pasted into another's trunk features, so that two compete.

Most photographs show one thing that stands out, and a network that only ever sees such learns to
find what stands out, whatever it is asked for. Here every stored clip can get guests, at no cost
of the trunk: the cells of the guest's object (at every stride) take the place of the host's, moved
by whole cells of stride 16, along a path that may cross the host's object. The truth is as exact as
the two clips' own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from tarvis_core.errors import ConfigError
from training.augmentation import visible_labels

CELL = 16
"""Guests move by whole cells of the coarsest stored map, in pixels."""
MAX_LABEL = 254
"""255 marks pixels of which nothing is known."""


@dataclass(frozen=True)
class PastingSettings:
    """How often and how guests come into stored clips."""

    share: float = 0.0
    """Share of the clips that get guests."""
    second_share: float = 0.3
    """Share of those that get two."""
    twin_share: float = 0.1
    """Share of the guests that are the host's own object once more: told apart by place alone."""
    kin_share: float = 0.0
    """Share of the other guests that come from another clip of the host's own source: often things
    of the same kind, such as two animals or two people."""
    block_share: float = 0.4
    """Share of the guests that bring all of their surroundings in a rectangle, not only the cells
    that the object touches."""
    max_speed: float = 2.0
    """Most cells that a guest moves from one frame to the next, beside its own movement."""
    min_pixels: int = 300
    """Smallest object that becomes a guest, in pixels."""

    def __post_init__(self) -> None:
        for name in ("share", "second_share", "twin_share", "kin_share", "block_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"stored_clips.pasting.{name} is a share, 0 to 1")


@dataclass(frozen=True)
class Guest:
    """Where which cells of a clip go in another."""

    cells: np.ndarray
    """(T, H/16, W/16) bool: the cells that are taken, where they lie in the guest's own clip."""
    masks: np.ndarray
    """(T, H, W) bool: the object in the guest's own clip."""
    shifts: np.ndarray
    """(T, 2) int: cells (down, right) by which each frame is moved."""


def frames_there_and_back(available: int, wanted: int) -> list[int]:
    """So many frames of a clip that may be shorter: to its end, back, and so on."""
    period = max(2 * (available - 1), 1)
    return [min(place % period, (period - place) % period) for place in range(wanted)]


def draw_guest(
    host_maps: np.ndarray,
    guest_maps: np.ndarray,
    settings: PastingSettings,
    random: np.random.Generator,
) -> Guest | None:
    """Choose an object of a clip and its way through another.

    Args:
        host_maps: (T, H, W) uint8 label maps of the clip that it comes into.
        guest_maps: Those of its own clip, of the same shape.
        settings: Shares and limits.
        random: Source of the draws.

    Returns:
        The guest; none if its clip shows no object large enough on its first frame.
    """
    labels = visible_labels(guest_maps[0], settings.min_pixels)
    if not labels:
        return None
    masks = guest_maps == int(random.choice(labels))
    if random.random() < settings.block_share:
        cells = _blocks(masks, margin=int(random.integers(0, 3)))
    else:
        cells = _touched(masks, margin=int(random.integers(0, 2)))
    shifts = _path(host_maps, cells, settings, random)
    return Guest(cells, masks, shifts)


def paste_labels(host_maps: np.ndarray, guest: Guest, label: int) -> np.ndarray:
    """The host's label maps with the guest in them, as `label`; same shape.

    Raises:
        ValueError: The label is not free for an object.
    """
    if not 0 < label <= MAX_LABEL:
        raise ValueError(f"{label} is no label for a guest")
    pasted = host_maps.copy()
    for frame, shift in enumerate(guest.shifts):
        region = _enlarged(_shifted(guest.cells[frame], shift))
        mask = _shifted(guest.masks[frame], shift * CELL)
        pasted[frame][region] = 0
        pasted[frame][region & mask] = label
    return pasted


def paste_features(
    host: Mapping[int, Tensor], of_guest: Mapping[int, Tensor], guest: Guest
) -> dict[int, Tensor]:
    """The host's maps (T, C, H/s, W/s) by stride s with the guest's cells in them.

    Raises:
        ValueError: A stride is not a divisor of 16 pixels, so that cells do not match.
    """
    pasted = {}
    for stride, map_TCHW in host.items():
        if CELL % stride:
            raise ValueError(f"features of stride {stride} cannot be pasted by {CELL} pixels")
        factor = CELL // stride
        joined = map_TCHW.clone()
        for frame, shift in enumerate(guest.shifts):
            region = _enlarged(_shifted(guest.cells[frame], shift), factor)
            moved_CHW = _moved(of_guest[stride][frame], shift * factor)
            joined[frame] = torch.where(torch.from_numpy(region), moved_CHW, joined[frame])
        pasted[stride] = joined
    return pasted


def _touched(masks: np.ndarray, margin: int) -> np.ndarray:
    """Cells that a mask touches, and so many cells around them."""
    frames, height, width = masks.shape
    cells = masks.reshape(frames, height // CELL, CELL, width // CELL, CELL).any(axis=(2, 4))
    kernel = np.ones((2 * margin + 1,) * 2, np.uint8)
    return np.stack([cv2.dilate(frame.astype(np.uint8), kernel) for frame in cells]).astype(bool)


def _blocks(masks: np.ndarray, margin: int) -> np.ndarray:
    """The rectangle of the cells that a mask touches, on each frame."""
    blocks = _touched(masks, margin)
    for frame in blocks:
        rows, columns = np.nonzero(frame)
        if len(rows):
            frame[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = True
    return blocks


def _path(
    host_maps: np.ndarray,
    cells: np.ndarray,
    settings: PastingSettings,
    random: np.random.Generator,
) -> np.ndarray:
    """Shifts (T, 2) along a straight way that begins beside the host's objects or anywhere."""
    size = np.array(cells.shape[1:])
    own = _middle(cells[0])
    known = (host_maps[0] != 0) & (host_maps[0] != 255)
    start = random.uniform(0.1, 0.9, 2) * size
    if known.any() and random.random() < 0.7:
        angle = random.uniform(0, 2 * np.pi)
        reach = random.uniform(0.6, 1.2) * np.sqrt(known.sum() / np.pi) / CELL
        reach += np.sqrt(cells[0].sum() / np.pi) * random.uniform(0.5, 1.0)
        host_middle = (np.argwhere(known).mean(axis=0) + 0.5) / CELL
        start = host_middle + reach * np.array([np.sin(angle), np.cos(angle)])
        start = np.clip(start, 0.1 * size, 0.9 * size)
        towards = host_middle - start
    else:
        towards = size / 2 - start
    speed = random.uniform(0, settings.max_speed)
    direction = towards / max(float(np.linalg.norm(towards)), 1e-6)
    if random.random() < 0.4:
        turn = random.uniform(0, 2 * np.pi)
        direction = np.array([np.sin(turn), np.cos(turn)])
    steps = np.arange(len(cells))[:, None] * speed * direction
    return np.rint(start - own + steps).astype(int)


def _middle(cells: np.ndarray) -> np.ndarray:
    return np.argwhere(cells).mean(axis=0) + 0.5


def _shifted(plane: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """A plane (H, W) moved (down, right); what comes in is false."""
    height, width = plane.shape
    down, right = int(shift[0]), int(shift[1])
    moved = np.zeros_like(plane)
    if abs(down) >= height or abs(right) >= width:
        return moved
    part = plane[max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)]
    top, left = max(down, 0), max(right, 0)
    moved[top : top + part.shape[0], left : left + part.shape[1]] = part
    return moved


def _moved(map_CHW: Tensor, shift: np.ndarray) -> Tensor:
    """A map moved round its edges; the cells that come in are not taken by any guest."""
    return torch.roll(map_CHW, (int(shift[0]), int(shift[1])), dims=(1, 2))


def _enlarged(cells: np.ndarray, factor: int = CELL) -> np.ndarray:
    return cells.repeat(factor, axis=0).repeat(factor, axis=1)
