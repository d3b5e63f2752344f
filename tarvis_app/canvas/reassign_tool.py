"""Pick and reassign: click a piece of a mask, and it belongs to the active target."""

from typing import ClassVar

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QPainterPath
from typing_extensions import override

from tarvis_app.canvas.outlines import OutlineItem, outline_path
from tarvis_app.canvas.tool import Pointer, Press, Tool, ToolContext
from tarvis_app.document.drawing import Handover
from tarvis_app.view_state import ToolId
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.reassigning import region_at
from tarvis_core.annotation.target import TargetId


class ReassignTool(Tool):
    """Gives what is clicked to the active target, or to a new one where none is active.

    A click gives the piece under the pointer, with Ctrl the whole mask; with Shift it goes on from
    here through the later frames.
    """

    id: ClassVar[ToolId] = ToolId.REASSIGN

    def __init__(self, context: ToolContext, parent: QObject | None = None) -> None:
        super().__init__(context, parent)
        self._picked = OutlineItem(width=2.4)
        self._picked.setZValue(12)
        context.scene.addItem(self._picked)

    @property
    @override
    def hint(self) -> str:
        project, active = self.context.document.project, self.context.view_state.active_target
        name = self.tr("a new target")
        if project is not None and active is not None and active in project.targets:
            name = self.tr("“{name}”").format(name=project.target(active).name)
        text = self.tr(
            "Click a piece: it goes to {name} · Ctrl: the whole mask · Shift: from here on"
        )
        return text.format(name=name)

    @override
    def hover(self, pointer: Pointer) -> None:
        """Outline what a click would give away."""
        found = self._pick(pointer)
        path = QPainterPath() if found is None else outline_path(found[1])
        self._picked.show_path(path, QColor("white"), is_dashed=True)

    @override
    def press(self, pointer: Pointer) -> None:
        """Give it away."""
        if pointer.press is not Press.ADD:
            return
        found = self._pick(pointer)
        self.leave()
        if found is not None:
            giver, region = found
            self.context.drawing.hand_over(
                Handover(self.frame, giver, region, self.id.value, goes_on=pointer.is_shift)
            )

    @override
    def leave(self) -> None:
        """Outline nothing."""
        self._picked.clear()

    @override
    def show_frame(self, frame: int, size: tuple[int, int]) -> None:
        """What was outlined belongs to another frame."""
        super().show_frame(frame, size)
        self.leave()

    def _pick(self, pointer: Pointer) -> tuple[TargetId, Mask] | None:
        """The topmost visible target under the pointer but the active one, and its piece there."""
        project = self.context.document.project
        if project is None or not self.is_inside(pointer):
            return None
        masks = project.masks.masks_at(self.frame)
        for target in reversed(project.targets.values()):
            held = masks.get(target.id)
            is_asked = target.is_visible and target.id != self.context.view_state.active_target
            if held is None or not is_asked:
                continue
            region = region_at(held.mask, pointer.x, pointer.y)
            if region is not None:
                return target.id, held.mask if pointer.is_control else region
        return None
