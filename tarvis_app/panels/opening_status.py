"""The status bar's word about a video or project that takes long to open, with a way out."""

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from tarvis_app.opener import Opener
from tarvis_app.opening_work import OpeningProgress, Stage
from tarvis_app.panels.elided_label import ElidedLabel
from tarvis_app.panels.minutes import minutes_text

SHOWN_AFTER_MS = 700
"""What is open sooner needs no word."""
REFRESHED_EVERY_MS = 200
NAME_WIDTH = 160
"""Pixels for the file's name, which is shortened in the middle."""
TEXT_WIDTH = 120
"""Where the status bar has no room the text is shortened, down to this."""


class OpeningStatus(QWidget):
    """Says what is being opened, how far it is and since when.

    Signals:
        cancel_wanted: The button was pressed.
    """

    cancel_wanted = Signal()

    def __init__(self, opener: Opener) -> None:
        super().__init__()
        self._progress: OpeningProgress | None = None
        self._delay = QTimer(self, singleShot=True, interval=SHOWN_AFTER_MS)
        self._delay.timeout.connect(self._appear)
        self._timer = QTimer(self, interval=REFRESHED_EVERY_MS)
        self._timer.timeout.connect(self.refresh)
        self.text = ElidedLabel(TEXT_WIDTH, self)
        self.cancel_button = QPushButton(self.tr("Cancel"), self)
        self.cancel_button.setToolTip(self.tr("Open it no more; what is open stays (Esc)"))
        self.cancel_button.setAccessibleName(self.tr("Cancel opening"))
        self.cancel_button.clicked.connect(self.cancel_wanted)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(8)
        layout.addWidget(self.text)
        layout.addWidget(self.cancel_button)
        opener.begun.connect(self.begin)
        opener.ended.connect(self.end)
        self.hide()

    @Slot(object)
    def begin(self, progress: OpeningProgress) -> None:
        """Something is being opened; it is said if it takes a while."""
        self._progress = progress
        self._delay.start()

    @Slot()
    def _appear(self) -> None:
        self.refresh()
        self._timer.start()
        self.show()

    @Slot()
    def end(self) -> None:
        """Nothing is being opened."""
        self._progress = None
        self._delay.stop()
        self._timer.stop()
        self.hide()

    @Slot()
    def refresh(self) -> None:
        """Say how far it is by now."""
        if self._progress is not None:
            self.text.setText(self.progress_text(self._progress))

    def progress_text(self, progress: OpeningProgress) -> str:
        """What takes time, how far that is, and since when."""
        elide = Qt.TextElideMode.ElideMiddle
        name = self.fontMetrics().elidedText(progress.path.name, elide, NAME_WIDTH)
        if progress.stage is Stage.PROJECT:
            text = self.tr("Opening {name}: its project is being read")
        elif progress.stage is Stage.VIDEO:
            text = self.tr("Opening {name}: its video is looked for")
        elif progress.num_frames_total:
            text = self.tr("Opening {name}: {done:,} of {total:,} frames counted")
        elif progress.num_frames:
            text = self.tr("Opening {name}: {done:,} frames counted")
        else:
            text = self.tr("Opening {name}: its frames are being counted")
        told = text.format(name=name, done=progress.num_frames, total=progress.num_frames_total)
        return f"{told} · {minutes_text(progress.elapsed_s)}"
