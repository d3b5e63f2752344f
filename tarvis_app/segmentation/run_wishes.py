"""RunWishes: what a run would be about, from what is selected, shown and chosen."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Slot

from tarvis_app.document.document import Document
from tarvis_app.segmentation.requests import TrackStep
from tarvis_app.segmentation.run_plan import Need, need_of
from tarvis_app.segmentation.run_stretches import Reach, RunWish
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
        self.is_selected_only = False

    @Slot(bool)
    def set_selected_only(self, is_selected_only: bool) -> None:  # noqa: FBT001 -- a toggle's slot
        """Choose whether a selected target is tracked alone while others wait for a run."""
        self.is_selected_only = is_selected_only

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
        wish = self.everyone(direction, reach)
        return self.narrowed(wish, self.needs(wish))

    def everyone(self, direction: Direction, reach: Reach | None = None) -> RunWish:
        """The same for all targets, whoever is selected."""
        if reach is None:
            reach = Reach.TO_KEYFRAMES if self.stops_at_keyframes else Reach.WHOLE_RANGE
        frame, limits = self._view_state.shown_frame, self._view_state.range
        return RunWish(tuple(self._document.opened.targets), frame, limits, direction, reach)

    def needs(self, wish: RunWish) -> dict[TargetId, Need]:
        """What a run would do for each of the wished targets."""
        project = self._document.opened
        return {target: need_of(project, target, wish) for target in wish.targets}

    def narrowed(self, wish: RunWish, needs: Mapping[TargetId, Need]) -> RunWish:
        """A wish for all targets, for those that the person means.

        Several selected ones are meant, and no others. Else all that wait for a run are, and the
        selected one besides: a person who clicked three objects wants to have three tracked. Where
        nothing waits and nothing is selected, everything is tracked again.
        """
        chosen = self._selected()
        if len(chosen) > 1 or (chosen and self.is_selected_only):
            return replace(wish, targets=chosen)
        meant = tuple(t for t in wish.targets if t in chosen or needs[t] is Need.WAITING)
        return replace(wish, targets=meant or wish.targets)

    def check_wish(self) -> RunWish:
        """What tracking back over the range would be about: what is selected, else everything."""
        targets = self._selected() or tuple(self._document.opened.targets)
        frame, limits = self._view_state.shown_frame, self._view_state.range
        return RunWish(targets, frame, limits, Direction.BACKWARD, Reach.WHOLE_RANGE)

    def _selected(self) -> tuple[TargetId, ...]:
        targets = self._document.opened.targets
        return tuple(t for t in self._view_state.selection if t in targets)

    def left_out(self, wish: RunWish, steps: Iterable[TrackStep]) -> tuple[str, ...]:
        """The selected targets that a run does not take, each with the reason."""
        project = self._document.opened
        taken = {target for step in steps for target, _ in step.wanted}
        missing = [target for target in self._selected() if target not in taken]
        needs = self.needs(replace(wish, targets=tuple(missing)))
        return tuple(f"{project.target(t).name} ({self.why_left_out(needs[t])})" for t in missing)

    def why_left_out(self, need: Need) -> str:
        """Why a run leaves a target out for which it would do this, in two or three words."""
        return {
            Need.WAITING: self.tr("not selected"),
            Need.NONE: self.tr("up to date here"),
            Need.NO_START: self.tr("nothing to carry from here"),
            Need.LOCKED: self.tr("locked"),
        }[need]

    def why_nothing(self, wish: RunWish) -> str:
        """Why a run that was wished for has nothing to do."""
        if is_outside(wish):
            first, last = wish.limits
            text = self.tr(
                "This frame lies outside the range {first}–{last} (Shift+I: the whole video)."
            )
            return text.format(first=first, last=last)
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
        if self._holds_keyframe(wish):
            return self.tr("Nothing to track: the frames beside this one are keyframes, too.")
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


def is_outside(wish: RunWish) -> bool:
    """Whether a run sets out from the shown frame, and that lies outside the range."""
    first, last = wish.limits
    return wish.reach is not Reach.STALE and not first <= wish.frame <= last
