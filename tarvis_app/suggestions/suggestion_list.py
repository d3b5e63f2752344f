"""SuggestionList: what waits for a decision, and the decisions: accept, reject, all above."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.counting import counted
from tarvis_app.document.document import Document
from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.requests import ClipAnswer, FindRequest
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
        current_changed: Another one is under the pointer or chosen in the list, or none.
        passed_over: Some were to be accepted and wait on. Argument: a sentence that says why.
    """

    changed = Signal()
    current_changed = Signal()
    passed_over = Signal(str)

    def __init__(self, document: Document, view_state: ViewState) -> None:
        super().__init__(document)
        self._document = document
        self._view_state = view_state
        self._found: dict[Number, Suggestion] = {}
        self._accepted: dict[Number, TargetId] = {}
        self._rejected: frozenset[Number] = frozenset()
        self._search: int | None = None
        self._current: Number | None = None
        self._has_keys = False
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

    @property
    def current(self) -> Suggestion | None:
        """The one that Enter accepts and Delete rejects."""
        return next((s for s in self._waiting if s.number == self._current), None)

    def set_current(self, number: Number | None) -> None:
        """Say which one is under the pointer, or chosen in the list."""
        if number != self._current:
            self._current = number
            self.current_changed.emit()

    @Slot()
    def show_current(self) -> None:
        """Go to the nearest frame that shows the current one, if the shown one does not."""
        current, frame = self.current, self._view_state.frame
        if current is not None and current.mask_at(frame) is None:
            self._view_state.show_frame(current.nearest_frame(frame))

    @property
    def has_keys(self) -> bool:
        """Whether a person works through the list by keys, which then mean no target's mask."""
        return self._has_keys

    def set_has_keys(self, has_keys: bool) -> None:  # noqa: FBT001 -- a property's setter
        """Say whether the keyboard is with the list; there, the next one follows a decision."""
        self._has_keys = has_keys

    @Slot()
    def clear(self) -> None:
        """Forget everything: another project is open."""
        self._found.clear()
        self._accepted.clear()
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
        before, gesture = self._current, self._document.new_gesture()
        frame, made = self._view_state.shown_frame, list[TargetId]()
        panoptic: dict[int, list[TargetId]] = {}
        is_exclusive = self._view_state.brush.is_exclusive
        text = self.tr("Accept suggestion") if len(chosen) == 1 else self.tr("Accept suggestions")
        num_covered = 0
        for held in chosen:
            known = panoptic.get(held.number[0], []) if held.is_panoptic else []
            if is_exclusive and is_covered(project, held, known):
                num_covered += 1
                continue
            self._document.edit(Edit(text, adoption(project, held), frame, gesture))
            others = panoptic.setdefault(held.number[0], []) if held.is_panoptic else []
            target, changes = acceptance(
                project, held, frame, is_exclusive=is_exclusive, disjoint=others
            )
            self._accepted[held.number] = target
            if not self._document.edit(Edit(text, changes, frame, gesture)):
                del self._accepted[held.number]
                break
            made.append(target)
            others.append(target)
        self._refresh()
        self._show_following(before)
        if made:
            self._view_state.select(*made)
        if num_covered:
            one = self.tr("One suggestion waits on: other targets have its pixels.")
            several = self.tr("{count} suggestions wait on: other targets have their pixels.")
            self.passed_over.emit(counted(num_covered, one, several))
        return tuple(made)

    def reject(self, suggestions: Iterable[Suggestion]) -> None:
        """Drop suggestions; undo lets them wait again."""
        numbers = frozenset(held.number for held in suggestions)
        if numbers:
            text = self.tr("Reject suggestion") if len(numbers) == 1 else self.tr("Reject all")
            before = self._rejected
            command = RejectCommand(text, before, before | numbers, self._set_rejected)
            current = self._current
            self._document.undo_stack.push(command)
            self._show_following(current)

    def _set_rejected(self, numbers: frozenset[Number]) -> None:
        self._rejected = numbers
        self._refresh()

    def accept_current(self) -> bool:
        """Accept the one under the pointer or chosen in the list; False if there is none."""
        current = self.current
        if current is not None:
            self.accept((current,))
        return current is not None

    def reject_current(self) -> bool:
        """Reject the one under the pointer or chosen in the list; False if there is none."""
        current = self.current
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
        before, self._waiting = self._waiting, after
        if self.current is None:
            self.set_current(self._following(before) if self._has_keys else None)
        self.changed.emit()

    def _show_following(self, decided: Number | None) -> None:
        """After a decision, show the one that is the next to be decided on."""
        if self._has_keys and self._current != decided:
            self.show_current()

    def _following(self, before: Sequence[Suggestion]) -> Number | None:
        """The one that came after the current one and waits still, else the one before it."""
        numbers = [held.number for held in before]
        if self._current not in numbers:
            return None
        place, waiting = numbers.index(self._current), {held.number for held in self._waiting}
        nearest = (*numbers[place + 1 :], *reversed(numbers[:place]))
        return next((number for number in nearest if number in waiting), None)
