"""Click advice: proposes where to click on a problem's frame, and clicks there when asked to."""

import math
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Drawing
from tarvis_app.notifications import Notifications
from tarvis_app.review.click_proposal import ClickProposal, propose_click
from tarvis_app.review.problems import Problem
from tarvis_app.review.proposal_item import ProposalItem
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.target import TargetId

PULSE_MS = 60
PULSE_STEP = 0.35
"""Radians of the pulse per tick: about one beat a second."""


class ClickAdvice(QObject):
    """Shows the proposed click of the problem that was gone to.

    Signals:
        changed: Another click is proposed, or none. Argument: the `ClickProposal` or None.
    """

    changed = Signal(object)

    def __init__(
        self,
        canvas: CanvasView,
        document: Document,
        view_state: ViewState,
        drawing: Drawing,
        notifications: Notifications,
    ) -> None:
        super().__init__(canvas)
        self._document = document
        self._view_state = view_state
        self._drawing = drawing
        self._notifications = notifications
        self._wanted: tuple[TargetId, int] | None = None
        self._beat = 0.0
        self.proposal: ClickProposal | None = None
        self.item = ProposalItem()
        canvas.scene().addItem(self.item)
        self._pulse = QTimer(self)
        self._pulse.setInterval(PULSE_MS)
        self._pulse.timeout.connect(self._beat_on)
        document.masks_changed.connect(self._follow_masks)
        document.project_opened.connect(self.clear)
        view_state.shown_frame_changed.connect(self._follow_frame)

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the action of the advice calls."""
        return {"review.click": self.propose_or_click}

    @Slot(object)
    def advise(self, problem: Problem) -> None:
        """Propose a click for a problem as soon as its frame is shown."""
        self._want(problem.target, problem.frame)

    @Slot()
    def propose_or_click(self) -> None:
        """Click where it is proposed; propose something for the active target if nothing is."""
        if self.proposal is not None:
            self._click(self.proposal)
            return
        target = self._view_state.active_target
        if target is None:
            self._notifications.inform(self.tr("Select a target first, or go to a problem (J)."))
            return
        self._want(target, self._view_state.shown_frame)
        if self.proposal is None:
            self._notifications.inform(
                self.tr(
                    "No click stands out here: the frames beside this one do not agree on one. "
                    "A box or the brush says the target anew."
                )
            )

    @Slot()
    def clear(self) -> None:
        """Propose nothing."""
        self._wanted = None
        self._show(None)

    def _want(self, target: TargetId, frame: int) -> None:
        self._wanted = (target, frame)
        self._look()

    @Slot(int)
    def _follow_frame(self, frame: int) -> None:
        if self._wanted is not None and self._wanted[1] not in (frame, self._view_state.frame):
            self.clear()  # the person went elsewhere
        else:
            self._look()

    @Slot(object)
    def _follow_masks(self, changes: tuple[MaskChange, ...]) -> None:
        if self._wanted is not None and any(c.target == self._wanted[0] for c in changes):
            self._look()

    def _look(self) -> None:
        """Propose for the wanted target if its frame is on the screen."""
        project = self._document.project
        if project is None or self._wanted is None:
            self._show(None)
            return
        target, frame = self._wanted
        summary = project.masks.track(target).summary(frame) if target in project.targets else None
        is_open = summary is not None and not summary.state.is_law
        if frame != self._view_state.shown_frame or not is_open:
            self._show(None)
            return
        if project.target(target).is_locked:
            self._show(None)
            return
        masks = project.masks.masks_at(frame)
        others = [held.mask for other, held in masks.items() if other != target]
        self._show(propose_click(project.masks.track(target), frame, others))

    def _show(self, proposal: ClickProposal | None) -> None:
        if proposal == self.proposal:
            return
        self.proposal = proposal
        if proposal is None:
            self.item.hide()
        else:
            self.item.show_at(proposal.x, proposal.y, is_positive=proposal.is_positive)
        self.follow_motion()
        self.changed.emit(proposal)

    @Slot()
    def follow_motion(self) -> None:
        """Let the ring pulse while there is one, if motion is wanted; else it stands still."""
        if self.proposal is not None and QApplication.isEffectEnabled(Qt.UIEffect.UI_General):
            self._pulse.start()
        else:
            self._pulse.stop()
            self.item.set_phase(0.0)

    def _click(self, proposal: ClickProposal) -> None:
        self._view_state.select(proposal.target)
        place = (proposal.x, proposal.y)
        self._drawing.add_point(proposal.frame, place, is_positive=proposal.is_positive)

    @Slot()
    def _beat_on(self) -> None:
        self._beat += PULSE_STEP
        self.item.set_phase(0.5 + 0.5 * math.sin(self._beat))
