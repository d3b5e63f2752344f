"""What runs will take, in words: under the buttons that start them."""

from PySide6.QtCore import QCoreApplication, Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from tarvis_app.counting import counted
from tarvis_app.segmentation.run_forecast import Cost, Forecast
from tarvis_core.annotation.segmentation import Direction

CONTEXT = "Forecast"
MINUTE = 60
MOST_STRETCHES = 4
"""So many stretches of frames are named."""


class ForecastRow(QWidget):
    """Frames and time of tracking backward, both ways and forward; memory below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._costs = {
            direction: QLabel(self)
            for direction in (Direction.BACKWARD, Direction.BOTH, Direction.FORWARD)
        }
        self._memory = QLabel(self)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(4)
        layout.setVerticalSpacing(2)
        for column, label in enumerate(self._costs.values()):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(label, 0, column)
            layout.setColumnStretch(column, 1)
        policy = self._memory.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the buttons above stay where they are
        self._memory.setSizePolicy(policy)
        layout.addWidget(self._memory, 1, 0, 1, 3)
        for label in (*self._costs.values(), self._memory):
            label.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        self.setToolTip(
            self.tr("What a run from this frame would take, as measured on this machine")
        )
        self.setAccessibleName(self.tr("Forecast of the runs"))
        self.show_forecast(Forecast())

    @Slot(object)
    def show_forecast(self, forecast: Forecast) -> None:
        """Show another forecast."""
        for direction, label in self._costs.items():
            cost = forecast.tracking.get(direction)
            label.setText(self.cost_text(cost))
            label.setToolTip(self.reach_text(cost))
        is_known = any(cost.seconds is not None for cost in forecast.tracking.values())
        has_frames = any(cost.num_frames for cost in forecast.tracking.values())
        text = self.memory_text(forecast)
        if has_frames and not is_known:
            text = self.tr("The time is known after the first run.")
            if forecast.is_model_awaited:
                text = self.tr("The time is known with the model.")
        self._memory.setText(text)
        self._memory.setToolTip(
            self.tr(
                "The most that runs with this model took lately: the program, and the features "
                "that are kept for quick answers and given up where memory is needed, included."
            )
        )
        self._memory.setVisible(bool(text))

    def cost_text(self, cost: Cost | None) -> str:
        """Frames and seconds of one run in two short lines."""
        if cost is None or not cost.num_frames:
            return self.tr("–\n")
        frames = counted(
            cost.num_frames, self.tr("1 frame"), self.tr("{count} frames", None, cost.num_frames)
        )
        return f"{frames}\n{duration_text(cost.seconds)}"

    def reach_text(self, cost: Cost | None) -> str:
        """Which frames one run may change; why, if none. Empty: the row's own words stand."""
        if cost is None:
            return ""
        if not cost.written:
            return cost.why_nothing
        told = [f"{a}–{b}" if a < b else str(a) for a, b in cost.written[:MOST_STRETCHES]]
        more = [] if len(cost.written) <= MOST_STRETCHES else ["…"]
        frames = ", ".join((*told, *more))
        if not cost.names:
            text = self.tr("Changes masks on frames {frames}; keyframes stay.")
        else:
            text = self.tr("Changes masks of {names} on frames {frames}; keyframes stay.")
        return text.format(names=", ".join(cost.names), frames=frames)

    def memory_text(self, forecast: Forecast) -> str:
        """How much memory such runs took lately; empty where nobody knows."""
        if forecast.needed_bytes is None or forecast.memory is None:
            return ""
        needed, total = forecast.needed_bytes / 2**30, forecast.memory.total_bytes / 2**30
        return self.tr("Memory: about {needed:.1f} of {total:.0f} GB").format(
            needed=needed, total=total
        )


class SearchForecast(QLabel):
    """Frames and time of a class search in the range, in one line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        self.setWordWrap(True)

    @Slot(object)
    def show_forecast(self, forecast: Forecast) -> None:
        """Show another forecast."""
        cost = forecast.searching
        text = ""
        if cost.num_frames:
            text = counted(
                cost.num_frames,
                self.tr("1 frame"),
                self.tr("{count} frames", None, cost.num_frames),
            )
        time = duration_text(cost.seconds)
        self.setText(f"{text}, {time}" if time else text)


def duration_text(seconds: float | None) -> str:
    """About how long, as one says it: "≈ 8 s", "≈ 3 min", "≈ 1 h 20"; empty where not known."""
    if seconds is None:
        return ""
    if seconds < MINUTE:
        text = QCoreApplication.translate(CONTEXT, "≈ {seconds} s")
        return text.format(seconds=max(1, round(seconds)))
    minutes = round(seconds / MINUTE)
    if minutes < MINUTE:
        return QCoreApplication.translate(CONTEXT, "≈ {minutes} min").format(minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    text = QCoreApplication.translate(CONTEXT, "≈ {hours} h {minutes:02d}")
    return text.format(hours=hours, minutes=minutes)
