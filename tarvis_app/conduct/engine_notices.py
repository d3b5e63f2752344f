"""What the network decides by itself is said: smaller clips or frames after memory ran out."""

import logging

from PySide6.QtCore import QObject, Qt, Slot

from tarvis_app.notifications import Notifications
from tarvis_app.panels.log_panel import LogRelay, RelayHandler

ENGINE_LOG = "tarvis_core.inference"


class EngineNotices(QObject):
    """Shows the engine's warnings; they come from the worker's thread, through its log."""

    def __init__(self, notifications: Notifications) -> None:
        super().__init__(notifications)
        self._notifications = notifications
        self._relay = LogRelay(self)
        self._relay.line_logged.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._handler = RelayHandler(self._relay, logging.WARNING, "%(message)s")
        logging.getLogger(ENGINE_LOG).addHandler(self._handler)

    def stop(self) -> None:
        """Listen no longer."""
        logging.getLogger(ENGINE_LOG).removeHandler(self._handler)

    @Slot(str)
    def _tell(self, message: str) -> None:
        sentence = message[:1].upper() + message[1:]
        self._notifications.warn(sentence if sentence.endswith(".") else f"{sentence}.")
