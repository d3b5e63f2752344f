"""Class, kind, colour and figures of the selected targets."""

from collections import Counter

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QColorDialog,
    QComboBox,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tarvis_app.counting import counted
from tarvis_app.document.document import Document
from tarvis_app.document.target_editing import TargetEditing
from tarvis_app.panels.elided_label import ElidedLabel
from tarvis_app.panels.searched_box import SearchedBox
from tarvis_app.theme import ICON_SIZE, Theme
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.target import Target, TargetKind
from tarvis_core.annotation.track import FrameState

FIGURES_WIDTH = 60
"""Pixels that the figures need at least: they end in dots before the panel grows wider."""


class TargetProperties(QWidget):
    """What is known of the active target; class and kind are set for all selected ones."""

    def __init__(
        self, document: Document, view_state: ViewState, editing: TargetEditing, theme: Theme
    ) -> None:
        super().__init__()
        self._document = document
        self._view_state = view_state
        self._editing = editing
        self._theme = theme
        self.category = SearchedBox(self)
        self.kind = QComboBox(self)
        for box, name in (
            (self.category, self.tr("Class of the selected targets")),
            (self.kind, self.tr("Thing: told apart one by one. Stuff: one whole region")),
        ):
            _prepare(box, name)
        self.kind.addItem(self.tr("Thing"), TargetKind.THING)
        self.kind.addItem(self.tr("Stuff"), TargetKind.STUFF)
        self._colour = QToolButton(self)
        self._colour.setToolTip(self.tr("Colour of the selected target"))
        self._colour.setAccessibleName(self.tr("Colour of the selected target"))
        self._colour.setIconSize(ICON_SIZE)
        self._figures = ElidedLabel(FIGURES_WIDTH, self)
        self._figures.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        self._figures.setTextFormat(Qt.TextFormat.PlainText)
        self._place()
        self._connect()
        self._fill_categories()

    def _place(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        row = QHBoxLayout()
        row.addWidget(self.category, stretch=3)
        row.addWidget(self.kind, stretch=2)
        row.addWidget(self._colour)
        layout.addLayout(row)
        layout.addWidget(self._figures)

    def _connect(self) -> None:
        self._document.label_set_changed.connect(self._fill_categories)
        self._document.project_opened.connect(self._fill_categories)
        self._document.targets_changed.connect(self.refresh)
        self._document.masks_changed.connect(self._show_figures)
        self._view_state.selection_changed.connect(self.refresh)
        self._theme.changed.connect(self.refresh)
        self.category.activated.connect(self._set_category)
        self.kind.activated.connect(self._set_kind)
        self._colour.clicked.connect(self.choose_colour)

    @Slot()
    def _fill_categories(self) -> None:
        self.category.clear()
        self.category.addItem(self.tr("No class"), None)
        project = self._document.project
        if project is not None:
            for category in project.label_set.categories:
                self.category.addItem(category.words, category.id)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what is known of the active target."""
        target = self._active()
        for widget in (self.category, self.kind, self._colour):
            widget.setEnabled(target is not None)
        category = None if target is None else target.category
        kind = TargetKind.THING if target is None else target.kind
        self.category.setCurrentIndex(max(0, self.category.findData(category)))
        self.kind.setCurrentIndex(self.kind.findData(kind))
        colour = self._theme.colours.border if target is None else QColor(*target.colour).name()
        self._colour.setIcon(self._theme.icon("square-rounded", colour))
        self._show_figures()

    @Slot()
    def _show_figures(self) -> None:
        self._figures.setText(self._figures_text())

    def _figures_text(self) -> str:
        project, target = self._document.project, self._active()
        if project is None or target is None:
            return " "  # so that nothing moves when there is something to say
        summaries = project.masks.track(target.id).summaries.values()
        counts = Counter(summary.state for summary in summaries)
        by_person = counts[FrameState.KEYFRAME] + counts[FrameState.VERIFIED]
        count = len(summaries)
        parts = [counted(count, self.tr("1 frame"), self.tr("{count} frames", None, count))]
        if by_person:
            parts.append(self.tr("{count} by you").format(count=by_person))
        if counts[FrameState.ABSENT]:
            parts.append(self.tr("{count} absent").format(count=counts[FrameState.ABSENT]))
        if len(self._view_state.selection) > 1:
            count = len(self._view_state.selection)
            parts.insert(0, self.tr("{count} selected").format(count=count))
        return " · ".join(parts)

    def _active(self) -> Target | None:
        project, active = self._document.project, self._view_state.active_target
        return None if project is None or active is None else project.targets.get(active)

    @Slot()
    def _set_category(self) -> None:
        self._editing.set_category(self._view_state.selection, self.category.currentData())

    @Slot()
    def _set_kind(self) -> None:
        self._editing.set_kind(self._view_state.selection, self.kind.currentData())

    @Slot()
    def choose_category(self) -> None:
        """Open the list of classes, to search and choose by keys."""
        if self.category.isEnabled():
            self.category.showPopup()

    @Slot()
    def choose_colour(self) -> None:
        """Ask for another colour of the active target."""
        target = self._active()
        if target is None:
            return
        chosen = QColorDialog.getColor(
            QColor(*target.colour), self, self.tr("Colour of the target")
        )
        if chosen.isValid():
            self._editing.set_colour(target.id, (chosen.red(), chosen.green(), chosen.blue()))


def _prepare(box: QComboBox, name: str) -> None:
    """Give a box its name, and let it shrink with the panel."""
    box.setAccessibleName(name)
    box.setToolTip(name)
    box.setMinimumContentsLength(5)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
