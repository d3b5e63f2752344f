"""Classes to look for: a label set, and a searchable list with boxes to tick."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from tarvis_app.panels.class_list import ClassList
from tarvis_core.annotation.label_set import (
    LabelSet,
    list_label_sets,
    load_label_set,
    names_classes,
)
from tarvis_core.annotation.segmentation import ClassTask
from tarvis_core.annotation.target import CategoryId

TITLES = {
    "youtube_vis": "YouTube-VIS 2021",
    "youtube_vis_2019": "YouTube-VIS 2019",
    "ovis": "OVIS",
    "kitti_step": "KITTI-STEP",
    "cityscapes": "Cityscapes",
    "cityscapes_vps": "Cityscapes-VPS",
    "vipseg": "VIPSeg",
    "coco": "COCO (80 things)",
    "coco_panoptic": "COCO panoptic",
    "coco_supercategories": "COCO super-categories",
    "ade20k": "ADE20K",
    "mapillary": "Mapillary Vistas",
}


class ClassPicker(QWidget):
    """Lets a person choose a label set, a task and some of its classes.

    Signals:
        chosen_changed: Other classes, another set or task are chosen.
    """

    chosen_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label_set = LabelSet("", ())
        self._wanted_set = ""
        self._awaited = ""
        self._has_search = False
        self._sets = QComboBox(self)
        self._sets.setAccessibleName(self.tr("Label set"))
        self._sets.setToolTip(self.tr("The data set whose classes are listed"))
        self._sets.setPlaceholderText(self.tr("Label set"))
        self._task = QComboBox(self)
        self._task.setAccessibleName(self.tr("What to find"))
        self._task.setToolTip(
            self.tr("Things one by one, each with its track, or a class for every pixel")
        )
        self._task.addItem(self.tr("Things, one by one"), ClassTask.INSTANCES)
        self._task.addItem(self.tr("Every pixel (panoptic)"), ClassTask.PANOPTIC)
        self.classes = ClassList(self)
        self.count = QLabel(self)
        """How many classes are chosen; placed by who shows the picker."""
        self.count.setWordWrap(True)
        for box in (self._sets, self._task):
            box.setMinimumContentsLength(8)
        self.count.setProperty("faint", True)  # noqa: FBT003 -- Qt's own signature
        self._place()
        self._connect()
        self.await_model(self.tr("Classes are listed when the model is loaded."))

    def _connect(self) -> None:
        self._sets.currentIndexChanged.connect(self._load)
        self._sets.activated.connect(self._note_wanted_set)
        self._task.currentIndexChanged.connect(self._fill)
        self.classes.ticked_changed.connect(self._note_choice)

    def _place(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._sets)
        layout.addWidget(self._task)
        layout.addWidget(self.classes, stretch=1)

    def await_model(self, reason: str) -> None:
        """Offer nothing until a network is loaded, and say why; what is picked is kept in mind."""
        self._awaited = reason
        self._enable()
        self._note_choice()

    def note_search(self, *, is_waiting: bool) -> None:
        """Say whether a search starts as soon as the network is loaded."""
        self._has_search = is_waiting
        self._note_choice()

    def offer_label_sets(self, known: tuple[str, ...]) -> None:
        """Offer the label sets that the loaded network knows; what is ticked stays if it can."""
        self._awaited = ""
        names = [n for n in known if n in list_label_sets() and names_classes(n)]
        self._sets.blockSignals(True)  # noqa: FBT003 -- Qt's own signature
        self._sets.clear()
        for name in names:
            self._sets.addItem(TITLES.get(name, name), name)
        self._sets.setCurrentIndex(max(0, self._sets.findData(self._wanted_set)))
        self._sets.blockSignals(False)  # noqa: FBT003 -- Qt's own signature
        if self._sets.currentData() == self._label_set.name:
            self._enable()
            self._note_choice()
        else:
            self._load()

    @property
    def is_awaiting(self) -> bool:
        """Whether nobody knows yet what there is to choose."""
        return bool(self._awaited)

    @property
    def has_search(self) -> bool:
        """Whether a search waits for the network."""
        return self._has_search

    @property
    def knows_classes(self) -> bool:
        """Whether there is anything to choose."""
        return bool(self._label_set.categories) and not self._awaited

    @property
    def label_set(self) -> str:
        """Name of the chosen label set."""
        return self._label_set.name

    @property
    def task(self) -> ClassTask:
        """What is to be found."""
        task = self._task.currentData()
        assert isinstance(task, ClassTask), "the box holds tasks"
        return task

    @property
    def categories(self) -> tuple[CategoryId, ...] | None:
        """The ticked classes; None, which means all, where none is ticked."""
        return self.classes.ticked or None

    @Slot()
    def _load(self) -> None:
        name = self._sets.currentData()
        self._label_set = load_label_set(name) if name else LabelSet("", ())
        has_stuff = bool(self._label_set.stuff)
        model = self._task.model()
        assert isinstance(model, QStandardItemModel), "a combo box keeps its rows in one"
        model.item(1).setEnabled(has_stuff)
        self._enable()
        if not has_stuff:
            self._task.setCurrentIndex(0)
        self._fill()

    def _enable(self) -> None:
        for widget in (self._sets, self._task, self.classes):
            widget.setEnabled(self.knows_classes)

    @Slot()
    def _note_wanted_set(self) -> None:
        self._wanted_set = self._sets.currentData() or ""

    @Slot()
    def _fill(self) -> None:
        shows_stuff = self.task is ClassTask.PANOPTIC
        shown = self._label_set.categories if shows_stuff else self._label_set.things
        self.classes.show_classes(shown)

    @Slot()
    def _note_choice(self) -> None:
        self.count.setText(self._count_text())
        self.chosen_changed.emit()

    def _count_text(self) -> str:
        """What is chosen, or why nothing can be."""
        chosen, total = self.categories, self.classes.model.rowCount()
        if self._has_search:
            return self.tr("Starts when the model is loaded.")
        if self._awaited:
            return self._awaited
        if not total:
            return self.tr("The loaded model knows no classes.")
        if chosen is None:
            return self.tr("All {total} classes").format(total=total)
        return self.tr("{count} of {total} classes").format(count=len(chosen), total=total)
