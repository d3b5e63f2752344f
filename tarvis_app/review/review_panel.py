"""The review panel: the queue as a list, how much is verified, and the way to the next problem."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
)

from tarvis_app.actions import Actions
from tarvis_app.document.document import Document
from tarvis_app.document.keyframe_editing import KeyframeEditing
from tarvis_app.panels.quiet_bar import QuietBar
from tarvis_app.panels.shrinking_panel import ShrinkingPanel
from tarvis_app.review.click_proposal import ClickProposal
from tarvis_app.review.problems import Problem, rank
from tarvis_app.review.review_queue import ReviewQueue
from tarvis_app.review.review_texts import ReviewTexts
from tarvis_app.review.unconfirmed import next_unconfirmed
from tarvis_app.view_state import ViewState

MAX_ROWS = 500
PROBLEM_ROLE = Qt.ItemDataRole.UserRole + 1


class ReviewPanel(ShrinkingPanel):
    """Lists problems, worst first, and goes to them.

    Signals:
        problem_shown: A problem was gone to. Argument: the `Problem`.
        reason_changed: Something else is wrong on the frame, or nothing. Argument: a line; may be
            empty.
        nothing_listed: There is no problem to go to, or nothing to verify. Argument: a sentence.
    """

    problem_shown = Signal(object)
    reason_changed = Signal(str)
    nothing_listed = Signal(str)

    def __init__(
        self,
        queue: ReviewQueue,
        document: Document,
        view_state: ViewState,
        keyframes: KeyframeEditing,
        actions: Actions,
    ) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._queue = queue
        self._document = document
        self._view_state = view_state
        self._keyframes = keyframes
        self._texts = ReviewTexts(document, actions, self)
        self.list = QListWidget(self)
        self._empty = QLabel(self)
        self._text = QLabel(self)
        self._advice = QLabel(self)
        self._proposal: ClickProposal | None = None
        self._visited: Problem | None = None
        self._said_at_end = ""
        self._bar = QuietBar(self)
        self._place(actions)
        self.list.itemActivated.connect(self._go_to_item)
        self.list.itemClicked.connect(self._go_to_item)
        view_state.frame_changed.connect(self._say_advice)
        queue.changed.connect(self._fill)
        queue.settled.connect(self._say_why_empty)
        document.masks_changed.connect(self._show_coverage)
        document.project_opened.connect(self._show_coverage)
        document.targets_changed.connect(self._name_rows)
        for changed in (document.masks_changed, document.project_opened, document.targets_changed):
            changed.connect(self._forget_what_was_said)
        self._fill()

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the actions of the review call."""
        return {
            "review.next": self.go_to_next,
            "review.previous": self.go_to_previous,
            "review.verify": self.verify_and_go_on,
        }

    def _place(self, actions: Actions) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        self._text.setWordWrap(True)
        self._bar.setTextVisible(False)
        self._bar.setMaximumHeight(8)
        self._bar.setAccessibleName(self.tr("Verified masks"))
        self.list.setAccessibleName(self.tr("Problems"))
        self.list.setToolTip(self.tr("A click goes to where it is"))
        self.list.setWordWrap(True)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout.addWidget(self._text)
        layout.addWidget(self._bar)
        layout.addWidget(self.list, stretch=1)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        layout.addWidget(self._empty, stretch=1)
        self._advice.setWordWrap(True)
        self._advice.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        layout.addWidget(self._advice)
        self._say_advice()
        row = QHBoxLayout()
        for action_id in ("review.previous", "review.next", "review.verify", "review.click"):
            button = QToolButton(self)
            button.setDefaultAction(actions[action_id])
            button.setAccessibleName(actions.text(action_id))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            row.addWidget(button)
        layout.addLayout(row)

    @Slot(object)
    def show_advice(self, proposal: ClickProposal | None) -> None:
        """Say in words which click is proposed."""
        self._proposal = proposal
        self._say_advice()

    @Slot()
    def _say_advice(self) -> None:
        """What is wrong on the frame, and what can be done: for a problem's, or to go on."""
        self.reason_changed.emit(self.reason())
        self._show_advice()

    def _show_advice(self) -> None:
        problem = self.current()
        if self._proposal is not None:
            self._advice.setText(self._texts.proposal(is_positive=self._proposal.is_positive))
        elif problem is not None and problem.frame == self._view_state.frame:
            self._advice.setText(self._texts.what_to_do())
        elif self._queue.problems:
            self._advice.setText(self._texts.how_to_go_on())
        else:
            self._advice.setText(self._texts.how_to_finish(*self._queue.coverage()))

    @Slot()
    def _fill(self) -> None:
        current = self.current()
        self.list.clear()
        for problem in self._queue.problems[:MAX_ROWS]:
            item = QListWidgetItem()
            item.setData(PROBLEM_ROLE, problem)
            self.list.addItem(item)
            if problem.is_at_place_of(current):
                self.list.setCurrentItem(item)
        self._name_rows()
        self._show_coverage()
        self._say_advice()

    @Slot()
    def _name_rows(self) -> None:
        """Say in each row what its target is called now."""
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setText(self._texts.row(item.data(PROBLEM_ROLE)))
            item.setToolTip(item.text())

    @Slot()
    def _say_why_empty(self) -> None:
        has_problems = bool(self.list.count())
        self.list.setVisible(has_problems)
        self._empty.setVisible(not has_problems)
        is_settled, coverage = self._queue.is_settled, self._queue.coverage()
        self._empty.setText(self._texts.why_empty(*coverage, is_settled=is_settled))

    def reason(self) -> str:
        """What is wrong on the frame that is gone to, and how far one has come; else nothing."""
        problem = self.current()
        is_here = problem is not None and problem.frame == self._view_state.frame
        if problem is None or not is_here or self._document.project is None:
            return ""
        row, count = self.list.currentRow(), len(self._queue.problems)
        return self._texts.reason(problem, row + 1, count)

    @Slot()
    def _show_coverage(self) -> None:
        confirmed, total = self._queue.coverage()
        self._bar.setRange(0, max(1, total))
        self._bar.setValue(confirmed)
        self._text.setText(self._texts.coverage(len(self._queue.problems), confirmed, total))
        self._say_why_empty()
        self._show_advice()

    def current(self) -> Problem | None:
        """The problem that was gone to last, if it is still listed."""
        item = self.list.currentItem()
        return None if item is None else item.data(PROBLEM_ROLE)

    @Slot()
    def go_to_next(self) -> None:
        """Go to the next worse-to-better problem; after the last to the first."""
        self._step(1)

    @Slot()
    def go_to_previous(self) -> None:
        """Go to the problem before."""
        self._step(-1)

    @Slot()
    def verify_and_go_on(self) -> None:
        """Confirm what is shown, and go to the next problem, or to what is left to confirm.

        On a problem's frame the selected targets are confirmed, mostly the one with the problem;
        elsewhere all that are shown. A frame that is not on the screen yet is not passed over.
        """
        frame, problem = self._view_state.shown_frame, self.current()
        if frame != self._view_state.frame:
            return
        if problem is not None and problem.frame == frame:
            self._keyframes.verify_selected()
        else:
            self._keyframes.verify_frame()
        if self.list.count():
            self._step(1)
        else:
            self._go_to_unconfirmed(frame)

    def _go_to_unconfirmed(self, frame: int) -> None:
        """Go to the next frame that shows an unconfirmed mask; if there is none, say so once."""
        project = self._document.project
        if project is None:
            return
        unconfirmed = next_unconfirmed(project, self._keyframes.shown_targets(), frame)
        if unconfirmed is not None:
            self._view_state.show_frame(unconfirmed)
            return
        text = self._texts.at_the_end(*self._queue.coverage())
        if text != self._said_at_end:
            self._said_at_end = text
            self.nothing_listed.emit(text)

    @Slot()
    def _forget_what_was_said(self) -> None:
        self._said_at_end = ""

    def _step(self, step: int) -> None:
        count = self.list.count()
        if not count:
            self.nothing_listed.emit(self.tr("The review lists no problem."))
            return
        row = self._row_beside(step) % count
        self.list.setCurrentRow(row)
        self._go_to_item(self.list.item(row))

    def _row_beside(self, step: int) -> int:
        """The row a step away; a problem that was solved counts from where it was listed."""
        row = self.list.currentRow()
        if row >= 0:
            return row + step
        if self._visited is None:
            return 0 if step > 0 else -1
        place = rank(self._visited)
        before = sum(rank(p) < place for p in self._queue.problems[:MAX_ROWS])
        return before if step > 0 else before - 1

    @Slot(QListWidgetItem)
    def _go_to_item(self, item: QListWidgetItem) -> None:
        problem: Problem = item.data(PROBLEM_ROLE)
        self._visited = problem
        self._view_state.show_frame(problem.frame)
        self._view_state.select(problem.target)
        self._say_advice()
        self.problem_shown.emit(problem)
