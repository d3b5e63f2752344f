"""Notifications: what happened, in a sentence, and what helps; the banner shows the newest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QObject, Signal, Slot


class Severity(Enum):
    """How bad it is."""

    INFORMATION = "information"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Remedy:
    """Something the person can do about it: the button's text and what it calls."""

    text: str
    call: Callable[[], None]


@dataclass(frozen=True)
class Notice:
    """One message with its remedies."""

    severity: Severity
    text: str
    remedies: tuple[Remedy, ...] = ()
    is_passing: bool = False
    """It speaks of the selection, the frame or its masks: with others it is no longer true."""
    lasts: bool = False
    """It is true until it is withdrawn, however long that takes."""


class Notifications(QObject):
    """Takes messages from anywhere in the GUI thread and shows the newest.

    Signals:
        notice_shown: Argument: the `Notice`.
        notice_cleared: Nothing is to be said any more.
    """

    notice_shown = Signal(object)
    notice_cleared = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.current: Notice | None = None

    def inform(
        self,
        text: str,
        remedies: Sequence[Remedy] = (),
        *,
        is_passing: bool | None = None,
        lasts: bool = False,
    ) -> Notice:
        """Say something that went well, or what is to be done first.

        Args:
            text: What is said.
            remedies: What the person can do.
            is_passing: See `Notice`; None: if there is nothing to press, and it does not last.
            lasts: See `Notice`.
        """
        passes = not (remedies or lasts) if is_passing is None else is_passing
        return self._show(Notice(Severity.INFORMATION, text, tuple(remedies), passes, lasts))

    @Slot(str)
    def ask(self, text: str) -> Notice:
        """Say what the person has to do first; it stays until they go on, or close it."""
        return self.inform(text, is_passing=True, lasts=True)

    def warn(
        self, text: str, remedies: Sequence[Remedy] = (), *, is_passing: bool = False
    ) -> Notice:
        """Say that something goes on, but not as asked."""
        return self._show(Notice(Severity.WARNING, text, tuple(remedies), is_passing))

    @Slot(str)
    def error(
        self, text: str, remedies: Sequence[Remedy] = (), *, is_passing: bool = False
    ) -> Notice:
        """Say that something was given up."""
        return self._show(Notice(Severity.ERROR, text, tuple(remedies), is_passing))

    def withdraw(self, notice: Notice | None) -> None:
        """Take a message away that is no longer true; another one stays."""
        if notice is not None and notice is self.current:
            self.clear()

    @Slot()
    def clear(self) -> None:
        """Take the message away."""
        self.current = None
        self.notice_cleared.emit()

    def _show(self, notice: Notice) -> Notice:
        self.current = notice
        self.notice_shown.emit(notice)
        return notice
