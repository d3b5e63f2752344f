"""Stray clicks: a click beside its target's mask may have been meant for another object."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QKeySequence

from tarvis_app.actions import Actions
from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Drawing, Given
from tarvis_app.notifications import Notice, Notifications, Remedy
from tarvis_app.segmentation.run_writer import preview_changes
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.target import TargetId

NEAR, FAR = 0.1, 0.5
"""Distances from a mask, relative to the square root of its area. Up to the first a click corrects
the outline; beyond the second it is beside the target, whatever the network makes of it. Between
both, the click is beside the target if the answer is a piece apart."""


@dataclass(frozen=True)
class LastClick:
    """A click that is the newest step of the history."""

    click: PointExemplar
    earlier: tuple[PointExemplar, ...]
    """The clicks before it that say where the target is on the frame."""
    before: Mask | None
    """What the target looked like; None where it had no mask on the frame."""
    step: int
    """Its place in the history."""
    gesture: int
    """Of that step."""


class StrayClicks(QObject):
    """Says when a click joined a target that it is far from, and can give it to another."""

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        drawing: Drawing,
        notifications: Notifications,
        actions: Actions,
    ) -> None:
        super().__init__(drawing)
        self._document = document
        self._view_state = view_state
        self._drawing = drawing
        self._notifications = notifications
        self._actions = actions
        self._last: LastClick | None = None
        self._told: Notice | None = None
        drawing.exemplar_given.connect(self._look_at)
        document.masks_changed.connect(self._look_at_answer)
        document.undo_stack.indexChanged.connect(self._follow_history)
        view_state.frame_changed.connect(self._take_back)
        view_state.selection_changed.connect(self._follow_selection)

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the action calls."""
        return {"target.move_click": self.make_new_target}

    @Slot(object)
    def _look_at(self, given: Given) -> None:
        """A click was added, a moment before the network answers."""
        self._take_back()
        self._last = None
        project = self._document.opened
        *earlier, click = project.exemplars_at(given.target, given.frame)
        if not isinstance(click, PointExemplar) or not click.is_positive:
            return
        held = project.masks.get(given.target, given.frame)
        before = None if held is None or held.mask.is_empty else held.mask
        meant = tuple(e for e in earlier if isinstance(e, PointExemplar) and e.is_positive)
        step = self._document.undo_stack.index()
        self._last = LastClick(click, meant, before, step, given.gesture)
        if before is not None and distance(before, click) > FAR * np.sqrt(before.area):
            self._tell(self._last)

    @Slot(object)
    def _look_at_answer(self, changes: tuple[MaskChange, ...]) -> None:
        last = self._last
        if last is None or self._told is not None:
            return
        if self._view_state.shown_frame != last.click.frame:
            return  # "this click" is seen nowhere
        place = (last.click.target, last.click.frame)
        after = next((c.after for c in changes if (c.target, c.frame) == place), None)
        if after is not None and is_apart(last, after.mask):
            self._tell(last)

    def _tell(self, last: LastClick) -> None:
        targets = self._document.opened.targets
        text = self.tr("This click was added to {name}. {key} before a click begins a new target.")
        text = text.format(name=targets[last.click.target].name, key=self._key("target.new"))
        move = self.tr("Make it a new target ({key})").format(key=self._key("target.move_click"))
        remedies = [Remedy(move, self.make_new_target)]
        other = self._other_under(last.click)
        if other is not None:
            belongs = self.tr("It belongs to {name}").format(name=targets[other].name)
            remedies.append(Remedy(belongs, lambda: self._move(other)))
        self._told = self._notifications.warn(text, remedies)

    def _key(self, action_id: str) -> str:
        """The key that calls an action now; its name where it has none."""
        keys = self._actions[action_id].shortcut()
        shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
        return shown or self._actions.text(action_id)

    def _other_under(self, click: PointExemplar) -> TargetId | None:
        """The topmost other target that has the clicked pixel and can be changed."""
        project = self._document.opened
        for target in reversed(tuple(project.targets.values())):
            held = project.masks.get(target.id, click.frame)
            if target.id == click.target or target.is_locked or held is None:
                continue
            if held.mask.pixels_in(pixel_of(click)).any():
                return target.id
        return None

    @Slot()
    def make_new_target(self) -> None:
        """Take the last click from its target, and begin a new one with it."""
        if self._last is None:
            self._notifications.inform(
                self.tr("Only a left click that was the last step can become a target.")
            )
            return
        self._move()

    def _move(self, *receiver: TargetId) -> None:
        last = self._last
        if last is None:
            return
        given = self._given_by(last)
        self._document.undo()
        self._view_state.select(*receiver)
        place = (last.click.x, last.click.y)
        self._drawing.add_point(last.click.frame, place, is_positive=True)
        if given is not None and not receiver:
            self._show_until_answered(given)

    def _given_by(self, last: LastClick) -> PredictedMask | None:
        """What the answer to a click gave to its target where the click lies; None: nothing."""
        held = self._document.opened.masks.get(last.click.target, last.click.frame)
        if held is None or held.mask == last.before:
            return None
        added = held.mask if last.before is None else held.mask.difference(last.before)
        piece = piece_at(added, last.click)
        return None if piece.is_empty else PredictedMask(piece, held.score or 0.0)

    def _show_until_answered(self, given: PredictedMask) -> None:
        """Let the new target have what its click gave before, so that nothing goes and comes."""
        last = self._last
        assert last is not None, "a click was added a moment before"
        target, frame = last.click.target, last.click.frame
        changes = preview_changes(self._document.opened, target, frame, given)
        self._document.grow(last.gesture, changes)

    @Slot(int)
    def _follow_history(self, step: int) -> None:
        """Another step was made, or the click was taken back."""
        if self._last is not None and step != self._last.step:
            self._last = None
            self._take_back()

    @Slot()
    def _follow_selection(self) -> None:
        if self._last is not None and self._view_state.active_target != self._last.click.target:
            self._take_back()

    @Slot()
    def _take_back(self) -> None:
        self._notifications.withdraw(self._told)
        self._told = None


def distance(mask: Mask, click: PointExemplar) -> float:
    """How far a click lies from a mask that is not empty, in pixels; 0 inside it."""
    columns, tops, bottoms = mask.segments()
    across = np.maximum(np.abs(columns + 0.5 - click.x) - 0.5, 0)
    along = np.maximum(np.maximum(tops - click.y, click.y - bottoms), 0)
    return float(np.hypot(across, along).min())


def is_apart(last: LastClick, answer: Mask) -> bool:
    """Whether the answer to a click is a piece that touches nothing known of its target."""
    piece = piece_at(answer, last.click)
    if piece.is_empty:
        return False
    if last.before is None:
        return bool(last.earlier) and all(distance(piece, each) > 0 for each in last.earlier)
    is_near = distance(last.before, last.click) <= NEAR * np.sqrt(last.before.area)
    return not is_near and not piece.intersection_area(last.before)


def piece_at(mask: Mask, click: PointExemplar) -> Mask:
    """The connected piece of a mask that a click lies on; empty where it lies on none."""
    if not mask.pixels_in(pixel_of(click)).any():
        return Mask.empty(*mask.size)
    x_min, y_min, *_ = mask.box
    _num, labels = cv2.connectedComponents(mask.crop().astype(np.uint8), connectivity=8)
    column, row, *_ = pixel_of(click)
    is_piece = labels == labels[row - y_min, column - x_min]
    return Mask.from_crop(*mask.size, (x_min, y_min), is_piece)


def pixel_of(click: PointExemplar) -> tuple[int, int, int, int]:
    """The box (x_min, y_min, x_max, y_max) of the pixel that a click lies on."""
    x, y = int(click.x), int(click.y)
    return (x, y, x + 1, y + 1)
