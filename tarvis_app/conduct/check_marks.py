"""Check marks: tools, ways of drawing and themes show in menus and bars what is in force."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QSlider

from tarvis_app.actions import Actions
from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.settings import Settings
from tarvis_app.theme import Theme
from tarvis_app.view_state import ToolId, ViewState

THEMES = ("system", "dark", "light")


class CheckMarks(QObject):
    """Keeps checkable actions, the opacity slider and the canvas's ground in step."""

    def __init__(
        self,
        actions: Actions,
        view_state: ViewState,
        settings: Settings,
        theme: Theme,
        opacity: QSlider,
        canvas: CanvasView,
    ) -> None:
        super().__init__(view_state)
        self._actions = actions
        self._view_state = view_state
        self._settings = settings
        self._theme = theme
        self._opacity = opacity
        self._canvas = canvas
        opacity.valueChanged.connect(view_state.overlay.set_opacity_percent)
        view_state.overlay.changed.connect(self.follow_style)
        view_state.tool_changed.connect(self.follow_tool)
        theme.changed.connect(self.follow_theme)
        self.follow_theme()
        self.follow_style()
        self.follow_tool()

    def calls(self) -> dict[str, Callable[[], None]]:
        """What checkable actions call."""
        calls: dict[str, Callable[[], None]] = {
            f"tool.{tool.value}": partial(self._use_tool, tool) for tool in ToolId
        }
        for name in THEMES:
            calls[f"view.theme_{name}"] = partial(self._use_theme, name)
        overlay = self._view_state.overlay
        for action_id, setter in (
            ("view.outline", overlay.set_outline_only),
            ("view.solo", overlay.set_solo),
            ("view.onion", overlay.set_onion_skin),
            ("view.difference", overlay.set_difference),
        ):
            calls[action_id] = partial(_hand_over_check, self._actions[action_id].isChecked, setter)
        return calls

    def _use_theme(self, name: str) -> None:
        self._settings.theme = name

    @Slot()
    def follow_theme(self) -> None:
        """Check the theme's menu entry and colour the canvas."""
        for name in THEMES:
            self._actions[f"view.theme_{name}"].setChecked(name == self._settings.theme)
        self._canvas.set_ground(self._theme.colours.canvas)

    @Slot()
    def follow_style(self) -> None:
        """Check the view's menu entries and move the slider."""
        style, actions = self._view_state.overlay.style, self._actions
        actions["view.outline"].setChecked(style.is_outline_only)
        actions["view.solo"].setChecked(style.is_solo)
        actions["view.onion"].setChecked(style.shows_onion_skin)
        actions["view.difference"].setChecked(style.shows_difference)
        self._opacity.setValue(round(style.opacity * 100))

    def _use_tool(self, tool: ToolId) -> None:
        """Take up a tool; the one in hand stays checked, though its action was switched off."""
        self._view_state.use_tool(tool)
        self.follow_tool()

    @Slot()
    def follow_tool(self) -> None:
        """Check the active tool."""
        for tool in ToolId:
            self._actions[f"tool.{tool.value}"].setChecked(tool is self._view_state.tool)


def _hand_over_check(is_checked: Callable[[], bool], setter: Callable[[bool], None]) -> None:
    setter(is_checked())
