"""Icons drawn from a font: Material Design Icons 6, which comes with QtAwesome.

QtAwesome itself is not imported: it loads a dozen fonts and a layer over all Qt bindings, which
took a fifth of the window's start.
"""

import functools
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap
from typing_extensions import override

FONT = "materialdesignicons6-webfont"
FILL = 0.875
"""Height of a glyph's square, as a part of the icon's."""


@dataclass(frozen=True)
class IconColours:
    """The colours of one icon, as #rrggbb."""

    normal: str
    disabled: str
    on: str
    """Of a button that is switched on."""


@dataclass(frozen=True)
class IconFont:
    """The font and where each icon is in it."""

    family: str
    glyphs: dict[str, str]
    """Code points in hexadecimal digits, by name."""


@functools.cache
def icon_font() -> IconFont:
    """Load the font, once.

    Raises:
        FileNotFoundError: QtAwesome is not installed, or no longer has this font.
    """
    spec = importlib.util.find_spec("qtawesome")  # finds the package without importing it
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package qtawesome, which holds the icons, is not installed")
    folder = Path(spec.origin).parent / "fonts"
    fonts, maps = sorted(folder.glob(f"{FONT}-[0-9]*.ttf")), sorted(folder.glob(f"{FONT}-charmap*"))
    if not fonts or not maps:
        raise FileNotFoundError(f"{folder} has no font {FONT}; install qtawesome 1.4")
    families = QFontDatabase.applicationFontFamilies(
        QFontDatabase.addApplicationFont(str(fonts[-1]))
    )
    return IconFont(families[0], json.loads(maps[-1].read_text(encoding="utf-8")))


def make_icon(name: str, colours: IconColours) -> QIcon:
    """An icon of the font that is sharp in every size.

    Raises:
        KeyError: The font has no icon of this name.
    """
    font = icon_font()
    return QIcon(_GlyphEngine(font.family, chr(int(font.glyphs[name], 16)), colours))


class _GlyphEngine(QIconEngine):
    """Paints one glyph in the colour of the icon's state."""

    def __init__(self, family: str, glyph: str, colours: IconColours) -> None:
        super().__init__()
        self._family = family
        self._glyph = glyph
        self._colours = colours

    @override
    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Paint the glyph in the middle of a rectangle."""
        font = QFont(self._family)
        font.setPixelSize(max(1, round(FILL * rect.height())))
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        painter.save()
        painter.setFont(font)
        painter.setPen(QColor(self._colour(mode, state)))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._glyph)
        painter.restore()

    def _colour(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        if mode is QIcon.Mode.Disabled:
            return self._colours.disabled
        return self._colours.on if state is QIcon.State.On else self._colours.normal

    @override
    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The glyph on a transparent ground."""
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    @override
    def clone(self) -> QIconEngine:
        """A copy, as Qt makes one where an icon is changed."""
        return _GlyphEngine(self._family, self._glyph, self._colours)
