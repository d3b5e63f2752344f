"""ViewState: what is shown — never what is."""

from enum import Enum

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.brush_state import BrushState
from tarvis_app.overlay_state import OverlayState
from tarvis_core.annotation.target import TargetId


class ToolId(Enum):
    """The tools of the canvas."""

    SELECT = "select"
    POINT = "point"
    BRUSH = "brush"
    ERASER = "eraser"
    POLYGON = "polygon"
    LASSO = "lasso"
    BOX = "box"
    REASSIGN = "reassign"


class ViewState(QObject):
    """What the window shows at the moment; every widget reads it, the GUI alone writes it.

    How masks are drawn is in `overlay`, the brush in `brush`.

    Signals:
        frame_changed: Another frame is to be shown. Argument: its number.
        shown_frame_changed: Another frame is on the screen; it comes later than `frame_changed`.
        selection_changed: Other targets are selected.
        tool_changed: Another tool is active. Argument: `ToolId`.
        range_changed: The in or out point moved.
        speed_changed: Playback speed. Argument: factor.
        video_changed: Another video is shown; every other value was reset before.
    """

    frame_changed = Signal(int)
    shown_frame_changed = Signal(int)
    selection_changed = Signal()
    tool_changed = Signal(object)
    range_changed = Signal()
    speed_changed = Signal(float)
    video_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.num_frames = 0
        self._frame = 0
        self._shown_frame = 0
        self._range = (0, 0)
        self._selection: tuple[TargetId, ...] = ()
        self._tool = ToolId.POINT
        self.overlay = OverlayState(self)
        self.brush = BrushState(self)
        self._speed = 1.0

    def show_video(self, num_frames: int) -> None:
        """Start over with a video of so many frames."""
        self.num_frames = num_frames
        self._frame = self._shown_frame = 0
        self._range = (0, max(0, num_frames - 1))
        self._selection = ()
        self.video_changed.emit()
        self.range_changed.emit()
        self.selection_changed.emit()
        self.frame_changed.emit(0)
        self.shown_frame_changed.emit(0)

    @property
    def frame(self) -> int:
        """The frame to show."""
        return self._frame

    @Slot(int)
    def show_frame(self, frame: int) -> None:
        """Go to a frame; numbers beyond the ends mean the ends."""
        frame = max(0, min(frame, self.num_frames - 1))
        if frame != self._frame:
            self._frame = frame
            self.frame_changed.emit(frame)

    @property
    def shown_frame(self) -> int:
        """The frame on the screen; edits are about what is seen, so they are about this one."""
        return self._shown_frame

    @Slot(int)
    def note_shown_frame(self, frame: int) -> None:
        """Be told which frame is on the screen."""
        if frame != self._shown_frame:
            self._shown_frame = frame
            self.shown_frame_changed.emit(frame)

    @property
    def range(self) -> tuple[int, int]:
        """First and last frame that runs and exports cover, both inclusive."""
        return self._range

    def set_range(self, first: int, last: int) -> None:
        """Move the in and out points; given the wrong way round they change places."""
        last_frame = max(0, self.num_frames - 1)
        first, last = sorted((max(0, min(first, last_frame)), max(0, min(last, last_frame))))
        if (first, last) != self._range:
            self._range = (first, last)
            self.range_changed.emit()

    @property
    def selection(self) -> tuple[TargetId, ...]:
        """The selected targets; the first is the active one, which tools work on."""
        return self._selection

    @property
    def active_target(self) -> TargetId | None:
        """The target that clicks and strokes belong to; None: they start a new one."""
        return self._selection[0] if self._selection else None

    def select(self, *targets: TargetId) -> None:
        """Select these targets and no others."""
        if targets != self._selection:
            self._selection = targets
            self.selection_changed.emit()

    @property
    def tool(self) -> ToolId:
        """The active tool."""
        return self._tool

    def use_tool(self, tool: ToolId) -> None:
        """Take up a tool."""
        if tool is not self._tool:
            self._tool = tool
            self.tool_changed.emit(tool)

    @property
    def speed(self) -> float:
        """Playback speed: 1 is the video's own."""
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Set the playback speed, a factor above 0."""
        if speed != self._speed:
            self._speed = speed
            self.speed_changed.emit(speed)
