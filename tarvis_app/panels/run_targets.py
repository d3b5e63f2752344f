"""Which targets the runs take that can be started now: above the buttons that start them."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget
from typing_extensions import override

from tarvis_app.segmentation.run_forecast import Cost, Forecast
from tarvis_core.annotation.segmentation import Direction

FIRST_ASKED = (Direction.BOTH, Direction.FORWARD, Direction.BACKWARD)
"""What both ways together take is named; one way alone only where nothing else is possible. What
each takes is told when pointed at, where they differ."""


class RunTargets(QLabel):
    """Names the targets in one line; who stays out, and why, is told when pointed at.

    A sentence that says why nothing is tracked has as many lines as it needs.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self._is_sentence = False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("What a run takes"))
        self.show_forecast(Forecast())

    @Slot(object)
    def show_forecast(self, forecast: Forecast) -> None:
        """Name the targets of another forecast."""
        costs = {way: forecast.tracking.get(way) or Cost(0, None) for way in FIRST_ASKED}
        self._is_sentence = False
        named = {way: cost for way, cost in costs.items() if cost.names}
        if named:
            way, first = next(iter(named.items()))
            self._whole = self.targets_text(first)
            if any(set(cost.names) != set(first.names) for cost in named.values()):
                self._whole = f"{self._way(way)}: {self._whole}"
                self.setToolTip(self.details(named))
            else:
                self.setToolTip(self.details({way: first}))
        else:
            first = costs[Direction.BOTH]
            self._whole = self.tr("What waits for a run, and what is selected")
            if first.is_outside:
                self._whole, self._is_sentence = first.why_nothing, True
            elif not forecast.tracking:  # nobody has looked yet
                self._whole = ""
            elif not any(cost.num_frames for cost in costs.values()):
                self._whole = self.tr("Nothing to track yet")
            self.setToolTip("")
        self._fit()

    def targets_text(self, cost: Cost) -> str:
        """Whom a run takes: one by name, all, or some of all."""
        count, total = len(cost.names), len(cost.names) + len(cost.left_out)
        names = ", ".join(cost.names)
        if total == 1:
            return names
        if count == total:
            return self.tr("All {count}: {names}").format(count=count, names=names)
        if count == 1:
            return self.tr("Only {names}").format(names=names)
        text = self.tr("{count} of {total}: {names}")
        return text.format(count=count, total=total, names=names)

    def details(self, costs: Mapping[Direction, Cost]) -> str:
        """Everybody whom a run takes, and everybody else with the reason.

        Args:
            costs: Of one direction; of several where they take others.
        """
        lines = []
        for direction, cost in costs.items():
            title = self._way(direction) if len(costs) > 1 else self.tr("Tracked")
            lines.append(f"{title}: {', '.join(cost.names)}")
            if cost.left_out:
                left_out = self.tr("Left out: {names}")
                lines.append(left_out.format(names=", ".join(cost.left_out)))
        return "\n".join(lines)

    def _way(self, direction: Direction) -> str:
        return {
            Direction.BOTH: self.tr("Both ways"),
            Direction.FORWARD: self.tr("Forward"),
            Direction.BACKWARD: self.tr("Backward"),
        }[direction]

    @override
    def hasHeightForWidth(self) -> bool:
        """It says itself how high it has to be: the panel's scroll area would ask too early."""
        return False

    @override
    def sizeHint(self) -> QSize:
        """One line of names, or the whole sentence."""
        height = self.fontMetrics().height()
        if self._is_sentence and self.width() > 0:
            height = self.heightForWidth(self.width())
        return QSize(0, height)

    @override
    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the line into another width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setWordWrap(self._is_sentence)
        mode = Qt.TextElideMode.ElideRight
        names = self.fontMetrics().elidedText(self._whole, mode, self.width())
        self.setText(self._whole if self._is_sentence else names)
        self.updateGeometry()
