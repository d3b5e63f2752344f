"""How many pixels of the shown frame nobody has, while regions are labelled."""

import numpy as np
from PySide6.QtCore import QObject, QTimer, Slot

from tarvis_app.canvas.heads_up_display import HeadsUpDisplay
from tarvis_app.document.document import Document
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.gaps import unlabelled
from tarvis_core.annotation.target import TargetKind

COUNT_AFTER_MS = 60
"""Counting waits so long for more to happen: nothing is counted while the video plays."""


class UnlabelledCounter(QObject):
    """Counts once the frame stands still; only in projects with regions (stuff)."""

    def __init__(self, document: Document, view_state: ViewState, display: HeadsUpDisplay) -> None:
        super().__init__(display)
        self._document = document
        self._view_state = view_state
        self._display = display
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COUNT_AFTER_MS)
        self._timer.timeout.connect(self.count)
        for signal in (
            view_state.shown_frame_changed,
            document.masks_changed,
            document.targets_changed,
            document.project_opened,
        ):
            signal.connect(self._timer.start)

    @Slot()
    def count(self) -> None:
        """Count the shown frame's and say it."""
        project = self._document.project
        has_regions = project is not None and any(
            target.kind is TargetKind.STUFF for target in project.targets.values()
        )
        if project is None or not has_regions:
            self._display.show_unlabelled("")
            return
        free = unlabelled(project, self._view_state.shown_frame)
        self._display.show_unlabelled(self._text(int(np.count_nonzero(free)), free.size))

    def _text(self, count: int, total: int) -> str:
        if not count:
            return self.tr("Every pixel is labelled")
        text = self.tr("Unlabelled: {count:,} px ({percent:.1f} %) · M fills")
        return text.format(count=count, percent=100 * count / total)
