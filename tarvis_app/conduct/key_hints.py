"""What the canvas says of Enter and Esc is true for where the keys are."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from tarvis_app.actions import Actions
from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.canvas.ghost_layer import GhostLayer
from tarvis_app.canvas.heads_up_display import HeadsUpDisplay, Keys
from tarvis_app.canvas.keyboard_cursor import KeyboardCursor
from tarvis_app.conduct.field_keys import FieldKeys
from tarvis_app.notifications import Notifications
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_app.suggestions.suggestion_panel import SuggestionPanel


class KeyHints(QObject):
    """Tells the canvas's labels which of their keys work now, and which mean something else."""

    def __init__(
        self,
        view: CanvasView,
        labels: tuple[HeadsUpDisplay, GhostLayer],
        field_keys: FieldKeys,
        suggestions: tuple[SuggestionList, SuggestionPanel],
        notifications: Notifications,
        pointing: tuple[KeyboardCursor, Actions],
    ) -> None:
        super().__init__(view)
        self._view = view
        self._display, self._ghost = labels
        self._field_keys = field_keys
        self._suggestions, self._panel = suggestions
        self._notifications = notifications
        self._cursor, self._actions = pointing
        for signal in (
            field_keys.moved,
            view.hint_changed,
            self._suggestions.changed,
            self._suggestions.choice.changed,
            notifications.notice_shown,
            notifications.notice_cleared,
            self._cursor.changed,
        ):
            signal.connect(self._tell)
        self._tell()

    @Slot()
    def _tell(self) -> None:
        part, is_typing = self._field_keys.part, self._field_keys.is_typing
        is_here = part is None and not is_typing and not self._view.tool.is_busy
        chooses = self._suggestions.choice.has_keys or self._suggestions.choice.current is not None
        keys = Keys(is_here and not chooses, self._instead_of_hint(part), self._pointing_words())
        self._display.show_keys(keys)
        has_message = self._notifications.current is not None
        self._ghost.show_esc(stops=is_here, takes_back=is_here and not has_message)

    def _instead_of_hint(self, part: QWidget | None) -> str:
        """What the keys do where they are not the canvas's."""
        told = []
        is_list = QApplication.focusWidget() is self._panel.list
        if is_list and self._suggestions.choice.current is not None:
            told.append(self.tr("Enter accepts the chosen suggestion, Delete rejects it"))
        elif part is not None and part.windowTitle():
            told.append(self.tr("The keys are with {panel}").format(panel=part.windowTitle()))
        if part is not None:
            told.append(self.tr("Esc: back to the canvas"))
        return " · ".join(told)

    def _pointing_words(self) -> str:
        """Which keys stand for the buttons of the mouse, once they were used to point."""
        if not self._cursor.is_shown:
            return ""
        keys = {name: self._key(f"cursor.{name}") for name in ("press", "press_right")}
        if self._cursor.is_drawing:
            text = self.tr("{press} or {press_right}: end here")
        elif self._view.tool.is_dragged:
            text = self.tr("{press} begins and ends, {press_right} as the right button")
        else:
            text = self.tr("{press}: click, {press_right}: right click")
        return text.format(**keys)

    def _key(self, action_id: str) -> str:
        shown = self._actions[action_id].shortcut()
        return shown.toString(QKeySequence.SequenceFormat.NativeText)
