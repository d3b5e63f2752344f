"""ClipFilling: what was given on a frame is carried over its clips, without being asked."""

from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Slot

from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Given
from tarvis_app.segmentation.clip_fill_plan import fill_changes, is_outdated, plan_fill
from tarvis_app.segmentation.requests import ClipFillAnswer, ClipFillRequest
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.target import TargetId


class ClipFilling(QObject):
    """Asks for the frames round a click's, and writes them into the click's step.

    It waits while a run goes on, or the network loads, and plans anew when it goes on. Where the
    mask on the frame is as a later step left it, which took pixels from it, the clip becomes part
    of that step; once that is taken back, what it ended is gone on with in the click's own.
    """

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        service: SegmentationService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self._service = service
        self._waiting: dict[TargetId, Given] = {}
        self._going_on: dict[TargetId, ClipFillRequest] = {}
        self._served: tuple[TargetId, ...] = ()
        """Whose clips the network fills, or is about to."""
        self._asked: dict[TargetId, list[Given]] = {}
        """What clips were to be filled round, by target, the newest last."""
        self._open: set[Given] = set()
        """Of these, what is not filled yet."""
        document.project_opened.connect(self._forget)
        document.undo_stack.indexChanged.connect(self._follow_history)
        service.job_started.connect(self._make_way)
        service.job_ended.connect(self._ask_waiting)
        queued = Qt.ConnectionType.QueuedConnection  # what the job wrote is taken back first
        service.job_abandoned.connect(self._ask_waiting, queued)
        service.model_changed.connect(self._ask_waiting)
        service.clip_filled.connect(self._write)
        service.fill_ended.connect(self._note_end)
        service.fills_changed.connect(self._note_served)

    @Slot(object)
    def fill(self, given: Given) -> None:
        """Fill the clips round the frame on which something was given."""
        newest = self._document.newest_gesture(given.target, given.frame)
        seen = given if newest is None else replace(given, gesture=newest)
        asked = self._asked.setdefault(given.target, [])
        for each in dict.fromkeys((given, seen)):
            if each in asked:
                asked.remove(each)
            asked.append(each)
            self._open.add(each)
        self._waiting[given.target] = seen
        self._ask_waiting()

    @Slot()
    def _ask_waiting(self) -> None:
        project, clips = self._document.project, self._service.model.clips
        if project is None or clips is None or self._service.job is not None:
            return
        waiting, self._waiting = self._waiting, {}
        for given in waiting.values():
            if not self._document.is_done(given.gesture):
                continue
            first, last = clips.around(given.frame, project.video.num_frames)
            limits = self._view_state.range
            extent = (max(first, limits[0]), min(last, limits[1]))
            step = plan_fill(project, given.target, given.frame, extent)
            if step is None:
                self._service.stop_filling(given.target)
                self._going_on.pop(given.target, None)
                self._open.discard(given)
                continue
            start = project.masks.masks_at(given.frame)[given.target].mask
            self._going_on[given.target] = self._service.fill_clip(
                given.frame, given.target, start, step, given.gesture
            )

    @Slot()
    def _make_way(self) -> None:
        """A run or search begins: what it leaves open is filled afterwards."""
        for target, request in self._going_on.items():
            given = Given(request.frame, target, request.gesture)
            self._waiting.setdefault(target, given)
        self._going_on.clear()

    @Slot(object)
    def _write(self, answer: ClipFillAnswer) -> None:
        project = self._document.project
        if project is not None:
            is_exclusive = self._view_state.brush.is_exclusive
            changes = fill_changes(project, answer, is_exclusive=is_exclusive)
            self._document.grow(answer.request.gesture, changes)

    @Slot(object)
    def _note_end(self, request: ClipFillRequest) -> None:
        self._going_on.pop(request.target, None)
        self._open.discard(Given(request.frame, request.target, request.gesture))

    @Slot(object)
    def _note_served(self, targets: tuple[TargetId, ...]) -> None:
        self._served = targets

    @Slot()
    def _follow_history(self) -> None:
        self._stop_outdated()
        self._resume()

    def _resume(self) -> None:
        """Go on with what a later step ended that is taken back now."""
        resumed = {}
        for target in {given.target for given in self._open}:
            done = (g for g in reversed(self._asked[target]) if self._document.is_done(g.gesture))
            given = next(done, None)
            if given is not None and given in self._open and not self._is_served(given):
                resumed[target] = given
        if resumed:
            self._waiting |= resumed
            self._ask_waiting()

    def _is_served(self, given: Given) -> bool:
        """Whether a clip is being filled, or will be, or the frame is not as the step left it."""
        if self._waiting.get(given.target) == given:
            return True
        request = self._going_on.get(given.target)
        if request is not None and given.target in self._served:
            return True
        return self._document.newest_gesture(given.target, given.frame) != given.gesture

    def _stop_outdated(self) -> None:
        """A click that is taken back needs no filled clip, nor does one that others corrected."""
        project = self._document.project
        for target, request in tuple(self._going_on.items()):
            is_done = self._document.is_done(request.gesture)
            if project is None or not is_done or is_outdated(project, request):
                self._service.stop_filling(target)
                del self._going_on[target]

    @Slot()
    def _forget(self) -> None:
        self._asked.clear()
        self._open.clear()
        self._waiting.clear()
        self._going_on.clear()
