"""OverlayState: how masks are drawn over the frame."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal, Slot


@dataclass(frozen=True)
class OverlayStyle:
    """How masks are drawn over the frame."""

    opacity: float = 0.45
    """Of a mask's inside, 0…1."""
    is_outline_only: bool = False
    is_hidden: bool = False
    """Nothing is drawn, as long as a key is held."""
    is_solo: bool = False
    """Only the selected targets are drawn."""
    shows_onion_skin: bool = False
    """The outlines of the neighbouring keyframes are drawn too."""
    shows_difference: bool = True
    """What a run replaced is drawn beside what it gave, until a person decides."""


class OverlayState(QObject):
    """The style in force.

    Signals:
        changed: Masks are drawn in another way.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._style = OverlayStyle()

    @property
    def style(self) -> OverlayStyle:
        """How masks are drawn."""
        return self._style

    def set_style(self, style: OverlayStyle) -> None:
        """Draw masks in another way."""
        if style != self._style:
            self._style = style
            self.changed.emit()

    @Slot(bool)
    def set_outline_only(self, is_on: bool) -> None:  # noqa: FBT001 -- a toggle's slot
        """Draw outlines without filling, or both."""
        self.set_style(replace(self._style, is_outline_only=is_on))

    @Slot(bool)
    def set_solo(self, is_on: bool) -> None:  # noqa: FBT001 -- a toggle's slot
        """Draw the selected targets only, or all."""
        self.set_style(replace(self._style, is_solo=is_on))

    @Slot(bool)
    def set_onion_skin(self, is_on: bool) -> None:  # noqa: FBT001 -- a toggle's slot
        """Draw the outlines of neighbouring keyframes, or not."""
        self.set_style(replace(self._style, shows_onion_skin=is_on))

    @Slot(bool)
    def set_difference(self, is_on: bool) -> None:  # noqa: FBT001 -- a toggle's slot
        """Draw what a run replaced beside what it gave, or not."""
        self.set_style(replace(self._style, shows_difference=is_on))

    def hide_masks(self) -> None:
        """Draw no masks for a while."""
        self.set_style(replace(self._style, is_hidden=True))

    def unhide_masks(self) -> None:
        """Draw masks again."""
        self.set_style(replace(self._style, is_hidden=False))

    def set_opacity(self, opacity: float) -> None:
        """Set the opacity of masks, 0…1; values beyond are brought inside."""
        self.set_style(replace(self._style, opacity=max(0.0, min(1.0, opacity))))

    @Slot(int)
    def set_opacity_percent(self, percent: int) -> None:
        """Take over a slider's value, 0…100."""
        self.set_opacity(percent / 100)

    def step_opacity(self, step: float) -> None:
        """Make masks more or less opaque."""
        self.set_opacity(self._style.opacity + step)
