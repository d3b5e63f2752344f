"""The colours of the window: a dark set and a light one, as Qt's palette takes them."""

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette


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
    disabled = QPalette.ColorGroup.Disabled
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(disabled, name, QColor(colours.faint).darker(120))
    palette.setColor(disabled, role.Highlight, QColor(colours.raised))
    palette.setColor(disabled, role.HighlightedText, QColor(colours.text))
    palette.setColor(disabled, role.PlaceholderText, QColor(colours.border))
    return palette


def readable_on(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Black or white, whichever is read better on the colour (ITU-R BT.601 luma)."""
    red, green, blue = colour
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return (0, 0, 0) if luma > 140 else (255, 255, 255)
