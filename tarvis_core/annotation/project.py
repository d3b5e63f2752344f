"""Project: a video, its label set, targets, exemplars and masks, and the edits on them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.label_set import Colour, LabelSet
from tarvis_core.annotation.mask_store import MaskChange, MaskStore
from tarvis_core.annotation.project_changes import (
    Change,
    ExemplarChange,
    LabelSetChange,
    NextTargetIdChange,
    ProjectChange,
    TargetChange,
    TargetOrderChange,
    VideoChange,
    reversed_changes,
)
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.annotation.video_identity import VideoIdentity

__all__ = ["Change", "Project", "ProjectChange", "reversed_changes"]

WriteChanges = Callable[[Sequence[Change]], None]
"""Puts an edit on disk, or raises and puts nothing there."""

FIRST_TARGET_ID = TargetId(1)


class Project:
    """Everything about one video that a person wants to keep.

    `apply` is the only way to change it. With a project file behind it (`write`), an edit is on
    disk when `apply` returns.
    """

    def __init__(
        self,
        video: VideoIdentity,
        label_set: LabelSet,
        targets: Iterable[Target] = (),
        exemplars: Iterable[Exemplar] = (),
        masks: MaskStore | None = None,
        *,
        next_target_id: TargetId = FIRST_TARGET_ID,
    ) -> None:
        """Make a project.

        Args:
            video: The video that it belongs to.
            label_set: Its classes.
            targets: Its targets in order of drawing, lowest first.
            exemplars: What the person gave.
            masks: Its masks; an empty store if None.
            next_target_id: Number for the next new target, if no target has a higher one.
        """
        self._video = video
        self._label_set = label_set
        self._targets = {target.id: target for target in targets}
        self._exemplars: dict[tuple[TargetId, int], tuple[Exemplar, ...]] = {}
        for exemplar in exemplars:
            key = (exemplar.target, exemplar.frame)
            self._exemplars[key] = (*self._exemplars.get(key, ()), exemplar)
        self.masks = MaskStore(video.frame_size) if masks is None else masks
        highest = max([*self._targets, *self.masks.tracks], default=0)
        self._next_target_id = TargetId(max(next_target_id, highest + 1))
        self._next_unused_id = self._next_target_id
        self._write: WriteChanges | None = None
        self.reserved_colours: frozenset[Colour] = frozenset()
        """Colours (RGB) that stand for something else on the screen: new targets get others. They
        are no part of what is kept."""

    @property
    def video(self) -> VideoIdentity:
        """The video that the project belongs to."""
        return self._video

    @property
    def label_set(self) -> LabelSet:
        """The classes that its targets may have."""
        return self._label_set

    @property
    def targets(self) -> Mapping[TargetId, Target]:
        """The targets in order of drawing, lowest first."""
        return MappingProxyType(self._targets)

    @property
    def next_target_id(self) -> TargetId:
        """Number for the next new target, as it is stored."""
        return self._next_target_id

    @property
    def exemplars(self) -> tuple[Exemplar, ...]:
        """All points, boxes and masks that were given, by target and frame."""
        return tuple(
            exemplar for key in sorted(self._exemplars) for exemplar in self._exemplars[key]
        )

    def exemplars_at(self, target: TargetId, frame: int) -> tuple[Exemplar, ...]:
        """What was given for one target on one frame."""
        return self._exemplars.get((target, frame), ())

    def exemplar_frames(self, target: TargetId) -> tuple[int, ...]:
        """Frames on which something was given for a target, in order."""
        return tuple(sorted(frame for owner, frame in self._exemplars if owner == target))

    def frames_given_for_others(self, target: TargetId) -> frozenset[int]:
        """Frames on which something was given for another target than this one."""
        return frozenset(frame for owner, frame in self._exemplars if owner != target)

    def target(self, target_id: TargetId) -> Target:
        """One target.

        Raises:
            KeyError: The project has no such target.
        """
        return self._targets[target_id]

    def position(self, target_id: TargetId) -> int:
        """Place of a target in the list.

        Raises:
            ValueError: The project has no such target.
        """
        return list(self._targets).index(target_id)

    def new_target_id(self) -> TargetId:
        """A number that no target ever had, not even one whose creation was undone."""
        given = TargetId(max(self._next_target_id, self._next_unused_id))
        self._next_unused_id = TargetId(given + 1)
        return given

    def label_map(self, frame: int, *, hidden: bool = False) -> np.ndarray:
        """The targets of one frame as one image, in their order of drawing.

        Args:
            frame: Number of the frame.
            hidden: Whether hidden targets are drawn too.

        Returns:
            Array (H, W) of int32: the id of the topmost target of each pixel, 0 for none.
        """
        order = [t.id for t in self._targets.values() if hidden or t.is_visible]
        return self.masks.label_map(frame, order)

    def write_through(self, write: WriteChanges | None) -> None:
        """Have every edit put on disk by `write` before `apply` returns. For project files."""
        self._write = write
        self.masks.write_through(write)

    def apply(self, changes: Iterable[Change]) -> None:
        """Make an edit: all of its changes, or none and an error.

        Raises:
            ValueError: A change was computed from other content than the project has now.
            ProjectFileError: The project file could not be written.
        """
        edit = tuple(changes)
        self._apply_in_memory(edit)
        if self._write is not None and edit:
            try:
                self._write(edit)
            except BaseException:
                self._apply_in_memory(reversed_changes(edit))
                raise
        self.masks.trim()

    def _apply_in_memory(self, changes: tuple[Change, ...]) -> None:
        done: list[Change] = []
        try:
            for change in changes:
                self._apply_one(change)
                done.append(change)
        except ValueError:
            for change in reversed(done):
                self._apply_one(change.reversed())
            raise

    def _apply_one(self, change: Change) -> None:
        match change:
            case MaskChange():
                if change.after is not None and change.target not in self._targets:
                    raise ValueError(f"there is no target {change.target} to have a mask")
                self.masks.apply_in_memory((change,))
            case ExemplarChange():
                self._change_exemplars(change)
            case TargetChange():
                self._change_target(change)
            case TargetOrderChange():
                self._change_order(change)
            case NextTargetIdChange():
                _check(self._next_target_id == change.before, "the next target's number")
                self._next_target_id = change.after
            case LabelSetChange():
                _check(self._label_set == change.before, "the label set")
                self._label_set = change.after
            case VideoChange():
                _check(self._video == change.before, "the video")
                _check(change.before.frame_size == change.after.frame_size, "the frames' size")
                self._video = change.after

    def _change_exemplars(self, change: ExemplarChange) -> None:
        key = (change.target, change.frame)
        where = f"the exemplars of target {change.target} on frame {change.frame}"
        _check(self._exemplars.get(key, ()) == change.before, where)
        if any((exemplar.target, exemplar.frame) != key for exemplar in change.after):
            raise ValueError(f"an exemplar of another place was given for {where}")
        if change.after and change.target not in self._targets:
            raise ValueError(f"there is no target {change.target} to have exemplars")
        if change.after:
            self._exemplars[key] = change.after
        else:
            self._exemplars.pop(key, None)

    def _change_target(self, change: TargetChange) -> None:
        ids = list(self._targets)
        before, after = change.before, change.after
        if before is not None:
            is_there = ids[change.position : change.position + 1] == [before.id]
            _check(is_there and self._targets[before.id] == before, f"target {before.id}")
        if before is None and after is not None:
            _check(after.id not in self._targets, f"target {after.id}")
            _check(0 <= change.position <= len(ids), "the number of targets")
            ids.insert(change.position, after.id)
            self._targets[after.id] = after
            self._targets = {number: self._targets[number] for number in ids}
        elif before is not None and after is None:
            self._check_is_bare(before.id)
            del self._targets[before.id]
        elif before is not None and after is not None:
            if before.id != after.id:
                raise ValueError(f"target {before.id} cannot become target {after.id}")
            self._targets[after.id] = after

    def _check_is_bare(self, target: TargetId) -> None:
        if target in self.masks.tracks or self.exemplar_frames(target):
            raise ValueError(f"target {target} still has masks or exemplars")

    def _change_order(self, change: TargetOrderChange) -> None:
        _check(tuple(self._targets) == change.before, "the order of targets")
        if sorted(change.before) != sorted(change.after):
            raise ValueError("an order of targets must name each target once")
        self._targets = {number: self._targets[number] for number in change.after}


def _check(is_as_expected: bool, what: str) -> None:  # noqa: FBT001 -- reads as an assertion
    if not is_as_expected:
        raise ValueError(f"{what} changed since this edit was computed")
