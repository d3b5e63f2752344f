"""What the network decides by itself is said: smaller clips or frames after memory ran out."""

import logging

from PySide6.QtCore import QObject, Qt, Slot

from tarvis_app.notifications import Notifications, Remedy
from tarvis_app.panels.log_panel import LogRelay, RelayHandler
from tarvis_app.segmentation.requests import ModelChoice
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.settings import MAX_REDUCTION, Settings

ENGINE_LOG = "tarvis_core.inference"
MEMORY_WARNING = "memory ran out"
"""How the engine begins when it makes clips smaller; see `ClipSource`."""


class EngineNotices(QObject):
    """Shows the engine's warnings; they come from the worker's thread, through its log."""

    def __init__(
        self, notifications: Notifications, service: SegmentationService, settings: Settings
    ) -> None:
        super().__init__(notifications)
        self._notifications = notifications
        self._service = service
        self._settings = settings
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
        remedies = []
        if message.startswith(MEMORY_WARNING) and self._settings.reduction < MAX_REDUCTION:
            remedies = [Remedy(self.tr("Smaller from the start"), self.begin_smaller)]
        self._notifications.warn(sentence if sentence.endswith(".") else f"{sentence}.", remedies)

    @Slot()
    def begin_smaller(self) -> None:
        """Spare the next runs the attempts that fail; what goes on now goes on."""
        self._settings.reduction += 1
        self._service.choose_model(ModelChoice.of(self._settings))
