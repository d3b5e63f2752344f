"""TimelineContent: what the timeline shows, kept in step with the document and the run."""

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from tarvis_app.document.document import Document
from tarvis_app.segmentation.requests import ClipAnswer, Job, JobEnd
from tarvis_app.theme import Theme
from tarvis_app.timeline.row_texts import RowTexts
from tarvis_app.timeline.span_states import RunMarks
from tarvis_app.timeline.time_scale import TimeScale
from tarvis_app.timeline.timeline_scene import TimelineScene
from tarvis_app.timeline.track_strip import Plot, TrackStrips
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId

REDRAW_AFTER_MS = 40


class TimelineContent(QObject):
    """Strips of presence and doubt, marks of the run, and the curve above them.

    Signals:
        changed: Everything is to be drawn anew.
        rows_changed: Targets came, went or moved.
        video_changed: Another project or video is open.
        head_moved: The run has come to another frame.
    """

    changed = Signal()
    rows_changed = Signal()
    video_changed = Signal()
    head_moved = Signal()

    def __init__(
        self, document: Document, view_state: ViewState, theme: Theme, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self._theme = theme
        self._strips = TrackStrips()
        self._marks = RunMarks()
        self.texts = RowTexts(self)
        self.run_head: int | None = None
        """Where a run has come to; None when none goes on."""
        self._plot = Plot.DOUBT
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(REDRAW_AFTER_MS)
        self._soon.timeout.connect(self.changed)
        document.project_opened.connect(self._read)
        document.masks_changed.connect(self._follow_masks)
        document.targets_changed.connect(self.rows_changed)
        document.exemplars_changed.connect(self._follow_exemplars)
        view_state.video_changed.connect(self._start_over)
        view_state.selection_changed.connect(self.changed)
        view_state.range_changed.connect(self.changed)
        theme.changed.connect(self.changed)

    @property
    def project(self) -> Project | None:
        """What is shown."""
        return self._document.project

    @property
    def targets(self) -> list[TargetId]:
        """One row each."""
        return [] if self.project is None else list(self.project.targets)

    @property
    def num_frames(self) -> int:
        """Frames of the video."""
        return self._view_state.num_frames

    def scene(self, scale: TimeScale, size: tuple[int, int], scroll: int) -> TimelineScene:
        """What is to be painted.

        Args:
            scale: Which frames.
            size: (height, width) of the widget in logical pixels.
            scroll: How far the rows are scrolled, in pixels.
        """
        return TimelineScene(
            self.project,
            self._strips,
            scale,
            self._theme.colours,
            size,
            scroll,
            self._view_state.selection,
            self._view_state.range,
            self._plot,
            self.texts.plot(self._plot),
            self._marks,
        )

    @property
    def plot(self) -> Plot:
        """What the curve above the rows shows."""
        return self._plot

    def show_plot(self, plot: Plot) -> None:
        """Show another curve above the rows."""
        self._plot = plot
        self.changed.emit()

    @Slot()
    def show_next_plot(self) -> None:
        """Show the next curve; after the last the first."""
        plots = list(Plot)
        self.show_plot(plots[(plots.index(self._plot) + 1) % len(plots)])

    @Slot(object)
    def begin_run(self, job: Job) -> None:
        """Mark what a run is going to write."""
        self._marks.begin(job, self._view_state.num_frames)
        self.changed.emit()

    @Slot(object)
    def settle_clip(self, answer: ClipAnswer) -> None:
        """Take the mark off what a clip of the run wrote."""
        self._marks.settle(answer)
        self._change_soon()

    @Slot(object)
    def end_run(self, end: JobEnd) -> None:
        """Keep marked what a run left undone."""
        self._marks.end(end)
        self.changed.emit()

    def show_run_head(self, frame: int | None) -> None:
        """Mark where a run has come to; None when none goes on."""
        self.run_head = frame
        self.head_moved.emit()

    @Slot()
    def _read(self) -> None:
        self._strips.read(self.project)
        self._start_over()

    @Slot()
    def _start_over(self) -> None:
        self._marks.clear()
        self.video_changed.emit()

    @Slot(object)
    def _follow_masks(self, changes: tuple[MaskChange, ...]) -> None:
        self._strips.follow(changes)
        self._marks.follow(changes)
        self._change_soon()

    @Slot()
    def _follow_exemplars(self) -> None:
        self._strips.forget_waiting()
        self.changed.emit()

    def _change_soon(self) -> None:
        if not self._soon.isActive():  # a run writes many clips a second
            self._soon.start()
