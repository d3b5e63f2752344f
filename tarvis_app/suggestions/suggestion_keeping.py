"""Suggestions outlive the window: what waits is kept in the project's file, beside the view."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, Slot

from tarvis_app.opening import Opening
from tarvis_app.segmentation.runs import Runs
from tarvis_app.suggestions.suggestion import Suggestion
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_core.annotation.label_set import Category, Colour
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind
from tarvis_core.errors import ProjectFileError

log = logging.getLogger(__name__)

SETTING = "suggestions"
SAVE_AFTER_MS = 1000


class SuggestionKeeping(QObject):
    """Writes what waits a moment after it changed, and brings it back with the project."""

    def __init__(self, suggestions: SuggestionList, opening: Opening, runs: Runs) -> None:
        super().__init__(suggestions)
        self._suggestions = suggestions
        self._opening = opening
        self._runs = runs
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_AFTER_MS)
        self._timer.timeout.connect(self._save_unless_running)
        suggestions.changed.connect(self._timer.start)
        runs.ended.connect(self._timer.start)
        opening.opened.connect(self.restore)

    @Slot()
    def restore(self) -> None:
        """Let wait again what waited when the project was last open."""
        file = self._opening.file
        held = None if file is None else file.view_settings.get(SETTING)
        if not held:
            return
        try:
            self._suggestions.restore([from_json(each) for each in held])
        except (KeyError, TypeError, ValueError) as error:
            log.warning("suggestions of %s are damaged and left out: %s", file, error)
        self._timer.stop()

    @Slot()
    def _save_unless_running(self) -> None:
        """A search that goes on changes the list clip by clip; its end starts the timer again."""
        if not self._runs.is_running:
            self.save()

    def save(self) -> None:
        """Write what waits now."""
        self._timer.stop()
        file = self._opening.file
        if file is None or file.is_read_only:
            return
        try:
            file.set_view_settings({SETTING: to_json(self._suggestions.waiting)})
        except ProjectFileError as error:
            log.warning("suggestions were not kept: %s", error)

    def save_at_last(self) -> None:
        """Write what is not written yet: the window closes."""
        if self._timer.isActive():
            self.save()


def to_json(suggestions: Sequence[Suggestion]) -> list[Any]:
    """Suggestions as values of JSON."""
    return [
        {
            "number": list(held.number),
            "label_set": held.label_set,
            "category": [held.category.id, held.category.name, held.category.kind.value],
            "score": held.score,
            "weights": held.weights,
            "is_panoptic": held.is_panoptic,
            "colour": None if held.colour is None else list(held.colour),
            "masks": {
                str(frame): [each.mask.to_coco_rle()["counts"], each.score, each.disagreement]
                for frame, each in held.masks.items()
            },
            "size": list(next(iter(held.masks.values())).mask.size),
        }
        for held in suggestions
    ]


def from_json(held: Mapping[str, Any]) -> Suggestion:
    """A suggestion from what `to_json` made of it.

    Raises:
        ValueError: A mask or a kind is damaged.
        KeyError: Something is missing.
    """
    search, target = held["number"]
    category, name, kind = held["category"]
    masks = {
        int(frame): PredictedMask(
            Mask.from_coco_rle({"size": held["size"], "counts": counts}), score, disagreement
        )
        for frame, (counts, score, disagreement) in held["masks"].items()
    }
    return Suggestion(
        (int(search), TargetId(target)),
        str(held["label_set"]),
        Category(CategoryId(category), str(name), TargetKind(kind)),
        float(held["score"]),
        masks,
        str(held["weights"]),
        is_panoptic=bool(held["is_panoptic"]),
        colour=_colour_of(held.get("colour")),
    )


def _colour_of(held: Any) -> Colour | None:
    """The colour that a suggestion had; None where nobody noted it."""
    if held is None:
        return None
    red, green, blue = (int(part) for part in held)
    return red, green, blue
