"""BrushState: how brush and eraser paint."""

from PySide6.QtCore import QObject, Signal, Slot

MIN_BRUSH, MAX_BRUSH = 1, 400


class BrushState(QObject):
    """The brush in the hand.

    Signals:
        size_changed: Argument: the new diameter in frame pixels.
        exclusive_changed: Argument: whether painting, and answers to clicks, take pixels away from
            other targets.
    """

    size_changed = Signal(int)
    exclusive_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._size = 24
        self._is_exclusive = True

    @property
    def size(self) -> int:
        """Diameter of brush and eraser in frame pixels."""
        return self._size

    @Slot(int)
    def set_size(self, size: int) -> None:
        """Set the diameter of brush and eraser in frame pixels."""
        size = max(MIN_BRUSH, min(MAX_BRUSH, size))
        if size != self._size:
            self._size = size
            self.size_changed.emit(size)

    @property
    def is_exclusive(self) -> bool:
        """Whether painting and answers to clicks take pixels away from other targets."""
        return self._is_exclusive

    @Slot(bool)
    def set_exclusive(self, is_exclusive: bool) -> None:  # noqa: FBT001 -- a toggle's slot
        """Choose whether painting and answers to clicks take pixels away from other targets."""
        if is_exclusive != self._is_exclusive:
            self._is_exclusive = is_exclusive
            self.exclusive_changed.emit(is_exclusive)
