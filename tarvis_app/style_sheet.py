"""What Qt's palette cannot say: spacing, borders, and the look of docks and bars."""

from importlib import resources
from pathlib import Path

from tarvis_app.colours import DARK, Colours


def style_sheet(colours: Colours) -> str:
    """Everything in the theme's colours, as Qt reads it."""
    parts = (_bars, _buttons, _boxes, _fields, _lists, _menus, _panels)
    return "\n".join(part(colours) for part in parts)


def _bars(c: Colours) -> str:
    """Docks, bars and tabs."""
    return f"""
    QMainWindow::separator {{ background: {c.window}; width: 5px; height: 5px; }}
    QMainWindow::separator:hover {{ background: {c.accent}; }}
    QDockWidget {{ font-weight: 600; titlebar-close-icon: none; titlebar-normal-icon: none; }}
    QDockWidget::title {{ background: {c.panel}; padding: 6px 10px 3px 10px;
        border-bottom: 1px solid {c.border}; }}
    QToolBar {{ background: {c.window}; border: none; padding: 3px 6px; spacing: 2px; }}
    QToolBar::separator {{ background: {c.border}; width: 1px; margin: 5px 6px; }}
    QStatusBar {{ background: {c.window}; border-top: 1px solid {c.border}; }}
    QStatusBar::item {{ border: none; }}
    QTabBar {{ qproperty-drawBase: 0; }}
    QTabBar::tab {{ padding: 6px 12px; background: {c.window}; color: {c.faint}; border: none;
        border-bottom: 2px solid transparent; }}
    QTabBar::tab:selected {{ color: {c.text}; border-bottom-color: {c.accent};
        background: {c.panel}; }}
    QTabWidget#ways QTabBar::tab {{ padding: 6px 5px; min-width: 92px; }}
    QTabWidget::pane {{ border: none; }}
    """


def _buttons(c: Colours) -> str:
    """Buttons and progress."""
    return f"""
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
    QProgressBar {{ background: {c.field}; border: 1px solid {c.border}; border-radius: 4px;
        text-align: center; min-height: 14px; max-height: 14px; }}
    QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}
    """


def _icons(c: Colours) -> tuple[str, str]:
    """The theme's name in the files of icons, and their folder."""
    folder = Path(str(resources.files("resources") / "icons")).as_posix()
    return ("dark" if c is DARK else "light"), folder


def _boxes(c: Colours) -> str:
    """What is ticked: also an empty box must be seen on its ground."""
    name, icons = _icons(c)
    return f"""
    QCheckBox::indicator, QListView::indicator, QRadioButton::indicator {{ width: 13px;
        height: 13px; background: {c.field}; border: 1px solid {c.faint}; border-radius: 3px; }}
    QRadioButton::indicator {{ border-radius: 7px; }}
    QCheckBox::indicator:checked, QListView::indicator:checked {{ background: {c.accent};
        border-color: {c.accent}; image: url("{icons}/check-{name}.svg"); }}
    QRadioButton::indicator:checked {{ background: {c.accent}; border: 4px solid {c.field};
        width: 7px; height: 7px; border-radius: 7px; }}
    QCheckBox::indicator:focus, QCheckBox::indicator:hover {{ border-color: {c.accent}; }}
    QCheckBox::indicator:disabled, QListView::indicator:disabled,
    QRadioButton::indicator:disabled {{ border-color: {c.border}; }}
    QCheckBox::indicator:checked:disabled, QListView::indicator:checked:disabled {{
        background: {c.faint}; border-color: {c.faint}; }}
    """


def _fields(c: Colours) -> str:
    """What is typed or chosen."""
    name, icons = _icons(c)
    return f"""
    QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {{ background: {c.field}; padding: 4px 6px;
        border: 1px solid {c.border}; border-radius: 5px; min-height: 18px; }}
    QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
        border-color: {c.accent}; }}
    QComboBox {{ combobox-popup: 0; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow {{ image: url("{icons}/chevron-down-{name}.svg"); width: 12px; }}
    QSpinBox::up-button, QDoubleSpinBox::up-button {{ border: none; width: 16px; }}
    QSpinBox::down-button, QDoubleSpinBox::down-button {{ border: none; width: 16px; }}
    QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{
        image: url("{icons}/chevron-up-{name}.svg"); width: 10px; }}
    QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{
        image: url("{icons}/chevron-down-{name}.svg"); width: 10px; }}
    """


def _lists(c: Colours) -> str:
    """Lists, tables and their scroll bars."""
    return f"""
    QHeaderView::section {{ background: {c.panel}; color: {c.faint}; border: none;
        border-bottom: 1px solid {c.border}; padding: 5px 8px; }}
    QTableView::item, QTableWidget::item {{ padding: 4px 8px; }}
    QListView, QTreeView, QTableView, QPlainTextEdit, QTextBrowser {{ background: {c.field};
        border: 1px solid {c.border}; border-radius: 5px; outline: none; }}
    QListView:focus, QTreeView:focus, QTableView:focus {{ border-color: {c.accent}; }}
    QListView::item {{ padding: 3px; }}
    QScrollArea {{ background: {c.panel}; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: 11px; margin: 1px; }}
    QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 1px; }}
    QScrollBar::handle {{ background: {c.border}; border-radius: 4px; min-height: 24px;
        min-width: 24px; }}
    QScrollBar::handle:hover {{ background: {c.faint}; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        background: none; border: none; width: 0; height: 0; }}
    """


def _menus(c: Colours) -> str:
    """Menus and tool tips."""
    return f"""
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
    """


def _panels(c: Colours) -> str:
    """Labels, grounds and the banner."""
    return f"""
    QLabel[faint="true"] {{ color: {c.faint}; }}
    QLabel[heading="true"] {{ font-weight: 600; }}
    QWidget#panel {{ background: {c.panel}; }}
    QFrame#banner {{ background: {c.raised}; border: none; border-top: 2px solid {c.accent}; }}
    QFrame#banner QPushButton {{ padding: 3px 10px; }}
    QFrame#banner QToolButton {{ padding: 3px; }}
    QFrame#banner[severity="warning"] {{ border-color: {c.warning}; }}
    QFrame#banner[severity="error"] {{ border-color: {c.error}; }}
    """
