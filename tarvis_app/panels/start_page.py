"""The start page: what can be opened, over the canvas while there is no video on it."""

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from tarvis_app.actions import Actions
from tarvis_app.conduct.last_work import LastWork
from tarvis_app.document.document import Document
from tarvis_app.opening import Opening

BUTTON_WIDTH = 280
SPACING = 10


class StartPage(QWidget):
    """Offers to open a video, the sample clip, or what was worked on before.

    It comes when nothing could be opened, and goes as soon as something is being opened.
    """

    def __init__(
        self,
        canvas: QWidget,
        actions: Actions,
        document: Document,
        opening: Opening,
        last_work: LastWork,
    ) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._actions = actions
        self._document = document
        self._last_work = last_work
        self.setAccessibleName(self.tr("Nothing is open"))
        self.open_button = self._button(self.tr("Open a video or project…"))
        self.open_button.setProperty("primary", True)  # noqa: FBT003 -- Qt's own signature
        self.open_button.clicked.connect(actions["file.open"].trigger)
        self.last_button = self._button(self.tr("Go on with the last video"))
        for button in (self.open_button, self.last_button):
            button.setToolTip(button.text())
        self.last_button.clicked.connect(self._go_on)
        self.sample_button = self._button(actions.text("file.open_sample"))
        self.sample_button.setToolTip(actions["file.open_sample"].toolTip())
        self.sample_button.clicked.connect(actions["file.open_sample"].trigger)
        self._place()
        self.hide()
        canvas.installEventFilter(self)
        opening.came_to_nothing.connect(self.come)
        opening.opener.begun.connect(self.go)
        opening.opened.connect(self.go)

    def _button(self, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setMinimumWidth(BUTTON_WIDTH)
        return button

    def _place(self) -> None:
        heading = QLabel(self.tr("No video is open"), self)
        heading.setProperty("heading", True)  # noqa: FBT003 -- Qt's own signature
        dropping = QLabel(self.tr("Or drop a video, a folder of images or a project here."), self)
        dropping.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        dropping.setWordWrap(True)
        dropping.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACING)
        layout.addStretch()
        for widget in (heading, self.open_button, self.last_button, self.sample_button):
            layout.addWidget(widget, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(dropping)
        layout.addStretch()

    @Slot()
    def come(self) -> None:
        """Offer what can be opened, unless something is open."""
        if self._document.project is not None:
            return
        keys = (
            self._actions["file.open"].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        )
        text = self.tr("Open a video or project…")
        self.open_button.setText(f"{text}  ({keys})" if keys else text)
        self.open_button.setToolTip(self._actions["file.open"].toolTip())
        last = self._last_work.remedy()
        self.last_button.setVisible(last is not None)
        if last is not None:
            metrics = self.last_button.fontMetrics()
            middle = Qt.TextElideMode.ElideMiddle
            name = metrics.elidedText(last.text, middle, BUTTON_WIDTH - 24)
            self.last_button.setText(name.replace("&", "&&"))
            self.last_button.setToolTip(str(self._last_work.path))
        self.resize(self._canvas.size())
        self.show()
        self.raise_()
        if self.window().focusWidget() in (None, self._canvas):
            self.open_button.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def go(self) -> None:
        """Something is being opened, or is open: the keys belong to the canvas again."""
        focus = self.window().focusWidget()  # also while a dialog has the keys
        if focus is not None and self.isAncestorOf(focus):
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()

    @Slot()
    def _go_on(self) -> None:
        last = self._last_work.remedy()
        if last is not None:
            last.call()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the keys."""
        focus = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focus, QPushButton):
            focus.click()
        else:
            super().keyPressEvent(event)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Be as large as the canvas."""
        if event.type() == QEvent.Type.Resize and watched is self._canvas:
            self.resize(self._canvas.size())
        return False
