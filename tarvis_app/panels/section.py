"""A heading with what belongs under it, which can be folded away."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget


class Section(QWidget):
    """A foldable part of a panel.

    Signals:
        folded: A person folded or unfolded it. Argument: whether it is open.
    """

    folded = Signal(bool)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._button = QToolButton(self)
        self._button.setText(title)
        self._button.setToolTip(self.tr("Fold this part away, or show it"))
        self._button.setCheckable(True)
        self._button.setChecked(True)
        self._button.setAutoRaise(True)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setArrowType(Qt.ArrowType.DownArrow)
        self._button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._button.setStyleSheet(
            "QToolButton { font-weight: 600; border: none; padding: 4px 0; }"
        )
        self._button.toggled.connect(self._fold)
        self._button.clicked.connect(self.folded)
        self._body = QWidget(self)
        self.body = QVBoxLayout(self._body)
        self.body.setContentsMargins(2, 0, 0, 5)
        self.body.setSpacing(4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._button)
        layout.addWidget(self._body)

    def add_row(self, row: QLayout) -> None:
        """Append a row of widgets."""
        self.body.addLayout(row)

    def set_open(self, *, is_open: bool) -> None:
        """Fold or unfold."""
        self._button.setChecked(is_open)

    def whole_size(self) -> QSize:
        """What it needs unfolded."""
        return self._button.sizeHint() + self._body.sizeHint()

    def _fold(self, is_open: bool) -> None:  # noqa: FBT001 -- a toggle's slot
        self._body.setVisible(is_open)
        arrow = Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow
        self._button.setArrowType(arrow)
