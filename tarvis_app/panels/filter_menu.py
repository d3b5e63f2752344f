"""The menu of the target list's funnel: a state, a class and a limit of the score."""

from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from tarvis_app.document.target_list_model import TargetListModel
from tarvis_app.panels.target_filter import ANY, Narrowing, Shown
from tarvis_core.annotation.target import CategoryId

LIMITS = (90, 75, 60, 45, 30)
"""Scores that the menu offers, in per cent; the slider has those between."""


class FilterMenu(QMenu):
    """Chooses what the list is narrowed to; when it opens, it offers what there is.

    Signals:
        chosen: Argument: the `Narrowing`.
    """

    chosen = Signal(object)

    def __init__(self, model: TargetListModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.narrowing = Narrowing()
        """What holds now."""
        self.categories = QMenu(self.tr("Class"), self)
        self.scores = QMenu(self.tr("Score on this frame"), self)
        self.aboutToShow.connect(self.fill)

    @Slot()
    def fill(self) -> None:
        """Offer everything; what holds is ticked."""
        now = self.narrowing
        for menu in (self, self.categories, self.scores):
            menu.clear()
        self._offer(self, self.tr("All targets"), Narrowing())
        for shown, text in self._kinds().items():
            is_held = shown is now.shown
            wanted = replace(now, shown=Shown.ALL if is_held else shown)
            self._offer(self, text, wanted, is_held=is_held)
        self.addSeparator()
        self.addMenu(self.categories)
        self.addMenu(self.scores)
        self._offer(self.categories, self.tr("Any class"), replace(now, category=ANY))
        for category in self._model.categories():
            self._offer(
                self.categories, self._category_text(category), replace(now, category=category)
            )
        self._offer(self.scores, self.tr("Any score"), replace(now, score_below_percent=None))
        for limit in LIMITS:
            text = self.tr("Below {percent} %").format(percent=limit)
            self._offer(self.scores, text, replace(now, score_below_percent=limit))

    def _offer(
        self, menu: QMenu, text: str, narrowing: Narrowing, *, is_held: bool | None = None
    ) -> None:
        action = menu.addAction(text.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(narrowing == self.narrowing if is_held is None else is_held)
        action.triggered.connect(lambda _checked: self.chosen.emit(narrowing))

    def words(self, narrowing: Narrowing) -> str:
        """What the listed targets have in common."""
        parts = []
        if narrowing.shown is not Shown.ALL:
            parts.append(self._kinds()[narrowing.shown])
        if narrowing.category is not ANY:
            parts.append(self._category_text(narrowing.category))
        if narrowing.score_below_percent is not None:
            text = self.tr("score below {percent}\N{NO-BREAK SPACE}%")
            parts.append(text.format(percent=narrowing.score_below_percent))
        return " · ".join(parts)

    def _kinds(self) -> dict[Shown, str]:
        return {
            Shown.HERE: self.tr("On this frame"),
            Shown.TO_REVIEW: self.tr("Needs review"),
            Shown.WITHOUT_KEYFRAME: self.tr("Without a keyframe"),
            Shown.HIDDEN: self.tr("Hidden"),
            Shown.LOCKED: self.tr("Locked"),
            Shown.THINGS: self.tr("Things"),
            Shown.STUFF: self.tr("Stuff"),
        }

    def _category_text(self, category: CategoryId | None) -> str:
        return self._model.category_name(category) or self.tr("No class")
