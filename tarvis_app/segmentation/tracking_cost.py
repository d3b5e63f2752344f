"""TrackingCosts: what the weights in use take on the open video, in memory and time per frame."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.segmentation.model_library import ModelLibrary
from tarvis_app.segmentation.process_memory import process_memory
from tarvis_app.segmentation.requests import MemoryNeed, ModelState, WeightsInfo
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.segmentation.speed_meter import SpeedMeter
from tarvis_app.settings import Settings
from tarvis_core.video.encoding_work import KeptFeatures


@dataclass(frozen=True)
class TrackingCost:
    """What tracking takes with the weights in use."""

    title: str = ""
    """Of the weights; empty where there are none, or it is not known yet which."""
    device: str = ""
    """Empty until the network is loaded."""
    seconds_per_frame: float | None = None
    """With one target, where nothing is computed yet; None: nobody knows."""
    memory: MemoryNeed | None = None
    """On the open video; None where it is not known."""
    total_bytes: int | None = None
    """Of the memory that the network works in; None where the system does not say."""
    is_awaited: bool = False
    """Whether the time is not known only because the network has not looked at the video yet."""


class TrackingCosts(QObject):
    """Puts together what weights, machine and earlier runs say.

    Signals:
        changed: Something else is known, or other weights are in use.
    """

    changed = Signal()

    def __init__(
        self,
        service: SegmentationService,
        library: ModelLibrary,
        meter: SpeedMeter,
        settings: Settings,
    ) -> None:
        super().__init__(meter)
        self._service = service
        self._library = library
        self._meter = meter
        self._settings = settings
        self._sizes: tuple[tuple[int, int], tuple[int, int]] | None = None
        for signal in (service.model_changed, library.listed, meter.measured):
            signal.connect(self.changed)
        service.kept_changed.connect(self._follow_kept)

    @Slot(object)
    def _follow_kept(self, kept: KeptFeatures | None) -> None:
        """What is kept changes all the time; only that it is known at all is news."""
        sizes = None if kept is None else (kept.frame_size, kept.input_size)
        if sizes != self._sizes:
            self._sizes = sizes
            self.changed.emit()

    @Slot()
    def refresh(self) -> None:
        """Ask what memory the weights need on the open video; `changed` follows."""
        self._library.refresh()

    @property
    def current(self) -> TrackingCost:
        """What is known now."""
        path = self._service.model.weights or self._settings.weights
        info = self._info(path)
        name = "" if path is None else path.stem
        memory = self._service.memory or process_memory()
        return TrackingCost(
            name if info is None else info.title,
            self._service.model.device,
            self._meter.seconds_per_frame(),
            None if info is None else info.memory,
            None if memory is None else memory.total_bytes,
            self._service.model.state is ModelState.READY and self._service.kept is None,
        )

    def _info(self, path: Path | None) -> WeightsInfo | None:
        here = [info for info in self._library.weights if info.path is not None]
        if path is None:
            return here[0] if here else None
        return next((info for info in here if info.path == path), None)
