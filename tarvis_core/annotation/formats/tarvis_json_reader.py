"""Reader of the published TarViS code's generic JSON."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    TargetMask,
)
from tarvis_core.annotation.formats.file_access import ImageFinder
from tarvis_core.annotation.formats.indexed_json import index_json
from tarvis_core.annotation.formats.json_reader import JsonReader
from tarvis_core.annotation.formats.json_value import (
    JsonObject,
    as_integer,
    as_text,
    id_of_key,
    mask_of_rle,
)
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.label_set import Category, LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import CategoryId, Target, TargetId, TargetKind
from tarvis_core.errors import FormatError

FAMILY = "tarvis"
SEQUENCES = "sequences"
VOID_CLASS = 255
LAYER_TARGETS = "semantic_targets"
"""Our own field, which the published code ignores: which target a class region is."""
THING_CLASSES = "thing_classes"
"""Our own field of `meta`: which classes are things, told apart even where only crowds are."""
_SEQUENCE_FIELDS = (
    "id",
    "height",
    "width",
    "image_paths",
    "categories",
    "segmentations",
    "semantic_segmentations",
    LAYER_TARGETS,
)


class TarvisJsonReader(JsonReader):
    """Reads the generic JSON; one sequence is in memory at a time.

    Where every class of a sequence's targets is also one of its semantic layers, both use one
    numbering:
    class regions become stuff targets, and what a thing's region has beyond its targets a crowd.
    Otherwise the layer stays beside the targets (`AnnotatedFrame.semantic`).
    """

    family = FAMILY

    def __init__(self, path: Path, folders: tuple[Path, ...]) -> None:
        """Look through a file.

        Args:
            path: The JSON file.
            folders: Where its images may lie.

        Raises:
            FormatError: It is damaged.
        """
        self._path = path
        self._finder = ImageFinder(folders)
        self._things: set[int] = set()
        self._regions: set[int] = set()
        self._is_one_numbering: list[bool] = []
        self._json = index_json(path, (SEQUENCES,), self._note)
        if SEQUENCES not in self._json:
            raise FormatError("{path} has no list of sequences", path=path)
        self._extras = dict(self._json.fields)
        self._label_set = self._read_label_set()

    def _note(self, name: str, value: Any) -> None:
        place = f"{self._path}: {name}[{len(self._is_one_numbering)}]"
        sequence = JsonObject(value, place)
        classes = sequence.object("categories")
        things = {classes.integer(key) for key in classes.fields}
        regions: set[int] = set()
        if "semantic_segmentations" in sequence:
            for layer in sequence.objects("semantic_segmentations"):
                regions |= {id_of_key(key, layer.place, 0) for key in layer.fields}
        is_one = bool(regions) and (LAYER_TARGETS in sequence or things <= regions)
        self._is_one_numbering.append(is_one)
        self._things |= things
        self._regions |= regions - {VOID_CLASS} if is_one else set()

    def _read_label_set(self) -> LabelSet:
        meta = JsonObject(self._extras, str(self._path)).optional_object("meta")
        labels = meta.optional_object("category_labels")
        names = {
            id_of_key(key, labels.place, 0): as_text(name, labels.place)
            for key, name in labels.fields.items()
        }
        for number in sorted((self._things | self._regions) - names.keys()):
            names[number] = f"class {number}"
        stuff = self._regions - self._things
        if THING_CLASSES in meta:
            place = f"{meta.place}: {THING_CLASSES}"
            stuff = set(names) - {as_integer(n, place) for n in meta.sequence(THING_CLASSES)}
        kinds = {n: TargetKind.STUFF if n in stuff else TargetKind.THING for n in names}
        categories = (Category(CategoryId(n), name, kinds[n]) for n, name in names.items())
        return LabelSet(FAMILY, tuple(categories))

    def __len__(self) -> int:
        """Number of sequences."""
        return self._json.count(SEQUENCES)

    def __getitem__(self, index: int) -> AnnotatedVideo:
        """The sequence at a position."""
        sequence = self._entry(SEQUENCES, index)
        frames = _SequenceFrames(sequence, self._finder, self._label_set)
        if self._is_one_numbering[index]:
            frames.number_regions()
        return AnnotatedVideo(
            name=str(sequence.value("id")),
            size=frames.size,
            label_set=self._label_set,
            frame_names=frames.names,
            load_frame=frames.load,
            load_targets=frames.targets,
            extras={FAMILY: sequence.others(*_SEQUENCE_FIELDS)},
        )


class _SequenceFrames:
    """Loads frames and targets of one sequence."""

    def __init__(self, sequence: JsonObject, finder: ImageFinder, label_set: LabelSet) -> None:
        self._sequence = sequence
        self._finder = finder
        self._label_set = label_set
        self._place = sequence.place
        self.size = sequence.frame_size()
        self.names = sequence.texts("image_paths")
        self._segmentations = self._per_frame("segmentations")
        has_layers = "semantic_segmentations" in sequence
        self._layers = self._per_frame("semantic_segmentations") if has_layers else []
        classes = sequence.object("categories")
        self._categories = {
            TargetId(id_of_key(key, classes.place)): CategoryId(classes.integer(key))
            for key in classes.fields
        }
        self._regions: dict[int, TargetId] | None = None

    def _per_frame(self, name: str) -> list[Any]:
        entries = list(self._sequence.sequence(name))
        if len(entries) != len(self.names):
            raise FormatError(
                "{place}: {name} has {num_entries} entries for {num_images} images",
                place=self._place,
                name=name,
                num_entries=len(entries),
                num_images=len(self.names),
            )
        return entries

    def number_regions(self) -> None:
        """Make targets of class regions: numbered as the file says, or after the things."""
        place = f"{self._place}: {LAYER_TARGETS}"
        given = self._sequence.optional_object(LAYER_TARGETS)
        regions = {
            id_of_key(key, place, 0): TargetId(given.integer(key, 1)) for key in given.fields
        }
        used = {*regions.values(), *self._categories}
        if len(used) != len(regions) + len(self._categories):
            raise FormatError("{place}: two targets have one number", place=place)
        classes = {
            id_of_key(k, place, 0)
            for layer in self._layers
            for k in JsonObject(layer, place).fields
        }
        following = max(used, default=0) + 1
        for number in sorted(classes - regions.keys() - {VOID_CLASS}):
            regions[number] = TargetId(following)
            following += 1
        self._regions = regions

    def targets(self) -> tuple[Target, ...]:
        """Things, and class regions that are targets."""
        things = [make_target(t, c, self._label_set) for t, c in self._categories.items()]
        if self._regions is None:
            return tuple(things)
        kinds = {number: self._kind(number) for number in self._regions}
        seen = self._region_classes_with_pixels() if TargetKind.THING in kinds.values() else set()
        regions = [
            make_target(target, number, self._label_set, kind=kinds[number])
            for number, target in self._regions.items()
            if kinds[number] is TargetKind.STUFF or number in seen
        ]
        return (*things, *regions)

    def _kind(self, number: int) -> TargetKind:
        return self._label_set.category(CategoryId(number)).kind

    def _region_classes_with_pixels(self) -> set[int]:
        """Thing classes whose region reaches beyond their targets on some frame."""
        return {
            number
            for index in range(len(self._layers))
            for number in self._crowds(index, self._things(index))
        }

    def load(self, index: int) -> AnnotatedFrame:
        """The frame at a position."""
        masks = self._things(index)
        layer = self._layer(index)
        void = layer.pop(VOID_CLASS, None)
        semantic: dict[CategoryId, Mask] = {}
        if self._regions is None:
            semantic = {CategoryId(number): mask for number, mask in layer.items()}
        else:
            masks |= self._crowds_as_targets(index, masks)
            masks |= {
                self._regions[number]: TargetMask(mask)
                for number, mask in layer.items()
                if self._kind(number) is TargetKind.STUFF and not mask.is_empty
            }
        place = f"{self._place}: image_paths[{index}]"
        image_path = self._finder.find(self.names[index], place)
        name = str(PurePosixPath(self.names[index]))
        return AnnotatedFrame(name, masks, void, image_path, semantic=semantic)

    def _things(self, index: int) -> dict[TargetId, TargetMask]:
        place = f"{self._place}: segmentations[{index}]"
        entries = JsonObject(self._segmentations[index], place)
        masks = {}
        for key, code in entries.fields.items():
            target = TargetId(id_of_key(key, place))
            if target not in self._categories:
                raise FormatError(
                    "{place}: target {target} is not among the categories",
                    place=place,
                    target=target,
                )
            if code is None:
                continue
            mask = mask_of_rle(code, self.size, f"{place}: {key}")
            if not mask.is_empty:
                masks[target] = TargetMask(mask)
        return masks

    def _layer(self, index: int) -> dict[int, Mask]:
        if not self._layers:
            return {}
        place = f"{self._place}: semantic_segmentations[{index}]"
        return {
            as_integer(id_of_key(key, place, 0), place): mask_of_rle(
                code, self.size, f"{place}: {key}"
            )
            for key, code in JsonObject(self._layers[index], place).fields.items()
        }

    def _crowds(self, index: int, things: Mapping[TargetId, TargetMask]) -> dict[int, Mask]:
        """For each thing class the part of its region that no target covers, where there is any."""
        found = {}
        for number, region in self._layer(index).items():
            if number == VOID_CLASS or self._kind(number) is not TargetKind.THING:
                continue
            rest = region
            for target, mask in things.items():
                if self._categories.get(target) == number:
                    rest = rest.difference(mask.mask)
            if not rest.is_empty:
                found[number] = rest
        return found

    def _crowds_as_targets(
        self, index: int, things: Mapping[TargetId, TargetMask]
    ) -> dict[TargetId, TargetMask]:
        assert self._regions is not None
        return {
            self._regions[number]: TargetMask(mask, is_crowd=True)
            for number, mask in self._crowds(index, things).items()
        }
