"""Gaps of the shown frame: filled with what class search found there, else by the nearest."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, Slot

from tarvis_app.document.editor import Editor
from tarvis_app.document.edits import adopt_category
from tarvis_app.suggestions.suggestion import Suggestion, adoption
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_core.annotation import gaps, painting
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId, TargetKind
from tarvis_core.annotation.target_operations import create_target


class GapFilling(QObject):
    """Every pixel of the frame gets a target where one can take it, and none gets two.

    Pixels that nobody has go to the region that class search suggests there (the network's
    semantic head), and those that it suggests nothing for to a target that is visible and not
    locked: cracks to the nearest, what is wider to regions alone; see `gaps.nearest_targets`.
    """

    def __init__(self, editor: Editor, suggestions: SuggestionList) -> None:
        super().__init__(editor)
        self._editor = editor
        self._suggestions = suggestions

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the actions of panoptic labelling call."""
        return {"target.fill_gaps": self.fill, "target.resolve": self.resolve_overlaps}

    @Slot()
    def fill(self) -> None:
        """Fill the gaps of the shown frame, as one step of the history."""
        project, frame = self._editor.project, self._editor.view_state.shown_frame
        if project is None:
            return
        free = gaps.unlabelled(project, frame)
        if not free.any():
            self._editor.notifications.inform(self.tr("Every pixel of this frame is labelled."))
            return
        gesture = self._editor.document.new_gesture()
        for suggestion in self._suggestions.waiting:
            free = self._fill_with(suggestion, frame, free, gesture)
        shares = gaps.nearest_targets(project, frame, free)
        self._give(frame, shares, gesture, "fill gaps")
        num_left = int(np.count_nonzero(gaps.unlabelled(project, frame)))
        if num_left:
            self._tell_unfilled(num_left)

    def _tell_unfilled(self, num_pixels: int) -> None:
        """Say why pixels were given to nobody, and what helps."""
        text = self.tr(
            "{count:,} px stay unlabelled: what is wider than a crack goes to regions alone, and "
            "this frame has none that is visible and unlocked. Make a target Stuff (below the "
            "list), or find classes with Every pixel, and fill again."
        )
        self._editor.notifications.ask(text.format(count=num_pixels))

    def _fill_with(
        self, suggestion: Suggestion, frame: int, free: np.ndarray, gesture: int
    ) -> np.ndarray:
        """Give a suggested region its share of the gaps; returns what is left of them."""
        mask = suggestion.mask_at(frame)
        if mask is None or suggestion.category.kind is not TargetKind.STUFF:
            return free
        inside = free & mask.to_array()
        if not inside.any():
            return free
        target = self._region_target(suggestion, gesture)
        self._give(frame, {target: Mask.from_array(inside)}, gesture, "find classes")
        return free & ~inside

    def _region_target(self, suggestion: Suggestion, gesture: int) -> TargetId:
        """The unlocked region of a suggestion's class, made if there is none."""
        project, text = self._editor.document.opened, self.tr("Fill gaps")
        self._editor.make(text, lambda p: adoption(p, suggestion), None, gesture)
        category, _ = adopt_category(project, suggestion.label_set, suggestion.category.id)
        for target in project.targets.values():
            is_region = target.category == category and target.kind is TargetKind.STUFF
            if is_region and not target.is_locked:
                return target.id
        number, changes = create_target(project, None, category, TargetKind.STUFF, 0)
        self._editor.make(text, lambda _: changes, None, gesture)
        return number

    def _give(self, frame: int, shares: dict[TargetId, Mask], gesture: int, tool: str) -> None:
        source = self._editor.source(tool)
        self._editor.make(
            self.tr("Fill gaps"),
            lambda project: gaps.fill(project, frame, shares, source),
            frame,
            gesture,
        )

    @Slot()
    def resolve_overlaps(self) -> None:
        """Let each pixel of the shown frame belong to one target: the topmost."""
        frame = self._editor.view_state.shown_frame
        is_changed = self._editor.make(
            self.tr("Resolve overlaps"),
            lambda project: painting.make_exclusive(project, frame),
            frame,
        )
        if not is_changed:
            self._editor.notifications.inform(self.tr("No targets overlap on this frame."))
