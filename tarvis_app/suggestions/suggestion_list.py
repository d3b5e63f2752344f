"""SuggestionList: what waits for a decision, and the decisions: accept, reject, all above."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.counting import counted
from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.requests import ClipAnswer, FindRequest
from tarvis_app.suggestions.accepted_growth import AcceptedGrowth
from tarvis_app.suggestions.reject_command import RejectCommand
from tarvis_app.suggestions.suggestion import (
    Number,
    Suggestion,
    acceptance,
    adoption,
    candidate_of,
    is_covered,
    is_target_already,
    suggestion_of,
)
from tarvis_app.suggestions.suggestion_choice import SuggestionChoice
from tarvis_app.suggestions.suggestion_colours import coloured
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.doubles import doubles
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.segmentation import ClassRequest
from tarvis_core.annotation.target import TargetId

DEFAULT_THRESHOLD = 0.5


class SuggestionList(QObject):
    """Everything that class search found and nobody decided on.

    A suggestion is no part of the project; accepted, it becomes a target with one undoable edit,
    and undoing that lets it wait again.

    Signals:
        changed: Others wait, or the threshold moved.
        passed_over: Some were to be accepted and wait on. Argument: a sentence that says why.
    """

    changed = Signal()
    passed_over = Signal(str)

    def __init__(self, document: Document, view_state: ViewState) -> None:
        super().__init__(document)
        self._document = document
        self._view_state = view_state
        self._found: dict[Number, Suggestion] = {}
        self._accepted: dict[Number, TargetId] = {}
        self.growth = AcceptedGrowth(document, view_state, self._found)
        self._rejected: frozenset[Number] = frozenset()
        self._search: int | None = None
        self.choice = SuggestionChoice(view_state, self)
        self._threshold = DEFAULT_THRESHOLD
        self._waiting: tuple[Suggestion, ...] = ()
        document.project_opened.connect(self.clear)
        document.targets_changed.connect(self._refresh)

    @property
    def waiting(self) -> tuple[Suggestion, ...]:
        """What waits for a decision, the surest first."""
        return self._waiting

    @property
    def above(self) -> tuple[Suggestion, ...]:
        """What waits and is at least as sure as the threshold."""
        return tuple(s for s in self._waiting if s.score >= self._threshold)

    @property
    def threshold(self) -> float:
        """The score, 0…1, from which on suggestions are shown and accepted together."""
        return self._threshold

    def set_threshold(self, threshold: float) -> None:
        """Show and accept together what is at least as sure as this."""
        if threshold != self._threshold:
            self._threshold = threshold
            self.changed.emit()

    @Slot()
    def clear(self) -> None:
        """Forget everything: another project is open."""
        self._found.clear()
        self._accepted.clear()
        self.growth.clear()
        self._rejected = frozenset()
        self._search = None
        self._refresh()

    def restore(self, suggestions: Iterable[Suggestion]) -> None:
        """Let wait what waited when the project was last open."""
        for place, held in enumerate(suggestions):
            number = (-place, held.number[1])  # searches of this session count from 1
            self._found[number] = replace(held, number=number)
        self._refresh()

    @Slot(object)
    def take(self, answer: ClipAnswer) -> None:
        """Take in one clip of a search."""
        assert isinstance(answer.job, FindRequest), "only class search finds"
        request = answer.job.request
        if answer.job.number != self._search:
            self._search = answer.job.number
            self._drop_searched_again(request)
        label_set = load_label_set(request.label_set)
        for found in answer.clip.found:
            number = (answer.job.number, found.target)
            masks = answer.clip.masks.get(found.target, {})
            known = self._found.get(number)
            if known is None:
                category = label_set.category(found.category)
                known = suggestion_of(number, category, found, answer)
            self._found[number] = known.grown(found, masks)
        self.growth.catch_up()
        self._refresh()

    def _drop_searched_again(self, request: ClassRequest) -> None:
        """What waits of the classes that are searched anew gives way to what is found now."""
        for held in self._waiting:
            is_asked = request.categories is None or held.category.id in request.categories
            if held.label_set == request.label_set and is_asked:
                del self._found[held.number]

    def drop_known(self) -> int:
        """Leave out what is a target already; returns how many that were."""
        project = self._document.project
        if project is None:
            return 0
        known = [held.number for held in self._waiting if is_target_already(project, held)]
        for number in known:
            del self._found[number]
        self._refresh()
        return len(known)

    def drop_doubles(self) -> int:
        """Leave out what a surer suggestion of the same class shows; returns how many that were."""
        twice = doubles([candidate_of(held) for held in self._waiting])
        for position in twice:
            del self._found[self._waiting[position].number]
        self._refresh()
        return len(twice)

    def accept(self, suggestions: Iterable[Suggestion]) -> tuple[TargetId, ...]:
        """Make targets of suggestions, as one step of the history; they are selected."""
        project = self._document.project
        chosen = tuple(suggestions)
        if project is None or not chosen:
            return ()
        before = self.choice.number
        text = self.tr("Accept suggestion") if len(chosen) == 1 else self.tr("Accept suggestions")
        step = Edit(text, (), self._view_state.shown_frame, self._document.new_gesture())
        made, num_covered = list[TargetId](), 0
        panoptic: dict[int, list[TargetId]] = {}
        for held in chosen:
            others = panoptic.setdefault(held.number[0], []) if held.is_panoptic else []
            if self._view_state.brush.is_exclusive and is_covered(project, held, others):
                num_covered += 1
                continue
            target = self._make_target(held, step, others)
            if target is None:
                break
            made.append(target)
            others.append(target)
        self._refresh()
        self.choice.follow_decision(before)
        if made:
            self._view_state.select(*made)
        if num_covered:
            one = self.tr("One suggestion waits on: other targets have its pixels.")
            several = self.tr(
                "{count} suggestions wait on: other targets have their pixels.", None, num_covered
            )
            self.passed_over.emit(counted(num_covered, one, several))
        return tuple(made)

    def _make_target(
        self, held: Suggestion, step: Edit, others: Sequence[TargetId]
    ) -> TargetId | None:
        """Make a target of a suggestion, as a part of a step; None if that was not written.

        Args:
            held: The suggestion.
            step: Gives the text, frame and gesture.
            others: Targets made of the same panoptic search, with which it shares no pixel.
        """
        project, frame = self._document.opened, self._view_state.shown_frame
        self._document.edit(replace(step, changes=tuple(adoption(project, held))))
        is_exclusive = self._view_state.brush.is_exclusive
        target, changes = acceptance(
            project, held, frame, is_exclusive=is_exclusive, disjoint=others
        )
        self._accepted[held.number] = target
        if self._document.edit(replace(step, changes=tuple(changes))):
            self.growth.note(held, target, step.gesture)
            return target
        del self._accepted[held.number]
        return None

    def reject(self, suggestions: Iterable[Suggestion]) -> None:
        """Drop suggestions; undo lets them wait again."""
        numbers = frozenset(held.number for held in suggestions)
        if numbers:
            text = self.tr("Reject suggestion") if len(numbers) == 1 else self.tr("Reject all")
            before = self._rejected
            command = RejectCommand(text, before, before | numbers, self._set_rejected)
            chosen = self.choice.number
            self._document.undo_stack.push(command)
            self.choice.follow_decision(chosen)

    def _set_rejected(self, numbers: frozenset[Number]) -> None:
        self._rejected = numbers
        self._refresh()

    def accept_current(self) -> bool:
        """Accept the one under the pointer or chosen in the list; False if there is none."""
        current = self.choice.current
        if current is not None:
            self.accept((current,))
        return current is not None

    def reject_current(self) -> bool:
        """Reject the one under the pointer or chosen in the list; False if there is none."""
        current = self.choice.current
        if current is not None:
            self.reject((current,))
        return current is not None

    @Slot()
    def accept_above(self) -> bool:
        """Accept all that reach the threshold; False if there are none."""
        return bool(self.accept(self.above))

    @Slot()
    def reject_all(self) -> None:
        """Reject everything that waits."""
        self.reject(self._waiting)

    @Slot()
    def _refresh(self) -> None:
        project = self._document.project
        targets = {} if project is None else project.targets
        taken = {number for number, target in self._accepted.items() if target in targets}
        waiting = [
            held
            for number, held in self._found.items()
            if held.masks and number not in taken and number not in self._rejected
        ]
        waiting.sort(key=lambda held: (-held.score, held.number))
        after = tuple(waiting) if project is None else coloured(waiting, project)
        self._found.update({held.number: held for held in after})
        if project is not None:
            colours = (held.colour for held in after)
            project.reserved_colours = frozenset(each for each in colours if each is not None)
        if after == self._waiting:
            return
        self._waiting = after
        self.choice.follow(after)
        self.changed.emit()
