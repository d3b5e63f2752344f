"""The main window: places canvas, timeline and panels. No behaviour."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QMenu,
    QSlider,
    QToolBar,
    QWidget,
    QWidgetAction,
)
from typing_extensions import override

from tarvis_app.action_table import CONTEXT as ACTIONS_CONTEXT
from tarvis_app.actions import Actions
from tarvis_app.menu_table import MENUS
from tarvis_app.settings import Settings
from tarvis_app.theme import ICON_SIZE

FIRST_SIZE = QSize(1280, 780)
"""Of the window at its first start, where the screen has room for it."""
TIMELINE_HEIGHT = 224
"""Room for five rows; a message leaves four of them, and does not move the canvas."""

SMALL_TIMELINE_HEIGHT = 217
"""The same on a small screen, where the task panel needs the room."""

LOW_TIMELINE_HEIGHT = 165
"""Three rows, on a screen that is low even for a small one."""
LOW_SCREEN = 640
"""Pixels: a small screen whose letters are enlarged."""
LAYOUT_VERSION = 2
TOOLBAR = (
    "file.open", "edit.undo", "edit.redo", "",
    "tool.select", "tool.point", "tool.box", "tool.brush", "tool.eraser", "tool.polygon",
    "tool.lasso", "tool.reassign", "",
    "edit.accept", "target.new", "target.keyframe", "",
    "track.backward", "track.both", "track.forward", "track.stop", "view.follow_run", "",
    "view.fit", "view.outline", "view.onion",
)  # fmt: skip


@dataclass(frozen=True)
class Panels:
    """The widgets that the window places; it knows nothing of what is in them."""

    canvas: QWidget
    transport: QWidget
    """The bar above the timeline, by which its dock is moved."""
    timeline: QWidget
    task: QWidget
    targets: QWidget
    review: QWidget
    history: QWidget
    log: QWidget
    """Shown only when asked for."""
    status: tuple[QWidget, ...]


class MainWindow(QMainWindow):
    """The window.

    Signals:
        path_dropped: A file or folder was dropped. Argument: its path.
        closing: The window is about to close.
    """

    path_dropped = Signal(object)
    closing = Signal()

    def __init__(self, actions: Actions, panels: Panels, settings: Settings) -> None:
        super().__init__()
        self._actions = actions
        self._settings = settings
        self.setObjectName("main_window")
        self.setWindowTitle("TarViS Studio")
        self.setAcceptDrops(True)
        self.setMinimumSize(960, 560)
        self.setDockNestingEnabled(True)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.setCentralWidget(panels.canvas)
        self.opacity = QSlider(Qt.Orientation.Horizontal, self)
        self.recent_menu = QMenu(self.tr("Open recent"), self)
        self.docks = self._place(panels)
        self.toolbar = self._make_toolbar()
        self._make_menus()
        for widget in panels.status:
            self.statusBar().addPermanentWidget(widget)
        for action_id in actions:
            self.addAction(actions[action_id])
        self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize()))
        self._first_layout = self.saveState(LAYOUT_VERSION)
        self._restore()

    def fill_small_screen(self) -> None:
        """Fill, at the first start, a screen without room for the window and its title bar."""
        is_wide = self.screen().availableSize().width() > FIRST_SIZE.width()
        is_first = not self._settings.bytes_of("geometry")
        if is_first and not (self._is_tall_screen() and is_wide):
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def _is_tall_screen(self) -> bool:
        return self.screen().availableSize().height() >= FIRST_SIZE.height()

    def _place(self, panels: Panels) -> dict[str, QDockWidget]:
        area = Qt.DockWidgetArea
        docks = {
            "task": self._dock("task", self.tr("Task"), panels.task, area.LeftDockWidgetArea),
            "targets": self._dock(
                "targets", self.tr("Targets"), panels.targets, area.RightDockWidgetArea
            ),
            "review": self._dock(
                "review", self.tr("Review"), panels.review, area.RightDockWidgetArea
            ),
            "history": self._dock(
                "history", self.tr("History"), panels.history, area.RightDockWidgetArea
            ),
            "timeline": self._dock(
                "timeline", self.tr("Timeline"), panels.timeline, area.BottomDockWidgetArea
            ),
            "log": self._dock("log", self.tr("Log"), panels.log, area.RightDockWidgetArea),
        }
        docks["timeline"].setTitleBarWidget(panels.transport)  # it says what it is
        docks["log"].hide()
        self.tabifyDockWidget(docks["targets"], docks["review"])
        self.tabifyDockWidget(docks["review"], docks["history"])
        self.tabifyDockWidget(docks["history"], docks["log"])
        docks["targets"].raise_()
        self.resizeDocks([docks["task"], docks["targets"]], [256, 280], Qt.Orientation.Horizontal)
        height = TIMELINE_HEIGHT if self._is_tall_screen() else SMALL_TIMELINE_HEIGHT
        if self.screen().availableSize().height() < LOW_SCREEN:
            height = LOW_TIMELINE_HEIGHT
        self.resizeDocks([docks["timeline"]], [height], Qt.Orientation.Vertical)
        return docks

    def _dock(
        self, name: str, title: str, content: QWidget, area: Qt.DockWidgetArea
    ) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock_{name}")
        dock.setWidget(content)
        self.addDockWidget(area, dock)
        return dock

    def _make_toolbar(self) -> QToolBar:
        toolbar = QToolBar(self.tr("Tools"), self)
        toolbar.setObjectName("toolbar")
        toolbar.setIconSize(ICON_SIZE)
        toolbar.setMovable(False)
        for action_id in TOOLBAR:
            if action_id:
                toolbar.addAction(self._actions[action_id])
            else:
                toolbar.addSeparator()
        self.opacity.setRange(0, 100)
        self.opacity.setFixedWidth(90)
        self.opacity.setToolTip(self.tr("Opacity of masks (- and =)"))
        self.opacity.setAccessibleName(self.tr("Opacity of masks"))
        slider = QWidgetAction(self)
        slider.setDefaultWidget(self.opacity)
        toolbar.addAction(slider)
        self.addToolBar(toolbar)
        return toolbar

    def _make_menus(self) -> None:
        for title, action_ids in MENUS:
            menu = self.menuBar().addMenu(QCoreApplication.translate(ACTIONS_CONTEXT, title))
            for action_id in action_ids:
                if not action_id:
                    menu.addSeparator()
                elif action_id == "recent":
                    menu.addMenu(self.recent_menu)
                elif action_id == "docks":
                    for dock in self.docks.values():
                        menu.addAction(dock.toggleViewAction())
                else:
                    menu.addAction(self._actions[action_id])

    @Slot()
    def lay_out(self) -> None:
        """Give every widget its place now: it is not painted with a new text in its old place."""
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)

    @Slot()
    def show_history(self) -> None:
        """Bring the history to the front."""
        self._bring_up("history")

    @Slot()
    def show_targets(self) -> None:
        """Bring the list of targets to the front."""
        self._bring_up("targets")

    @Slot()
    def show_log(self) -> None:
        """Bring the log to the front."""
        self._bring_up("log")

    def _bring_up(self, name: str) -> None:
        self.docks[name].show()
        self.docks[name].raise_()

    @Slot()
    def reset_layout(self) -> None:
        """Put every dock back where it was at first."""
        self.restoreState(self._first_layout, LAYOUT_VERSION)

    def _restore(self) -> None:
        self.restoreGeometry(self._settings.bytes_of("geometry"))
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowFullScreen)
        self.restoreState(self._settings.bytes_of("state"), LAYOUT_VERSION)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout; nothing else is left to be saved."""
        self._settings.set_bytes("geometry", self.saveGeometry())
        self._settings.set_bytes("state", self.saveState(LAYOUT_VERSION))
        self.hide()  # what still has to end takes its time unseen
        self.closing.emit()
        super().closeEvent(event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        """Open the first file that was dropped."""
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.path_dropped.emit(Path(url.toLocalFile()))
                event.acceptProposedAction()
                return
