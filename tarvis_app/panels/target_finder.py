"""What is above the list of targets: the search, the funnel, and to what they narrow the list."""

import itertools

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from tarvis_app.actions import Actions
from tarvis_app.document.target_list_model import TargetListModel
from tarvis_app.panels.filter_menu import FilterMenu
from tarvis_app.panels.filter_row import FilterRow
from tarvis_app.panels.search_field import SearchField
from tarvis_app.panels.target_filter import Narrowing, TargetFilter
from tarvis_app.theme import ICON_SIZE, Theme


class TargetFinder(QWidget):
    """Searches and narrows the listed targets, and says in words what holds.

    Signals:
        changed: Other targets may be listed.
    """

    changed = Signal()

    def __init__(
        self, model: TargetListModel, shown: TargetFilter, actions: Actions, theme: Theme
    ) -> None:
        super().__init__()
        self._model = model
        self._shown = shown
        self._actions = actions
        self._theme = theme
        self.search = SearchField(self)
        self.filter_button = QToolButton(self)
        self.filter_menu = FilterMenu(model, self.filter_button)
        self.filter_row = FilterRow(theme, self)
        self._set_up()
        self._place()
        self.search.textChanged.connect(self._search)
        self.filter_menu.chosen.connect(self.narrow)
        self.filter_row.changed.connect(self.narrow)
        theme.changed.connect(self._set_icon)
        self._set_icon()

    def _set_up(self) -> None:
        self.search.setPlaceholderText(self.tr("Search targets"))
        self.search.setToolTip(self.tr("By name, class or #number"))
        self.search.setAccessibleName(self.tr("Search targets"))
        self.search.setClearButtonEnabled(True)
        self.filter_button.setMenu(self.filter_menu)
        self.filter_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.filter_button.setCheckable(True)
        self.filter_button.setIconSize(ICON_SIZE)
        self.filter_button.setAccessibleName(self._actions.text("target.filter"))
        self._actions["target.filter"].changed.connect(self._show_key)
        self._show_key()

    def _place(self) -> None:
        self._top = QHBoxLayout()
        self._top.setSpacing(2)
        self._top.addWidget(self.search, stretch=1)
        self._top.addWidget(self.filter_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(self._top)
        layout.addWidget(self.filter_row)

    def place_beside_search(self, button: QToolButton) -> None:
        """Be given a button that stands at the end of the first row."""
        self._top.addWidget(button)

    def put_before(self, following: QWidget) -> None:
        """Let Tab lead through these controls and then to another one."""
        row = self.filter_row
        order = (self.search, self.filter_button, row.limit, row.clear_button, following)
        for before, after in itertools.pairwise(order):
            self.setTabOrder(before, after)

    def begin_search(self) -> None:
        """Type what to look for."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def open_filter(self) -> None:
        """Choose which targets are listed."""
        corner = self.filter_button.rect().bottomLeft()
        self.filter_menu.popup(self.filter_button.mapToGlobal(corner))

    @Slot()
    def list_all(self) -> None:
        """Another project has other classes; its targets are not to be looked for in vain."""
        self.search.clear()
        self.narrow(Narrowing())

    @Slot(object)
    def narrow(self, narrowing: Narrowing) -> None:
        """List only targets that fit."""
        self._shown.narrow(narrowing)
        self.filter_menu.narrowing = narrowing
        self.filter_button.setChecked(not narrowing.is_open)
        self.changed.emit()

    @Slot()
    def say_what_is_left(self) -> None:
        """Say how many targets fit; with no target there is nothing to find."""
        narrowing, total, count = (
            self._shown.narrowing,
            self._model.rowCount(),
            self._shown.rowCount(),
        )
        words = self.filter_menu.words(narrowing)
        self.filter_row.show_narrowing(narrowing, words, count, total)
        self.search.setEnabled(total > 0)
        self.filter_button.setEnabled(total > 0)

    @Slot(str)
    def _search(self, text: str) -> None:
        self._shown.search(text)
        self.changed.emit()

    @Slot()
    def _show_key(self) -> None:
        self.filter_button.setToolTip(self._actions["target.filter"].toolTip())

    @Slot()
    def _set_icon(self) -> None:
        self.filter_button.setIcon(self._theme.icon("filter-variant"))
