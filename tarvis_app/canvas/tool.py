"""What a tool of the canvas is: it gets the pointer in frame pixels and draws or clicks."""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QGraphicsScene

from tarvis_app.canvas.mask_overlay_item import MaskOverlayItem
from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Drawing
from tarvis_app.view_state import ToolId, ViewState


class Press(Enum):
    """Which button, in the tools' terms."""

    NONE = "none"
    ADD = "add"
    """Left button."""
    TAKE = "take"
    """Right button, or left with Alt."""


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is and what is held."""

    x: float
    """In frame pixels; a pixel's centre is at +0.5."""
    y: float
    press: Press = Press.NONE
    is_shift: bool = False
    is_control: bool = False
    is_alt: bool = False
    scale: float = 1.0
    """Screen pixels per frame pixel."""


@dataclass(frozen=True)
class ToolContext:
    """What every tool works with."""

    document: Document
    drawing: Drawing
    view_state: ViewState
    scene: QGraphicsScene
    overlay: MaskOverlayItem


class Tool(QObject):
    """One tool; the canvas calls the methods below while it is active.

    Signals:
        redraw_wanted: What the tool drew was dropped; show the masks as they are.
        hint_changed: Mouse and keys do something else now.
    """

    redraw_wanted = Signal()
    hint_changed = Signal()

    id: ClassVar[ToolId]
    cursor_shape: ClassVar[Qt.CursorShape] = Qt.CursorShape.CrossCursor
    is_dragged: ClassVar[bool] = False
    """Whether it works between press and release; otherwise a press is all."""

    def __init__(self, context: ToolContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.frame = -1
        self.size = (0, 0)

    @property
    def cursor(self) -> QCursor:
        """The pointer's look over the canvas."""
        return QCursor(self.cursor_shape)

    @property
    def hint(self) -> str:
        """One line that says what mouse and keys do now."""
        return ""

    @property
    def is_busy(self) -> bool:
        """Whether something is begun that `cancel` would throw away."""
        return False

    def show_frame(self, frame: int, size: tuple[int, int]) -> None:
        """Be told which frame is on the screen, (height, width) pixels; what was begun ends."""
        if frame != self.frame:
            self.cancel()
        self.frame = frame
        self.size = size

    def press(self, pointer: Pointer) -> None:
        """A button went down."""

    def drag(self, pointer: Pointer) -> None:
        """The pointer moved with a button down."""

    def release(self, pointer: Pointer) -> None:
        """The button went up."""

    def hover(self, pointer: Pointer) -> None:
        """The pointer moved with no button down."""

    def leave(self) -> None:
        """The pointer left the canvas."""

    def accept(self) -> bool:
        """Finish what was begun (Enter); False if there was nothing."""
        return False

    def cancel(self) -> bool:
        """Throw away what was begun (Esc); False if there was nothing."""
        return False

    def step_back(self) -> bool:
        """Take back the last piece of what was begun (Backspace); False if there was nothing."""
        return False

    def is_inside(self, pointer: Pointer) -> bool:
        """Whether the pointer is over the frame."""
        height, width = self.size
        return 0 <= pointer.x < width and 0 <= pointer.y < height
