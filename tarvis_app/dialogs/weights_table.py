"""The table of weights: what they are, where, how large, in how much memory, under which terms."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget
from typing_extensions import override

from tarvis_app.segmentation.requests import MemoryNeed, WeightsInfo

CONTEXT = "Weights"
GIGABYTE = 2**30
MEGABYTE = 10**6
BYTES_PER_PARAMETER = 4
"""Of the published files."""


def _tr(text: str) -> str:
    return QCoreApplication.translate(CONTEXT, text)


class WeightsTable(QTableWidget):
    """One row per set of weights; the licence takes as many lines as it needs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 5, parent)
        self.weights: tuple[WeightsInfo, ...] = ()
        self.setHorizontalHeaderLabels(
            [
                self.tr("Weights"),
                self.tr("Where"),
                self.tr("Size"),
                self.tr("Memory"),
                self.tr("Licence"),
            ]
        )
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(self.columnCount() - 1, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().hide()
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(True)
        self.setAccessibleName(self.tr("Weights"))
        self.setToolTip(self.tr("Double-click weights to use them"))

    def show_weights(self, weights: Sequence[WeightsInfo], in_use: Path | None) -> None:
        """Show these; the row that was chosen stays chosen, where it is still there.

        Args:
            weights: In the order to be shown.
            in_use: The file that the person chose.
        """
        chosen = self.selected
        self.weights = tuple(weights)
        self.setRowCount(len(weights))
        for row, info in enumerate(weights):
            is_used = info.path is not None and info.path == in_use
            for column, text in enumerate(texts(info, is_used=is_used)):
                self.setItem(row, column, QTableWidgetItem(text))
            self.item(row, 3).setToolTip(memory_details(info.memory))
        self.resizeRowsToContents()
        names = [info.name for info in weights]
        is_there = chosen is not None and chosen.name in names
        self.selectRow(names.index(chosen.name) if is_there and chosen else 0)

    @property
    def selected(self) -> WeightsInfo | None:
        """The weights of the chosen row."""
        row = self.currentRow()
        return self.weights[row] if 0 <= row < len(self.weights) else None

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give each row the lines that its texts need at this width."""
        super().resizeEvent(event)
        self.resizeRowsToContents()


def texts(info: WeightsInfo, *, is_used: bool) -> tuple[str, str, str, str, str]:
    """What the five columns say of some weights."""
    title = _tr("{title}  (in use)").format(title=info.title) if is_used else info.title
    where = {
        "bundled": _tr("with the program"),
        "installed": _tr("on this machine"),
    }.get(info.source, _tr("to download"))
    memory = _tr("not known") if info.memory is None else f"≈ {_gigabytes(info.memory.total_bytes)}"
    return title, where, size_text(info), memory, info.licence or _tr("not stated")


def size_text(info: WeightsInfo) -> str:
    """Size of the file; of one that is not here yet about, from its number of parameters."""
    if info.size_bytes is not None:
        return _tr("{size:.0f} MB").format(size=info.size_bytes / MEGABYTE)
    if info.parameters_million is not None:
        return _tr("≈ {size:.0f} MB").format(size=info.parameters_million * BYTES_PER_PARAMETER)
    return _tr("not known")


def memory_details(memory: MemoryNeed | None) -> str:
    """What the memory is made of, in a sentence or two."""
    if memory is None:
        return _tr("The file does not say what network it is for, so its memory is not known.")
    height, width = memory.input_size
    text = _tr(
        "Memory, estimated for this video: program {program}, network {network}, a clip of "
        "{frames} frames of {width}×{height} in work {clip}. Features are kept beside that where "
        "there is room, and given up when it is needed. If memory runs out, clips become shorter "
        "and frames smaller."
    )
    return text.format(
        program=_gigabytes(memory.program_bytes),
        network=_gigabytes(memory.network_bytes),
        clip=_gigabytes(memory.clip_bytes),
        frames=memory.num_frames,
        width=width,
        height=height,
    )


def _gigabytes(num_bytes: int) -> str:
    if num_bytes < 0.1 * GIGABYTE:
        return _tr("{size:.2f} GB").format(size=num_bytes / GIGABYTE)
    return _tr("{size:.1f} GB").format(size=num_bytes / GIGABYTE)
