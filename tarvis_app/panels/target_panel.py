"""The panel of targets: searched, narrowed, selected, and everything that is done to them."""

from collections import Counter
from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tarvis_app.actions import Actions
from tarvis_app.document.document import Document
from tarvis_app.document.target_editing import TargetEditing
from tarvis_app.document.target_list_model import TargetListModel, TargetRole
from tarvis_app.menu_table import TARGET_MENU
from tarvis_app.panels.shrinking_panel import ShrinkingPanel
from tarvis_app.panels.target_filter import TargetFilter
from tarvis_app.panels.target_finder import TargetFinder
from tarvis_app.panels.target_list import TargetList
from tarvis_app.panels.target_properties import TargetProperties
from tarvis_app.panels.target_row import RowButton, TargetRowDelegate
from tarvis_app.panels.thumbnails import Thumbnails
from tarvis_app.review.review_queue import ReviewQueue
from tarvis_app.theme import ICON_SIZE, Theme
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.target import TargetId


class TargetPanel(ShrinkingPanel):
    """Shows all targets whatever gave them; selects, renames, hides, locks and classifies them.

    Signals:
        solo_wanted: A target is to be shown alone, or all again. Argument: its number.
        keys_left: What was typed or chosen is done, and the keys belong to the canvas again.
        wanted: The list is to be seen.
    """

    solo_wanted = Signal(int)
    keys_left = Signal()
    wanted = Signal()

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        editing: TargetEditing,
        actions: Actions,
        theme: Theme,
        thumbnails: Thumbnails,
    ) -> None:
        super().__init__()
        self._document = document
        self._view_state = view_state
        self._editing = editing
        self._actions = actions
        self._theme = theme
        self.setObjectName("panel")
        self.model = TargetListModel(document, self)
        self.shown = TargetFilter(self)
        self.shown.setSourceModel(self.model)
        self.list = TargetList(self.model, self.shown, view_state, self)
        self.finder = TargetFinder(self.model, self.shown, actions, theme)
        self.properties = TargetProperties(document, view_state, editing, theme)
        self._empty = QLabel(self)
        self._nothing_found = QLabel(self.tr("No target fits."), self)
        self._below_list = QVBoxLayout()
        delegate = TargetRowDelegate(theme, view_state, thumbnails, self.list)
        delegate.clicked.connect(self._click)
        self.list.setItemDelegate(delegate)
        self._place()
        self._connect(thumbnails)
        self._follow_selection()

    def _place(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        for action_id in ("target.new", "target.remove"):
            button = QToolButton(self)
            button.setDefaultAction(self._actions[action_id])
            button.setAccessibleName(self._actions.text(action_id))
            button.setIconSize(ICON_SIZE)
            self.finder.place_beside_search(button)
        layout.addWidget(self.finder)
        for label in (self._empty, self._nothing_found):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            label.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
            layout.addWidget(label, stretch=1)
        layout.addWidget(self.list, stretch=1)
        layout.addLayout(self._below_list)
        layout.addWidget(self.properties)
        self.finder.put_before(self.list)

    def place_below_list(self, part: QWidget) -> None:
        """Be given what stands between the list and the properties."""
        self._below_list.addWidget(part)

    def _connect(self, thumbnails: Thumbnails) -> None:
        self.finder.changed.connect(self._follow_selection)
        self.finder.search.taken.connect(self._take_first)
        self.finder.search.left.connect(self.keys_left)
        self.properties.category.activated.connect(self.keys_left)
        self._document.project_opened.connect(self.finder.list_all)
        self._document.project_opened.connect(self._show_what_is_there)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self._view_state.selection_changed.connect(self._follow_selection)
        self._view_state.shown_frame_changed.connect(self.model.show_frame)
        self._view_state.overlay.changed.connect(self.list.viewport().update)
        self.model.rename_wanted.connect(self._editing.rename)
        for signal in (self.shown.rowsInserted, self.shown.rowsRemoved, self.shown.modelReset):
            signal.connect(self._follow_selection)
        for signal in (self.model.rowsInserted, self.model.rowsRemoved, self.model.dataChanged):
            signal.connect(self._show_what_is_there)
        thumbnails.changed.connect(self.list.viewport().update)
        self._theme.changed.connect(self.list.viewport().update)

    def follow_review(self, queue: ReviewQueue) -> None:
        """Be given what knows which targets need a look."""

        def take() -> None:
            self.model.show_problems(Counter(problem.target for problem in queue.problems))

        queue.changed.connect(take)
        take()

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the actions of the list call."""
        return {
            "target.search": self.begin_search,
            "target.select_all": self.select_listed,
            "target.filter": self.open_filter,
            "target.rename": self.begin_rename,
            "target.category": self.choose_category,
            "target.colour": self.properties.choose_colour,
        }

    def select_listed(self) -> None:
        """Select all targets that the list shows; the active one stays so if it is among them."""
        rows = range(self.shown.rowCount())
        listed = [self.shown.index(row, 0).data(TargetRole.TARGET).id for row in rows]
        active = self._view_state.active_target
        self._view_state.select(*sorted(listed, key=lambda target: target != active))

    def choose_category(self) -> None:
        """Open the list of classes for the selected targets."""
        self.wanted.emit()
        self.properties.choose_category()

    def begin_rename(self) -> None:
        """Type another name for the active target, where it stands in the list."""
        self.wanted.emit()
        active = self._view_state.active_target
        if active is None:
            return
        if not self.list.lists(active):
            self.finder.list_all()
        self.list.edit_name(active)

    def open_filter(self) -> None:
        """Choose which targets are listed."""
        self.wanted.emit()
        self.finder.open_filter()

    def begin_search(self) -> None:
        """Type what to look for."""
        self.wanted.emit()
        self.finder.begin_search()

    @Slot()
    def _take_first(self) -> None:
        """Select the first of the listed targets, and be done with the search."""
        first = self.shown.index(0, 0).data(TargetRole.TARGET)
        if first is not None:
            self._view_state.select(first.id)
        self.keys_left.emit()

    @Slot()
    def _follow_selection(self) -> None:
        """Show the view state's selection, as far as it is listed."""
        self.list.follow_selection()
        self._show_what_is_there()

    @Slot()
    def _show_what_is_there(self) -> None:
        has_targets, has_rows = self.model.rowCount() > 0, self.shown.rowCount() > 0
        self.finder.say_what_is_left()
        self._empty.setText(
            self.tr("No targets yet.\nClick an object, paint one, or find classes.")
            if self._document.project is not None
            else self.tr("No video is open.")
        )
        self._empty.setVisible(not has_targets)
        self._nothing_found.setVisible(has_targets and not has_rows)
        self.list.setVisible(has_rows)

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        self.menu().exec(self.list.viewport().mapToGlobal(place))

    def menu(self) -> QMenu:
        """Everything that can be done to the selected targets."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action_id in TARGET_MENU:
            if action_id:
                menu.addAction(self._actions[action_id])
            else:
                menu.addSeparator()
        return menu

    @Slot(int, object)
    def _click(self, number: int, button: RowButton) -> None:
        target = TargetId(number)
        known = self._document.opened.target(target)
        if button is RowButton.SOLO:
            self.solo_wanted.emit(target)
        elif button is RowButton.EYE:
            self._editing.set_visible([target], is_visible=not known.is_visible)
        else:
            self._editing.set_locked([target], is_locked=not known.is_locked)
