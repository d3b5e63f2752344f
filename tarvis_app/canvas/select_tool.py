"""Select: click a mask to select its target; drag over empty ground does nothing."""

from typing import ClassVar

from PySide6.QtCore import Qt
from typing_extensions import override

from tarvis_app.canvas.tool import Pointer, Press, Tool
from tarvis_app.view_state import ToolId
from tarvis_core.annotation.target import TargetId


class SelectTool(Tool):
    """Selects the topmost target under the pointer."""

    id: ClassVar[ToolId] = ToolId.SELECT
    cursor_shape: ClassVar[Qt.CursorShape] = Qt.CursorShape.ArrowCursor

    @property
    @override
    def hint(self) -> str:
        return self.tr("Click a mask to select its target; Ctrl adds to the selection")

    @override
    def press(self, pointer: Pointer) -> None:
        """Select what is under the pointer."""
        if pointer.press is not Press.ADD:
            return
        found = self.target_under(pointer)
        view_state = self.context.view_state
        if found is None:
            if not pointer.is_control:
                view_state.select()
            return
        if not pointer.is_control:
            view_state.select(found)
        elif found in view_state.selection:
            view_state.select(*(t for t in view_state.selection if t != found))
        else:
            view_state.select(*view_state.selection, found)

    def target_under(self, pointer: Pointer) -> TargetId | None:
        """The topmost visible target with a mask at this pixel."""
        project = self.context.document.project
        if project is None or not self.is_inside(pointer):
            return None
        masks = project.masks.masks_at(self.frame)
        x, y = int(pointer.x), int(pointer.y)
        for target in reversed(project.targets.values()):
            held = masks.get(target.id)
            if held is None or not target.is_visible or held.mask.is_empty:
                continue
            if held.mask.pixels_in((x, y, x + 1, y + 1))[0, 0]:
                return target.id
        return None
