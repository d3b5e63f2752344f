"""Scores a folder of DAVIS results against a DAVIS data set."""

from collections.abc import Sequence
from enum import Enum
from pathlib import Path

import numpy as np

from tarvis_core.annotation.formats.label_image import masks_of_labels, read_label_image
from tarvis_core.annotation.mask import Mask
from tarvis_core.errors import FormatError
from training.metrics.detections import tracked_frame
from training.metrics.hota import Hota, combine_sequences, hota_of_sequence
from training.metrics.j_and_f import JAndF, JAndFResult, ProposalMatch, ScoredFrames

_VOID = 255
_TRACKEVAL_RECALL_MARGIN = float(np.finfo(float).eps)


class DavisTask(Enum):
    """DAVIS's tasks; the value is the folder of the true masks."""

    SEMI_SUPERVISED = "Annotations"
    UNSUPERVISED = "Annotations_unsupervised"


def evaluate_davis(
    root: Path,
    results: Path,
    task: DavisTask = DavisTask.SEMI_SUPERVISED,
    match_by: ProposalMatch = ProposalMatch.J_AND_F,
) -> JAndFResult:
    """Score `results` for the sequences of `ImageSets/2017/val.txt`.

    Args:
        root: The data set, with its `Annotations` (or `Annotations_unsupervised`) at 480p.
        results: One folder of indexed PNG files for each sequence, named as the annotations.
        task: Which task's rules hold.
        match_by: Unsupervised only: what the assignment of proposals maximises. With `J`, ids are
            counted as TrackEval does (only ids that occur).

    Raises:
        FormatError: A file is missing or damaged, or a result holds more objects than it may.
    """
    is_trackeval = match_by is ProposalMatch.J
    measure = JAndF(recall_margin=_TRACKEVAL_RECALL_MARGIN if is_trackeval else 0.0)
    for sequence in davis_sequences(root):
        true_paths = davis_annotations(root, sequence, task)
        paths = [(path, results / sequence / path.name) for path in true_paths]
        try:
            if task is DavisTask.SEMI_SUPERVISED:
                _add_semi_supervised(measure, sequence, paths)
            else:
                _add_unsupervised(measure, sequence, paths, match_by)
        except ValueError as error:
            raise FormatError(f"{results / sequence}: {error}") from error
    return measure.result()


def evaluate_davis_hota(root: Path, results: Path) -> Hota:
    """HOTA of the unsupervised task, as TrackEval computes it for DAVIS.

    Void is taken out of the true masks only, as in the reference.

    Raises:
        FormatError: A file is missing or damaged.
    """
    parts = []
    for sequence in davis_sequences(root):
        frames = []
        for path in davis_annotations(root, sequence, DavisTask.UNSUPERVISED):
            true, _ = _true_masks(path)
            predicted = read_masks(results / sequence / path.name)
            frames.append(tracked_frame(true, predicted))
        parts.append(hota_of_sequence(frames))
    return combine_sequences(parts)


def davis_sequences(root: Path) -> list[str]:
    """Names of the validation sequences, in the file's order."""
    path = root / "ImageSets" / "2017" / "val.txt"
    try:
        return path.read_text(encoding="utf-8").split()
    except (OSError, ValueError) as error:
        raise FormatError(f"{path} cannot be read: {error}") from error


def davis_annotations(root: Path, sequence: str, task: DavisTask) -> list[Path]:
    """The true masks of a sequence, one file for each frame."""
    folder = root / task.value / "480p" / sequence
    paths = sorted(folder.glob("*.png"))
    if not paths:
        raise FormatError(f"{folder} holds no annotations")
    return paths


def read_masks(path: Path) -> dict[int, Mask]:
    """The mask of each id but 0 of an indexed or grey PNG file.

    Raises:
        FormatError: The file is missing, damaged, or in colour.
    """
    return masks_of_labels(read_label_image(path, ("P", "L")))


def _true_masks(path: Path) -> tuple[dict[int, Mask], Mask | None]:
    """Masks by object, and what is void."""
    masks = read_masks(path)
    return masks, masks.pop(_VOID, None)


def _add_semi_supervised(measure: JAndF, sequence: str, paths: Sequence[tuple[Path, Path]]) -> None:
    first, _ = _true_masks(paths[0][0])
    num_objects = max(first, default=0)
    frames = [(_true_masks(true)[0], read_masks(result)) for true, result in paths[1:-1]]
    largest = max((number for _, predicted in frames for number in predicted), default=0)
    if largest > num_objects:
        raise ValueError(f"object {largest} was predicted, but there are {num_objects}")
    objects = range(1, num_objects + 1)
    measure.add_sequence(sequence, frames, objects, ScoredFrames.ALL)


def _add_unsupervised(
    measure: JAndF, sequence: str, paths: Sequence[tuple[Path, Path]], match_by: ProposalMatch
) -> None:
    frames = []
    for true_path, result in paths:
        true, void = _true_masks(true_path)
        frames.append((true, read_masks(result), void))
    true_ids = {number for true, _, _ in frames for number in true}
    predicted_ids = {number for _, predicted, _ in frames for number in predicted}
    if match_by is ProposalMatch.J:
        tracks = sorted(true_ids), sorted(predicted_ids)
    else:
        num_objects, num_proposals = max(frames[0][0], default=0), max(predicted_ids, default=0)
        tracks = list(range(1, num_objects + 1)), list(range(1, num_proposals + 1))
    measure.add_proposals(sequence, frames, tracks, match_by)
