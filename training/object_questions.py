"""What is asked about objects: clicks and masks on a clip's reference frame, drawn at random.

All samples of a batch are asked in one form (`QuestionForm`), because the network wants the same
numbers of masks and points for each; what the exemplars say differs from sample to sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from tarvis_core.errors import ConfigError
from tarvis_core.model.object_encoder import ObjectExemplars
from training.augmentation import visible_labels
from training.clicks import (
    Click,
    ClickPlace,
    click_inside,
    disturbed_mask,
    scribble_inside,
    spoiled_mask,
)
from training.clip_sample import ClipTargets, ObjectQuestion
from training.data_manifest import IGNORED_LABEL

PLACE_SHARES = {
    ClickPlace.MIDDLE: 0.25,
    ClickPlace.INSIDE: 0.45,
    ClickPlace.ANYWHERE: 0.2,
    ClickPlace.EDGE: 0.1,
}
"""How often people click where."""


@dataclass(frozen=True)
class QuestionForm:
    """How many exemplars of which kind a question has."""

    num_masks: int = 0
    """Targets that are given by a mask."""
    num_points: int = 1
    """Targets that are given by one click each."""
    num_corrections: int = 0
    """Further clicks on the last target, each where the answer so far is wrong. If it is given by a
    mask, that mask is wrong in a large piece, as the tracked masks are that people correct."""
    may_repeat: bool = False
    """Several exemplars may name the same object, each as a target of its own: more to learn from
    a clip that shows few objects."""

    def __post_init__(self) -> None:
        if self.num_masks + self.num_points < 1:
            raise ConfigError("a question names at least one target by mask or click")

    @property
    def num_targets(self) -> int:
        """How many targets are asked for."""
        return self.num_masks + self.num_points

    @property
    def num_objects(self) -> int:
        """How many objects the clip must show on its reference frame, at least."""
        return 1 if self.may_repeat else self.num_targets


@dataclass(frozen=True)
class QuestionSettings:
    """What questions are asked how often, and of what."""

    min_pixels: int = 120
    """Smallest object that is asked for, in pixels of the network's input."""
    disturbed_share: float = 0.3
    """Share of the given masks that are not exact."""
    scribbled_share: float = 0.0
    """Share of the given masks that are a stroke of a brush only."""
    leaked_share: float = 0.0
    """Share of the questions with several masks where one of them has taken a piece of another, as
    masks do that the network hands over to itself when two targets touch."""
    late_reference_share: float = 0.3
    """Share of the batches whose reference frame is not the first."""


def askable_labels(label_map: np.ndarray, settings: QuestionSettings) -> list[int]:
    """Objects of a reference frame (H, W) that are large enough to be asked for."""
    return visible_labels(label_map, settings.min_pixels)


def draw_question(
    label_maps: np.ndarray,
    reference_frame: int,
    form: QuestionForm,
    settings: QuestionSettings,
    random: np.random.Generator,
) -> tuple[ObjectQuestion, ClipTargets]:
    """Choose targets of a clip, and exemplars for them.

    Args:
        label_maps: (T, H, W) uint8, 255 where nothing is known.
        reference_frame: Where the exemplars lie.
        form: How many exemplars of which kind; corrections are not drawn here.
        settings: Limits and shares.
        random: Source of the draws.

    Returns:
        The question, its exemplars in the order masks, points; and the truth.

    Raises:
        ValueError: The reference frame shows too few objects.
    """
    reference = label_maps[reference_frame]
    known = askable_labels(reference, settings)
    if len(known) < form.num_objects:
        raise ValueError(f"{len(known)} objects are visible, {form.num_objects} are asked for")
    labels = random.choice(known, form.num_targets, replace=form.may_repeat)
    masks = [reference == label for label in labels]
    given = [_given_mask(mask, settings, random) for mask in masks[: form.num_masks]]
    if len(given) > 1 and random.random() < settings.leaked_share:
        given = leaked_masks(given, random)
    if form.num_corrections and not form.num_points:
        given[-1] = spoiled_mask(given[-1], random)
    clicks = [
        Click(*click_inside(mask, draw_place(random), random)) for mask in masks[form.num_masks :]
    ]
    question = ObjectQuestion(
        exemplars=exemplars_of(given, clicks, reference.shape),
        targets=tuple(range(form.num_targets)),
        is_negative=(False,) * form.num_targets,
    )
    truth = np.stack([label_maps == label for label in labels])
    ignored = label_maps == IGNORED_LABEL
    return question, ClipTargets(torch.from_numpy(truth), torch.from_numpy(ignored))


def _given_mask(
    mask: np.ndarray, settings: QuestionSettings, random: np.random.Generator
) -> np.ndarray:
    chance = random.random()
    if chance < settings.scribbled_share:
        return scribble_inside(mask, random)
    if chance < settings.scribbled_share + settings.disturbed_share:
        return disturbed_mask(mask, random)
    return mask


def leaked_masks(masks: Sequence[np.ndarray], random: np.random.Generator) -> list[np.ndarray]:
    """The masks, one of which has taken a round piece of another: at most half of it.

    Args:
        masks: Two or more (H, W) bool; they may be equal, then nothing is taken.
        random: Source of the draws.
    """
    taker, giver = random.choice(len(masks), 2, replace=False)
    leaked = [mask.copy() for mask in masks]
    inside = np.argwhere(masks[giver])
    if len(inside) == 0:
        return leaked
    middle = inside[int(random.integers(len(inside)))]
    radius = random.uniform(0.3, 0.8) * np.sqrt(len(inside) / np.pi)
    rows, columns = np.ogrid[: masks[giver].shape[0], : masks[giver].shape[1]]
    disk = (rows - middle[0]) ** 2 + (columns - middle[1]) ** 2 <= radius**2
    piece = disk & masks[giver] & ~masks[taker]
    if 2 * piece.sum() <= len(inside):
        leaked[taker] |= piece
        leaked[giver] &= ~piece
    return leaked


def with_click(question: ObjectQuestion, target: int, click: Click) -> ObjectQuestion:
    """The question with one more click on one of its targets."""
    exemplars = question.exemplars
    point = exemplars.points_N2.new_tensor([[click.x, click.y]])
    frame = exemplars.point_frames_N.new_zeros(1)
    is_negative = torch.tensor([*question.is_negative, click.is_negative])[exemplars.num_masks :]
    return ObjectQuestion(
        exemplars=ObjectExemplars(
            exemplars.masks_NTHW,
            torch.cat([exemplars.points_N2, point]),
            torch.cat([exemplars.point_frames_N, frame]),
            is_negative.to(point.device),
        ),
        targets=(*question.targets, target),
        is_negative=(*question.is_negative, click.is_negative),
    )


def exemplars_of(
    masks: list[np.ndarray], clicks: list[Click], size: tuple[int, ...]
) -> ObjectExemplars:
    """Exemplars on a single reference frame of this (height, width)."""
    volumes = np.stack(masks)[:, None] if masks else np.zeros((0, 1, *size), bool)
    points = np.array([(click.x, click.y) for click in clicks], np.float32).reshape(-1, 2)
    return ObjectExemplars(
        torch.from_numpy(volumes),
        torch.from_numpy(points),
        torch.zeros(len(clicks), dtype=torch.int64),
        torch.tensor([click.is_negative for click in clicks], dtype=torch.bool),
    )


def draw_place(random: np.random.Generator) -> ClickPlace:
    """Draw where inside an object a click goes."""
    places = list(PLACE_SHARES)
    return places[int(random.choice(len(places), p=list(PLACE_SHARES.values())))]
