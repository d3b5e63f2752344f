"""Point: a left click says "this", a right click says "not this"; Shift shows it before."""

from typing import ClassVar

from PySide6.QtCore import QObject, QTimer, Signal
from typing_extensions import override

from tarvis_app.canvas.tool import Pointer, Press, Tool, ToolContext
from tarvis_app.view_state import ToolId

HOVER_DELAY_MS = 60


class PointTool(Tool):
    """Gives clicks to the active target, or starts a new one.

    Signals:
        preview_wanted: Shift is held over a place. Arguments: frame, x, y.
        preview_ended: The hover preview is not wanted any more.
    """

    id: ClassVar[ToolId] = ToolId.POINT
    preview_wanted = Signal(int, float, float)
    preview_ended = Signal()

    def __init__(self, context: ToolContext, parent: QObject | None = None) -> None:
        super().__init__(context, parent)
        self._hovered: Pointer | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(HOVER_DELAY_MS)
        self._timer.timeout.connect(self._ask)

    @property
    @override
    def hint(self) -> str:
        project, active = self.context.document.project, self.context.view_state.active_target
        target = None if project is None or active is None else project.targets.get(active)
        if self._hovered is not None:
            return self.tr("The outline is what a click here would give; let go of Shift to end it")
        if target is None:
            return self.tr("Click an object to make it a target; hold Shift to try it first")
        text = self.tr("Left click: belongs to {name} · right: does not · N: next click is new")
        if target.is_locked:
            text = self.tr("{name} is locked: no click changes it · N: next click is new")
        return text.format(name=target.name)

    @override
    def press(self, pointer: Pointer) -> None:
        """Add a click."""
        if not self.is_inside(pointer) or pointer.press is Press.NONE:
            return
        self.leave()
        is_positive = pointer.press is Press.ADD
        position = (pointer.x, pointer.y)
        self.context.drawing.add_point(self.frame, position, is_positive=is_positive)

    @override
    def hover(self, pointer: Pointer) -> None:
        """With Shift, ask what a click here would give."""
        if pointer.is_shift and self.is_inside(pointer):
            was_hovered, self._hovered = self._hovered is not None, pointer
            self._timer.start()
            if not was_hovered:
                self.hint_changed.emit()
        elif self._hovered is not None:
            self.leave()

    @override
    def leave(self) -> None:
        """Forget the hover preview."""
        self._timer.stop()
        was_hovered, self._hovered = self._hovered is not None, None
        if was_hovered:
            self.hint_changed.emit()
        self.preview_ended.emit()

    def _ask(self) -> None:
        if self._hovered is not None:
            self.preview_wanted.emit(self.frame, self._hovered.x, self._hovered.y)
