"""Eraser: the brush with its buttons exchanged."""

from typing import ClassVar

from typing_extensions import override

from tarvis_app.canvas.brush_tool import BrushTool
from tarvis_app.view_state import ToolId


class EraserTool(BrushTool):
    """Erases with the left button and paints with the right one."""

    id: ClassVar[ToolId] = ToolId.ERASER
    erases_by_default: ClassVar[bool] = True

    @property
    @override
    def hint(self) -> str:
        return self.tr("Drag to erase · right button paints · size: [ ], Ctrl+wheel, Alt+drag")
