"""The worker of the models dialog: lists, fetches and imports weights."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.segmentation.requests import (
    MemoryNeed,
    TransferProgress,
    TransferStoppedError,
    WeightsInfo,
)
from tarvis_app.translated import translated
from tarvis_core.errors import TarvisError
from tarvis_core.sentence import Sentence

if TYPE_CHECKING:
    from tarvis_core.inference.weights_catalog import KnownWeights

log = logging.getLogger(__name__)

USUAL_FRAME_SIZE = (720, 1280)
"""What memory is forecast for while no video is open."""


class WeightsWorker(QObject):
    """Lists, fetches and imports weights in a thread of its own, so that clicks never wait.

    Signals:
        weights_listed: Argument: a tuple of `WeightsInfo`.
        transfer_progressed: Argument: `TransferProgress`.
        transfer_ended: Arguments: name, the installed file or None, message (empty if it went
            well, or was stopped).
    """

    weights_listed = Signal(object)
    transfer_progressed = Signal(object)
    transfer_ended = Signal(str, object, str)

    def __init__(self, stop: threading.Event) -> None:
        super().__init__()
        self._stop = stop
        self._frame_size, self._reduction = USUAL_FRAME_SIZE, 0

    @Slot(object, int)
    def list_for(self, frame_size: tuple[int, int], reduction: int) -> None:
        """Tell which weights there are, and what they need for these frames and such clips."""
        self._frame_size, self._reduction = frame_size, reduction
        self.list_weights()

    @Slot()
    def list_weights(self) -> None:
        """Tell which weights there are."""
        from tarvis_core.inference.weights_catalog import list_weights

        self.weights_listed.emit(tuple(self._info(known) for known in list_weights()))

    def _info(self, known: "KnownWeights") -> WeightsInfo:
        from tarvis_core.inference.memory_forecast import forecast_memory

        need = forecast_memory(known, self._frame_size, self._reduction)
        memory = None
        if need is not None:
            memory = MemoryNeed(
                need.program_bytes,
                need.network_bytes,
                need.clip_bytes,
                need.num_frames,
                need.input_size,
            )
        return WeightsInfo(
            known.name,
            translated(Sentence(known.title)),
            known.source.value,
            translated(Sentence(known.purpose)),
            translated(Sentence(known.licence)),
            known.path,
            known.size_bytes,
            known.parameters_million,
            memory,
        )

    @Slot(str)
    def download(self, name: str) -> None:
        """Fetch published weights and install them."""
        self._transfer(name, lambda: self._download(name))

    @Slot(object)
    def import_file(self, path: Path) -> None:
        """Install weights from a file."""
        self._transfer(path.stem, lambda: self._import(path, path.stem, ""))

    def _transfer(self, name: str, fetch: Callable[[], Path]) -> None:
        """The outermost frame of a transfer: whatever happens, its end is told."""
        path, message = None, ""
        try:
            path = fetch()
        except TransferStoppedError:
            log.info("the transfer of %s was stopped", name)
        except TarvisError as error:
            message = translated(error)
        except Exception:
            log.exception("the transfer of %s failed", name)
            message = self.tr("The weights could not be installed; see the log.")
        self.transfer_ended.emit(name, path, message)
        self.list_weights()

    def _download(self, name: str) -> Path:
        from tarvis_core.inference.weights_catalog import (
            download_archive,
            list_weights,
            remove_archive,
        )

        known = {weights.name: weights for weights in list_weights()}[name]

        def report(done: int, total: int | None) -> None:
            if self._stop.is_set():
                raise TransferStoppedError("stopped by the person")
            self.transfer_progressed.emit(TransferProgress(name, done, total))

        checkpoint = download_archive(known, report)
        installed = self._import(checkpoint, name, known.licence)
        remove_archive(known)
        return installed

    def _import(self, path: Path, name: str, licence: str) -> Path:
        from tarvis_core.inference.weights_import import import_weights

        self.transfer_progressed.emit(TransferProgress(name, 0, None))
        return import_weights(path, None, name, licence)
