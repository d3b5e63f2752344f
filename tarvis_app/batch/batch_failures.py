"""What went wrong in a batch: how many videos failed, each with its whole reason."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tarvis_app.batch.batch import Batch
from tarvis_app.batch.batch_texts import failures_text, outcome_text

VISIBLE_LINES = 5
"""More are scrolled to."""


class BatchFailures(QWidget):
    """Hidden while nothing has failed.

    Signals:
        retry_wanted: The failed videos are to be tried again.
    """

    retry_wanted = Signal()

    def __init__(self, batch: Batch, parent: QWidget) -> None:
        super().__init__(parent)
        self._batch = batch
        self.heading = QLabel(self)
        self.reasons = QPlainTextEdit(self)
        self.retry_button = QPushButton(self.tr("Retry failed"), self)
        self.copy_button = QPushButton(self.tr("Copy reasons"), self)
        self._place()
        self.retry_button.clicked.connect(self.retry_wanted)
        self.copy_button.clicked.connect(self._copy)
        self.hide()

    def _place(self) -> None:
        self.retry_button.setToolTip(self.tr("Try the failed videos again"))
        self.copy_button.setToolTip(self.tr("Put the reasons on the clipboard"))
        self.reasons.setReadOnly(True)
        self.reasons.setAccessibleName(self.tr("Why videos failed"))
        lines = VISIBLE_LINES * self.reasons.fontMetrics().lineSpacing()
        self.reasons.setFixedHeight(lines + 2 * self.reasons.frameWidth() + 8)
        font = self.heading.font()
        font.setBold(True)
        self.heading.setFont(font)
        self.heading.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.heading, stretch=1)
        buttons.addWidget(self.copy_button)
        buttons.addWidget(self.retry_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(buttons)
        layout.addWidget(self.reasons)

    @Slot()
    def refresh(self) -> None:
        """Show what has failed so far."""
        self.setVisible(bool(self._batch.failed))
        self.heading.setText(outcome_text(self._batch))
        text = failures_text(self._batch)
        if self.reasons.toPlainText() != text:  # a selection stays while nothing changes
            self.reasons.setPlainText(text)
        self.retry_button.setEnabled(not self._batch.is_running)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.reasons.toPlainText())
