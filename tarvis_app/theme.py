"""How the window looks: a dark and a light palette, one style sheet, one family of icons."""

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from tarvis_app.icons import IconColours, make_icon

ICON_SIZE = QSize(20, 20)


@dataclass(frozen=True)
class Colours:
    """The colours of one theme, as #rrggbb."""

    window: str
    panel: str
    field: str
    raised: str
    border: str
    text: str
    faint: str
    accent: str
    on_accent: str
    canvas: str
    warning: str
    error: str


DARK = Colours(
    window="#1e2125",
    panel="#25292e",
    field="#191c1f",
    raised="#32373e",
    border="#3b4149",
    text="#e4e7eb",
    faint="#98a1ac",
    accent="#4c9be8",
    on_accent="#08131f",
    canvas="#121416",
    warning="#e0a83c",
    error="#e5675f",
)
LIGHT = Colours(
    window="#f1f3f5",
    panel="#fafbfc",
    field="#ffffff",
    raised="#e6e9ed",
    border="#cdd3da",
    text="#1c2126",
    faint="#5d6772",
    accent="#1f6fc4",
    on_accent="#ffffff",
    canvas="#d9dde2",
    warning="#8f5f00",
    error="#b3261e",
)


class Theme(QObject):
    """The look in force.

    Signals:
        changed: Another look is in force; painted widgets and icons must follow.
    """

    changed = Signal()

    def __init__(
        self, application: QApplication, name: str = "system", parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._application = application
        self._name = name
        self.colours = DARK
        application.setStyle(QStyleFactory.create("Fusion"))
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)
        self._apply()

    @property
    def is_dark(self) -> bool:
        """Whether light text stands on a dark ground."""
        return self.colours is DARK

    @Slot(str)
    def use(self, name: str) -> None:
        """Switch to "dark", "light" or "system"."""
        self._name = name
        self._apply()

    @Slot()
    def _follow_system(self) -> None:
        if self._name == "system":
            self._apply()

    def _apply(self) -> None:
        scheme = QGuiApplication.styleHints().colorScheme()
        wants_light = self._name == "light" or (
            self._name == "system" and scheme == Qt.ColorScheme.Light
        )
        self.colours = LIGHT if wants_light else DARK
        self._application.setPalette(palette_of(self.colours))
        self._application.setStyleSheet(style_sheet(self.colours))
        self.changed.emit()

    def icon(self, name: str, colour: str | None = None) -> QIcon:
        """An icon of the one family we use, in the theme's colours.

        Args:
            name: Name in Material Design Icons 6, without prefix.
            colour: #rrggbb; None for the colour of text.
        """
        return make_icon(
            name,
            IconColours(
                normal=colour or self.colours.text,
                disabled=self.colours.border if self.is_dark else "#aab2bb",
                on=colour or self.colours.accent,
            ),
        )


def palette_of(colours: Colours) -> QPalette:
    """Qt's palette with the theme's colours."""
    palette = QPalette()
    role = QPalette.ColorRole
    for name, colour in (
        (role.Window, colours.window),
        (role.WindowText, colours.text),
        (role.Base, colours.field),
        (role.AlternateBase, colours.panel),
        (role.Text, colours.text),
        (role.PlaceholderText, colours.faint),
        (role.Button, colours.raised),
        (role.ButtonText, colours.text),
        (role.BrightText, colours.error),
        (role.ToolTipBase, colours.panel),
        (role.ToolTipText, colours.text),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.Link, colours.accent),
        (role.Mid, colours.border),
        (role.Dark, colours.border),
        (role.Light, colours.raised),
        (role.Midlight, colours.raised),
    ):
        palette.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(colours.faint).darker(120))
    return palette


def style_sheet(colours: Colours) -> str:
    """What Qt's palette cannot say: spacing, borders, and the look of docks and bars."""
    c = colours
    name = "dark" if colours is DARK else "light"
    icons = Path(str(resources.files("resources") / "icons")).as_posix()
    return f"""
    QMainWindow::separator {{ background: {c.window}; width: 5px; height: 5px; }}
    QMainWindow::separator:hover {{ background: {c.accent}; }}
    QDockWidget {{ font-weight: 600; titlebar-close-icon: none; titlebar-normal-icon: none; }}
    QDockWidget::title {{ background: {c.panel}; padding: 6px 10px;
        border-bottom: 1px solid {c.border}; }}
    QToolBar {{ background: {c.window}; border: none; padding: 3px 6px; spacing: 2px; }}
    QToolBar::separator {{ background: {c.border}; width: 1px; margin: 5px 6px; }}
    QToolButton {{ padding: 4px; border: 1px solid transparent; border-radius: 5px; }}
    QToolButton:hover {{ background: {c.raised}; }}
    QToolButton:checked {{ background: {c.raised}; border-color: {c.accent}; }}
    QToolButton:focus {{ border-color: {c.accent}; }}
    QToolButton:pressed {{ background: {c.border}; }}
    QPushButton {{ background: {c.raised}; border: 1px solid {c.border}; border-radius: 5px;
        padding: 5px 12px; min-height: 16px; }}
    QPushButton:hover {{ border-color: {c.accent}; }}
    QPushButton:focus {{ border-color: {c.accent}; }}
    QPushButton:disabled {{ color: {c.faint}; background: {c.panel}; }}
    QPushButton[primary="true"] {{ background: {c.accent}; color: {c.on_accent};
        border-color: {c.accent}; font-weight: 600; }}
    QPushButton[primary="true"]:disabled {{ background: {c.raised}; color: {c.faint};
        border-color: {c.border}; }}
    QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {{ background: {c.field}; padding: 4px 6px;
        border: 1px solid {c.border}; border-radius: 5px; min-height: 18px; }}
    QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
        border-color: {c.accent}; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow {{ image: url("{icons}/chevron-down-{name}.svg"); width: 12px; }}
    QSpinBox::up-button, QDoubleSpinBox::up-button {{ border: none; width: 16px; }}
    QSpinBox::down-button, QDoubleSpinBox::down-button {{ border: none; width: 16px; }}
    QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{
        image: url("{icons}/chevron-up-{name}.svg"); width: 10px; }}
    QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{
        image: url("{icons}/chevron-down-{name}.svg"); width: 10px; }}
    QHeaderView::section {{ background: {c.panel}; color: {c.faint}; border: none;
        border-bottom: 1px solid {c.border}; padding: 5px 8px; }}
    QTableView::item, QTableWidget::item {{ padding: 4px 8px; }}
    QListView, QTreeView, QTableView, QPlainTextEdit {{ background: {c.field};
        border: 1px solid {c.border}; border-radius: 5px; outline: none; }}
    QListView::item {{ padding: 3px; }}
    QStatusBar {{ background: {c.window}; border-top: 1px solid {c.border}; }}
    QStatusBar::item {{ border: none; }}
    QTabBar::tab {{ padding: 6px 12px; background: {c.window}; color: {c.faint}; border: none;
        border-bottom: 2px solid transparent; }}
    QTabBar::tab:selected {{ color: {c.text}; border-bottom-color: {c.accent};
        background: {c.panel}; }}
    QTabWidget#ways QTabBar::tab {{ padding: 6px 5px; min-width: 92px; }}
    QTabWidget::pane {{ border: none; }}
    QMenu {{ background: {c.panel}; border: 1px solid {c.border}; padding: 4px; }}
    QMenu::item {{ padding: 5px 22px 5px 10px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {c.accent}; color: {c.on_accent}; }}
    QMenu::item:disabled {{ color: {c.faint}; }}
    QMenu::separator {{ height: 1px; background: {c.border}; margin: 4px 6px; }}
    QMenu::icon {{ padding-left: 6px; }}
    QMenuBar {{ background: {c.window}; }}
    QMenuBar::item {{ padding: 5px 9px; background: transparent; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {c.raised}; }}
    QToolTip {{ background: {c.panel}; color: {c.text}; border: 1px solid {c.border};
        padding: 4px; }}
    QProgressBar {{ background: {c.field}; border: 1px solid {c.border}; border-radius: 4px;
        text-align: center; min-height: 14px; max-height: 14px; }}
    QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}
    QLabel[faint="true"] {{ color: {c.faint}; }}
    QLabel[heading="true"] {{ font-weight: 600; }}
    QWidget#panel {{ background: {c.panel}; }}
    QScrollArea {{ background: {c.panel}; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: 11px; margin: 1px; }}
    QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 1px; }}
    QScrollBar::handle {{ background: {c.border}; border-radius: 4px; min-height: 24px;
        min-width: 24px; }}
    QScrollBar::handle:hover {{ background: {c.faint}; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        background: none; border: none; width: 0; height: 0; }}
    QFrame#banner {{ background: {c.panel}; border: 1px solid {c.border}; border-radius: 8px; }}
    QFrame#banner[severity="warning"] {{ border-color: {c.warning}; }}
    QFrame#banner[severity="error"] {{ border-color: {c.error}; }}
    """


def readable_on(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Black or white, whichever is read better on the colour (ITU-R BT.601 luma)."""
    red, green, blue = colour
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return (0, 0, 0) if luma > 140 else (255, 255, 255)
