"""While the shown picture is not the frame that is asked for, the canvas says so."""

from PySide6.QtCore import QObject, QTimer, Slot

from tarvis_app.canvas.heads_up_display import HeadsUpDisplay
from tarvis_app.document.document import Document
from tarvis_app.view_state import ViewState

SHOWN_AFTER_MS = 200
"""What comes sooner needs no word."""


class FrameWaiting(QObject):
    """Follows the frame that is asked for until it is on the screen.

    Long videos with few key frames take a while to go to a far frame; meanwhile picture and masks
    are those of the frame before.
    """

    def __init__(self, document: Document, view_state: ViewState, display: HeadsUpDisplay) -> None:
        super().__init__(display)
        self._view_state = view_state
        self._display = display
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_AFTER_MS)
        self._timer.timeout.connect(self._show)
        view_state.frame_changed.connect(self._follow)
        view_state.shown_frame_changed.connect(self._follow)
        document.project_opened.connect(self._end)

    @property
    def _is_behind(self) -> bool:
        return self._view_state.frame != self._view_state.shown_frame

    @Slot()
    def _follow(self) -> None:
        if not self._is_behind:
            self._end()
        elif self._display.is_frame_awaited:
            self._show()
        elif not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _show(self) -> None:
        wanted, shown = self._view_state.frame, self._view_state.shown_frame
        text = self.tr("Frame {wanted} is on its way. This is frame {shown}.")
        self._display.show_awaited_frame(text.format(wanted=wanted, shown=shown))

    @Slot()
    def _end(self) -> None:
        self._timer.stop()
        self._display.show_awaited_frame("")
