"""Stills of a folder with a manifest as a data set of joint runs, with super-categories as classes.

Three kinds, by what is labelled on them: every pixel (VIS, VPS, objects), all things (VIS,
objects), or some objects (objects only).
"""

from functools import partial
from pathlib import Path

from PIL import Image
from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.label_set import LabelSet, load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import Target, TargetId, TargetKind
from training.augmentation import visible_labels
from training.class_questions import CLASS_LIST, class_tasks, is_thing_row, supercategory_rows
from training.clip_sample import Task
from training.data_manifest import IGNORED_LABEL, LabelledFrame, read_manifest
from training.datasets.source_recipes import FrameRule, SourceRecipe

FORMAT_ID = "manifest"
"""Says in a recipe that no annotation format reads the data, but this module."""


def _recipe(*tasks: Task) -> SourceRecipe:
    return SourceRecipe(
        FORMAT_ID,
        CLASS_LIST,
        (*tasks, Task.OBJECTS),
        FrameRule.STILL,
        shorter_sides=(288, 320, 352),
        min_pixels=50,
        shares_crop=False,
    )


MANIFEST_RECIPES = {
    "PANOPTIC_STILLS": _recipe(Task.VIS, Task.VPS),
    "STILLS_OF_THINGS": _recipe(Task.VIS),
    "STILLS": _recipe(),
}
"""By the name that run files give a source; its path is the folder with `manifest.json`."""


class ManifestStills(DatasetReader):
    """The training stills that can serve all tasks of a recipe."""

    def __init__(
        self, folder: Path, recipe: SourceRecipe, *, includes_academic: bool = True
    ) -> None:
        """List the stills.

        Args:
            folder: Holds `manifest.json`.
            recipe: One of `MANIFEST_RECIPES`.
            includes_academic: Whether sources with academic terms take part.

        Raises:
            FormatError: The manifest is missing or damaged.
        """
        wanted = set(recipe.tasks) - {Task.OBJECTS}
        self._label_set = load_label_set(CLASS_LIST)
        self._frames = [
            frame
            for frame in read_manifest(folder, "train", includes_academic=includes_academic)
            if frame.clip is None and wanted <= set(class_tasks(frame.source))
        ]

    @property
    @override
    def label_set(self) -> LabelSet:
        return self._label_set

    @override
    def __len__(self) -> int:
        return len(self._frames)

    @override
    def __getitem__(self, index: int) -> AnnotatedVideo:
        frame = self._frames[index]
        with Image.open(frame.labels_path) as labels:
            width, height = labels.size
        return AnnotatedVideo(
            name=f"{frame.source}/{frame.name}",
            size=(height, width),
            label_set=self._label_set,
            frame_names=(frame.name,),
            load_frame=partial(_load, frame),
            load_targets=partial(_targets, frame, self._label_set),
        )


def _load(frame: LabelledFrame, _: int) -> AnnotatedFrame:
    _, labels = frame.load()
    masks = {
        TargetId(label): TargetMask(Mask.from_array(labels == label))
        for label in visible_labels(labels)
    }
    ignored = labels == IGNORED_LABEL
    void = Mask.from_array(ignored) if ignored.any() else None
    return AnnotatedFrame(frame.name, masks, void, frame.image_path)


def _targets(frame: LabelledFrame, label_set: LabelSet) -> tuple[Target, ...]:
    _, labels = frame.load()
    rows = supercategory_rows()
    found = []
    for label in visible_labels(labels):
        row = rows.get(frame.classes.get(label, ""))
        category = None if row is None else label_set.categories[row].id
        is_stuff = row is not None and not is_thing_row(row)
        kind = TargetKind.STUFF if is_stuff else TargetKind.THING
        found.append(Target(TargetId(label), f"{label}", category, kind))
    return tuple(found)
