"""The review queue: kept up to date in small slices of time, so that nobody waits for it."""

import bisect
import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from tarvis_app.document.document import Document
from tarvis_app.review.contacts import Contacts
from tarvis_app.review.problems import Finding, Problem, look_for_findings, ranked
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.statistics import (
    FrameStatistics,
    iterate_statistics,
    presence_gaps,
)
from tarvis_core.annotation.target import TargetId

SETTLE_MS = 400
"""The queue waits until edits pause for so long."""
SLICE_S = 0.006
"""So long it works at a stretch."""


class ReviewQueue(QObject):
    """Problems of all targets, worst first: one for each target and frame.

    Signals:
        changed: The queue holds other problems.
        settled: Everything that changed has been looked at.
    """

    changed = Signal()
    settled = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._statistics: dict[TargetId, dict[int, FrameStatistics]] = {}
        self._by_target: dict[TargetId, tuple[Finding, ...]] = {}
        self._contacts = Contacts()
        self._stale: dict[TargetId, tuple[int, int]] = {}
        self._work: Iterator[None] | None = None
        self.problems: tuple[Problem, ...] = ()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._begin)
        self._ticker = QTimer(self)
        self._ticker.setInterval(0)
        self._ticker.timeout.connect(self._work_on)
        document.project_opened.connect(self._start_over)
        document.masks_changed.connect(self._note_changes)

    @property
    def is_settled(self) -> bool:
        """Whether everything that changed has been looked at."""
        return not self._stale and self._work is None

    @Slot()
    def _start_over(self) -> None:
        self._statistics, self._by_target, self._stale = {}, {}, {}
        self._contacts.clear()
        self._work = None
        project = self._document.project
        if project is not None:
            for target, track in project.masks.tracks.items():
                self._stale[target] = (track.frames[0], track.frames[-1])
        self._publish()
        self._settle.start()

    @Slot(object)
    def _note_changes(self, changes: tuple[MaskChange, ...]) -> None:
        for change in changes:
            first, last = self._stale.get(change.target, (change.frame, change.frame))
            self._stale[change.target] = (min(first, change.frame), max(last, change.frame))
        self._drop_decided(changes)
        self._settle.start()

    def _drop_decided(self, changes: tuple[MaskChange, ...]) -> None:
        """What a person stands behind now leaves at once, so that the next step counts it gone."""
        decided: dict[TargetId, set[int]] = {}
        for change in changes:
            if change.after is not None and change.after.state.is_law:
                decided.setdefault(change.target, set()).add(change.frame)
        if not any(p.frame in decided.get(p.target, ()) for p in self.problems if decided):
            return
        for target in decided.keys() & self._by_target.keys():
            found = self._by_target[target]
            self._by_target[target] = tuple(f for f in found if f.frame not in decided[target])
        self._publish()

    @Slot()
    def _begin(self) -> None:
        if self._work is None:
            self._work = self._look_at_everything()
        self._ticker.start()

    @Slot()
    def _work_on(self) -> None:
        """One slice; the rest waits for its turn."""
        end = time.monotonic() + SLICE_S
        while self._work is not None and time.monotonic() < end:
            try:
                next(self._work)
            except StopIteration:
                self._work = None
        if self._work is None:
            self._ticker.stop()
            self._publish()
            if self._stale:
                self._settle.start()
            else:
                self.settled.emit()

    def _look_at_everything(self) -> Iterator[None]:
        project = self._document.project
        while self._stale and project is not None and project is self._document.project:
            target, (first, last) = self._stale.popitem()
            yield from self._look_at(project, target, first, last)

    def _look_at(self, project: Project, target: TargetId, first: int, last: int) -> Iterator[None]:
        """Compute the statistics of a stretch anew, and of the frame after, which compares."""
        track = project.masks.track(target)
        known = self._statistics.setdefault(target, {})
        for frame in [f for f in known if first <= f <= last]:
            del known[frame]
        yield
        frames = track.frames
        place, beyond = bisect.bisect_left(frames, first), bisect.bisect_right(frames, last)
        start = frames[place - 1] if place else first
        stop = frames[beyond] if beyond < len(frames) else last
        for statistics in iterate_statistics(track, start, stop):
            if statistics.frame >= first or not place:
                known[statistics.frame] = statistics
            yield
        in_order = [known[frame] for frame in sorted(known)]
        yield
        gaps = presence_gaps(track)
        yield
        self._by_target[target] = yield from look_for_findings(target, in_order, gaps)
        yield from self._contacts.look_at(project, target, (first, last), tuple(self._stale))

    def _publish(self) -> None:
        project = self._document.project
        targets = () if project is None else tuple(project.targets)
        found = [f for target in targets for f in self._by_target.get(target, ())]
        if project is not None:
            found += self._contacts.findings(project)
        problems = ranked(found)
        if problems != self.problems:
            self.problems = problems
            self.changed.emit()

    def coverage(self) -> tuple[int, int]:
        """How many masks a person stands behind, and how many there are."""
        project = self._document.project
        if project is None:
            return 0, 0
        tracks = project.masks.tracks.values()
        return sum(len(track.law_frames) for track in tracks), project.masks.num_masks
