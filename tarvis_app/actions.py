"""The actions of the table, alive: their keys, tool tips and icons as they are in force."""

from collections.abc import Callable, Iterator, Mapping

from PySide6.QtCore import QCoreApplication, QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence

from tarvis_app.action_table import ACTIONS, CONTEXT, ActionSpec
from tarvis_app.settings import Settings
from tarvis_app.theme import Theme


class Actions(QObject):
    """The actions of the table, alive."""

    def __init__(self, settings: Settings, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._theme = theme
        self.specs: Mapping[str, ActionSpec] = {spec.id: spec for spec in ACTIONS}
        self._actions = {spec.id: self._make(spec) for spec in ACTIONS}
        settings.shortcuts_changed.connect(self._set_shortcuts)
        theme.changed.connect(self._set_icons)
        self._set_shortcuts()
        self._set_icons()

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(self.text(spec.id), self)
        action.setObjectName(spec.id)
        if spec.short:
            action.setIconText(QCoreApplication.translate(CONTEXT, spec.short))
        action.setCheckable(spec.is_checkable)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        return action

    def __getitem__(self, action_id: str) -> QAction:
        """One action by its id."""
        return self._actions[action_id]

    def __iter__(self) -> Iterator[str]:
        """The ids in the table's order."""
        return iter(self._actions)

    def text(self, action_id: str) -> str:
        """What an action is called."""
        spec = self.specs[action_id]
        text = QCoreApplication.translate(CONTEXT, spec.text)
        return text.replace("{number}", action_id.rpartition("_")[2])

    def shortcuts(self, action_id: str) -> tuple[str, ...]:
        """The shortcuts in force, as portable text."""
        own = self._settings.shortcuts(action_id)
        return self.specs[action_id].shortcuts if own is None else own

    def connect_calls(self, calls: Mapping[str, Callable[[], None]]) -> None:
        """Say what actions call."""
        for action_id, call in calls.items():
            self._actions[action_id].triggered.connect(lambda _checked, call=call: call())

    @Slot()
    def trigger_space(self) -> None:
        """Do what Space does, if an action has that key, where it did not come as a shortcut."""
        space = QKeySequence(Qt.Key.Key_Space)
        for action in self._actions.values():
            if space in action.shortcuts():
                action.trigger()

    @Slot()
    def _set_shortcuts(self) -> None:
        for action_id, action in self._actions.items():
            if self.specs[action_id].is_held:
                continue
            sequences = [QKeySequence(text) for text in self.shortcuts(action_id)]
            action.setShortcuts(sequences)
            shown = (
                sequences[0].toString(QKeySequence.SequenceFormat.NativeText) if sequences else ""
            )
            text = self.text(action_id).replace("…", "")
            action.setToolTip(f"{text} ({shown})" if shown else text)

    @Slot()
    def _set_icons(self) -> None:
        for action_id, action in self._actions.items():
            name = self.specs[action_id].icon
            if name:
                action.setIcon(self._theme.icon(name))
