"""Reading what labelling tools write: images, each with a list of labelled shapes.

Such files say nothing, or little, about videos. Images are the frames of one video if the file
names their video (ours do), or if they lie in one folder, have one size, and share shapes with
the same label and number. All other images are stills.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path, PurePosixPath

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.file_access import ImageFinder
from tarvis_core.annotation.formats.number_allocator import NumberAllocator
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.label_set import Category, LabelSet
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence


@dataclass(frozen=True)
class ShapeKey:
    """Whose shape a shape is."""

    label: str
    number: int | None = None
    """Shapes with the same label and number are one target; None: a target of its own."""


@dataclass(frozen=True)
class ListedImage:
    """What is known of an image before its shapes are drawn."""

    name: str
    size: tuple[int, int] | None
    """(height, width); None where the file does not say."""
    keys: tuple[ShapeKey, ...]
    """Its shapes, in the order in which they are drawn."""
    video: str | None = None
    """The video that it says it belongs to."""
    number: int | None = None
    """Which frame of its video it says it is."""


@dataclass(frozen=True)
class ImageGroup:
    """The frames of one video, or one still."""

    name: str
    images: tuple[int, ...]
    """Positions in the list of images."""


def group_images(images: Sequence[ListedImage], default_name: str) -> list[ImageGroup]:
    """Find the videos among images; the order is that of their first frames.

    Args:
        images: All images of a file.
        default_name: What to call a video whose images lie in no folder.
    """
    named: dict[tuple[bool, str], list[int]] = {}
    for position, image in enumerate(images):
        folder = str(PurePosixPath(image.name.replace("\\", "/")).parent)
        key = (True, image.video) if image.video is not None else (False, folder)
        named.setdefault(key, []).append(position)
    groups = []
    for (is_stated, name), positions in named.items():
        if is_stated or _is_video([images[position] for position in positions]):
            own_name = default_name if name == "." else name
            groups.append(ImageGroup(own_name, tuple(positions)))
        else:
            groups += [ImageGroup(_still_name(images[p].name), (p,)) for p in positions]
    return sorted(groups, key=lambda group: group.images[0])


def _is_video(images: Sequence[ListedImage]) -> bool:
    if len(images) < 2 or len({image.size for image in images if image.size is not None}) != 1:
        return False
    seen: set[ShapeKey] = set()
    for image in images:
        own = {key for key in image.keys if key.number is not None}
        if own & seen:
            return True
        seen |= own
    return False


def _still_name(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).stem or name


def label_set_of_names(names: Iterable[str], name: str, given: LabelSet | None = None) -> LabelSet:
    """A label set for classes that a file knows by name.

    Args:
        names: The names, in the file's order.
        name: What to call the label set.
        given: Classes whose ids and kinds are taken over for the same names.
    """
    categories: list[Category] = []
    numbers = NumberAllocator()
    wanted = list(dict.fromkeys(names))
    known = {n: given.by_name(n) if given is not None else None for n in wanted}
    taken = {category.id for category in known.values() if category is not None}
    for label in wanted:
        category = known[label]
        if category is not None and category.name == label and category.id in taken:
            taken.discard(category.id)
            categories.append(category)
            continue
        number = numbers.take()
        while given is not None and CategoryId(number) in given:
            number = numbers.take()
        categories.append(Category(CategoryId(number), label, TargetKind.THING))
    return LabelSet(name, tuple(categories))


class _Frames:
    """Loads the frames of one group."""

    def __init__(self, reader: "ShapeReader", group: ImageGroup, size: tuple[int, int]) -> None:
        self._reader = reader
        self._images = group.images
        self._size = size
        self._ids = _target_ids([reader.images[position].keys for position in group.images])

    def load(self, index: int) -> AnnotatedFrame:
        """The frame at a position."""
        position = self._images[index]
        masks: dict[TargetId, TargetMask] = {}
        ids = self._ids[index]
        shapes = list(self._reader.shapes_of(position, self._size))
        if len(shapes) != len(ids):
            raise FormatError(
                "image {name!r:.100} has {num_shapes} shapes and had {num_before} when the file "
                "was opened; open it again",
                name=self._reader.images[position].name,
                num_shapes=len(shapes),
                num_before=len(ids),
            )
        for target, shape in zip(ids, shapes, strict=True):
            if shape.mask.is_empty:
                continue
            if target in masks:
                shape = replace(shape, mask=shape.mask.union(masks[target].mask))
            masks[target] = shape
        name = self._reader.images[position].name
        return AnnotatedFrame(name, masks, image_path=self._reader.image_path(position))

    def targets(self) -> tuple[Target, ...]:
        """Every target of the group."""
        labels = {
            target: key.label
            for position, ids in zip(self._images, self._ids, strict=True)
            for target, key in zip(ids, self._reader.images[position].keys, strict=True)
        }
        categories = self._reader.categories
        label_set = self._reader.label_set
        return tuple(make_target(t, categories.get(name), label_set) for t, name in labels.items())


def _target_ids(keys: Sequence[tuple[ShapeKey, ...]]) -> list[tuple[TargetId, ...]]:
    """For each frame the target of each shape; shapes without number get what is left."""
    numbers = NumberAllocator()
    numbered: dict[ShapeKey, TargetId] = {}
    for key in (key for frame in keys for key in frame):
        if key.number is not None and key not in numbered:
            numbered[key] = TargetId(numbers.take(key.number))
    return [
        tuple(TargetId(numbers.take()) if key.number is None else numbered[key] for key in frame)
        for frame in keys
    ]


class ShapeReader(DatasetReader):
    """Reads images with shapes; a subclass draws them."""

    def __init__(
        self,
        images: Sequence[ListedImage],
        label_set: LabelSet,
        finder: ImageFinder,
        default_name: str,
        problems: Sequence[Sentence] = (),
    ) -> None:
        """Describe a file.

        Args:
            images: All images, in the file's order.
            label_set: Classes of the shapes.
            finder: Looks for the images' files.
            default_name: What to call a video whose images lie in no folder.
            problems: What is odd about the file.
        """
        self.images = tuple(images)
        self._label_set = label_set
        self._finder = finder
        found = group_images(images, default_name)
        self._groups = [group for group in found if self._size_of(group) is not None]
        left_out = [self.images[g.images[0]].name for g in found if self._size_of(g) is None]
        self._problems = tuple(problems)
        if left_out:
            self._problems += (
                Sentence(
                    "{count} images without shapes were left out, the first {name!r}: their size "
                    "is not known",
                    count=len(left_out),
                    name=left_out[0],
                ),
            )

    @abstractmethod
    def shapes_of(self, position: int, size: tuple[int, int]) -> Iterable[TargetMask]:
        """Draw the shapes of an image, in the order of its keys."""

    @property
    def label_set(self) -> LabelSet:
        """The classes that the videos' targets belong to."""
        return self._label_set

    @property
    def categories(self) -> Mapping[str, CategoryId]:
        """Class by label."""
        return {category.name: category.id for category in self._label_set.categories}

    @property
    def problems(self) -> tuple[Sentence, ...]:
        """What is odd about the file."""
        return self._problems

    def __len__(self) -> int:
        """Number of videos and stills."""
        return len(self._groups)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The video or still at a position."""
        group = self._groups[index]
        size = self._size_of(group)
        if size is None:
            raise FormatError("the size of {name!r:.100} is not known", name=group.name)
        listed = [self.images[position] for position in group.images]
        if any(image.size not in (None, size) for image in listed):
            raise FormatError("the frames of {name!r:.100} differ in size", name=group.name)
        frames = _Frames(self, group, size)
        return AnnotatedVideo(
            name=group.name,
            size=size,
            label_set=self._label_set,
            frame_names=tuple(image.name for image in listed),
            frame_numbers=_frame_numbers(listed),
            load_frame=frames.load,
            load_targets=frames.targets,
        )

    def _size_of(self, group: ImageGroup) -> tuple[int, int] | None:
        sizes = (self.images[position].size for position in group.images)
        return next((size for size in sizes if size is not None), None)

    def image_path(self, position: int) -> Path | None:
        """The file of an image; None where there is none."""
        return self._finder.find(self.images[position].name, "the list of images")


def _frame_numbers(images: Sequence[ListedImage]) -> tuple[int, ...]:
    """The numbers that the images say they have, if these rise; else counted up."""
    numbers = [image.number for image in images]
    known = [number for number in numbers if number is not None]
    is_rising = all(first < second for first, second in pairwise(known))
    return tuple(known) if len(known) == len(numbers) and is_rising else ()
