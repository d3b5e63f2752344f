"""Steps of the history: each holds its changes, not a copy of the project."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import ClassVar

from PySide6.QtGui import QUndoCommand
from typing_extensions import override

from tarvis_app.document.edits import Edit
from tarvis_core.annotation.later_steps import FrameStep
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Change, reversed_changes
from tarvis_core.annotation.project_changes import ExemplarChange, TargetChange
from tarvis_core.annotation.target import TargetId

ApplyChanges = Callable[[tuple[Change, ...], int | None], bool]
"""The document's private writer: changes, and the frame to show; False if nothing was written."""


class EditCommand(QUndoCommand):
    """Makes one edit; takes it back. Edits of one gesture grow into one step."""

    MERGE_ID: ClassVar[int] = 1

    def __init__(self, apply: ApplyChanges, edit: Edit) -> None:
        super().__init__(edit.text)
        self._apply = apply
        self.frame = edit.frame
        """Where the edit can be seen; None: everywhere."""
        self.gesture = edit.gesture
        self._changes: list[Change] = []
        self._places: dict[tuple[TargetId, int], int] = {}
        self._targets: dict[TargetId, None] = {}
        self._given: dict[int, set[TargetId]] = {}
        """Of which targets something is given otherwise, by frame."""
        self._removed: set[TargetId] = set()
        self._was_done = False
        self.was_written = False
        """Whether the edit is made; can be asked even when the step has grown into another."""
        self.error: ValueError | None = None
        """Why it could not be made at all: it was computed from another project than there is."""
        self.add(edit.changes)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What the step changes, in order."""
        return tuple(self._changes)

    @property
    def targets(self) -> tuple[TargetId, ...]:
        """Whom the step changes, in the order in which it came to them."""
        return tuple(self._targets)

    @override
    def id(self) -> int:
        """Which commands may grow together: all; `mergeWith` looks closer."""
        return self.MERGE_ID

    @override
    def redo(self) -> None:
        """Make the edit; the first time it is not news to the person where it is."""
        frame = self.frame if self._was_done else None
        try:
            self.was_written = self._apply(tuple(self._changes), frame)
        except ValueError as error:
            if self._was_done:
                raise
            self.error = error  # raised by who pushed the step: Qt would keep it in the history
        self.setObsolete(not self.was_written)
        self._was_done = True

    @override
    def undo(self) -> None:
        """Take the edit back."""
        if not self._apply(reversed_changes(tuple(self._changes)), self.frame):
            self.setObsolete(True)

    @override
    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take in a later edit of the same gesture."""
        if not isinstance(other, EditCommand) or self.gesture is None:
            return False
        if other.gesture != self.gesture or other.isObsolete():
            return False
        if self.frame is None:
            self.frame = other.frame
        self.add(other.changes)
        return True

    def touches(self, change: MaskChange) -> bool:
        """Whether the step changes the same mask."""
        return (change.target, change.frame) in self._places

    def concerns(self, target: TargetId, frame: int) -> bool:
        """Whether the step changes a target's mask on a frame, or what was given there."""
        return (target, frame) in self._places or target in self._given.get(frame, ())

    def on_frame(self, frame: int) -> FrameStep:
        """What the step does on one frame."""
        changes = {}
        for target in self._targets:
            place = self._places.get((target, frame))
            change = None if place is None else self._changes[place]
            if isinstance(change, MaskChange):
                changes[target] = change
        given = frozenset(self._given.get(frame, ()))
        return FrameStep(changes, given, frozenset(self._removed))

    def set_change(self, change: MaskChange) -> None:
        """Let the step make this change of a mask, in place of the one that it makes of it."""
        key = (change.target, change.frame)
        place = self._places.get(key)
        if place is not None:
            self._changes[place] = change
        elif change.target in self._removed:
            self._changes.insert(0, change)
            self._places = {key: 0, **{each: at + 1 for each, at in self._places.items()}}
        else:
            self.add([change])

    def grow(self, changes: tuple[MaskChange, ...]) -> bool:
        """Make more changes as a part of this step, which is made already.

        Returns:
            Whether they were written.
        """
        if not self._apply(changes, None):
            return False
        self.add(changes)
        return True

    def grow_beneath(self, change: MaskChange, above: "EditCommand") -> None:
        """Make a change as a part of this step that a later one hides: it is seen without that."""
        self.add([above.put_beneath(change)])

    def put_beneath(self, change: MaskChange) -> MaskChange:
        """Let this step set out from a change that it hides; returns that, from where it did so."""
        held = self._changes[self._places[change.target, change.frame]]
        assert isinstance(held, MaskChange)
        self.come_after(change)
        return replace(change, before=held.before)

    def come_after(self, change: MaskChange) -> bool:
        """Let this step set out from a change that came meanwhile and belongs to an earlier one.

        Returns:
            Whether it has to do with the change: steps that come after it need not know.
        """
        key = (change.target, change.frame)
        place = self._places.get(key)
        if place is not None:
            held = self._changes[place]
            assert isinstance(held, MaskChange)
            self._changes[place] = replace(held, before=change.after)
        elif change.target in self._removed:
            self.set_change(replace(change, before=change.after, after=None))
        else:
            return False
        return True

    def add(self, changes: Iterable[Change]) -> None:
        """Append changes; a mask changed twice keeps its first before and its last after."""
        for change in changes:
            if isinstance(change, MaskChange | ExemplarChange):
                self._targets[change.target] = None
            elif isinstance(change, TargetChange):
                target = change.after or change.before
                assert target is not None, "a target comes, goes or changes"
                self._targets[target.id] = None
                if change.after is None:
                    self._removed.add(target.id)
            if isinstance(change, ExemplarChange):
                self._given.setdefault(change.frame, set()).add(change.target)
            if not isinstance(change, MaskChange):
                self._changes.append(change)
                continue
            key = (change.target, change.frame)
            place = self._places.get(key)
            if place is None:
                self._places[key] = len(self._changes)
                self._changes.append(change)
                continue
            first = self._changes[place]
            assert isinstance(first, MaskChange)
            self._changes[place] = MaskChange(
                change.target, change.frame, first.before, change.after
            )
