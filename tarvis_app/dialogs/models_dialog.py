"""Which network: the weights on this machine, the published ones, and the device."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tarvis_app.dialogs.weights_table import WeightsTable, memory_details
from tarvis_app.panels.busy_bar import BusyBar
from tarvis_app.segmentation.model_library import ModelLibrary
from tarvis_app.segmentation.requests import (
    ModelChoice,
    ModelState,
    ModelStatus,
    TransferProgress,
    WeightsInfo,
)
from tarvis_app.settings import Settings

DEVICES = ("auto", "cpu", "cuda", "mps")
DETAILS_HEIGHT = 54
"""Room for three lines, so that nothing moves when another row is chosen."""


class ModelsDialog(QDialog):
    """Lists weights with size, memory and licence; uses, downloads and imports them.

    Signals:
        model_chosen: Argument: `ModelChoice`.
    """

    model_chosen = Signal(object)

    def __init__(self, library: ModelLibrary, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._library = library
        self._settings = settings
        self._in_use = settings.weights
        self._loaded: Path | None = None
        """The weights that are ready; choosing them would change nothing."""
        self.setWindowTitle(self.tr("Models"))
        self.resize(1040, 520)
        self.table = WeightsTable(self)
        self._details = QLabel(self)
        self._device = QComboBox(self)
        self.clips = QComboBox(self)
        self._use = QPushButton(self.tr("Use these weights"), self)
        self._download = QPushButton(self.tr("Download"), self)
        self._import = QPushButton(self.tr("Import weights…"), self)
        self._bar = BusyBar(self)
        self._state = QLabel(self)
        self._stop = QPushButton(self.tr("Stop"), self)
        self._close = QPushButton(self.tr("Close"), self)
        self._set_up_device()
        self._explain()
        self._place()
        self._connect()
        self._follow_selection()

    def _set_up_device(self) -> None:
        names = (
            self.tr("Device: automatic"),
            self.tr("Device: CPU"),
            self.tr("Device: CUDA GPU"),
            self.tr("Device: Apple GPU (MPS)"),
        )
        for device, name in zip(DEVICES, names, strict=True):
            self._device.addItem(name, device)
        self._device.setCurrentIndex(max(0, self._device.findData(self._settings.device)))
        self._device.setAccessibleName(self.tr("Device"))

        sizes = (
            self.tr("Clips: as the weights were made for"),
            self.tr("Clips: shorter, for less memory"),
            self.tr("Clips: shorter, with smaller frames"),
            self.tr("Clips: as small as can be"),
        )
        self.clips.addItems(sizes)
        self.clips.setToolTip(
            self.tr("Shorter clips and smaller frames take less memory; masks are less certain")
        )
        self.clips.setAccessibleName(self.tr("Size of clips"))
        self._show_reduction()

    def _explain(self) -> None:
        self._bar.setAccessibleName(self.tr("Progress of the download or import"))
        for widget, text in (
            (self._device, self.tr("Where the network computes")),
            (self._import, self.tr("Add weights from a file, .safetensors or the published .pth")),
            (
                self._download,
                self.tr("Fetch the chosen weights; a stopped download goes on where it was"),
            ),
            (
                self._use,
                self.tr(
                    "Click, track and search with the chosen weights from now on (double-click)"
                ),
            ),
            (self._stop, self.tr("Stop the download or import")),
            (self._close, self.tr("Close; a download that goes on is not stopped (Esc)")),
        ):
            widget.setToolTip(text)

    def _show_reduction(self) -> None:
        self.clips.setCurrentIndex(self._settings.reduction)

    def _place(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(10)
        layout.addWidget(self.table, stretch=1)
        self._details.setWordWrap(True)
        self._details.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        self._details.setMinimumHeight(DETAILS_HEIGHT)
        layout.addWidget(self._details)
        transfer = QHBoxLayout()
        transfer.addWidget(self._state)
        transfer.addWidget(self._bar, stretch=1)
        transfer.addWidget(self._stop)
        layout.addLayout(transfer)
        buttons = QHBoxLayout()
        buttons.addWidget(self._device)
        buttons.addWidget(self.clips)
        buttons.addStretch(1)
        for button in (self._import, self._download, self._use, self._close):
            buttons.addWidget(button)
        self._use.setProperty("primary", True)  # noqa: FBT003 -- Qt's own signature
        layout.addLayout(buttons)
        self._show_transfer(is_on=False)

    def _connect(self) -> None:
        self._library.listed.connect(self._fill)
        self._library.progressed.connect(self._show_progress)
        self._library.ended.connect(self._note_end)
        self.table.itemSelectionChanged.connect(self._follow_selection)
        self.table.itemDoubleClicked.connect(self._use_selected)
        self._device.activated.connect(self._choose_device)
        self.clips.activated.connect(self._choose_clips)
        self._use.clicked.connect(self._use_selected)
        self._download.clicked.connect(self._download_selected)
        self._import.clicked.connect(self.ask_for_file)
        self._stop.clicked.connect(self._library.stop)
        self._close.clicked.connect(self.accept)

    def show_library(self) -> None:
        """Open the dialog with a fresh list."""
        self._show_reduction()
        if not self._library.weights:
            self._details.setText(self.tr("Looking for weights, and how much memory they take…"))
        self._library.refresh()
        self.show()
        self.raise_()

    @Slot(object)
    def _fill(self, weights: tuple[WeightsInfo, ...]) -> None:
        self.table.show_weights(weights, self._in_use)
        self._follow_selection()

    @Slot(object)
    def follow_model(self, status: ModelStatus) -> None:
        """Mark the weights that are in use, also where nobody chose them."""
        self._loaded = status.weights if status.state is ModelState.READY else None
        if status.weights is not None and status.weights != self._in_use:
            self._in_use = status.weights
            self._fill(self._library.weights)
        self._follow_selection()

    @Slot()
    def _follow_selection(self) -> None:
        info = self.table.selected
        is_free = not self._library.is_busy
        path = None if info is None else info.path
        self._use.setEnabled(path is not None and path != self._loaded)
        self._download.setEnabled(info is not None and info.path is None and is_free)
        self._import.setEnabled(is_free)
        parts = [] if info is None else [info.purpose, memory_details(info.memory)]
        self._details.setText("\n".join(part for part in parts if part))

    @Slot()
    def _use_selected(self) -> None:
        info = self.table.selected
        if info is not None and info.path is not None:
            self._use_weights(info.path)

    def _use_weights(self, path: Path) -> None:
        self._settings.weights = self._in_use = path
        self.model_chosen.emit(ModelChoice.of(self._settings))
        self._fill(self._library.weights)

    @Slot()
    def _choose_device(self) -> None:
        self._settings.device = self._device.currentData()
        self.model_chosen.emit(ModelChoice.of(self._settings))

    @Slot(int)
    def _choose_clips(self, reduction: int) -> None:
        self._settings.reduction = reduction
        self._library.refresh()
        self.model_chosen.emit(ModelChoice.of(self._settings))

    @Slot()
    def _download_selected(self) -> None:
        info = self.table.selected
        if info is not None:
            self._library.download(info.name)
            self._show_transfer(is_on=True)
            self._follow_selection()

    @Slot()
    def ask_for_file(self) -> None:
        """Ask for a file of weights and install it."""
        name, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("Import weights"),
            str(Path.home()),
            self.tr("Weights (*.pth *.safetensors)"),
        )
        if name:
            self.show()
            self._library.import_file(Path(name))
            self._show_transfer(is_on=True)
            self._follow_selection()

    def _show_transfer(self, *, is_on: bool) -> None:
        for widget in (self._bar, self._stop):
            widget.setVisible(is_on)
        self._bar.show_busy()
        self._state.setText(self.tr("Starting…") if is_on else "")

    @Slot(object)
    def _show_progress(self, progress: TransferProgress) -> None:
        if progress.total_bytes:
            self._bar.show_part(progress.done_bytes / progress.total_bytes)
            done, total = progress.done_bytes / 1e6, progress.total_bytes / 1e6
            self._state.setText(f"{progress.name}: {done:.0f} / {total:.0f} MB")
        else:
            self._bar.show_busy()
            self._state.setText(self.tr("Importing {name}…").format(name=progress.name))

    @Slot(str, object, str)
    def _note_end(self, name: str, path: Path | None, message: str) -> None:
        self._show_transfer(is_on=False)
        self._state.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._state.setWordWrap(True)
        if path is not None:
            self._state.setText(self.tr("{name} is ready and in use.").format(name=name))
            self._use_weights(path)
        else:
            self._state.setText(message or self.tr("Stopped; the next try goes on from here."))
        self._follow_selection()
