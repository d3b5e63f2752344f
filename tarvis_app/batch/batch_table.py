"""The videos of a batch, and how far each is."""

from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from tarvis_app.batch.batch import Batch
from tarvis_app.batch.batch_texts import kept_text, video_text


class BatchTable(QTableWidget):
    """A row per video.

    Signals:
        project_wanted: A finished video was double-clicked. Argument: its project's path.
    """

    project_wanted = Signal(object)

    def __init__(self, batch: Batch, parent: QWidget) -> None:
        super().__init__(0, 2, parent)
        self._batch = batch
        self.setHorizontalHeaderLabels([self.tr("Video"), self.tr("State")])
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setAccessibleName(self.tr("Videos"))
        self.setToolTip(self.tr("Double-click a finished video to open its project"))
        self.itemActivated.connect(self._open_row)

    def show_videos(self, videos: Sequence[Path], kept: Collection[int] = ()) -> None:
        """Show these videos; those of the batch with how far they are.

        Args:
            videos: In the order of the rows.
            kept: Of videos that no batch went through: rows of those that have a project.
        """
        is_of_batch = self._batch.plan is not None and videos == self._batch.plan.videos
        self.setRowCount(len(videos))
        for row, video in enumerate(videos):
            state = kept_text() if row in kept else self.tr("waiting")
            if is_of_batch:
                state = video_text(self._batch, row)
            for column, text in enumerate((video.name, state)):
                item = self.item(row, column)
                if item is None:
                    item = QTableWidgetItem()
                    self.setItem(row, column, item)
                item.setText(text)
                item.setToolTip(text)

    @Slot(QTableWidgetItem)
    def _open_row(self, item: QTableWidgetItem) -> None:
        plan = self._batch.plan
        if plan is None or item.row() >= len(plan.videos):
            return
        project = plan.projects[item.row()]
        if project.exists():
            self.project_wanted.emit(project)
