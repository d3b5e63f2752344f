"""Clips with two objects, made of two labelled clips: the object of one pasted into the other.

The outlines of both are exact. How the guest lies and moves follows from the two clips alone, so
the same clips give the same pictures every time: it is brought to about the host object's size,
begins close by it, and then stays at its side or passes over it to the other side, along with its
own movement in its own clip.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from training.augmentation import visible_labels, warp_image, warp_labels
from training.data_manifest import IGNORED_LABEL, LabelledFrame

NUM_PASTED_CLIPS = 10
"""How many clips are made, at least, where there are enough to be paired."""
MAX_SHARE = 0.7
"""The guest's box is at most this part of the frame's height and width."""
PLACES = np.stack(np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 5)), axis=-1).reshape(-1, 2)
"""Where in the frame the guest may begin: parts of what its box leaves free."""


@dataclass(frozen=True)
class Pair:
    """Which clip's object goes into which."""

    host: str
    guest: str
    is_crossing: bool
    """Whether the guest passes over the host's object to its other side."""

    @property
    def name(self) -> str:
        """A name for the clip, fit for a file."""
        return f"{self.host}+{self.guest}"


@dataclass(frozen=True)
class PastedClip:
    """Frames and labels: 1 the host's object, 2 the guest's."""

    frames: np.ndarray
    """(T, H, W, 3) RGB uint8."""
    label_maps: np.ndarray
    """(T, H, W) uint8."""

    def write(self, folder: Path, source: str) -> list[LabelledFrame]:
        """Write images and labels as PNG files into a folder of their own."""
        written = []
        for number, (frame, labels) in enumerate(zip(self.frames, self.label_maps, strict=True)):
            image_path = folder / "frames" / f"{number:05d}.png"
            labels_path = folder / "labels" / image_path.name
            for path, pixels in ((image_path, frame), (labels_path, labels)):
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(path, compress_level=1)
            written.append(
                LabelledFrame(
                    image_path, labels_path, source, folder.name, classes={}, is_academic=False
                )
            )
        return written


def paired_clips(
    names: Sequence[str], at_least: int = NUM_PASTED_CLIPS, *, limit: int | None = None
) -> list[Pair]:
    """Pair clips, each with the next ones in the order of their names; every second pair crosses.

    Args:
        names: Names of the clips.
        at_least: So many pairs, or one for each clip if those are more.
        limit: At most so many.
    """
    ordered = sorted(names)
    count = len(ordered)
    pairs = [
        Pair(host, ordered[(index + shift) % count], is_crossing=(index + shift) % 2 == 0)
        for shift in range(1, count)
        for index, host in enumerate(ordered)
    ]
    return pairs[: max(at_least, count)][:limit]


def paste_clip(
    host: Sequence[LabelledFrame], guest: Sequence[LabelledFrame], *, is_crossing: bool
) -> PastedClip | None:
    """Paste the first object of the guest's clip into the host's.

    Args:
        host: Frames whose object becomes label 1; the clip is as long as the shorter of the two.
        guest: Frames whose object becomes label 2, before the other.
        is_crossing: Whether the guest passes over to the other side.

    Returns:
        The clip; none if one of the clips has no object on its first or last frame.
    """
    length = min(len(host), len(guest))
    hosts = [frame.load() for frame in host[:length]]
    guests = [frame.load() for frame in guest[:length]]
    return paste_pixels(hosts, guests, is_crossing=is_crossing)


def paste_pixels(
    hosts: Sequence[tuple[np.ndarray, np.ndarray]],
    guests: Sequence[tuple[np.ndarray, np.ndarray]],
    *,
    is_crossing: bool,
) -> PastedClip | None:
    """`paste_clip` of two clips in memory.

    Args:
        hosts: Image (H, W, 3) RGB uint8 and labels (H, W) uint8 of each frame.
        guests: As many frames of the other clip, of any size.
        is_crossing: Whether the guest passes over to the other side.
    """
    length = len(hosts)
    ends = [_first_object(loaded[index][1]) for loaded in (hosts, guests) for index in (0, -1)]
    boxes = [_box(mask) for mask in ends]
    if any(box is None for box in boxes):
        return None
    host_first, host_last, guest_first, guest_last = (box for box in boxes if box is not None)
    size = hosts[0][1].shape
    scale = _scale(ends[0], ends[2], guest_first)
    extent = (guest_first[1] - guest_first[0]) * scale
    start = _start(ends[0], extent)
    aside = start - host_first.mean(axis=0)
    end = host_last.mean(axis=0) + (-aside if is_crossing else aside)
    end = _inside(end, extent, size)
    frames, maps = [], []
    for index, (of_host, of_guest) in enumerate(zip(hosts, guests, strict=True)):
        part = index / max(length - 1, 1)
        goal = start + (end - start) * part
        own = guest_first.mean(axis=0) * (1 - part) + guest_last.mean(axis=0) * part
        matrix = np.diag([scale, scale, 1.0])
        matrix[:2, 2] = goal - own * scale
        frame, labels = _pasted(of_host, of_guest, matrix)
        frames.append(frame)
        maps.append(labels)
    return PastedClip(np.stack(frames), np.stack(maps))


def clip_of_pair(clips: Mapping[str, Sequence[LabelledFrame]], pair: Pair) -> PastedClip | None:
    """Paste one pair of clips; none if it is impossible."""
    return paste_clip(clips[pair.host], clips[pair.guest], is_crossing=pair.is_crossing)


def _first_object(labels: np.ndarray) -> np.ndarray:
    known = visible_labels(labels)
    return labels == known[0] if known else np.zeros(labels.shape, bool)


def _box(mask: np.ndarray) -> np.ndarray | None:
    """Corners (2, 2) of a mask's box: (x, y) of the least and of the greatest."""
    rows, columns = np.nonzero(mask)
    if len(rows) == 0:
        return None
    return np.array([(columns.min(), rows.min()), (columns.max() + 1, rows.max() + 1)], float)


def _scale(host: np.ndarray, guest: np.ndarray, guest_box: np.ndarray) -> float:
    alike = float(np.sqrt(host.sum() / guest.sum()))
    extent = guest_box[1] - guest_box[0]
    largest = (np.array(host.shape[::-1]) * MAX_SHARE / extent).min()
    return min(max(alike, 0.3), float(largest), 2.0)


def _start(host: np.ndarray, extent: np.ndarray) -> np.ndarray:
    """The box's middle (x, y) where the guest hides little of the host, and is close to it."""
    box = _box(host)
    assert box is not None
    size = np.array(host.shape[::-1])
    sums = cv2.integral(host.astype(np.uint8))
    best, least = size / 2, np.inf
    for place in PLACES:
        low = place * np.maximum(size - extent, 0)
        x0, y0 = np.floor(low).astype(int)
        x1, y1 = np.minimum(np.ceil(low + extent).astype(int), size)
        hidden = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
        middle = low + extent / 2
        away = float(np.linalg.norm((middle - box.mean(axis=0)) / size))
        cost = 4 * hidden / host.sum() + away
        if cost < least:
            best, least = middle, cost
    return best


def _inside(middle: np.ndarray, extent: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """The box's middle, moved so that the box lies in the frame."""
    limits = np.array(size[::-1])
    half = np.minimum(extent / 2, limits / 2)
    return np.clip(middle, half, limits - half)


def _pasted(
    host: tuple[np.ndarray, np.ndarray], guest: tuple[np.ndarray, np.ndarray], matrix: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    image, host_labels = host
    size = host_labels.shape
    labels = np.where(_first_object(host_labels), 1, 0).astype(np.uint8)
    labels[host_labels == IGNORED_LABEL] = IGNORED_LABEL
    mask = _first_object(guest[1]).astype(np.uint8) * 255
    soft = cv2.GaussianBlur(warp_labels(mask, matrix, size), (3, 3), 0.7)
    share = soft[..., None] / 255.0
    blended = warp_image(guest[0], matrix, size) * share + image * (1 - share)
    labels[soft > 127] = 2
    return blended.round().astype(np.uint8), labels
