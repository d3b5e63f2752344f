"""Opener: opens in the background, one thing at a time; what comes too late is let go."""

import contextlib
import logging
import threading

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.opening_work import (
    Asked,
    Opened,
    OpeningPlace,
    OpeningProgress,
    Result,
    VideoMissing,
    VideoRefused,
    open_asked,
)
from tarvis_core.video.opening_watch import OpeningStoppedError

log = logging.getLogger(__name__)

LAST_WAIT_S = 2.0
"""At the end of the program, for an opening that was stopped: a lost drive may hold it for long."""


class Opener(QObject):
    """Gives each opening a thread of its own: one that hangs on a lost drive holds up no other.

    The threads are Python's, which the end of the program does not wait for.

    Signals:
        begun: Argument: `OpeningProgress`, which goes on changing.
        ended: Nothing is being opened any more.
        opened: Argument: what came of it, a `Result`; not where it was stopped.
    """

    begun = Signal(object)
    ended = Signal()
    opened = Signal(object)
    _done = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.progress: OpeningProgress | None = None
        """Of the opening that goes on."""
        self._thread: threading.Thread | None = None
        self._done.connect(self._note_result)

    def begin(self, asked: Asked, place: OpeningPlace) -> None:
        """Open something; `opened` follows, unless it is stopped. What went on before is."""
        self.stop()
        self.progress = OpeningProgress(asked.path)
        self._thread = threading.Thread(
            target=self._work, args=(asked, place, self.progress), name="opening", daemon=True
        )
        self._thread.start()
        self.begun.emit(self.progress)

    @Slot()
    def stop(self) -> None:
        """Let go of what is being opened: at once here, in its thread as soon as it looks."""
        if self.progress is not None:
            self.progress.stop.set()
            self.progress = None
            self.ended.emit()

    def shut_down(self) -> None:
        """Stop, and wait for the thread to let its files go."""
        self.stop()
        if self._thread is not None:
            self._thread.join(LAST_WAIT_S)

    def _work(self, asked: Asked, place: OpeningPlace, progress: OpeningProgress) -> None:
        """The outermost frame of the thread: what came of it is told, or let go."""
        try:
            result = open_asked(asked, place, progress)
        except OpeningStoppedError as error:
            log.info("%s", error)
            return
        except Exception:
            log.exception("%s could not be opened", asked.path)
            text = self.tr("{name} could not be opened; the log has the details.")
            result = VideoRefused(asked.path, text.format(name=asked.path.name))
        if progress.stop.is_set():
            _let_go(result)
            return
        with contextlib.suppress(RuntimeError):  # the window is gone
            self._done.emit(progress, result)

    @Slot(object, object)
    def _note_result(self, progress: OpeningProgress, result: Result) -> None:
        if progress is not self.progress:
            _let_go(result)
            return
        self.progress = None
        self.ended.emit()
        self.opened.emit(result)


def _let_go(result: Result) -> None:
    if isinstance(result, Opened | VideoMissing):
        result.close()
