"""Which targets the runs take that can be started now: above the buttons that start them."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget
from typing_extensions import override

from tarvis_app.segmentation.run_forecast import Cost, Forecast
from tarvis_core.annotation.segmentation import Direction

FIRST_ASKED = (Direction.BOTH, Direction.FORWARD, Direction.BACKWARD)
"""What both ways together take is named; one way alone only where nothing else is possible."""


class RunTargets(QLabel):
    """Names the targets in one line; who stays out, and why, is told when pointed at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("What a run takes"))
        self.show_forecast(Forecast())

    @Slot(object)
    def show_forecast(self, forecast: Forecast) -> None:
        """Name the targets of another forecast."""
        costs = [forecast.tracking.get(direction) for direction in FIRST_ASKED]
        cost = next((cost for cost in costs if cost is not None and cost.names), None)
        self._whole = self.tr("Nothing to track yet") if cost is None else self.targets_text(cost)
        self.setToolTip("" if cost is None else self.details(cost))
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

    def details(self, cost: Cost) -> str:
        """Everybody whom a run takes, and everybody else with the reason."""
        taken = self.tr("Tracked: {names}").format(names=", ".join(cost.names))
        if not cost.left_out:
            return taken
        left_out = self.tr("Left out: {names}").format(names=", ".join(cost.left_out))
        return f"{taken}\n{left_out}"

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the line into another width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        mode = Qt.TextElideMode.ElideRight
        self.setText(self.fontMetrics().elidedText(self._whole, mode, self.width()))
