"""The bar above the timeline: step, play, speed, where we are, and the range."""

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QToolButton, QWidget

from tarvis_app.actions import Actions
from tarvis_app.playback.player import SPEEDS, Player
from tarvis_app.playback.video_info import VideoInfo
from tarvis_app.theme import ICON_SIZE, Theme
from tarvis_app.view_state import ViewState

BUTTONS = (
    "video.first",
    "video.previous_keyframe",
    "video.previous",
    "video.play",
    "video.next",
    "video.next_keyframe",
    "video.last",
)
RANGE_ACTIONS = ("in", "out", "whole_range")


class TransportBar(QWidget):
    """Moves through time by buttons and numbers."""

    def __init__(
        self, actions: Actions, view_state: ViewState, player: Player, theme: Theme
    ) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._actions = actions
        self._view_state = view_state
        self._theme = theme
        self._times_s = np.zeros(0)
        self._frame = QSpinBox(self)
        self._last = QLabel(self)
        self._time = QLabel(self)
        self._range = QLabel(self)
        self._speed = QComboBox(self)
        self._place(actions)
        player.playing_changed.connect(self._follow_playing)
        view_state.frame_changed.connect(self._follow_frame)
        view_state.range_changed.connect(self._follow_range)
        view_state.speed_changed.connect(self._follow_speed)
        self._frame.valueChanged.connect(view_state.show_frame)
        self._speed.currentIndexChanged.connect(self._set_speed)

    def _place(self, actions: Actions) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 3, 10, 3)
        layout.setSpacing(2)
        for action_id in BUTTONS:
            button = QToolButton(self)
            button.setDefaultAction(actions[action_id])
            button.setAccessibleName(actions.text(action_id))
            button.setIconSize(ICON_SIZE)
            layout.addWidget(button)
        for speed in SPEEDS:
            self._speed.addItem(self.tr("{speed:g}×").format(speed=speed), speed)
        self._speed.setCurrentIndex(SPEEDS.index(1.0))
        self._speed.setToolTip(self.tr("Playback speed"))
        self._speed.setAccessibleName(self.tr("Playback speed"))
        self._frame.setAccessibleName(self.tr("Frame number"))
        self._frame.setToolTip(self.tr("Frame number, from 0"))
        self._frame.setKeyboardTracking(False)
        self._frame.setMinimumWidth(78)
        self._frame.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._time.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        self._range.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        layout.addSpacing(8)
        layout.addWidget(self._speed)
        layout.addSpacing(12)
        layout.addWidget(QLabel(self.tr("Frame"), self))
        layout.addSpacing(4)
        layout.addWidget(self._frame)
        layout.addWidget(self._last)
        layout.addSpacing(14)
        layout.addWidget(self._time)
        layout.addStretch(1)
        layout.addWidget(self._range)

    def show_video(self, video: VideoInfo) -> None:
        """Number the frames of another video."""
        self._times_s = video.times_s
        self._frame.blockSignals(True)  # noqa: FBT003 -- Qt's own signature
        self._frame.setRange(0, max(0, video.num_frames - 1))
        self._frame.blockSignals(False)  # noqa: FBT003 -- Qt's own signature
        self._last.setText(self.tr("of {last}").format(last=max(0, video.num_frames - 1)))
        self._follow_frame(self._view_state.frame)
        self._follow_range()

    @Slot(int)
    def _follow_frame(self, frame: int) -> None:
        self._frame.blockSignals(True)  # noqa: FBT003 -- Qt's own signature
        self._frame.setValue(frame)
        self._frame.blockSignals(False)  # noqa: FBT003 -- Qt's own signature
        if frame < len(self._times_s):
            now, end = float(self._times_s[frame]), float(self._times_s[-1])
            self._time.setText(f"{clock_text(now)} / {clock_text(end)}")

    @Slot()
    def _follow_range(self) -> None:
        first, last = self._view_state.range
        is_whole = (first, last) == (0, max(0, self._view_state.num_frames - 1))
        text = self.tr("Range: whole video")
        if not is_whole:
            text = self.tr("Range: {first} – {last}").format(first=first, last=last)
        self._range.setText(text)
        self._range.setToolTip(self._range_hint())

    def _range_hint(self) -> str:
        first, last, whole = (
            self._actions[f"video.{name}"].shortcut().toString() for name in RANGE_ACTIONS
        )
        text = self.tr("{first} and {last} set the ends; {whole}: whole video")
        return text.format(first=first, last=last, whole=whole)

    @Slot(bool)
    def _follow_playing(self, is_playing: bool) -> None:  # noqa: FBT001 -- a signal's slot
        name = "pause" if is_playing else "play"
        self._actions["video.play"].setIcon(self._theme.icon(name))

    @Slot(float)
    def _follow_speed(self, speed: float) -> None:
        self._speed.setCurrentIndex(self._speed.findData(speed))

    @Slot()
    def _set_speed(self) -> None:
        self._view_state.set_speed(self._speed.currentData())


def clock_text(seconds: float) -> str:
    """Minutes, seconds and hundredths: 1:02.05; with hours where there are any."""
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest // 100:02d}.{rest % 100:02d}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"
