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
        if wish.direction is Direction.FORWARD:
            return self._why_nothing_ahead(wish)
        if wish.direction is Direction.BACKWARD:
            return self._why_nothing_behind(wish)
        return self.tr("Nothing to carry from here: click the target on this frame first.")

    def _why_nothing_ahead(self, wish: RunWish) -> str:
        if wish.frame >= wish.limits[1]:
            return self.tr("Nothing lies ahead: the range ends here. O on a later frame widens it.")
        if self._holds_keyframe(wish):
            return self.tr("Nothing to track: the next frame is a keyframe, too.")
        return self.tr("Nothing to carry on from here: click the target on this frame first.")

    def _why_nothing_behind(self, wish: RunWish) -> str:
        if wish.frame <= wish.limits[0]:
            return self.tr(
                "Nothing lies behind: the range begins here. I on an earlier frame widens it."
            )
        if self._holds_keyframe(wish):
            return self.tr("Nothing to track: the frame before is a keyframe, too.")
        return self.tr("Nothing to carry back from here: click the target on this frame first.")

    def _holds_keyframe(self, wish: RunWish) -> bool:
        """Whether a person stands behind a mask of the wished targets on the shown frame."""
        masks = self._document.opened.masks
        summaries = (masks.track(target).summary(wish.frame) for target in wish.targets)
        return any(each and each.state.is_law and not each.is_empty for each in summaries)
