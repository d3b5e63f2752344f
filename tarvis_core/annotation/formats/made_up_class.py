"""Classes for targets that have none, in formats where each target needs one."""

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo
from tarvis_core.annotation.formats.loss import LossCounter, LossKind, place_of
from tarvis_core.annotation.label_set import Category, LabelSet
from tarvis_core.annotation.target import CategoryId, TargetId, TargetKind
from tarvis_core.sentence import Text

MADE_UP_NAME = "object"


class CategoryChooser:
    """Gives every target a class; the made-up one, which is a loss, to those without."""

    def __init__(self, label_set: LabelSet, losses: LossCounter) -> None:
        self.label_set = label_set
        """The classes; with the made-up one as soon as a target needed it."""
        self._losses = losses
        self._made_up: CategoryId | None = None

    def categories(self, video: AnnotatedVideo) -> dict[TargetId, CategoryId]:
        """The class of each target of a video."""
        return {
            target.id: self._made_up_class(place_of(video.name, target.id))
            if target.category is None
            else target.category
            for target in video.targets
        }

    def _made_up_class(self, place: Text) -> CategoryId:
        self._losses.add(LossKind.NO_CLASS, place)
        if self._made_up is None:
            existing = self.label_set.by_name(MADE_UP_NAME)
            number = existing.id if existing else self._next_id()
            if existing is None:
                made_up = Category(number, MADE_UP_NAME, TargetKind.THING)
                categories = (*self.label_set.categories, made_up)
                self.label_set = LabelSet(self.label_set.name, categories)
            self._made_up = number
        return self._made_up

    def _next_id(self) -> CategoryId:
        return CategoryId(max((c.id for c in self.label_set.categories), default=0) + 1)
