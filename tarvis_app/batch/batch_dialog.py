"""The batch dialog: which videos, what to do with each, and how far each is."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from tarvis_app.batch.batch import Batch
from tarvis_app.batch.batch_plan import (
    BatchPlan,
    FindTask,
    FollowTask,
    VideoState,
    find_videos,
    task_from_frame,
)
from tarvis_app.document.document import Document
from tarvis_app.panels.class_picker import ClassPicker
from tarvis_app.segmentation.requests import ModelState, ModelStatus
from tarvis_app.view_state import ViewState

PROJECTS_FOLDER = "projects"
"""Inside the folder of the videos, unless the person names another place."""


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
        self._document = document
        self._view_state = view_state
        self._videos: tuple[Path, ...] = ()
        self.setWindowTitle(self.tr("Label a folder of videos"))
        self.resize(880, 560)
        self.folder = QLineEdit(self)
        self.destination = QLineEdit(self)
        self.finds = QRadioButton(self.tr("Find classes"), self)
        self.follows = QRadioButton(self.tr("Follow the targets of the shown frame"), self)
        self.picker = ClassPicker(self)
        self._follow_hint = QLabel(self)
        self.table = QTableWidget(0, 2, self)
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
        form = QFormLayout()
        form.addRow(self.tr("Videos in"), self._with_button(self.folder, self._choose_folder))
        form.addRow(
            self.tr("Projects into"), self._with_button(self.destination, self._choose_destination)
        )
        layout.addLayout(form)
        columns = QHBoxLayout()
        columns.setSpacing(12)
        columns.addWidget(self._make_task(), stretch=2)
        columns.addWidget(self._set_up_table(), stretch=3)
        layout.addLayout(columns, stretch=1)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the batch"))
        layout.addWidget(self._bar)
        self._text.setWordWrap(True)
        layout.addWidget(self._text)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        self.start_button.setProperty("primary", True)  # noqa: FBT003 -- Qt's own signature
        for button in (self.stop_button, self.start_button, self._close):
            buttons.addWidget(button)
        layout.addLayout(buttons)
        self.folder.setAccessibleName(self.tr("Folder of videos"))
        self.destination.setAccessibleName(self.tr("Folder for the projects"))

    def _with_button(self, line: QLineEdit, choose: object) -> QHBoxLayout:
        row = QHBoxLayout()
        button = QPushButton(self.tr("Choose…"), self)
        button.clicked.connect(choose)
        row.addWidget(line, stretch=1)
        row.addWidget(button)
        return row

    def _make_task(self) -> QGroupBox:
        box = QGroupBox(self.tr("In each video"), self)
        layout = QVBoxLayout(box)
        layout.setSpacing(6)
        self.finds.setChecked(True)
        self._follow_hint.setWordWrap(True)
        self._follow_hint.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        self._follow_hint.setContentsMargins(22, 0, 0, 0)
        layout.addWidget(self.finds)
        layout.addWidget(self.picker, stretch=1)
        layout.addWidget(self.picker.count)
        layout.addWidget(self.follows)
        layout.addWidget(self._follow_hint)
        return box

    def _set_up_table(self) -> QTableWidget:
        self.table.setHorizontalHeaderLabels([self.tr("Video"), self.tr("State")])
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setAccessibleName(self.tr("Videos"))
        self.table.setToolTip(self.tr("Double-click a finished video to open its project"))
        return self.table

    def _connect(self) -> None:
        self.folder.textChanged.connect(self._look)
        self.destination.textChanged.connect(self._refresh)
        self.finds.toggled.connect(self._refresh)
        self.picker.chosen_changed.connect(self._refresh)
        self.start_button.clicked.connect(self._start)
        self.stop_button.clicked.connect(self._batch.stop)
        self._close.clicked.connect(self.accept)
        self.table.itemActivated.connect(self._open_row)
        self._batch.changed.connect(self._refresh)

    @Slot()
    def ask(self) -> None:
        """Open the dialog on the shown frame's targets and the batch that goes on."""
        self._refresh()
        self.show()
        self.raise_()

    @Slot()
    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Folder of videos"))
        if name:
            self.folder.setText(name)

    @Slot()
    def _choose_destination(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Folder for the projects"))
        if name:
            self.destination.setText(name)

    @Slot()
    def _look(self) -> None:
        """List the videos of the folder."""
        folder = Path(self.folder.text())
        self._videos = find_videos(folder) if self.folder.text() else ()
        self.destination.setPlaceholderText(str(folder / PROJECTS_FOLDER))
        self._refresh()

    def _plan(self) -> BatchPlan | None:
        """What would be started now; None while something is missing."""
        task = self._task()
        if not self._videos or task is None:
            return None
        folder = Path(self.destination.text() or self.destination.placeholderText())
        return BatchPlan(self._videos, folder, task)

    def _task(self) -> FindTask | FollowTask | None:
        if self.finds.isChecked():
            picker = self.picker
            if not picker.knows_classes:
                return None
            return FindTask(picker.label_set, picker.task, picker.categories)
        project = self._document.project
        return None if project is None else task_from_frame(project, self._view_state.shown_frame)

    @Slot()
    def _start(self) -> None:
        plan = self._plan()
        if plan is not None and not self._batch.is_running:
            self._batch.start(plan)

    @Slot(QTableWidgetItem)
    def _open_row(self, item: QTableWidgetItem) -> None:
        plan = self._batch.plan
        if plan is None or item.row() >= len(plan.videos):
            return
        project = plan.project_of(plan.videos[item.row()])
        if project.exists():
            self.project_wanted.emit(project)

    @Slot(object)
    def follow_model(self, status: ModelStatus) -> None:
        """Offer the classes that the loaded network knows."""
        if status.state is ModelState.READY and not self._batch.is_running:
            self.picker.offer_label_sets(status.label_sets)

    # What is shown

    @Slot()
    def _refresh(self) -> None:
        batch, is_running = self._batch, self._batch.is_running
        videos = batch.plan.videos if is_running and batch.plan is not None else self._videos
        self._fill(videos)
        plan = self._plan()
        self.start_button.setEnabled(plan is not None and not is_running)
        self.stop_button.setEnabled(is_running)
        for widget in (self.folder, self.destination, self.finds, self.follows, self.picker):
            widget.setEnabled(not is_running)
        self.picker.setEnabled(not is_running and self.finds.isChecked())
        self._follow_hint.setText(self._follow_text())
        self._bar.setRange(0, max(1, len(videos)) * 1000)
        self._bar.setValue(self._thousandths())
        self._text.setText(self._state_text(videos))

    def _thousandths(self) -> int:
        progress = self._batch.progress
        done = 1000 * len(self._batch.results)
        if self._batch.is_running and progress is not None and progress.frames_total:
            done += 1000 * progress.frames_done // progress.frames_total
        return done

    def _fill(self, videos: tuple[Path, ...]) -> None:
        is_of_batch = self._batch.plan is not None and videos == self._batch.plan.videos
        self.table.setRowCount(len(videos))
        for row, video in enumerate(videos):
            state = self._video_text(row) if is_of_batch else self.tr("waiting")
            for column, text in enumerate((video.name, state)):
                item = self.table.item(row, column)
                if item is None:
                    item = QTableWidgetItem()
                    self.table.setItem(row, column, item)
                item.setText(text)
                item.setToolTip(text)

    def _video_text(self, row: int) -> str:
        result, progress = self._batch.results.get(row), self._batch.progress
        state = self._batch.state(row)
        percent = 0.0
        if progress is not None and progress.frames_total:
            percent = 100 * progress.frames_done / progress.frames_total
        return {
            VideoState.WAITING: self.tr("waiting"),
            VideoState.RUNNING: self.tr("{percent:.0f} %").format(percent=percent),
            VideoState.DONE: self.tr("done, targets: {count}").format(
                count=0 if result is None else result.num_targets
            ),
            VideoState.KEPT: self.tr("has a project already"),
            VideoState.STOPPED: self.tr("stopped"),
            VideoState.FAILED: self.tr("failed: {message}").format(
                message="" if result is None else result.message
            ),
        }[state]

    def _follow_text(self) -> str:
        project = self._document.project
        task = None
        if project is not None:
            task = task_from_frame(project, self._view_state.shown_frame)
        if task is None:
            return self.tr("The open project has no target on the shown frame.")
        return self.tr(
            "What frame {frame} shows (targets: {count}) is put on the first frame of each video "
            "of the same size."
        ).format(count=len(task.targets), frame=self._view_state.shown_frame)

    def _state_text(self, videos: tuple[Path, ...]) -> str:
        batch = self._batch
        if batch.is_running:
            return self.tr("{done} of {total} videos · {speed:.1f} frames/s").format(
                done=len(batch.results), total=len(videos), speed=batch.frames_per_second
            )
        if not videos:
            return self.tr("Choose a folder with video files, or with folders of images.")
        return self.tr(
            "{count} videos. Those that have a project already are left as they are, so a stopped "
            "batch goes on where it was."
        ).format(count=len(videos))
