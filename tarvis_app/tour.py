"""First steps: five sentences on the canvas, each until the person goes on."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.notifications import Notifications, Remedy
from tarvis_app.settings import Settings


class Tour(QObject):
    """Walks a newcomer through the five steps, without taking the window away from them."""

    def __init__(self, notifications: Notifications, settings: Settings) -> None:
        super().__init__(notifications)
        self._notifications = notifications
        self._settings = settings
        self._step = 0

    @property
    def steps(self) -> tuple[str, ...]:
        """What is said, one step after the other."""
        return (
            self.tr("1 of 5 · Space plays, ← and → go frame by frame, the wheel zooms."),
            self.tr(
                "2 of 5 · Click an object with the point tool (C), or paint one (A). "
                "Right clicks say what does not belong to it. Enter accepts the mask."
            ),
            self.tr("3 of 5 · T tracks it both ways, F forward, B backward. Esc stops."),
            self.tr(
                "4 of 5 · Mend a frame where it went wrong and track again: what you drew stays "
                "as it is, and only the frames between its neighbouring keyframes are run again."
            ),
            self.tr(
                "5 of 5 · Ctrl+E exports. Everything is saved as it happens. "
                "? shows every shortcut."
            ),
        )

    @Slot()
    def start(self) -> None:
        """Begin with the first step."""
        self._settings.has_seen_tour = True
        self._step = 0
        self._show()

    @Slot()
    def start_once(self) -> None:
        """Begin, unless this person has seen it before."""
        if not self._settings.has_seen_tour:
            self.start()

    @Slot()
    def _go_on(self) -> None:
        self._step += 1
        if self._step < len(self.steps):
            self._show()

    def _show(self) -> None:
        is_last = self._step == len(self.steps) - 1
        text = self.tr("Done") if is_last else self.tr("Next")
        self._notifications.inform(self.steps[self._step], [Remedy(text, self._go_on)])
