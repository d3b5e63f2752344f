"""A language that shows what can be translated: every text of the program between « and »."""

import re
from html import unescape

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, Qt, QTranslator
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QSpinBox,
    QTabBar,
    QTextEdit,
    QWidget,
)

_TAG = re.compile(r"<[^>]*>")
_INNERMOST = re.compile(r"«[^«»]*(»|…$)")  # a text may be cut off
_LETTER = re.compile(r"[^\W\d_]")
ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
)


class PseudoLanguage(QTranslator):
    """Translates every text of the program to itself, in «»; texts of Qt stay."""

    def __init__(self):
        super().__init__()
        self.asked = set()
        """Every text that was looked up, with its context."""

    def translate(self, context, source, disambiguation=None, n=-1):
        if context.startswith("Q") or not source:
            return None
        self.asked.add((context, source))
        return f"«{source}»"

    def isEmpty(self):  # noqa: N802 -- Qt's name
        return False


def untranslated(text, names=()):
    """What of a text is outside of «», where it has letters; empty if all is inside.

    Args:
        text: What is shown.
        names: What is the same in every language.
    """
    rest = unescape(_TAG.sub(" ", text))
    while (shorter := _INNERMOST.sub(" ", rest)) != rest:
        rest = shorter
    for name in sorted((name for name in names if name in rest), key=len, reverse=True):
        rest = re.sub(rf"(?<!\w){re.escape(name)}(/[-.\w]+)*(?!\w)", " ", rest)
    rest = rest.strip()
    return rest if _LETTER.search(rest) and not _is_key(rest.strip("()")) else ""


def _is_key(text):
    return text != "" and QKeySequence(text).toString() == text


def texts_of(widget):
    """Every text of a widget and of what it holds, with what shows it."""
    children = [each for each in widget.findChildren(QWidget) if not _is_of_qt(each)]
    for each in (widget, *children):
        for name in ("toolTip", "statusTip", "accessibleName", "accessibleDescription"):
            yield each, name, getattr(each, name)()
        if each.isWindow() or each.inherits("QDockWidget"):
            yield each, "windowTitle", each.windowTitle()
        yield from ((each, name, text) for name, text in _own_texts(each))
    for action in widget.findChildren(QAction):
        for name in ("text", "iconText", "toolTip", "statusTip"):
            yield action, name, getattr(action, name)()


def _is_of_qt(widget):
    """Whether a widget is within one of Qt's, which Qt translates itself."""
    is_named = widget.objectName().startswith(("qt_", "ScrollLeftButton", "ScrollRightButton"))
    return is_named and not isinstance(widget, QMenu)


def _own_texts(widget):
    for kind, texts in _TEXTS.items():
        if isinstance(widget, kind):
            yield from ((name, text) for name, text in texts(widget) if text)


def _model_texts(model: QAbstractItemModel):
    is_list = isinstance(model, QAbstractListModel)
    for column in range(1 if is_list else model.columnCount()):
        text = model.headerData(column, Qt.Orientation.Horizontal)
        if isinstance(text, str):
            yield "header", text
        for row in range(model.rowCount()):
            for role in ROLES:
                text = model.index(row, column).data(role)
                if isinstance(text, str):
                    yield "item", text


_TEXTS = {
    QLabel: lambda label: [("text", label.text())],
    QAbstractButton: lambda button: [("text", button.text())],
    QGroupBox: lambda box: [("title", box.title())],
    QMenu: lambda menu: [("title", menu.title())],
    QLineEdit: lambda line: [("placeholder", line.placeholderText())],
    QPlainTextEdit: lambda edit: [("placeholder", edit.placeholderText())],
    QTextEdit: lambda edit: [("text", edit.toPlainText())],
    QProgressBar: lambda bar: [("text", bar.text())],
    QTabBar: lambda bar: [("tab", bar.tabText(index)) for index in range(bar.count())],
    QComboBox: lambda box: [("item", box.itemText(index)) for index in range(box.count())],
    QSpinBox: lambda box: [("affixes", f"{box.specialValueText()} {box.prefix()} {box.suffix()}")],
    QAbstractItemView: lambda view: [] if view.model() is None else _model_texts(view.model()),
}
"""What kinds of widgets show beside what all have."""
