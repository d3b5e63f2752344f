"""The ways to make targets, and the run that carries them through time."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from tarvis_app.actions import Actions
from tarvis_app.brush_state import MAX_BRUSH
from tarvis_app.panels.class_picker import ClassPicker
from tarvis_app.panels.forecast_row import ForecastRow, SearchForecast
from tarvis_app.panels.run_targets import RunTargets
from tarvis_app.panels.section import Section
from tarvis_app.view_state import ViewState

TOOLS = (
    "tool.point", "tool.box",
    "tool.brush", "tool.eraser",
    "tool.polygon", "tool.lasso",
)  # fmt: skip
"""Two in a row."""
LEAST_WIDTH = 256
SPARE = 6
"""Margins and the space between pages and run, in pixels."""


class Pages(QTabWidget):
    """Pages whose least height counts: the scroll area would take the height that they like."""

    @override
    def hasHeightForWidth(self) -> bool:
        """Words wrap in them, and still they have a least height."""
        return False


class TaskPanel(QScrollArea):
    """Click, paint or find classes, and below it the run; nothing is a mode to leave.

    Finding classes has a page of its own, so that all of the panel is seen on a small screen.

    Signals:
        find_wanted: The person asks for the picked classes.
        stops_at_keyframes_changed: Argument: whether runs end at the next keyframe.
        selected_only_changed: Argument: whether runs take the selected targets alone.
    """

    find_wanted = Signal()
    stops_at_keyframes_changed = Signal(bool)
    selected_only_changed = Signal(bool)

    def __init__(
        self, actions: Actions, view_state: ViewState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._view_state = view_state
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget(self)
        body.setObjectName("panel")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 2, 8, 2)
        layout.setSpacing(2)
        self.pages = Pages(self)
        self.pages.setDocumentMode(True)
        self.pages.setObjectName("ways")
        self.pages.tabBar().setUsesScrollButtons(False)
        self.pages.setAccessibleName(self.tr("Ways to make targets"))
        self.pages.addTab(self._objects(), self.tr("Click, paint"))
        self.pages.addTab(self._classes(), self.tr("Find classes"))
        layout.addWidget(self.pages, stretch=1)
        self._run = self._track()
        self._is_run_wanted: bool | None = None
        layout.addWidget(self._run)
        self.setWidget(body)
        self.pages.currentChanged.connect(self._follow_page)
        self._run.folded.connect(self._note_fold)
        self._fit()

    @override
    def minimumSizeHint(self) -> QSize:
        """As wide as its parts need beside a scroll bar, in whatever size of letters."""
        body, hint = self.widget(), super().minimumSizeHint()
        if body is not None:
            bar = self.verticalScrollBar().sizeHint().width()
            hint.setWidth(max(LEAST_WIDTH, body.minimumSizeHint().width() + bar))
        return hint

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit into another height."""
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _follow_page(self) -> None:
        """Another page has other room to give to the run."""
        self._is_run_wanted = None
        self._fit()

    @Slot(bool)
    def _note_fold(self, is_open: bool) -> None:  # noqa: FBT001 -- a signal's argument
        """A person who wants to see the run sees it; where there is no room the panel scrolls."""
        self._is_run_wanted = is_open
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """Take the room that the page in front needs; the list of classes has it before the run."""
        page = self.pages.currentWidget()
        tabs = self.pages.tabBar().sizeHint().height()
        self.pages.setMinimumHeight(tabs + page.minimumSizeHint().height())
        wanted = tabs + page.sizeHint().height() + self._run.whole_size().height()
        is_tight = self.viewport().height() < wanted + SPARE
        is_open = self._is_run_wanted
        if is_open is None:
            is_open = self.pages.currentIndex() == 0 or not is_tight
        self._run.set_open(is_open=is_open)

    def _objects(self) -> QWidget:
        page = QWidget(self)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(2, 6, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(self._buttons(TOOLS))
        layout.addLayout(self._brush())
        layout.addWidget(self._exclusive)
        layout.addStretch(1)
        return page

    def _brush(self) -> QHBoxLayout:
        self._brush_size = QSlider(Qt.Orientation.Horizontal, self)
        self._size_label = QLabel(self)
        self._exclusive = QCheckBox(self.tr("Take pixels from others"), self)
        self._brush_size.setRange(1, MAX_BRUSH)
        self._brush_size.setAccessibleName(self.tr("Brush size"))
        self._brush_size.setToolTip(self.tr("Brush size ([ and ], or Ctrl+wheel over the canvas)"))
        self._brush_size.valueChanged.connect(self._view_state.brush.set_size)
        self._view_state.brush.size_changed.connect(self._show_size)
        self._show_size(self._view_state.brush.size)
        row = QHBoxLayout()
        row.addWidget(QLabel(self.tr("Size"), self))
        row.addWidget(self._brush_size, stretch=1)
        self._size_label.setMinimumWidth(42)
        self._size_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._size_label)
        self._exclusive.setChecked(self._view_state.brush.is_exclusive)
        self._exclusive.setToolTip(
            self.tr(
                "Painted pixels are taken away from other targets that are not locked; so is what "
                "a click's answer covers, but not from keyframes"
            )
        )
        self._exclusive.toggled.connect(self._view_state.brush.set_exclusive)
        return row

    def _track(self) -> Section:
        section = Section(self.tr("Track through time"), self)
        self.run_targets = RunTargets(self)
        self.forecast = ForecastRow(self)
        section.body.addWidget(self.run_targets)
        row = QHBoxLayout()
        row.setSpacing(0)
        for action_id in ("track.backward", "track.both", "track.forward"):
            button = self._button(action_id, Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            row.addWidget(button)
        section.add_row(row)
        section.body.addWidget(self.forecast)
        self.stops_at_keyframes = QCheckBox(self.tr("Stop at keyframes"), self)
        self.selected_only = QCheckBox(self.tr("Selected only"), self)
        self.stops_at_keyframes.setChecked(True)
        self.stops_at_keyframes.setToolTip(
            self.tr(
                "On: runs end at the next keyframe. Off: they cover the whole range. Keyframes are "
                "kept either way."
            )
        )
        self.stops_at_keyframes.toggled.connect(self.stops_at_keyframes_changed)
        self.selected_only.setToolTip(
            self.tr("Off: all targets that wait for a run are tracked along with the selected one.")
        )
        self.selected_only.toggled.connect(self.selected_only_changed)
        choices = QHBoxLayout()
        choices.setSpacing(4)
        choices.addWidget(self.stops_at_keyframes)
        choices.addStretch(1)
        choices.addWidget(self.selected_only)
        section.add_row(choices)
        return section

    def _classes(self) -> QWidget:
        page = QWidget(self)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(2, 6, 0, 2)
        layout.setSpacing(4)
        self.class_picker = ClassPicker(self)
        self.search_forecast = SearchForecast(self)
        self.find_button = QPushButton(self.tr("Find in range"), self)
        layout.addWidget(self.class_picker, stretch=1)
        self.find_button.setToolTip(
            self.tr("Look for the ticked classes in the range; what is found waits as suggestions")
        )
        self.find_button.setProperty("primary", True)  # noqa: FBT003 -- Qt's own signature
        self.find_button.clicked.connect(self.find_wanted)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.class_picker.count)
        words.addWidget(self.search_forecast)
        row = QHBoxLayout()
        row.addLayout(words, stretch=1)
        row.addWidget(self.find_button)
        layout.addLayout(row)
        return page

    def _buttons(self, action_ids: tuple[str, ...]) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(4)
        for index, action_id in enumerate(action_ids):
            button = self._button(action_id, Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            grid.addWidget(button, index // 2, index % 2)
        return grid

    def _button(self, action_id: str, style: Qt.ToolButtonStyle) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(self._actions[action_id])
        button.setToolButtonStyle(style)
        button.setAccessibleName(self._actions.text(action_id))
        button.setProperty("boxed", True)  # noqa: FBT003 -- Qt's own signature
        return button

    @Slot(int)
    def _show_size(self, size: int) -> None:
        self._brush_size.setValue(size)
        self._size_label.setText(self.tr("{size} px").format(size=size))
