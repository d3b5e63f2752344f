"""Writes a data set, reads it back and lists what is not the same: proof instead of hope."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.formats.annotation_format import AnnotationFormat, ReadOptions
from tarvis_core.annotation.formats.fitting import fit_video
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities, ScoreDetail
from tarvis_core.annotation.formats.loss import LossCounter, LossKind
from tarvis_core.annotation.formats.write_job import WriteOptions, WriteReport
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import CategoryId, Target
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence

MAX_DIFFERENCES = 100
"""No more are listed: the first ones tell what is wrong."""


@dataclass(frozen=True)
class RoundTrip:
    """What was written, and how it differs from what was meant to be written."""

    report: WriteReport
    """The files, and the losses that the format explains."""
    differences: tuple[Sentence, ...]
    """What no loss explains, at most `MAX_DIFFERENCES`; empty if the file says what it should."""


def write_and_check(
    annotation_format: AnnotationFormat,
    dataset: DatasetReader,
    folder: Path,
    options: WriteOptions | None = None,
) -> RoundTrip:
    """Write a data set, read it back and compare.

    Args:
        annotation_format: How to write.
        dataset: What to write; its frames are loaded twice.
        folder: Where to write.
        options: How to write.

    Raises:
        FormatError: A file cannot be written, or the source is damaged.
    """
    report = annotation_format.write(dataset, folder, options)
    return RoundTrip(report, read_back(annotation_format, dataset, report, folder))


def read_back(
    annotation_format: AnnotationFormat, dataset: DatasetReader, report: WriteReport, folder: Path
) -> tuple[Sentence, ...]:
    """Read what was written and compare.

    Args:
        annotation_format: How it was written.
        dataset: What was written; its frames are loaded again.
        report: What writing said.
        folder: Where it was written.

    Returns:
        Differences that no loss explains, at most `MAX_DIFFERENCES`.

    Raises:
        FormatError: The source is damaged.
    """
    path = _path_to_read(annotation_format, report, folder)
    capabilities = annotation_format.capabilities
    if any(loss.kind is LossKind.FRAME_NUMBERS for loss in report.losses):
        capabilities = replace(capabilities, frame_numbers=False)
    try:
        read = annotation_format.read(path, ReadOptions(label_set=dataset.label_set))
        return tuple(islice(compare(dataset, read, capabilities), MAX_DIFFERENCES))
    except FormatError as error:
        return (Sentence("the file cannot be read back: {error}", error=error),)


def _path_to_read(annotation_format: AnnotationFormat, report: WriteReport, folder: Path) -> Path:
    """The one file that stands for what was written, or the folder where there is none."""
    named = [path for path in report.files if path.suffix in (".json", ".xml", ".txt")]
    recognised = [path for path in named if annotation_format.recognises(path)]
    return recognised[0] if len(recognised) == 1 else folder


def compare(
    expected: DatasetReader, found: DatasetReader, capabilities: FormatCapabilities
) -> Iterator[Sentence]:
    """How two data sets differ, apart from what a format cannot hold.

    Args:
        expected: What was written.
        found: What was read back.
        capabilities: What the format can hold.

    Yields:
        One sentence for each difference.
    """
    if len(expected) != len(found):
        yield Sentence(
            "{num_written} videos were written, {num_read} are read",
            num_written=len(expected),
            num_read=len(found),
        )
        return
    order = _matched(expected, found)
    for video, index in zip(expected, order, strict=True):
        fitted = fit_video(video, capabilities, LossCounter())
        yield from _compare_videos(fitted, found[index], capabilities)


def _matched(expected: DatasetReader, found: DatasetReader) -> list[int]:
    """For each video the position of the one of its name; of its own where names differ."""
    positions = {video.name: index for index, video in enumerate(found)}
    names = [video.name for video in expected]
    if len(positions) == len(names) and set(names) == set(positions):
        return [positions[name] for name in names]
    return list(range(len(names)))


def _compare_videos(
    expected: AnnotatedVideo, found: AnnotatedVideo, capabilities: FormatCapabilities
) -> Iterator[Sentence]:
    place = expected.name
    if expected.size != found.size:
        yield Sentence(
            "{place}: frames of size {size} are read as {read_size}",
            place=place,
            size=expected.size,
            read_size=found.size,
        )
        return
    if expected.num_frames != found.num_frames:
        yield Sentence(
            "{place}: of {num_frames} frames {num_read} are read",
            place=place,
            num_frames=expected.num_frames,
            num_read=found.num_frames,
        )
        return
    if capabilities.frame_numbers and expected.frame_numbers != found.frame_numbers:
        yield Sentence("{place}: the frame numbers are others", place=place)
    shown = set()
    for index in range(expected.num_frames):
        frame = expected.load_frame(index)
        shown |= set(frame.masks)
        where = Sentence("{video}, frame {frame}", video=place, frame=frame.name)
        yield from _compare_frames(where, frame, found.load_frame(index), capabilities)
    targets = [target for target in expected.targets if target.id in shown]
    yield from _compare_targets(place, targets, expected, found, capabilities)


def _compare_targets(
    place: str,
    targets: list[Target],
    expected: AnnotatedVideo,
    found: AnnotatedVideo,
    capabilities: FormatCapabilities,
) -> Iterator[Sentence]:
    read = {target.id: target for target in found.targets}
    for target in targets:
        other = read.get(target.id)
        if other is None:
            yield Sentence("{place}: target {target} is not listed", place=place, target=target.id)
        elif capabilities.categories and target.category is not None:
            reason = _class_difference(expected, found, target, other, capabilities)
            if reason:
                yield Sentence(
                    "{place}, target {target}: {reason}",
                    place=place,
                    target=target.id,
                    reason=reason,
                )


def _class_difference(
    expected: AnnotatedVideo,
    found: AnnotatedVideo,
    target: Target,
    other: Target,
    capabilities: FormatCapabilities,
) -> Sentence | None:
    """In what the classes of a target differ; None if in nothing."""
    if capabilities.class_ids and target.category != other.category:
        return Sentence(
            "class {category} is read as {other}", category=target.category, other=other.category
        )
    if not capabilities.class_names:
        return None
    name = _class_name(expected.label_set, target.category)
    read = _class_name(found.label_set, other.category)
    if name == read:
        return None
    return Sentence("class {name!r} is read as {other!r}", name=name, other=read)


def _class_name(label_set: LabelSet, category: CategoryId | None) -> str:
    if category is None or category not in label_set:
        return ""
    return label_set.category(category).name


def _compare_frames(
    place: Sentence,
    expected: AnnotatedFrame,
    found: AnnotatedFrame,
    capabilities: FormatCapabilities,
) -> Iterator[Sentence]:
    for target in sorted(expected.masks.keys() - found.masks.keys()):
        yield Sentence("{place}: target {target} is missing", place=place, target=target)
    for target in sorted(found.masks.keys() - expected.masks.keys()):
        yield Sentence("{place}: target {target} was not there", place=place, target=target)
    for target in sorted(expected.masks.keys() & found.masks.keys()):
        reasons = _mask_differences(expected.masks[target], found.masks[target], capabilities)
        for reason in reasons:
            yield Sentence(
                "{place}, target {target}: {reason}", place=place, target=target, reason=reason
            )
    is_void_kept = capabilities.void and not capabilities.fills_void  # else masks settle it
    if is_void_kept and not _same_void(expected.void, found.void):
        yield Sentence("{place}: the void region is another", place=place)


def _mask_differences(
    expected: TargetMask, found: TargetMask, capabilities: FormatCapabilities
) -> Iterator[Sentence]:
    if expected.mask != found.mask:
        common = expected.mask.intersection_area(found.mask)
        differing = expected.mask.area + found.mask.area - 2 * common
        yield Sentence(
            "{num_differing} of {num_pixels} pixels differ",
            num_differing=differing,
            num_pixels=expected.mask.area,
        )
    if expected.is_crowd != found.is_crowd:
        yield Sentence("it is crowd in one only")
    is_scored = capabilities.scores is ScoreDetail.MASK and expected.score is not None
    if is_scored and expected.score != found.score:
        yield Sentence(
            "the score {score} is read as {other}", score=expected.score, other=found.score
        )
    is_graded = capabilities.occlusion and expected.occlusion is not None
    if is_graded and expected.occlusion != found.occlusion:
        yield Sentence(
            "the occlusion {occlusion} is read as {other}",
            occlusion=expected.occlusion,
            other=found.occlusion,
        )


def _same_void(first: Mask | None, second: Mask | None) -> bool:
    is_first_empty = first is None or first.is_empty
    is_second_empty = second is None or second.is_empty
    return first == second or (is_first_empty and is_second_empty)
