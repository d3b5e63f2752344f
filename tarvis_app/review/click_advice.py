"""Click advice: proposes where to click on a problem's frame, and clicks there when asked to."""

import math
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Drawing, Given
from tarvis_app.notifications import Notice, Notifications
from tarvis_app.playback.frame_motion import FrameMotion
from tarvis_app.review.click_proposal import ClickProposal, propose_click, witnesses
from tarvis_app.review.problems import Problem
from tarvis_app.review.proposal_item import ProposalItem
from tarvis_app.review.surplus_search import Question, SurplusSearch
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId

PULSE_MS = 60
PULSE_STEP = 0.35
"""Radians of the pulse per tick: about one beat a second."""


class ClickAdvice(QObject):
    """Shows the proposed click of the problem that was gone to.

    It is on what the mask lacks. If the frames beside show nothing missing and the person asks for
    a click, the network is asked what is too much: a guess, which is shown as one.

    Signals:
        changed: Another click is proposed, or none. Argument: the `ClickProposal` or None.
        motion_wanted: It has to be known how a frame moves to others. Arguments: the frame, the
            others.
    """

    changed = Signal(object)
    motion_wanted = Signal(int, object)

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
        self._is_asked = False
        """Whether the person asked for a click and waits for an answer."""
        self._may_guess = False
        """Whether what is too much may be shown: since the person asked, until they click."""
        self._asking: Notice | None = None
        """What a person who waits is told meanwhile."""
        self._clicked: tuple[ClickProposal, Mask] | None = None
        """The proposal that was clicked last, until it is answered, and what was shown there."""
        self._said: Notice | None = None
        """What was said when it was clicked."""
        self._in_vain: dict[tuple[TargetId, int, bool], Mask] = {}
        """Masks that a proposed click did not change, by target, frame and sign."""
        self._motion: FrameMotion | None = None
        self._beat = 0.0
        self.proposal: ClickProposal | None = None
        self.surplus = SurplusSearch(self)
        self.surplus.answered.connect(self._look)
        self.item = ProposalItem()
        canvas.scene().addItem(self.item)
        self._pulse = QTimer(self)
        self._pulse.setInterval(PULSE_MS)
        self._pulse.timeout.connect(self._beat_on)
        document.masks_changed.connect(self._follow_masks)
        document.project_opened.connect(self._forget)
        view_state.shown_frame_changed.connect(self._follow_frame)

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the action of the advice calls."""
        return {"review.click": self.propose_or_click}

    @Slot(object)
    def advise(self, problem: Problem) -> None:
        """Propose a click for a problem as soon as its frame is shown."""
        self._may_guess = False
        self._want(problem.target, problem.frame)

    @Slot()
    def propose_or_click(self) -> None:
        """Click where it is proposed; propose something for the active target if nothing is."""
        if self.proposal is not None:
            self._click(self.proposal)
            return
        target = self._view_state.active_target
        if target is None:
            self._notifications.ask(self.tr("Select a target first, or go to a problem (J)."))
            return
        self._is_asked = self._may_guess = True
        self._want(target, self._view_state.shown_frame)

    @Slot(object)
    def take_motion(self, motion: FrameMotion) -> None:
        """Propose, now that it is known how the frame moves to those beside it."""
        self._motion = motion
        if self._wanted is not None and self._wanted[1] == motion.frame:
            self._look()

    @Slot(object)
    def note_answer(self, given: Given) -> None:
        """The answer to a click is there; if it is to a proposed one, see whether it was good."""
        clicked, project = self._clicked, self._document.project
        if clicked is None or project is None:
            return
        proposal, shown = clicked
        if (given.target, given.frame) != (proposal.target, proposal.frame):
            return
        self._clicked = None
        held = project.masks.get(given.target, given.frame)
        if held is None or held.mask != shown:
            return
        self._in_vain[given.target, given.frame, proposal.is_positive] = shown
        self._look()
        current = self._notifications.current
        if current in (None, self._said) or not current.remedies:  # what helps since says more
            self._notifications.ask(
                self.tr(
                    "The click changed nothing: the network sees the same as before. A box or the "
                    "brush says the target anew."
                )
            )

    @Slot()
    def _forget(self) -> None:
        self._clicked = None
        self._in_vain.clear()
        self.clear()

    @Slot()
    def clear(self) -> None:
        """Propose nothing."""
        self._wanted, self._motion = None, None
        self._is_asked = self._may_guess = False
        self.surplus.forget()
        self._withdraw_asking()
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

    @Slot()
    def _look(self) -> None:
        """Propose for the wanted target if its frame is on the screen."""
        project = self._document.project
        if project is None or self._wanted is None or not self._is_open(project, *self._wanted):
            self._settle(None)
            return
        target, frame = self._wanted
        track = project.masks.track(target)
        asked = witnesses(track, frame)
        if asked and not self._knows_motion(frame, asked):
            self._show(None)
            self.motion_wanted.emit(frame, asked)
            return
        masks = project.masks.masks_at(frame)
        others = [held.mask for other, held in masks.items() if other != target]
        motion = self._motion
        proposal = propose_click(track, motion, others) if asked and motion else None
        proposal = self._unless_in_vain(proposal, masks[target].mask)
        if proposal is not None or not self._may_guess:
            self._settle(proposal)
        else:
            self._look_for_surplus(Question(target, frame, masks[target].mask))

    def _look_for_surplus(self, question: Question) -> None:
        """Propose to take away what the mask has too much, as soon as the network has said it."""
        if self.surplus.knows(question):
            self._settle(self._unless_in_vain(self.surplus.proposal, question.mask))
            return
        self._show(None)
        if self._is_asked and self._asking is None:
            self._asking = self._notifications.inform(
                self.tr(
                    "The frames beside this one show nothing that is missing here; the network is "
                    "asked what is too much…"
                )
            )

    def _unless_in_vain(self, proposal: ClickProposal | None, shown: Mask) -> ClickProposal | None:
        """A proposal, unless a click of this kind left the mask that is shown as it is."""
        if proposal is None:
            return None
        place = (proposal.target, proposal.frame, proposal.is_positive)
        return None if self._in_vain.get(place) == shown else proposal

    def _is_open(self, project: Project, target: TargetId, frame: int) -> bool:
        """Whether the frame is shown, and a click may change what is there."""
        if frame != self._view_state.shown_frame or target not in project.targets:
            return False
        summary = project.masks.track(target).summary(frame)
        is_open = summary is not None and not summary.state.is_law
        return is_open and not project.target(target).is_locked

    def _knows_motion(self, frame: int, asked: tuple[int, ...]) -> bool:
        motion = self._motion
        return motion is not None and motion.frame == frame and set(asked) <= set(motion.flows)

    def _settle(self, proposal: ClickProposal | None) -> None:
        """Show what was found; a person who asked is told if it is nothing, or a guess."""
        self._withdraw_asking()
        self._show(proposal)
        is_asked, self._is_asked = self._is_asked, False
        if is_asked and proposal is not None and not proposal.is_positive:
            self._notifications.ask(
                self.tr(
                    "Perhaps this is too much. It is a guess and often wrong: look, and ask once "
                    "more to click it away."
                )
            )
        if is_asked and proposal is None:
            self._notifications.ask(
                self.tr(
                    "No click stands out here: neither the frames beside this one nor the "
                    "network, asked again, say where. A box or the brush says the target anew."
                )
            )

    def _withdraw_asking(self) -> None:
        self._notifications.withdraw(self._asking)
        self._asking = None

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
        self._may_guess = False
        self._view_state.select(proposal.target)
        place = (proposal.x, proposal.y)
        held = self._document.opened.masks.get(proposal.target, proposal.frame)
        self._clicked = None if held is None else (proposal, held.mask)
        self._said = self._notifications.current
        self._drawing.add_point(proposal.frame, place, is_positive=proposal.is_positive)

    @Slot()
    def _beat_on(self) -> None:
        self._beat += PULSE_STEP
        self.item.set_phase(0.5 + 0.5 * math.sin(self._beat))
