"""Document: the open project, its history, and word of what changed. The only writer."""

import logging
from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack
from shiboken6 import isValid

from tarvis_app.document.edit_commands import EditCommand
from tarvis_app.document.edits import Edit
from tarvis_app.translated import translated
from tarvis_core.annotation.later_steps import LaterSteps, Rebased
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Change, Project
from tarvis_core.annotation.project_changes import (
    ExemplarChange,
    LabelSetChange,
    TargetChange,
    TargetOrderChange,
    VideoChange,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import AnnotationError

log = logging.getLogger(__name__)


class Document(QObject):
    """The open project. Everybody may read `project`; it is changed by `edit` alone.

    Signals:
        project_opened: Another project is open, or none.
        masks_changed: Masks were written. Argument: a tuple of `MaskChange`.
        targets_changed: Targets came, went, changed or moved. Argument: a tuple of their changes.
        exemplars_changed: Argument: a tuple of `ExemplarChange`.
        label_set_changed: The project has other classes.
        frame_revisited: Undo or redo changed something on a frame. Arguments: its number; the
            frames whose masks or exemplars changed, a frozenset.
        saved: An edit is on disk.
        write_failed: An edit could not be written and was not made. Argument: the message.
    """

    project_opened = Signal()
    masks_changed = Signal(object)
    targets_changed = Signal(object)
    exemplars_changed = Signal(object)
    label_set_changed = Signal()
    frame_revisited = Signal(int, object)
    saved = Signal()
    write_failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.undo_stack = QUndoStack(self)
        self._next_gesture = 1

    def open(self, project: Project | None) -> None:
        """Put another project on the desk, with an empty history; None clears the desk."""
        self.project = project
        self.undo_stack.clear()
        self.project_opened.emit()

    @property
    def opened(self) -> Project:
        """The open project.

        Raises:
            ValueError: There is none; ask `project` where that can be.
        """
        if self.project is None:
            raise ValueError("no project is open")
        return self.project

    def new_gesture(self) -> int:
        """A number for edits that are to become one step of the history."""
        number = self._next_gesture
        self._next_gesture += 1
        return number

    def edit(self, edit: Edit) -> bool:
        """Make an edit as one step of the history; an edit without changes is none.

        Returns:
            Whether something was written.

        Raises:
            ValueError: The edit was computed from other content than the project has now; nothing
                was changed, and the history is as it was.
        """
        assert self.thread().isCurrentThread(), "only the GUI thread edits the document"
        if not edit.changes:
            return False
        command = EditCommand(self._apply, edit)
        self.undo_stack.push(command)
        if command.error is not None:
            raise command.error
        return command.was_written

    def grow(
        self,
        gesture: int,
        changes: tuple[MaskChange, ...],
        beneath: Iterable[MaskChange] = (),
    ) -> tuple[MaskChange, ...]:
        """Make changes of masks as a part of a step that was made before.

        Others may have come after it: the masks that these changed are left to them. Those that
        were taken back meanwhile can still be made again.

        Args:
            gesture: Of the step; where it is taken back, nothing is written.
            changes: What to add to it.
            beneath: What to add where later steps changed masks: it is there once those are taken
                back. Where there is no such step, nothing is added.

        Returns:
            What was written.
        """
        assert self.thread().isCurrentThread(), "only the GUI thread edits the document"
        place = self._place_of(gesture)
        if place is None:
            return ()
        done = self._steps(self.undo_stack.index())
        taken_back = self._steps(self.undo_stack.count())[len(done) :]
        step, *later = done[place:]
        for change in beneath:
            above = next((other for other in later if other.touches(change)), None)
            if above is not None:
                step.grow_beneath(change, above)
        kept = tuple(c for c in changes if not any(other.touches(c) for other in later))
        if not kept or not step.grow(kept):
            return ()
        for change in kept:
            any(other.come_after(change) for other in taken_back)
        return kept

    def after(self, gesture: int, frame: int) -> LaterSteps | None:
        """What the steps after a gesture's do on a frame; None where that is not done."""
        place = self._place_of(gesture)
        if place is None:
            return None
        done = self._steps(self.undo_stack.index())
        taken_back = self._steps(self.undo_stack.count())[len(done) :]
        return LaterSteps(
            tuple(step.on_frame(frame) for step in done[place + 1 :]),
            tuple(step.on_frame(frame) for step in taken_back),
        )

    def rewrite(self, gesture: int, rebased: Iterable[Rebased]) -> tuple[MaskChange, ...]:
        """Make changes of masks as a part of a step, and of later steps what they become on it.

        Args:
            gesture: Of the step, which is done.
            rebased: The changes, worked out for the steps that `after` told.

        Returns:
            What is seen of it: changes of masks as they are to masks as the last step that is
            done leaves them. None are written where that could not be, or nothing changes.
        """
        assert self.thread().isCurrentThread(), "only the GUI thread edits the document"
        place = self._place_of(gesture)
        if place is None:
            return ()
        done = self._steps(self.undo_stack.index())
        step, *later = [*done[place:], *self._steps(self.undo_stack.count())[len(done) :]]
        num_done = len(done) - place - 1
        rebased = tuple(rebased)
        masks = self.opened.masks
        last = (each.seen_after(num_done) for each in rebased)
        changes = (masks.change_to(c.target, c.frame, c.after) for c in last if c is not None)
        seen = tuple(change for change in changes if change.before != change.after)
        if seen and not self._apply(seen, None):
            return ()
        for each in rebased:
            step.add([each.change])
            for other, change in zip(later, each.later, strict=True):
                if change is not None:
                    other.set_change(change)
        return seen

    def newest_gesture(self, target: TargetId, frame: int) -> int | None:
        """The gesture of the last step, of those that are done, that concerns a target on a frame.

        Returns:
            None where there is no such step, or it belongs to no gesture.
        """
        done = self._steps(self.undo_stack.index())
        found = (step.gesture for step in reversed(done) if step.concerns(target, frame))
        return next(found, None)

    def is_done(self, gesture: int) -> bool:
        """Whether the history holds a gesture's step, and it is not taken back."""
        return self._place_of(gesture) is not None

    def is_newest(self, gesture: int) -> bool:
        """Whether undo would take a gesture's step back."""
        place = self.undo_stack.index() - 1
        step = self.undo_stack.command(place) if place >= 0 else None
        return isinstance(step, EditCommand) and step.gesture == gesture

    def _place_of(self, gesture: int) -> int | None:
        if not isValid(self.undo_stack):
            return None  # the program ends, and the stack is emptied as the last thing
        done = self._steps(self.undo_stack.index())
        places = [place for place, step in enumerate(done) if step.gesture == gesture]
        return places[-1] if places else None

    def _steps(self, end: int) -> list[EditCommand]:
        """The edits among the steps of the history before a place; others change no project."""
        steps = [self.undo_stack.command(place) for place in range(end)]
        return [step for step in steps if isinstance(step, EditCommand)]

    def _apply(self, changes: tuple[Change, ...], frame: int | None) -> bool:
        try:
            self.opened.apply(changes)
        except AnnotationError as error:
            log.exception("the edit could not be written")
            self.write_failed.emit(translated(error))
            return False
        self._tell(changes)
        self.saved.emit()
        if frame is not None:
            touched = (c.frame for c in changes if isinstance(c, MaskChange | ExemplarChange))
            self.frame_revisited.emit(frame, frozenset(touched))
        return True

    def _tell(self, changes: tuple[Change, ...]) -> None:
        targets = tuple(c for c in changes if isinstance(c, TargetChange | TargetOrderChange))
        exemplars = tuple(c for c in changes if isinstance(c, ExemplarChange))
        masks = tuple(c for c in changes if isinstance(c, MaskChange))
        if any(isinstance(change, LabelSetChange) for change in changes):
            self.label_set_changed.emit()
        if any(isinstance(change, VideoChange) for change in changes):
            log.info("the project's video lies at %s", self.opened.video.path)
        if targets:
            self.targets_changed.emit(targets)
        if exemplars:
            self.exemplars_changed.emit(exemplars)
        if masks:
            self.masks_changed.emit(masks)

    @Slot()
    def undo(self) -> None:
        """Take the last step back."""
        self.undo_stack.undo()

    @Slot()
    def redo(self) -> None:
        """Make the step again that was taken back last."""
        self.undo_stack.redo()
