"""ClipDataset: clips of one data set, augmented, as samples of a task."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo, DatasetReader
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.errors import ConfigError
from tarvis_core.model.object_encoder import ObjectExemplars
from tarvis_core.video.frame_geometry import FrameGeometry
from training.augmentation import Similarity
from training.class_rows import rows_of_classes
from training.clicks import most_inside
from training.clip_sample import ClipSample, ClipTargets, ObjectQuestion, Task
from training.datasets.raw_clip import NO_ROW, RawClip, load_raw_clip
from training.datasets.source_recipes import FrameRule, SourceRecipe
from training.occluders import Occluder
from training.pseudo_clips import degrade

CROP_TRIES = 10
KEPT_OBJECT_SHARE = 0.25
"""A crop keeps at least this part of the pixels of all things."""
STILL_CROP = 512
"""Side of the crops of stills."""
MAX_TRIES = 50
"""How many clips are looked at for one that shows what the task needs."""
PADDING = 128


@dataclass(frozen=True)
class StillExtras:
    """What pseudo-clips of stills get beyond the published recipe, as shares of the clips."""

    occluder_share: float = 0.0
    """With one or two blobs that drift through the clip and hide what is behind them."""
    degraded_share: float = 0.0
    """With blur, noise or compression, drawn for each frame."""


@dataclass(frozen=True)
class ObjectsWanted:
    """How many objects a VOS or PET sample has, and how many of them by a point."""

    count: int
    num_points: int


class ClipDataset:
    """Draws clips from the videos of a reader by a recipe."""

    def __init__(
        self,
        name: str,
        reader: DatasetReader,
        recipe: SourceRecipe,
        num_frames: int = 3,
        extras: StillExtras | None = None,
    ) -> None:
        self.name = name
        self.recipe = recipe
        self._reader = reader
        self._num_frames = num_frames
        self._extras = extras or StillExtras()
        if len(reader) == 0:
            raise ConfigError(f"the data set {name} holds no videos")
        self._rows = None
        if recipe.label_set is not None:
            self._rows = rows_of_classes(reader.label_set, load_label_set(recipe.label_set))

    def __len__(self) -> int:
        return len(self._reader)

    def sample(
        self,
        number: int,
        task: Task,
        wanted: ObjectsWanted,
        random: np.random.Generator,
    ) -> ClipSample:
        """Draw a clip; one that shows nothing is replaced by another.

        Args:
            number: Which video, modulo their number.
            task: One of the recipe's.
            wanted: For VOS and PET.
            random: Source of all draws.

        Raises:
            ConfigError: No video shows what the task needs.
        """
        for attempt in range(MAX_TRIES):
            video = self._reader[(number + attempt) % len(self._reader)]
            clip = self._clip(video, task, random)
            sample = self._asked(clip, task, wanted, random, f"{self.name}/{video.name}")
            if sample is not None:
                return sample
        raise ConfigError(
            f"{MAX_TRIES} videos of {self.name} show nothing that the task {task.value} can use; "
            "`tarvis-train check` says what the data set holds"
        )

    def _clip(self, video: AnnotatedVideo, task: Task, random: np.random.Generator) -> RawClip:
        recipe = self.recipe
        clip = load_raw_clip(video, self._positions(video.num_frames, random), self._rows)
        clip = _without_small_masks(clip, recipe.min_pixels)
        if recipe.rule is FrameRule.STILL or video.num_frames == 1:
            return self._moved_still(clip, random)
        clip = clip.recoloured([recipe.colour.draw(random)] * self._num_frames)
        if random.random() < 0.5:
            clip = clip.flipped()
        if task is Task.OBJECTS:
            clip = self._resized(clip, random)
            return _crop_that_keeps_reference(clip, recipe.crop, random)
        return self._resized(_crop_that_shows_things(clip, recipe.crop, random), random)

    def _positions(self, num_frames: int, random: np.random.Generator) -> list[int]:
        """Which annotated frames make the clip; frames repeat where there are too few."""
        wanted, rule = self._num_frames, self.recipe.rule
        if rule is FrameRule.STILL:
            return [int(random.integers(num_frames))] * wanted
        if rule is FrameRule.CONSECUTIVE:
            first = int(random.integers(max(1, num_frames - wanted + 1)))
            return [min(first + step, num_frames - 1) for step in range(wanted)]
        first = int(random.integers(max(1, num_frames - (wanted - 1) * (rule is FrameRule.LATER))))
        reach = self.recipe.frame_range
        begin = first + 1 if rule is FrameRule.LATER else max(0, first - reach)
        others = [n for n in range(begin, min(num_frames, first + reach + 1)) if n != first]
        chosen = list(random.permutation(others)[: wanted - 1]) if others else []
        chosen += [first] * (wanted - 1 - len(chosen))
        return sorted([first, *(int(position) for position in chosen)])

    def _resized(self, clip: RawClip, random: np.random.Generator) -> RawClip:
        shorter = int(random.choice(self.recipe.shorter_sides))
        geometry = FrameGeometry.for_frame(clip.size, shorter, self.recipe.longer_side)
        return clip.resized(geometry.network_size)

    def _moved_still(self, clip: RawClip, random: np.random.Generator) -> RawClip:
        """The published pseudo-clip: each frame gets its own affine motion and its own crop."""
        recipe = self.recipe
        if recipe.first_resize is not None:
            shorter, longer = recipe.first_resize
            clip = clip.resized(FrameGeometry.for_frame(clip.size, shorter, longer).network_size)
        clip = clip.recoloured([recipe.colour.draw(random)] * self._num_frames)
        if random.random() < 0.5:
            clip = clip.flipped()
        centre = clip.size[1] / 2, clip.size[0] / 2
        clip = clip.warped([_still_motion(random).matrix(centre) for _ in range(self._num_frames)])
        clip = self._resized(clip, random)
        size = min(STILL_CROP, clip.size[0]), min(STILL_CROP, clip.size[1])
        places = [
            (
                int(random.integers(clip.size[0] - size[0] + 1)),
                int(random.integers(clip.size[1] - size[1] + 1)),
            )
            for _ in range(self._num_frames)
        ]
        if recipe.shares_crop:
            places = places[:1] * self._num_frames
        return self._with_extras(_cropped_by_frame(clip, places, size), random)

    def _with_extras(self, clip: RawClip, random: np.random.Generator) -> RawClip:
        if random.random() < self._extras.occluder_share:
            count = int(random.integers(1, 3))
            clip = clip.occluded([Occluder.draw(clip.size, random) for _ in range(count)])
        if random.random() < self._extras.degraded_share:
            clip = replace(clip, images=np.stack([degrade(i, random) for i in clip.images]))
        return clip

    def _asked(
        self,
        clip: RawClip,
        task: Task,
        wanted: ObjectsWanted,
        random: np.random.Generator,
        name: str,
    ) -> ClipSample | None:
        if task is Task.OBJECTS:
            return _object_sample(clip, wanted, random, name)
        things = clip.select(np.flatnonzero(clip.is_thing & (clip.rows != NO_ROW)).tolist())
        things = things.without_invisible()
        if len(things.masks) == 0:
            return None
        size = _padded_size(clip.size)
        labels, ignored = None, _padded(clip.ignored, size, value=1)
        if task is Task.VPS:
            rows = clip.semantic_rows
            ignored = _padded(clip.ignored | (rows == NO_ROW), size, value=1)
            labels = torch.from_numpy(_padded(np.maximum(rows, 0), size))
        targets = ClipTargets(
            torch.from_numpy(_padded(things.masks, size)),
            torch.from_numpy(ignored),
            torch.from_numpy(things.rows + 1),
            labels,
        )
        return ClipSample(
            task, targets, _padded_frames(clip, size), label_set=self.recipe.label_set, name=name
        )


def _object_sample(
    clip: RawClip, wanted: ObjectsWanted, random: np.random.Generator, name: str
) -> ClipSample | None:
    """Objects of the first frame, the last ones of them given by a point."""
    visible = [i for i in np.flatnonzero(clip.is_thing) if clip.masks[i, 0].any()]
    if len(visible) < wanted.count:
        return None
    chosen = [int(i) for i in random.permutation(visible)[: wanted.count]]
    masks = clip.masks[chosen]
    size = _padded_size(clip.size)
    num_masks = wanted.count - wanted.num_points
    reference = torch.from_numpy(_padded(masks[:num_masks, :1], size))
    points = [most_inside(mask) for mask in masks[num_masks:, 0]]
    exemplars = ObjectExemplars(
        reference,
        torch.tensor(points, dtype=torch.float32).reshape(-1, 2),
        torch.zeros(len(points), dtype=torch.int64),
    )
    question = ObjectQuestion(exemplars, tuple(range(wanted.count)), (False,) * wanted.count)
    targets = ClipTargets(
        torch.from_numpy(_padded(masks, size)), torch.from_numpy(_padded(clip.ignored, size, 1))
    )
    return ClipSample(
        Task.OBJECTS, targets, _padded_frames(clip, size), question=question, name=name
    )


def _still_motion(random: np.random.Generator) -> Similarity:
    return Similarity(
        rotation_degrees=float(random.uniform(-20, 20)),
        scale=float(random.uniform(0.9, 1.1)),
        shear_degrees=float(random.uniform(-10, 10)),
    )


def _crop_that_shows_things(
    clip: RawClip, part: tuple[float, float], random: np.random.Generator
) -> RawClip:
    """A random crop with enough of the things; the whole clip if none is found."""
    size = max(1, round(clip.size[0] * part[0])), max(1, round(clip.size[1] * part[1]))
    covered = clip.masks[clip.is_thing].any(axis=0)
    for _ in range(CROP_TRIES):
        top = int(random.integers(clip.size[0] - size[0] + 1))
        left = int(random.integers(clip.size[1] - size[1] + 1))
        inside = covered[:, top : top + size[0], left : left + size[1]].sum()
        if inside >= KEPT_OBJECT_SHARE * covered.sum():
            return clip.cropped(top, left, size)
    return clip


def _crop_that_keeps_reference(
    clip: RawClip, part: tuple[float, float], random: np.random.Generator
) -> RawClip:
    """A random crop with all pixels of the first frame's masks, if there is one."""
    size = max(1, round(clip.size[0] * part[0])), max(1, round(clip.size[1] * part[1]))
    rows, columns = np.nonzero(clip.masks[:, 0].any(axis=0))
    if len(rows) == 0:
        return clip
    last_top, last_left = int(rows.min()), int(columns.min())
    first_top, first_left = int(rows.max()) + 1 - size[0], int(columns.max()) + 1 - size[1]
    first_top, first_left = max(0, first_top), max(0, first_left)
    last_top = min(last_top, clip.size[0] - size[0])
    last_left = min(last_left, clip.size[1] - size[1])
    if first_top > last_top or first_left > last_left:
        return clip
    top = int(random.integers(first_top, last_top + 1))
    left = int(random.integers(first_left, last_left + 1))
    return clip.cropped(top, left, size)


def _cropped_by_frame(
    clip: RawClip, places: Sequence[tuple[int, int]], size: tuple[int, int]
) -> RawClip:
    parts = [clip.cropped(top, left, size) for top, left in places]
    return RawClip(
        np.stack([part.images[t] for t, part in enumerate(parts)]),
        np.stack([part.masks[:, t] for t, part in enumerate(parts)], axis=1),
        clip.rows,
        clip.is_thing,
        np.stack([part.ignored[t] for t, part in enumerate(parts)]),
    ).without_invisible()


def _without_small_masks(clip: RawClip, min_pixels: int) -> RawClip:
    """Masks of single frames that are too small count as absent."""
    is_large = clip.masks.sum(axis=(2, 3)) >= min_pixels
    masks = clip.masks & is_large[..., None, None]
    kept = RawClip(clip.images, masks, clip.rows, clip.is_thing, clip.ignored)
    return kept.without_invisible()


def _padded_size(size: tuple[int, int]) -> tuple[int, int]:
    return FrameGeometry.for_frame(size, None).padded_size


def _padded(array: np.ndarray, size: tuple[int, int], value: int = 0) -> np.ndarray:
    height, width = array.shape[-2:]
    margins = [(0, 0)] * (array.ndim - 2) + [(0, size[0] - height), (0, size[1] - width)]
    return np.pad(array, margins, constant_values=value)


def _padded_frames(clip: RawClip, size: tuple[int, int]) -> torch.Tensor:
    frames = np.moveaxis(clip.images, -1, 1)
    return torch.from_numpy(_padded(frames, size, PADDING))
