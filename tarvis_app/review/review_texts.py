"""What the review panel says: of problems, of how far one has come, and of what can be done."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence

from tarvis_app.actions import Actions
from tarvis_app.counting import counted
from tarvis_app.document.document import Document
from tarvis_app.review.problem_texts import called, reasons_text
from tarvis_app.review.problems import Problem


class ReviewTexts(QObject):
    """The sentences of the review, with the names of targets and the keys as they are now."""

    def __init__(self, document: Document, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._actions = actions

    def row(self, problem: Problem) -> str:
        """One line that says where and why."""
        targets = self._document.opened.targets
        return self.tr("{frame}  {name}: {reason}").format(
            frame=problem.frame,
            name=called(targets, problem.target),
            reason=reasons_text(problem, targets),
        )

    def reason(self, problem: Problem, place: int, count: int) -> str:
        """What is wrong on the frame that is gone to, and how far one has come.

        Args:
            problem: What is wrong.
            place: Of the problem in the list, from 1.
            count: How many there are.
        """
        targets = self._document.opened.targets
        return self.tr("Problem {place} of {count} · {name}: {reason}").format(
            place=place,
            count=count,
            name=called(targets, problem.target),
            reason=reasons_text(problem, targets),
        )

    def coverage(self, num_problems: int, confirmed: int, total: int) -> str:
        """How many problems there are, and how much a person has confirmed."""
        problems = counted(
            num_problems, self.tr("1 problem"), self.tr("{count} problems", None, num_problems)
        )
        percent = 100 * confirmed / total if total else 0.0
        text = self.tr("{problems} · {percent:.0f} % verified ({confirmed} of {total} masks)")
        return text.format(problems=problems, percent=percent, confirmed=confirmed, total=total)

    def why_empty(self, confirmed: int, num_masks: int, *, is_settled: bool) -> str:
        """Words in place of an empty list: what it is for, and what can be done."""
        if not num_masks:
            return self.tr(
                "Nothing to review yet.\n\nWhen a target is tracked, frames that look wrong "
                "are listed here, the worst first."
            )
        if confirmed == num_masks:
            return self.tr("Every mask is verified.")
        if not is_settled:
            return self.tr("Looking for problems…")
        return self.tr(
            "No problems found.\n\n{verify} says that the shown frame is right and goes to the "
            "next unverified one; export when you have seen enough."
        ).format(verify=self._key("review.verify"))

    def at_the_end(self, confirmed: int, num_masks: int) -> str:
        """What is said where nothing that is shown waits to be confirmed."""
        left = num_masks - confirmed
        if not num_masks:
            return self.tr("There is no mask to verify yet.")
        if not left:
            return self.tr("Every mask is verified.")
        return counted(
            left,
            self.tr(
                "Everything shown is verified. 1 mask is not: its target is hidden, locked or not "
                "selected."
            ),
            self.tr(
                "Everything shown is verified. {count} masks are not: their targets are hidden, "
                "locked or not selected.",
                None,
                left,
            ),
        )

    def proposal(self, *, is_positive: bool) -> str:
        """What the ring on the frame is."""
        text = self.tr("Dashed ring: this seems to be missing. {key} clicks there.")
        if not is_positive:
            text = self.tr("Dashed ring: perhaps too much, a guess. {key} clicks it away.")
        return text.format(key=self._key("review.click"))

    def what_to_do(self) -> str:
        """What can be done on a problem's frame where no click stands out."""
        text = self.tr("Wrong? Click what is missing, or say it anew: {box} box, {brush} brush.")
        text = text.format(box=self._key("tool.box"), brush=self._key("tool.brush"))
        return f"{text}\n{self.how_to_go_on()}"

    def how_to_go_on(self) -> str:
        """The keys of the review."""
        text = self.tr("{next}: next problem · {verify}: right as it is, go on")
        return text.format(next=self._key("review.next"), verify=self._key("review.verify"))

    def how_to_finish(self, confirmed: int, num_masks: int) -> str:
        """The key of the review where no problem is listed; nothing where no mask waits for it."""
        if confirmed == num_masks:
            return ""
        text = self.tr("{verify}: all masks on this frame are right, on to the next unverified one")
        return text.format(verify=self._key("review.verify"))

    def _key(self, action_id: str) -> str:
        """The key that calls an action now; its name where it has none."""
        keys = self._actions[action_id].shortcut()
        shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
        return shown or self._actions.text(action_id)
