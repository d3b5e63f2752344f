"""TargetCues: the exemplars of a run, sorted by frame and target, and what they decide.

A positive click, a painted mask or a box is a cue: the target can start from it. Negative clicks
of a target are the cues of its *distractor*, a hidden target that competes with it for pixels. A
box is taken as the ellipse inside it (a box's corners are seldom the object's), and the target
gets no pixel outside the box on that frame. On a frame whose mask a person drew, the clicks and
boxes that led to it have nothing to add and are passed over. A shown mask is a cue beside the
clicks that correct it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tarvis_core.annotation.exemplar import (
    BoxExemplar,
    Exemplar,
    MaskExemplar,
    PointExemplar,
    ShownMask,
)
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.decoding.corrections import Correction
from tarvis_core.inference.decoding.objects import FrameRules, distractor_id, pixel_window

Box = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class FrameCues:
    """What was given on one frame. Keys are target ids; a distractor's are negative."""

    masks: Mapping[int, Mask] = field(default_factory=dict)
    """Drawn or confirmed masks. An empty one says that the target is not in the frame."""
    boxes: Mapping[int, Box] = field(default_factory=dict)
    points: Mapping[int, tuple[Point, ...]] = field(default_factory=dict)
    """(x, y) in pixels of the original frame."""
    shown: Mapping[int, Mask] = field(default_factory=dict)
    """The masks that the points of the same targets correct; none is empty."""

    @property
    def starters(self) -> tuple[int, ...]:
        """Targets and distractors that can start on this frame: masks, then boxes, then points."""
        drawn = [target for target, mask in self.masks.items() if not mask.is_empty]
        return tuple(dict.fromkeys([*drawn, *self.shown, *self.boxes, *self.points]))

    @property
    def rules(self) -> FrameRules:
        """What the results of this frame must respect."""
        masks = {TargetId(target): mask for target, mask in self.masks.items()}
        boxes = {TargetId(target): box for target, box in self.boxes.items()}
        corrections = {
            TargetId(target): Correction(
                mask, self.points.get(target, ()), self.points.get(distractor_id(target), ())
            )
            for target, mask in self.shown.items()
        }
        return FrameRules(masks, boxes, corrections)


NOTHING = FrameCues()


class TargetCues:
    """All exemplars of a run."""

    def __init__(self, exemplars: Iterable[Exemplar], frame_size: tuple[int, int]) -> None:
        """Sort exemplars.

        Args:
            exemplars: Any number per target and frame; a later mask or box of the same target and
                frame replaces an earlier one.
            frame_size: (height, width) of the video.

        Raises:
            ValueError: A mask belongs to a frame of another size.
        """
        self.frame_size = frame_size
        self._set_frames(_by_frame(exemplars, frame_size))

    def _changed(self, frames: Mapping[int, FrameCues]) -> "TargetCues":
        changed = TargetCues((), self.frame_size)
        changed._set_frames(frames)
        return changed

    def _set_frames(self, frames: Mapping[int, FrameCues]) -> None:
        self._frames = frames
        starts: dict[int, list[int]] = defaultdict(list)
        for frame, cues in sorted(self._frames.items()):
            for target in cues.starters:
                starts[target].append(frame)
        self._starts = {target: tuple(frames) for target, frames in starts.items()}
        absences: dict[int, list[int]] = defaultdict(list)
        for frame, cues in sorted(self._frames.items()):
            for target, mask in cues.masks.items():
                if mask.is_empty:
                    absences[target].append(frame)
        self._absences = {target: tuple(frames) for target, frames in absences.items()}

    @property
    def targets(self) -> tuple[TargetId, ...]:
        """Targets that can start somewhere, by id; no distractors."""
        return tuple(TargetId(target) for target in sorted(self._starts) if target > 0)

    @property
    def frames(self) -> tuple[int, ...]:
        """Frames on which something was given, in order."""
        return tuple(sorted(self._frames))

    def at(self, frame: int) -> FrameCues:
        """What was given on a frame."""
        return self._frames.get(frame, NOTHING)

    def only(self, frame: int) -> "TargetCues":
        """What was given on one frame, as if nothing else were."""
        return self._changed({frame: self.at(frame)})

    def with_masks(self, frame: int, masks: Mapping[TargetId, Mask]) -> "TargetCues":
        """With masks of one frame as if a person had drawn them, in place of what led to them."""
        given = self.at(frame)
        drawn = {**given.masks, **masks}
        fuller = _without_superseded(replace(given, masks=drawn))
        return self._changed({**self._frames, frame: fuller})

    def starts(self, target: int) -> tuple[int, ...]:
        """Frames on which a target or distractor can start, in order."""
        return self._starts.get(target, ())

    def is_gone(self, target: int, frame: int, *, is_backward: bool = False) -> bool:
        """Whether the last that is known of a target before a frame is that it is not there.

        Args:
            target: The target.
            frame: The frame; what is given on it counts.
            is_backward: Whether "before" is in the order of a run back in time.
        """
        said = [(each, False) for each in self._starts.get(target, ())]
        said += [(each, True) for each in self._absences.get(target, ())]
        if is_backward:
            return min((each for each in said if each[0] >= frame), default=(0, False))[1]
        return max((each for each in said if each[0] <= frame), default=(0, False))[1]

    def starters_in(self, frames: Sequence[int]) -> tuple[int, ...]:
        """Targets and distractors that some of these frames have a cue for."""
        return tuple(dict.fromkeys(t for frame in frames for t in self.at(frame).starters))


def ellipse_in_box(box: Box, size: tuple[int, int]) -> Mask:
    """The pixels whose centres lie in the ellipse that touches the four sides of a box.

    Args:
        box: (x_min, y_min, x_max, y_max); the part inside the frame counts.
        size: (height, width) of the frame.

    Returns:
        The mask; a box smaller than a pixel gives one pixel.
    """
    height, width = size
    rows, columns = pixel_window(box, size)
    x_min, x_max = max(box[0], 0.0), min(box[2], float(width))
    y_min, y_max = max(box[1], 0.0), min(box[3], float(height))
    x = (np.arange(columns.start, columns.stop) + 0.5 - (x_min + x_max) / 2) / max(
        (x_max - x_min) / 2, 0.5
    )
    y = (np.arange(rows.start, rows.stop) + 0.5 - (y_min + y_max) / 2) / max(
        (y_max - y_min) / 2, 0.5
    )
    inside = x[None, :] ** 2 + y[:, None] ** 2 <= 1.0
    if not inside.any():
        inside[inside.shape[0] // 2, inside.shape[1] // 2] = True
    return Mask.from_crop(height, width, (columns.start, rows.start), inside)


def _by_frame(exemplars: Iterable[Exemplar], size: tuple[int, int]) -> dict[int, FrameCues]:
    masks: dict[int, dict[int, Mask]] = defaultdict(dict)
    boxes: dict[int, dict[int, Box]] = defaultdict(dict)
    shown: dict[int, dict[int, Mask]] = defaultdict(dict)
    points: dict[int, dict[int, list[Point]]] = defaultdict(lambda: defaultdict(list))
    for exemplar in exemplars:
        frame = exemplar.frame
        match exemplar:
            case MaskExemplar(target=target, mask=mask):
                masks[frame][target] = _checked(mask, size)
            case ShownMask(target=target, mask=mask):
                if not _checked(mask, size).is_empty:
                    shown[frame][target] = mask
            case BoxExemplar(target=target, box=box):
                boxes[frame][target] = box
            case PointExemplar(target=target, x=x, y=y, is_positive=is_positive):
                points[frame][target if is_positive else distractor_id(target)].append((x, y))
    return {
        frame: _without_superseded(
            FrameCues(
                masks[frame],
                boxes[frame],
                {target: tuple(each) for target, each in points[frame].items()},
                shown[frame],
            )
        )
        for frame in sorted({*masks, *boxes, *points, *shown})
    }


def _checked(mask: Mask, size: tuple[int, int]) -> Mask:
    if mask.size != size:
        raise ValueError(f"a mask of {mask.size} does not fit frames of {size}")
    return mask


def _without_superseded(cues: FrameCues) -> FrameCues:
    """A drawn mask takes the place of all else of its target, a box that of a shown mask."""
    masks, boxes = cues.masks, cues.boxes
    return FrameCues(
        masks,
        {target: box for target, box in boxes.items() if target not in masks},
        {target: points for target, points in cues.points.items() if target not in masks},
        {t: mask for t, mask in cues.shown.items() if t not in masks and t not in boxes},
    )
