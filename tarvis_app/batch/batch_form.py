"""What a batch is asked to do: which videos, where the projects go, and the task in each."""

from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from tarvis_app.batch.batch_plan import (
    BatchPlan,
    FindTask,
    FollowTask,
    find_videos,
    project_paths,
    task_from_frame,
)
from tarvis_app.counting import counted
from tarvis_app.document.document import Document
from tarvis_app.panels.class_picker import ClassPicker
from tarvis_app.segmentation.requests import ModelState, ModelStatus
from tarvis_app.view_state import ViewState

PROJECTS_FOLDER = "projects"
"""Inside the folder of the videos, unless the person names another place."""


class BatchForm(QWidget):
    """The fields to fill in; `plan` is what they say.

    The two folders and the task are separate widgets, so that the dialog can place them.

    Signals:
        changed: Something else is asked for.
    """

    changed = Signal()

    def __init__(self, document: Document, view_state: ViewState, parent: QWidget) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self.videos: tuple[Path, ...] = ()
        """Those in the chosen folder."""
        self.with_project: frozenset[int] = frozenset()
        """Indices of those that have a project already."""
        self.folder = QLineEdit(self)
        self.destination = QLineEdit(self)
        self.task_box = QGroupBox(self.tr("In each video"), self)
        self.finds = QRadioButton(self.tr("Find classes"), self.task_box)
        self.follows = QRadioButton(self.tr("Follow the targets of the shown frame"), self.task_box)
        self.picker = ClassPicker(self.task_box)
        self._find_hint = QLabel(self.task_box)
        self._follow_hint = QLabel(self.task_box)
        self._buttons: list[QPushButton] = []
        self._place_folders()
        self._place_task()
        self._explain()
        self.follow_model(ModelStatus(ModelState.UNLOADED))
        self.folder.textChanged.connect(self._look)
        self.destination.textChanged.connect(self._look_for_projects)
        self.finds.toggled.connect(self._offer)
        self.picker.chosen_changed.connect(self.changed)

    def _explain(self) -> None:
        for widget, text in (
            (self.folder, self.tr("Every video in it becomes a project")),
            (self.destination, self.tr("Where the projects are written")),
            (self.finds, self.tr("The network looks for classes in each video")),
            (self.follows, self.tr("The shown frame's targets are followed in each video")),
            (self._buttons[0], self.tr("Choose the folder of videos")),
            (self._buttons[1], self.tr("Choose the folder for the projects")),
        ):
            widget.setToolTip(text)

    def _place_folders(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        rows = (
            (self.tr("Videos in"), self.folder, self._choose_folder),
            (self.tr("Projects into"), self.destination, self._choose_destination),
        )
        for row, (text, field, choose) in enumerate(rows):
            button = QPushButton(self.tr("Choose…"), self)
            button.clicked.connect(choose)
            self._buttons.append(button)
            for column, widget in enumerate((QLabel(text, self), field, button)):
                grid.addWidget(widget, row, column)
        self.folder.setPlaceholderText(self.tr("A folder of video files, or of folders of images"))
        self.folder.setAccessibleName(self.tr("Folder of videos"))
        self.destination.setAccessibleName(self.tr("Folder for the projects"))

    def _place_task(self) -> None:
        layout = QVBoxLayout(self.task_box)
        layout.setSpacing(6)
        self.finds.setChecked(True)
        self._find_hint.setText(
            self.tr("Whatever of them a video shows, from first to last frame, becomes a target.")
        )
        for hint in (self._find_hint, self._follow_hint):
            hint.setWordWrap(True)
            hint.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
            hint.setContentsMargins(22, 0, 0, 0)
        layout.addWidget(self.finds)
        layout.addWidget(self._find_hint)
        layout.addWidget(self.picker, stretch=1)
        layout.addWidget(self.picker.count)
        layout.addWidget(self.follows)
        layout.addWidget(self._follow_hint)

    @property
    def plan(self) -> BatchPlan | None:
        """What would be started now; None while something is missing."""
        task = self._task()
        if not self.videos or task is None:
            return None
        return BatchPlan(self.videos, self._projects_folder, task)

    @property
    def _projects_folder(self) -> Path:
        return Path(self.destination.text() or self.destination.placeholderText())

    def set_open(self, is_open: bool) -> None:  # noqa: FBT001 -- as `setEnabled`
        """Let the fields be changed, or not; and say what following would follow now."""
        for widget in (self.folder, self.destination, *self._buttons, self.finds, self.follows):
            widget.setEnabled(is_open)
        self.picker.setEnabled(is_open and self.finds.isChecked())
        self._follow_hint.setText(self._follow_text())

    def follow_model(self, status: ModelStatus) -> None:
        """Offer the classes that the loaded network knows, or say that they have to wait for it."""
        if status.state is ModelState.READY:
            self.picker.offer_label_sets(status.label_sets)
        elif status.state is ModelState.MISSING:
            self.picker.await_model(self.tr("There is no model yet; see Models…"))
        else:
            self.picker.await_model(self.tr("Classes are listed when the model is loaded."))

    def _task(self) -> FindTask | FollowTask | None:
        if not self.finds.isChecked():
            return self._follow_task()
        if not self.picker.knows_classes:
            return None
        return FindTask(self.picker.label_set, self.picker.task, self.picker.categories)

    def _follow_task(self) -> FollowTask | None:
        project = self._document.project
        return None if project is None else task_from_frame(project, self._view_state.shown_frame)

    def _follow_text(self) -> str:
        project, task = self._document.project, self._follow_task()
        if project is None:
            return self.tr("Open a video first, and make targets in it.")
        frame, video = self._view_state.shown_frame, Path(project.video.path).name
        if task is None:
            text = self.tr("Frame {frame} of {video}, which is shown, has no targets.")
            return text.format(frame=frame, video=video)
        count = len(task.targets)
        targets = counted(count, self.tr("1 target"), self.tr("{count} targets", None, count))
        height, width = task.frame_size
        return self.tr(
            "{targets} of frame {frame} of {video}: put at the same place on the first frame of "
            "each video, and followed to its last. For videos of {width} × {height} pixels that "
            "begin with the same view."
        ).format(targets=targets, frame=frame, video=video, width=width, height=height)

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
        self.videos = find_videos(folder) if self.folder.text() else ()
        self.destination.setPlaceholderText(str(folder / PROJECTS_FOLDER))
        self._look_for_projects()

    @Slot()
    def _look_for_projects(self) -> None:
        """Note which videos have a project already where the projects go."""
        paths = project_paths(self.videos, self._projects_folder)
        self.with_project = frozenset(i for i, path in enumerate(paths) if path.exists())
        self.changed.emit()

    @Slot()
    def _offer(self) -> None:
        self.set_open(True)
        self.changed.emit()
