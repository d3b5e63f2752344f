"""The batch dialog: what is asked, and beside it how far each video is."""

from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tarvis_app.batch.batch import Batch
from tarvis_app.batch.batch_failures import BatchFailures
from tarvis_app.batch.batch_form import BatchForm
from tarvis_app.batch.batch_table import BatchTable
from tarvis_app.batch.batch_texts import outcome_text, progress_text
from tarvis_app.counting import counted
from tarvis_app.document.document import Document
from tarvis_app.segmentation.requests import ModelState, ModelStatus
from tarvis_app.view_state import ViewState


class BatchDialog(QDialog):
    """Starts a batch and shows how far it is; closing it lets the batch go on.

    Signals:
        project_wanted: A finished video was double-clicked. Argument: its project's path.
    """

    project_wanted = Signal(object)

    def __init__(
        self, batch: Batch, document: Document, view_state: ViewState, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._batch = batch
        self._status = ModelStatus(ModelState.UNLOADED)
        self.setWindowTitle(self.tr("Label a folder of videos"))
        self.resize(880, 560)
        self.form = BatchForm(document, view_state, self)
        self.table = BatchTable(batch, self)
        self.failures = BatchFailures(batch, self)
        self._bar = QProgressBar(self)
        self._text = QLabel(self)
        self.start_button = QPushButton(self.tr("Start"), self)
        self.stop_button = QPushButton(self.tr("Stop"), self)
        self._close = QPushButton(self.tr("Close"), self)
        self._place()
        self._connect()
        self._refresh()

    def _place(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(10)
        layout.addWidget(self.form)
        columns = QHBoxLayout()
        columns.setSpacing(12)
        columns.addWidget(self.form.task_box, stretch=2)
        results = QVBoxLayout()
        results.addWidget(self.table, stretch=1)
        results.addWidget(self.failures)  # room that the table has anyway: nothing else moves
        columns.addLayout(results, stretch=3)
        layout.addLayout(columns, stretch=1)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the batch"))
        layout.addWidget(self._bar)
        for widget, text in (
            (self.start_button, self.tr("Label the videos that have no project yet")),
            (
                self.stop_button,
                self.tr("Stop after the frames in work; a later start goes on from there"),
            ),
            (self._close, self.tr("Close; a batch that goes on is not stopped (Esc)")),
        ):
            widget.setToolTip(text)
        self._text.setWordWrap(True)
        layout.addWidget(self._text)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        self.start_button.setProperty("primary", True)  # noqa: FBT003 -- Qt's own signature
        for button in (self.stop_button, self.start_button, self._close):
            buttons.addWidget(button)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.form.changed.connect(self._refresh)
        self.start_button.clicked.connect(self._start)
        self.stop_button.clicked.connect(self._batch.stop)
        self._close.clicked.connect(self.accept)
        self.table.project_wanted.connect(self.project_wanted)
        self.failures.retry_wanted.connect(self._batch.retry_failed)
        self._batch.changed.connect(self._refresh)
        self._batch.ended.connect(self._take_back_form)

    @Slot()
    def ask(self) -> None:
        """Open the dialog on the shown frame's targets and the batch that goes on."""
        self._refresh()
        self.show()
        self.raise_()

    @Slot()
    def _start(self) -> None:
        plan = self.form.plan
        if plan is not None and not self._batch.is_running:
            self._batch.start(plan)

    @Slot(object)
    def follow_model(self, status: ModelStatus) -> None:
        """Offer the classes that the loaded network knows."""
        self._status = status
        if not self._batch.is_running:
            self.form.follow_model(status)

    @Slot()
    def _take_back_form(self) -> None:
        """The batch is over: the classes are those of the model that is loaded by now."""
        self.form.follow_model(self._status)

    @Slot()
    def _refresh(self) -> None:
        batch = self._batch
        videos = self.form.videos
        if batch.is_running and batch.plan is not None:
            videos = batch.plan.videos
        self.table.show_videos(videos, self.form.with_project)
        self.failures.refresh()
        self.form.set_open(not batch.is_running)
        self.start_button.setEnabled(self.form.plan is not None and not batch.is_running)
        self.stop_button.setEnabled(batch.is_running and not batch.is_stopping)
        self._bar.setRange(0, max(1, len(videos)) * 1000)
        self._bar.setValue(self._thousandths())
        self._text.setText(self._state_text(videos))

    def _thousandths(self) -> int:
        progress = self._batch.progress
        done = 1000 * len(self._batch.results)
        if self._batch.is_running and progress is not None:
            done += round(1000 * progress.share)
        return done

    def _state_text(self, videos: tuple[Path, ...]) -> str:
        batch = self._batch
        if batch.is_running:
            return progress_text(batch)
        if not videos:
            return self.tr("Choose a folder with video files, or with folders of images.")
        if batch.plan is not None and videos == batch.plan.videos and batch.results:
            return self._outcome()
        if batch.message:
            return batch.message
        found = counted(
            len(videos), self.tr("1 video."), self.tr("{count} videos.", None, len(videos))
        )
        kept = self.tr(
            "A video that has a project already is left as it is, so a stopped batch goes on "
            "where it was."
        )
        return f"{found} {kept}"

    def _outcome(self) -> str:
        """How the batch went whose videos are listed, and what can be done now."""
        batch = self._batch
        if batch.message:
            return batch.message
        told = [] if batch.failed else [outcome_text(batch)]  # which is said above their reasons
        if batch.num_done:
            told.append(self.tr("Double-click a video to open its project."))
        if batch.was_stopped:
            told.append(self.tr("Start goes on with the others."))
        return " ".join(told)
