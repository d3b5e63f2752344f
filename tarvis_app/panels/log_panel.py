"""The log as a panel: what the program notes down, for reports and the curious."""

import logging

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget
from typing_extensions import override

MAX_LINES = 2000
LINE_LAYOUT = "%(asctime)s %(levelname)s: %(message)s"
"""The panel is narrow: the file has date and place of every line too."""


class LogRelay(QObject):
    """Carries lines from whatever thread logs to the window's.

    Signals:
        line_logged: Argument: the formatted record; tracebacks have several lines.
    """

    line_logged = Signal(str)


class RelayHandler(logging.Handler):
    """Hands every record on to a relay."""

    def __init__(self, relay: LogRelay) -> None:
        super().__init__(logging.INFO)
        self._relay = relay
        self.setFormatter(logging.Formatter(LINE_LAYOUT, datefmt="%H:%M:%S"))

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record on."""
        self._relay.line_logged.emit(self.format(record))


class LogPanel(QPlainTextEdit):
    """Shows the newest lines of the log, tracebacks included; messages never show those."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._relay = LogRelay(self)
        self.handler = RelayHandler(self._relay)
        self._relay.line_logged.connect(self._append, Qt.ConnectionType.QueuedConnection)
        self.setReadOnly(True)
        self.setMaximumBlockCount(MAX_LINES)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setAccessibleName(self.tr("Log"))
        self.setPlaceholderText(self.tr("Nothing was noted down yet."))

    @Slot(str)
    def _append(self, line: str) -> None:
        self.appendPlainText(line)
