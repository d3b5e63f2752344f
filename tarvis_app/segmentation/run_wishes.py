"""RunWishes: what a run would be about, from what is selected, shown and chosen."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.document.document import Document
from tarvis_app.segmentation.run_plan import Reach, RunWish
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.segmentation import Direction
from tarvis_core.annotation.target import TargetId


class RunWishes(QObject):
    """Says what is asked for when a person presses a key of tracking."""

    def __init__(self, document: Document, view_state: ViewState, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._view_state = view_state
        self.stops_at_keyframes = True

    @Slot(bool)
    def set_stops_at_keyframes(self, stops: bool) -> None:  # noqa: FBT001 -- a toggle's slot
        """Choose whether runs end at the next keyframe or cover the whole range."""
        self.stops_at_keyframes = stops

    def wish(self, direction: Direction, reach: Reach | None = None) -> RunWish:
        """What a run in this direction would be about now.

        Args:
            direction: Which way.
            reach: How far; None for what the person chose.
        """
        if reach is None:
            reach = Reach.TO_KEYFRAMES if self.stops_at_keyframes else Reach.WHOLE_RANGE
        frame, limits = self._view_state.shown_frame, self._view_state.range
        return RunWish(self._targets(), frame, limits, direction, reach)

    def _targets(self) -> tuple[TargetId, ...]:
        targets = self._document.opened.targets
        chosen = tuple(t for t in self._view_state.selection if t in targets)
        return chosen or tuple(targets)

    def why_nothing(self, wish: RunWish) -> str:
        """Why a run that was wished for has nothing to do."""
        if not self._document.opened.targets:
            return self.tr("There is nothing to track yet: click an object or paint it first.")
        if all(self._document.opened.target(t).is_locked for t in wish.targets):
            return self.tr("The targets are locked; unlock them to track them.")
        if wish.reach is Reach.STALE:
            return self.tr("Everything in the range is up to date.")
        return self.tr(
            "Nothing to start from in this direction: click, paint or accept a mask inside the "
            "range first."
        )
