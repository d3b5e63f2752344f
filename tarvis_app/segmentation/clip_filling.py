"""ClipFilling: what was given on a frame is carried over its clips, without being asked."""

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

    It waits while a run goes on, or the network loads, and plans anew when it goes on.
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
        document.project_opened.connect(self._forget)
        document.undo_stack.indexChanged.connect(self._stop_outdated)
        service.job_started.connect(self._make_way)
        service.job_ended.connect(self._ask_waiting)
        queued = Qt.ConnectionType.QueuedConnection  # what the job wrote is taken back first
        service.job_abandoned.connect(self._ask_waiting, queued)
        service.model_changed.connect(self._ask_waiting)
        service.clip_filled.connect(self._write)
        service.fill_ended.connect(self._note_end)

    @Slot(object)
    def fill(self, given: Given) -> None:
        """Fill the clips round the frame on which something was given."""
        self._waiting[given.target] = given
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
            self._document.grow(answer.request.gesture, fill_changes(project, answer))

    @Slot(object)
    def _note_end(self, request: ClipFillRequest) -> None:
        self._going_on.pop(request.target, None)

    @Slot()
    def _stop_outdated(self) -> None:
        """A click that is taken back needs no filled clip, nor does one that others corrected."""
        project = self._document.project
        for target, request in tuple(self._going_on.items()):
            if project is None or is_outdated(project, request):
                self._service.stop_filling(target)
                del self._going_on[target]

    @Slot()
    def _forget(self) -> None:
        self._waiting.clear()
        self._going_on.clear()
