"""Labels from a teacher for objects of stills that nobody labelled.

Stills with one labelled object show others. A grid of clicks asks the teacher for them; a mask is
kept where the teacher expects it to be good, where it hardly changes with its threshold, and where
a click in its middle and one elsewhere inside give it again. Known labels stay as they are.
"""

import json
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tarvis_core.errors import FormatError
from training.clicks import Click, ClickPlace, click_inside
from training.data_manifest import IGNORED_LABEL, LabelledFrame
from training.teacher import SeenImage, Teacher

logger = logging.getLogger(__name__)

TAUGHT = "taught"
"""Field of a manifest's entry: the labels that a teacher gave."""


@dataclass(frozen=True)
class TeachingSettings:
    """Which masks are kept."""

    grid: tuple[int, int] = (5, 7)
    """Rows and columns of clicks; where something is labelled already, none is made."""
    least_score: float = 0.88
    """IoU that the teacher expects at least."""
    least_stability: float = 0.92
    least_agreement: float = 0.85
    """IoU between the mask and what other clicks inside it give."""
    areas: tuple[float, float] = (0.003, 0.35)
    """Smallest and largest part of the image; what is larger is mostly ground, wall or sky."""
    most_borders: int = 2
    """A mask touches at most so many borders of the image, for the same reason."""
    most_overlap: float = 0.15
    """Part of a mask that may lie on labels known already; it is cut away."""
    most_labels: int = 10
    """So many labels are added at most."""


class Teaching:
    """Adds labels to stills."""

    def __init__(self, teacher: Teacher, settings: TeachingSettings | None = None) -> None:
        self._teacher = teacher
        self._settings = settings or TeachingSettings()

    def labels(self, image: np.ndarray, known: np.ndarray) -> np.ndarray:
        """The labels of an image with those that the teacher adds, numbered on from the known.

        Args:
            image: (H, W, 3) RGB uint8.
            known: (H, W) uint8; what is not 0 stays.
        """
        random = np.random.default_rng(int(known.astype(np.int64).sum()))
        labels = known.copy()
        first = 1 + int(known[known != IGNORED_LABEL].max(initial=0))
        next_label = first
        seen = self._teacher.see(image)
        for click in self._clicks(known.shape):
            if next_label >= min(first + self._settings.most_labels, IGNORED_LABEL):
                break
            if labels[int(click.y), int(click.x)]:
                continue
            mask = self._mask(seen, click, labels, random)
            if mask is not None:
                labels[mask & (labels == 0)] = next_label
                next_label += 1
        return labels

    def _clicks(self, size: tuple[int, ...]) -> Iterator[Click]:
        rows, columns = self._settings.grid
        for row in range(rows):
            for column in range(columns):
                yield Click((column + 0.5) / columns * size[1], (row + 0.5) / rows * size[0])

    def _mask(
        self, seen: SeenImage, click: Click, labels: np.ndarray, random: np.random.Generator
    ) -> np.ndarray | None:
        """The largest mask of a click that is good enough, if one is."""
        settings = self._settings
        answer = self._teacher.answer(seen, [[click]])[0]
        good = (answer.scores >= settings.least_score) & (
            answer.stabilities >= settings.least_stability
        )
        candidates = [mask for mask in answer.masks[good] if self._fits(mask, labels)]
        for mask in sorted(candidates, key=np.count_nonzero, reverse=True):
            if self._agreement(seen, mask, random) >= settings.least_agreement:
                return mask
        return None

    def _fits(self, mask: np.ndarray, labels: np.ndarray) -> bool:
        """Whether a mask is of an object's size and of none that is labelled already."""
        settings = self._settings
        smallest, largest = (part * mask.size for part in settings.areas)
        borders = mask[0].any() + mask[-1].any() + mask[:, 0].any() + mask[:, -1].any()
        pixels = np.count_nonzero(mask)
        return bool(
            smallest <= pixels <= largest
            and borders <= settings.most_borders
            and np.count_nonzero(mask & (labels > 0)) <= settings.most_overlap * pixels
        )

    def _agreement(self, seen: SeenImage, mask: np.ndarray, random: np.random.Generator) -> float:
        """The least IoU of a mask with the nearest answer to other clicks inside it."""
        clicks = [
            Click(*click_inside(mask, place, random))
            for place in (ClickPlace.MIDDLE, ClickPlace.ANYWHERE)
        ]
        answers = self._teacher.answer(seen, [[click] for click in clicks])
        return min(max(_iou(mask, other) for other in answer.masks) for answer in answers)


def teach_manifest(
    teaching: Teaching, data: Path, frames: Sequence[LabelledFrame], folder: Path
) -> int:
    """Write copies of stills with the labels that the teacher adds, and their manifest.

    Stills that are there already are kept, so an interrupted run goes on where it stopped.

    Args:
        teaching: What adds labels.
        data: Folder with `manifest.json`.
        frames: Those of its stills that are labelled.
        folder: Gets images, labels and a `manifest.json` of the same fields.

    Returns:
        How many labels were added in all.

    Raises:
        FormatError: A file of the data is missing or damaged.
    """
    entries = {entry["file"]: entry for entry in _manifest(data)}
    done = {entry["file"]: entry for entry in _manifest(folder)} if folder.is_dir() else {}
    for number, frame in enumerate(frames):
        name = frame.image_path.relative_to(data).with_suffix("").as_posix()
        if name in done:
            continue
        image, known = frame.load()
        labels = teaching.labels(image, known)
        image_path = folder / f"{name}.jpg"
        image_path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(frame.image_path, image_path)
        _write_labels(labels, frame.labels_path, image_path.with_suffix(".png"))
        added = sorted({int(n) for n in np.unique(labels)} - {int(n) for n in np.unique(known)})
        done[name] = {**entries[name], TAUGHT: added}
        of_teacher = [_with_own_source(entry, entries[file]) for file, entry in done.items()]
        _write_manifest(folder, of_teacher)
        logger.info("%s: %d labels added, %d of %d", name, len(added), number + 1, len(frames))
    return sum(len(entry[TAUGHT]) for entry in done.values())


def _manifest(folder: Path) -> list[dict[str, Any]]:
    path = folder / "manifest.json"
    if not path.is_file():
        return []
    try:
        return json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise FormatError(f"{path} is damaged: {error}; delete it to begin anew") from error


def _with_own_source(entry: Mapping[str, Any], original: Mapping[str, Any]) -> dict[str, Any]:
    """The entry under a source of its own: what a teacher labelled is asked about differently."""
    return {**entry, "source": f"{original['source']}_{TAUGHT}"}


def _write_manifest(folder: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    beside = folder / "manifest.partial"
    beside.write_text(json.dumps(entries, indent=1), "utf-8")
    beside.replace(folder / "manifest.json")


def _write_labels(labels: np.ndarray, palette_from: Path, path: Path) -> None:
    image = Image.fromarray(labels)
    with Image.open(palette_from) as original:
        palette = original.getpalette()
    if palette is not None:
        image.putpalette(palette)
    image.save(path, optimize=True)


def _iou(mask: np.ndarray, other: np.ndarray) -> float:
    union = np.count_nonzero(mask | other)
    return np.count_nonzero(mask & other) / union if union else 1.0
