"""One run of the window: logging, the hook for unforeseen errors, Qt's loop, exit status."""

import logging
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from typing_extensions import override

from tarvis_app.application import Application
from tarvis_app.garbage import GarbageTimer
from tarvis_app.language import install_translation
from tarvis_app.notifications import Remedy
from tarvis_app.segmentation.network_worker import LoadEngine, load_engine
from tarvis_app.settings import APPLICATION_NAME, Folders, Settings, default_folders
from tarvis_app.translated import translated
from tarvis_core.errors import TarvisError

log = logging.getLogger(__name__)

LOG_BYTES = 2 * 2**20
SIGNAL_CHECK_MS = 250

FIRST_PAINT = "the first frame was painted"
"""What the log says then; `benchmarks/window_start.py` waits for it."""


class ErrorHook(QObject):
    """Logs what nobody caught, and says so in the window, from whatever thread it came.

    Signals:
        caught: Argument: one line that says what it was.
    """

    caught = Signal(str)

    def __init__(self, application: Application) -> None:
        super().__init__(application)
        self._application = application
        self._before = (sys.excepthook, threading.excepthook)
        self.caught.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take the place of Python's own hooks."""
        sys.excepthook = self._take
        threading.excepthook = self._take_from_thread

    def remove(self) -> None:
        """Put Python's own hooks back."""
        sys.excepthook, threading.excepthook = self._before

    def _take(
        self,
        kind: type[BaseException],
        error: BaseException,
        traceback: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        log.error("nobody caught this", exc_info=(kind, error, traceback))
        said = translated(error) if isinstance(error, TarvisError) else error
        self.caught.emit(f"{kind.__name__}: {said}")

    def _take_from_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._take(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    @Slot(str)
    def _tell(self, what: str) -> None:
        text = self.tr(
            "Something went wrong inside the program ({what}). Your work is saved; the log has "
            "the details."
        )
        show = Remedy(self.tr("Show the log"), self._application.window.show_log)
        self._application.notifications.error(text.format(what=what), [show])


class FirstPaint(QObject):
    """Notes in the log when the first frame was painted: bug reports tell how long a start took."""

    def __init__(self, application: Application) -> None:
        super().__init__(application)
        self._viewport = application.canvas.viewport()
        application.presenter.frame_shown.connect(
            self._watch, Qt.ConnectionType.SingleShotConnection
        )

    @Slot()
    def _watch(self) -> None:
        self._viewport.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the viewport's next painting, and note when it is over."""
        if event.type() == QEvent.Type.Paint:
            self._viewport.removeEventFilter(self)
            QTimer.singleShot(0, self._note)
        return False

    @Slot()
    def _note(self) -> None:
        log.info(FIRST_PAINT)


def run_window(
    path: Path | None, load: LoadEngine | None = None, folders: Folders | None = None
) -> int:
    """Open the window on a video or project and stay until it is closed.

    Args:
        path: What to open; None for the sample clip.
        load: How the network is loaded; None for the usual way.
        folders: Where settings, projects and logs are kept; None for the usual places.

    Returns:
        The exit status.
    """
    places = folders or default_folders()
    handler = _log_to(places.logs)
    qt = _qt_application()
    settings = Settings(places)
    install_translation(qt, settings.language)
    application = Application(qt, settings, load or load_engine)
    hook = ErrorHook(application)
    hook.install()
    FirstPaint(application)
    garbage = GarbageTimer()
    garbage.start()
    application.document.project_opened.connect(garbage.pass_over)
    logging.getLogger().addHandler(application.log_panel.handler)
    try:
        application.window.fill_small_screen()
        application.window.show()
        application.open(path)
        return qt.exec()
    finally:
        hook.remove()
        logging.getLogger().removeHandler(application.log_panel.handler)
        application.window.close()
        delete_now(application.window)
        delete_now(application)
        garbage.stop()
        logging.getLogger().removeHandler(handler)
        handler.close()


def delete_now(what: QObject) -> None:
    """Delete an object now, while Qt can still do without what belongs to it."""
    what.deleteLater()
    QApplication.sendPostedEvents(what, QEvent.Type.DeferredDelete.value)


def _qt_application() -> QApplication:
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    qt = QApplication([APPLICATION_NAME])
    qt.setApplicationName("TarViS Studio")
    qt.setDesktopFileName(APPLICATION_NAME)
    ticker = QTimer(qt)  # lets Python see Ctrl+C in the terminal
    ticker.timeout.connect(_do_nothing)
    ticker.start(SIGNAL_CHECK_MS)
    return qt


def _do_nothing() -> None:
    """Give the interpreter a turn."""


def _log_to(folder: Path) -> logging.Handler:
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(folder / "window.log", maxBytes=LOG_BYTES, backupCount=2)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    if root.level in (logging.NOTSET, logging.WARNING):
        root.setLevel(logging.INFO)
    return handler
