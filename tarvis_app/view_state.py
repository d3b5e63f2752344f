"""ViewState: what is shown — never what is."""

from dataclasses import dataclass, replace
from enum import Enum

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_core.annotation.target import TargetId

MIN_BRUSH, MAX_BRUSH = 1, 400


class ToolId(Enum):
    """The tools of the canvas."""

    SELECT = "select"
    POINT = "point"
    BRUSH = "brush"
    ERASER = "eraser"
    POLYGON = "polygon"
    LASSO = "lasso"
    BOX = "box"


@dataclass(frozen=True)
class OverlayStyle:
    """How masks are drawn over the frame."""

    opacity: float = 0.45
    """Of a mask's inside, 0…1."""
    is_outline_only: bool = False
    is_hidden: bool = False
    """Nothing is drawn, as long as a key is held."""
    is_solo: bool = False
    """Only the selected targets are drawn."""
    shows_onion_skin: bool = False
    """The outlines of the neighbouring keyframes are drawn too."""


class ViewState(QObject):
    """What the window shows at the moment; every widget reads it, the GUI alone writes it.

    Signals:
        frame_changed: Another frame is to be shown. Argument: its number.
        shown_frame_changed: Another frame is on the screen; it comes later than `frame_changed`.
        selection_changed: Other targets are selected.
        tool_changed: Another tool is active. Argument: `ToolId`.
        style_changed: Masks are drawn in another way.
        range_changed: The in or out point moved.
        brush_size_changed: Argument: the new diameter in frame pixels.
        speed_changed: Playback speed. Argument: factor.
        video_changed: Another video is shown; every other value was reset before.
    """

    frame_changed = Signal(int)
    shown_frame_changed = Signal(int)
    selection_changed = Signal()
    tool_changed = Signal(object)
    style_changed = Signal()
    range_changed = Signal()
    brush_size_changed = Signal(int)
    speed_changed = Signal(float)
    exclusive_changed = Signal(bool)
    video_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.num_frames = 0
        self._frame = 0
        self._shown_frame = 0
        self._range = (0, 0)
        self._selection: tuple[TargetId, ...] = ()
        self._tool = ToolId.POINT
        self._style = OverlayStyle()
        self._brush_size = 24
        self._speed = 1.0
        self._is_exclusive = True

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
    def style(self) -> OverlayStyle:
        """How masks are drawn."""
        return self._style

    def set_style(self, style: OverlayStyle) -> None:
        """Draw masks in another way."""
        if style != self._style:
            self._style = style
            self.style_changed.emit()

    @Slot(bool)
    def set_outline_only(self, is_on: bool) -> None:  # noqa: FBT001 -- a toggle's slot
        """Draw outlines without filling, or both."""
        self.set_style(replace(self._style, is_outline_only=is_on))

    @Slot(bool)
    def set_solo(self, is_on: bool) -> None:  # noqa: FBT001 -- a toggle's slot
        """Draw the selected targets only, or all."""
        self.set_style(replace(self._style, is_solo=is_on))

    @Slot(bool)
    def set_onion_skin(self, is_on: bool) -> None:  # noqa: FBT001 -- a toggle's slot
        """Draw the outlines of neighbouring keyframes, or not."""
        self.set_style(replace(self._style, shows_onion_skin=is_on))

    def hide_masks(self) -> None:
        """Draw no masks for a while."""
        self.set_style(replace(self._style, is_hidden=True))

    def unhide_masks(self) -> None:
        """Draw masks again."""
        self.set_style(replace(self._style, is_hidden=False))

    def set_opacity(self, opacity: float) -> None:
        """Set the opacity of masks, 0…1; values beyond are brought inside."""
        self.set_style(replace(self._style, opacity=max(0.0, min(1.0, opacity))))

    @property
    def brush_size(self) -> int:
        """Diameter of brush and eraser in frame pixels."""
        return self._brush_size

    @Slot(int)
    def set_brush_size(self, size: int) -> None:
        """Set the diameter of brush and eraser in frame pixels."""
        size = max(MIN_BRUSH, min(MAX_BRUSH, size))
        if size != self._brush_size:
            self._brush_size = size
            self.brush_size_changed.emit(size)

    @property
    def speed(self) -> float:
        """Playback speed: 1 is the video's own."""
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Set the playback speed, a factor above 0."""
        if speed != self._speed:
            self._speed = speed
            self.speed_changed.emit(speed)

    @property
    def is_exclusive(self) -> bool:
        """Whether painting takes pixels away from other targets."""
        return self._is_exclusive

    @Slot(bool)
    def set_exclusive(self, is_exclusive: bool) -> None:  # noqa: FBT001 -- a toggle's slot
        """Choose whether painting takes pixels away from other targets."""
        if is_exclusive != self._is_exclusive:
            self._is_exclusive = is_exclusive
            self.exclusive_changed.emit(is_exclusive)
