"""The sheet about the open video: how it is stored, which part to work on, what tracking takes."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from tarvis_app.actions import Actions
from tarvis_app.counting import counted
from tarvis_app.dialogs import video_texts
from tarvis_app.dialogs.weights_table import memory_details
from tarvis_app.panels.forecast_row import duration_text
from tarvis_app.playback.transport_bar import clock_text
from tarvis_app.playback.video_info import VideoInfo
from tarvis_app.segmentation.tracking_cost import TrackingCost, TrackingCosts
from tarvis_app.translated import translated
from tarvis_app.view_state import ViewState

WIDTH = 580
SECTION_GAP = 8
GIGABYTE = 2**30
"""Of memory, as everywhere in the window."""


class VideoDialog(QDialog):
    """Says what was opened and what it will cost, and sets the range.

    It does not stand in the way: the window stays usable beside it, and what is set here holds at
    once.
    """

    def __init__(
        self, view_state: ViewState, costs: TrackingCosts, actions: Actions, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._view_state = view_state
        self._costs = costs
        self._video: VideoInfo | None = None
        self.setWindowTitle(self.tr("Video"))
        self.setMinimumWidth(WIDTH)
        self._grid = QGridLayout()
        self._file, self._problems = self._value(), self._value()
        self._storage, self._size, self._frames = self._value(), self._value(), self._value()
        self._rate, self._colours, self._key_frames = self._value(), self._value(), self._value()
        self.first, self.last = self._spin_box(), self._spin_box()
        self.first.setAccessibleName(self.tr("First frame of the range"))
        self.last.setAccessibleName(self.tr("Last frame of the range"))
        self.whole = QPushButton(self.tr("Whole video"), self)
        self._length, self._time = self._value(), self._value()
        self._weights, self._memory = self._value(), self._value()
        self._choose = QPushButton(actions.text("model.choose"), self)
        self._close = QPushButton(self.tr("Close"), self)
        self._explain(actions)
        self._place()
        self.first.valueChanged.connect(self._set_range)
        self.last.valueChanged.connect(self._set_range)
        self.whole.clicked.connect(self._set_whole_range)
        self._choose.clicked.connect(actions["model.choose"].trigger)
        self._close.clicked.connect(self.accept)
        view_state.range_changed.connect(self._follow_range)
        costs.changed.connect(self._follow_costs)

    def _explain(self, actions: Actions) -> None:
        for widget, text in (
            (self.first, self.tr("Runs and exports begin here")),
            (self.last, self.tr("Runs and exports end here, this frame included")),
            (self._close, self.tr("Close (Esc)")),
        ):
            widget.setToolTip(text)
        self.whole.setToolTip(actions["video.whole_range"].toolTip())
        self._choose.setToolTip(actions["model.choose"].toolTip())

    def _value(self) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _spin_box(self) -> QSpinBox:
        box = QSpinBox(self)
        box.setKeyboardTracking(False)
        box.setMinimumWidth(90)
        return box

    def _place(self) -> None:
        for label in (self._file, self._problems):
            label.setWordWrap(True)
        part = QHBoxLayout()
        part.setSpacing(8)
        for widget in (self.first, QLabel("–", self), self.last, self.whole):
            part.addWidget(widget)
        part.addStretch(1)
        model = QHBoxLayout()
        model.addWidget(self._weights, stretch=1)
        model.addWidget(self._choose)
        self._grid.setColumnStretch(1, 1)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._add_section(
            self.tr("Video"),
            (self.tr("File"), self._file),
            (self.tr("Stored as"), self._storage),
            (self.tr("Size"), self._size),
            (self.tr("Frames"), self._frames),
            (self.tr("Frame rate"), self._rate),
            (self.tr("Colours"), self._colours),
            (self.tr("Seek points"), self._key_frames),
            ("", self._problems),
        )
        self._add_section(
            self.tr("Range for runs and exports"),
            (self.tr("Frames"), part),
            (self.tr("Length"), self._length),
        )
        self._add_section(
            self.tr("Tracking through the range"),
            (self.tr("Model"), model),
            (self.tr("Time"), self._time),
            (self.tr("Memory"), self._memory),
        )
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(12)
        layout.addLayout(self._grid)
        layout.addStretch(1)
        layout.addLayout(buttons)

    def _add_section(self, title: str, *rows: tuple[str, QWidget | QHBoxLayout]) -> None:
        grid, row = self._grid, self._grid.rowCount()
        grid.setRowMinimumHeight(row, SECTION_GAP if row > 1 else 0)
        heading = QLabel(title, self)
        heading.setProperty("heading", True)  # noqa: FBT003 -- Qt's own signature
        grid.addWidget(heading, row + 1, 0, 1, 2)
        for number, (name, value) in enumerate(rows, start=row + 2):
            label = QLabel(name, self)
            label.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
            grid.addWidget(label, number, 0)
            if isinstance(value, QWidget):
                grid.addWidget(value, number, 1)
            else:
                grid.addLayout(value, number, 1)

    @Slot(object)
    def show_video(self, video: VideoInfo) -> None:
        """Speak of another video from now on."""
        self._video = video
        self._file.setText(str(video.path))
        self._storage.setText(video_texts.storage_text(video.facts))
        self._size.setText(video_texts.size_text(video))
        count = counted(
            video.num_frames, self.tr("1 frame"), self.tr("{count} frames", None, video.num_frames)
        )
        end = clock_text(float(video.times_s[-1]))
        self._frames.setText(f"{count}, {end}")
        self._rate.setText(video_texts.rate_text(video))
        picture = video.facts.picture
        self._colours.setText(
            self.tr("8 bit") if picture is None else video_texts.colour_text(picture)
        )
        self._key_frames.setText(video_texts.key_frame_text(video))
        self._problems.setText("\n".join(f"⚠ {translated(problem)}" for problem in video.problems))
        self._problems.setVisible(bool(video.problems))
        self._follow_range()
        if self.isVisible():
            self._costs.refresh()

    @Slot()
    def ask(self) -> None:
        """Open the sheet."""
        self._costs.refresh()
        self._follow_costs()
        self.show()
        self.raise_()

    @Slot()
    def _set_range(self) -> None:
        self._view_state.set_range(self.first.value(), self.last.value())
        self._follow_range()  # ends that were the wrong way round changed places

    @Slot()
    def _set_whole_range(self) -> None:
        self._view_state.set_range(0, self._view_state.num_frames - 1)

    @Slot()
    def _follow_range(self) -> None:
        if self._video is None or self._video.num_frames != self._view_state.num_frames:
            return  # another video is on its way
        first, last = self._view_state.range
        for box, frame in ((self.first, first), (self.last, last)):
            box.blockSignals(True)  # noqa: FBT003 -- Qt's own signature
            box.setRange(0, self._video.num_frames - 1)
            box.setValue(frame)
            box.blockSignals(False)  # noqa: FBT003 -- Qt's own signature
        count = counted(
            self._num_frames, self.tr("1 frame"), self.tr("{count} frames", None, self._num_frames)
        )
        lasting = float(self._video.times_s[last] - self._video.times_s[first])
        self._length.setText(f"{count}, {clock_text(lasting)}")
        self._follow_costs()

    @property
    def _num_frames(self) -> int:
        first, last = self._view_state.range
        return last - first + 1

    @Slot()
    def _follow_costs(self) -> None:
        cost = self._costs.current
        name = cost.title or self.tr("not known yet")
        self._weights.setText(f"{name} · {cost.device}" if cost.device else name)
        self._time.setText(self.time_text(cost))
        self._memory.setText(self.memory_text(cost))
        self._memory.setToolTip("" if cost.memory is None else memory_details(cost.memory))

    def time_text(self, cost: TrackingCost) -> str:
        """How long one run through the range takes."""
        if not cost.device:
            return self.tr("known when the model is loaded")
        if cost.seconds_per_frame is None:
            return self.tr("known after the first run with this model on this machine")
        text = self.tr("{time} for one run, as measured on this machine")
        return text.format(time=duration_text(self._num_frames * cost.seconds_per_frame))

    def memory_text(self, cost: TrackingCost) -> str:
        """How much memory it takes of how much there is."""
        if cost.memory is None:
            return self.tr("not known yet")
        needed, (height, width) = cost.memory.total_bytes / GIGABYTE, cost.memory.input_size
        clip = self.tr("clips of {frames} frames of {width} × {height}").format(
            frames=cost.memory.num_frames, width=width, height=height
        )
        if cost.total_bytes is None:
            return self.tr("≈ {needed:.1f} GB beside kept features, {clip}").format(
                needed=needed, clip=clip
            )
        total = cost.total_bytes / GIGABYTE
        text = self.tr("≈ {needed:.1f} of {total:.0f} GB beside kept features, {clip}")
        return text.format(needed=needed, total=total, clip=clip)
