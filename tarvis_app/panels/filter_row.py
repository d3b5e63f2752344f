"""The line below the search that says to what the target list is narrowed, and how much is left."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from tarvis_app.panels.target_filter import Narrowing
from tarvis_app.theme import ICON_SIZE, Theme


class FilterRow(QWidget):
    """Seen while the list is narrowed: in words, with the limit of the score, and the way back.

    Signals:
        changed: Another limit was set, or everything is to be listed. Argument: the `Narrowing`.
    """

    changed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._narrowing = Narrowing()
        self.text = QLabel(self)
        self.limit = QSlider(Qt.Orientation.Horizontal, self)
        self.clear_button = QToolButton(self)
        self._set_up()
        self._place()
        self._set_icon()
        self.hide()

    def _set_up(self) -> None:
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        self.limit.setRange(1, 100)
        limit = self.tr("List targets whose score on this frame is below")
        self.limit.setToolTip(limit)
        self.limit.setAccessibleName(limit)
        clear = self.tr("List all targets")
        self.clear_button.setToolTip(clear)
        self.clear_button.setAccessibleName(clear)
        self.clear_button.setIconSize(ICON_SIZE)
        self.limit.valueChanged.connect(self._set_limit)
        self.clear_button.clicked.connect(lambda: self.changed.emit(Narrowing()))
        self._theme.changed.connect(self._set_icon)

    def _place(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self.text)
        column.addWidget(self.limit)
        layout.addLayout(column, stretch=1)
        layout.addWidget(self.clear_button, alignment=Qt.AlignmentFlag.AlignTop)

    @Slot()
    def _set_icon(self) -> None:
        self.clear_button.setIcon(self._theme.icon("filter-remove-outline"))

    def show_narrowing(self, narrowing: Narrowing, words: str, num_listed: int, total: int) -> None:
        """Say what holds.

        Args:
            narrowing: To what the list is narrowed.
            words: The same, in words.
            num_listed: How many targets are left.
            total: How many there are.
        """
        self._narrowing = narrowing
        self.setVisible(not narrowing.is_open)
        text = self.tr("{count} of {total}: {words}")
        self.text.setText(text.format(count=num_listed, total=total, words=words))
        limit = narrowing.score_below_percent
        self.limit.setVisible(limit is not None)
        if limit is not None:
            self.limit.setValue(limit)

    @Slot(int)
    def _set_limit(self, percent: int) -> None:
        narrowing = replace(self._narrowing, score_below_percent=percent)
        if narrowing != self._narrowing:
            self.changed.emit(narrowing)
