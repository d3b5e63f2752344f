"""How the window looks: which colours are in force, and icons in them."""

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QStyleFactory

from tarvis_app.colours import DARK, LIGHT, palette_of
from tarvis_app.icons import IconColours, make_icon
from tarvis_app.style_sheet import style_sheet

ICON_SIZE = QSize(20, 20)


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
