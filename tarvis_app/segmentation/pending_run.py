"""PendingRun: what a run changed of masks that were there before, until a person decides."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.runs import Runs
from tarvis_core.annotation.clicking import is_filled
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import TrackFrame

Place = tuple[TargetId, int]


@dataclass(frozen=True)
class _TakenBack:
    """What was compared of a run whose step in the history was taken back."""

    gesture: int
    before: dict[Place, TrackFrame | None]
    after: dict[Place, TrackFrame | None]
    places: dict[int, set[TargetId]]


SETTLE_MS = 1000
"""So long after a run's end a key may still have been meant to stop it."""


class PendingRun(QObject):
    """The last run's masks beside the ones that they replaced.

    What a run gives is written as it comes, so nothing is lost; this remembers what was there, so
    that both can be compared, kept with one key and taken back with another: with the key that
    stops a run, and so only once the run is over and that key was not meant for it. What a click
    filled of its clip is a run's to replace, and not compared.

    Signals:
        changed: There is more to compare, or nothing any more, or the run has come further.
    """

    changed = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent or document)
        self._document = document
        self._before: dict[Place, TrackFrame | None] = {}
        self._after: dict[Place, TrackFrame | None] = {}
        self._places: dict[int, set[TargetId]] = {}
        self._gesture: int | None = None
        self._taken_back: _TakenBack | None = None
        self._is_going_on = False
        self._is_stopping = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.changed)
        document.project_opened.connect(self._forget)
        document.undo_stack.indexChanged.connect(self._follow_history)

    def follow(self, runs: Runs) -> None:
        """Hear of what these runs write, and of where they stand."""
        runs.started.connect(self.begin)
        runs.tracks_written.connect(self.take)
        runs.stopping.connect(self.note_stopping)
        runs.ended.connect(self.note_end)

    @property
    def is_pending(self) -> bool:
        """Whether a run replaced masks by others, and nobody decided yet."""
        return bool(self._places)

    @property
    def is_going_on(self) -> bool:
        """Whether the run is not over yet."""
        return self._is_going_on

    @property
    def is_stopping(self) -> bool:
        """Whether the run was asked to stop and is not over yet."""
        return self._is_stopping

    @property
    def is_offered(self) -> bool:
        """Whether the key that stops a run takes this one back now."""
        return self.is_pending and not self._is_going_on and not self._settle.isActive()

    @property
    def frames(self) -> tuple[int, ...]:
        """The frames on which a mask was replaced by another, in order."""
        return tuple(sorted(self._places))

    def before_at(self, frame: int) -> Mapping[TargetId, Mask]:
        """The masks that the run replaced on a frame, where nobody changed its own since."""
        found, masks = {}, self._document.opened.masks
        for target in sorted(self._places.get(frame, ())):
            held = self._before[target, frame]
            assert held is not None, "only replaced masks are compared"
            if masks.get(target, frame) == self._after[target, frame]:
                found[target] = held.mask
        return found

    @Slot()
    def begin(self) -> None:
        """A run starts: what the one before changed is kept."""
        self.keep()
        self._settle.stop()
        self._is_going_on, self._is_stopping = True, False
        self.changed.emit()

    @Slot()
    def note_stopping(self) -> None:
        """The run was asked to stop."""
        self._is_stopping = True
        self.changed.emit()

    @Slot()
    def note_end(self) -> None:
        """The run is over; in a moment it can be taken back."""
        self._is_going_on = self._is_stopping = False
        self._settle.start()
        self.changed.emit()

    @Slot()
    def _forget(self) -> None:
        """Another project is open; nobody hears of the run any more."""
        self._is_going_on = self._is_stopping = False
        self._settle.stop()
        self.keep()
        self.changed.emit()

    @Slot(int, object)
    def take(self, gesture: int, changes: tuple[MaskChange, ...]) -> None:
        """Be told what a run has written, and of which gesture its step in the history is."""
        self._gesture = gesture
        for change in changes:
            self._take_one(change)
        self.changed.emit()

    def _take_one(self, change: MaskChange) -> None:
        place = (change.target, change.frame)
        before = self._before.setdefault(place, change.before)
        self._after[place] = change.after
        after = Mask.empty(1, 1) if change.after is None else change.after.mask
        if before is not None and before.mask != after and not is_filled(before):
            self._places.setdefault(change.frame, set()).add(change.target)
        else:
            self._places.get(change.frame, set()).discard(change.target)
            if not self._places.get(change.frame):
                self._places.pop(change.frame, None)

    @Slot()
    def keep(self) -> bool:
        """Keep what the run gave; False if nothing waits for a decision."""
        self._taken_back = None
        return self._compare_nothing()

    def _compare_nothing(self) -> bool:
        was_pending = self.is_pending
        self._before, self._after, self._places, self._gesture = {}, {}, {}, None
        if was_pending:
            self.changed.emit()
        return was_pending

    @Slot()
    def discard(self) -> bool:
        """Put back what the run replaced; False if nothing waits for a decision."""
        if not self.is_pending:
            return False
        if self._gesture is not None and self._document.is_newest(self._gesture):
            self._document.undo()
        else:
            self._put_back()
            self.keep()
        return True

    def _put_back(self) -> None:
        """Other edits came after the run: take back what they left as the run gave it."""
        masks = self._document.opened.masks
        changes = tuple(
            MaskChange(target, frame, self._after[target, frame], before)
            for (target, frame), before in self._before.items()
            if masks.get(target, frame) == self._after[target, frame]
        )
        self._document.edit(Edit(self.tr("Take back the run"), changes, min(self._places)))

    @Slot()
    def _follow_history(self) -> None:
        """Once the run itself is undone, there is nothing to decide until it is made again."""
        is_done, back = self._document.is_done, self._taken_back
        if self._gesture is not None and not is_done(self._gesture):
            self._taken_back = _TakenBack(self._gesture, self._before, self._after, self._places)
            self._compare_nothing()
        elif self._gesture is None and back is not None and is_done(back.gesture):
            self._gesture, self._taken_back = back.gesture, None
            self._before, self._after, self._places = back.before, back.after, back.places
            self.changed.emit()
