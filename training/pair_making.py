"""Clips in which two objects meet: of two videos, or of two stills that move."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.augmentation import visible_labels
from training.canvas import cropped
from training.data_manifest import IGNORED_LABEL, LabelledFrame
from training.pasted_clips import PastedClip, paste_clip, paste_pixels
from training.pseudo_clips import MotionRange, PseudoClipMaker, PseudoClipSettings

VIDEO_LENGTHS = (14, 28)
"""Least and most frames of a clip that is made of two videos."""
STILL_LENGTH = 12
"""Frames of a clip that is made of two stills."""
STILL_MOTION = MotionRange(0.04, 0.05, 4.0, 2.0, 0.02)
"""How far a still moves from one frame to the next in a clip that is made of two: more frames, so
less each time than in a pseudo-clip of three."""
CROSSING_SHARE = 0.6
"""In how many pairs one object passes over the other."""
KIN_SHARE = 0.4
"""In how many pairs of stills both are of one source: often things of the same kind."""
MIN_STILL_PIXELS = 800
"""An object of a still is so large if it is to be one of a pair."""
MIN_PIXELS = 50
"""Both objects show so many pixels on the first frame."""


def pair_of_videos(
    host: Sequence[LabelledFrame],
    others: Sequence[Sequence[LabelledFrame]],
    landscape: PseudoClipSettings,
    random: np.random.Generator,
) -> PastedClip | None:
    """A part of a video, with the object of another in it, under one crop.

    Args:
        host: Frames of the video.
        others: Videos that the other object may be from, at least one.
        landscape: Canvas and colours.
        random: Source of all draws.

    Returns:
        The clip; none where the first frame would not show both objects.
    """
    guest = others[int(random.integers(len(others)))]
    length = min(int(random.integers(*VIDEO_LENGTHS, endpoint=True)), len(host), len(guest))
    parts = []
    for clip in (host, guest):
        first = int(random.integers(len(clip) - length + 1))
        parts.append(clip[first : first + length])
    pasted = paste_clip(parts[0], parts[1], is_crossing=bool(random.random() < CROSSING_SHARE))
    if pasted is None:
        return None
    pixels = list(zip(pasted.frames, pasted.label_maps, strict=True))
    settings = landscape.laid_as(pixels[0][0].shape[:2])
    return _if_both_show(PastedClip(*cropped(pixels, settings.size, settings.colour, random)))


def pair_of_stills(
    host: LabelledFrame,
    stills: Sequence[LabelledFrame],
    landscape: PseudoClipSettings,
    random: np.random.Generator,
) -> PastedClip | None:
    """A still that moves, with the object of another in it, which moves in its own way.

    Args:
        host: The still.
        stills: Where the other is drawn from; the host may be among them.
        landscape: Canvas and colours.
        random: Source of all draws.

    Returns:
        The clip of `STILL_LENGTH` frames; none where a still shows no large object, where the host
        was drawn as its own guest, or where the first frame would not show both objects.
    """
    kin = [still for still in stills if still.source == host.source]
    candidates = kin if len(kin) > 1 and random.random() < KIN_SHARE else stills
    guest = candidates[int(random.integers(len(candidates)))]
    if guest.image_path == host.image_path:
        return None
    parts = []
    for still in (host, guest):
        image, labels = still.load()
        known = visible_labels(labels, MIN_STILL_PIXELS)
        if not known:
            return None
        alone = np.where(labels == IGNORED_LABEL, labels, 0)
        alone[labels == int(random.choice(known))] = 1
        settings = replace(
            landscape.laid_as(image.shape[:2]),
            num_frames=STILL_LENGTH,
            motion=STILL_MOTION,
            pasted_share=0.0,
        )
        frames, maps = PseudoClipMaker(settings).make(image, alone, [], random)
        parts.append(list(zip(frames, maps, strict=True)))
    is_crossing = bool(random.random() < CROSSING_SHARE)
    pasted = paste_pixels(parts[0], parts[1], is_crossing=is_crossing)
    return None if pasted is None else _if_both_show(pasted)


def _if_both_show(clip: PastedClip) -> PastedClip | None:
    return clip if len(visible_labels(clip.label_maps[0], MIN_PIXELS)) == 2 else None
