"""What the network decides by itself is said: smaller clips or frames after memory ran out."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot
from typing_extensions import override

from tarvis_app.notifications import Notifications, Remedy
from tarvis_app.segmentation.requests import ModelChoice
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.settings import MAX_REDUCTION, Settings
from tarvis_app.translated import translated
from tarvis_core.sentence import Sentence

ENGINE_LOG = "tarvis_core.inference"
MEMORY_WARNING = "memory ran out"
"""How the engine begins when it makes clips smaller; see `ClipSource`."""


class WarningHandler(logging.Handler):
    """Hands on what is at least a warning."""

    def __init__(self, tell: Callable[[logging.LogRecord], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record on."""
        self._tell(record)


class EngineNotices(QObject):
    """Shows the engine's warnings; they come from the worker's thread, through its log.

    Signals:
        warned: Argument: the log's record, whose message may be a `Sentence`.
    """

    warned = Signal(object)

    def __init__(
        self, notifications: Notifications, service: SegmentationService, settings: Settings
    ) -> None:
        super().__init__(notifications)
        self._notifications = notifications
        self._service = service
        self._settings = settings
        self.warned.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._handler = WarningHandler(self.warned.emit)
        logging.getLogger(ENGINE_LOG).addHandler(self._handler)

    def stop(self) -> None:
        """Listen no longer."""
        logging.getLogger(ENGINE_LOG).removeHandler(self._handler)

    @Slot(object)
    def _tell(self, record: logging.LogRecord) -> None:
        said, message = record.msg, record.getMessage()
        text = translated(said) if isinstance(said, Sentence) else message
        sentence = text[:1].upper() + text[1:]
        remedies = []
        if message.startswith(MEMORY_WARNING) and self._settings.reduction < MAX_REDUCTION:
            remedies = [Remedy(self.tr("Smaller from the start"), self.begin_smaller)]
        self._notifications.warn(sentence if sentence.endswith(".") else f"{sentence}.", remedies)

    @Slot()
    def begin_smaller(self) -> None:
        """Spare the next runs the attempts that fail; what goes on now goes on."""
        self._settings.reduction += 1
        self._service.choose_model(ModelChoice.of(self._settings))
