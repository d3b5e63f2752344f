"""What annotation files hold, and what is wrong with them, without stopping at the first error."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
)
from tarvis_core.annotation.formats.write_job import (
    Progress,
    ProgressReport,
    ignore_progress,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState
from tarvis_core.errors import FormatError
from tarvis_core.sentence import Sentence, Text

MAX_PROBLEMS = 50
"""No more are kept; they are still counted."""
NO_CLASS = Sentence("(no class)")


@dataclass(frozen=True)
class Inspection:
    """What a data set holds."""

    num_videos: int
    num_frames: int
    num_targets: int
    num_masks: int
    num_crowds: int
    num_scores: int
    num_law: int
    """Masks that a person made or confirmed, where the files say so."""
    num_unchecked: int
    """Masks that are the network's, where the files say so."""
    num_void_frames: int
    num_images_missing: int
    """Frames whose image was not found."""
    sizes: Mapping[tuple[int, int], int]
    """Number of videos by frame size (height, width)."""
    classes: Mapping[Text, int]
    """Number of targets by name of their class, the most frequent first."""
    problems: tuple[Text, ...]
    """What is wrong, at most `MAX_PROBLEMS`."""
    num_problems: int


def inspect_dataset(
    dataset: DatasetReader,
    progress: ProgressReport = ignore_progress,
    known_problems: Iterable[Text] = (),
) -> Inspection:
    """Read everything once and count.

    Args:
        dataset: What to look at.
        progress: Told after each frame.
        known_problems: What is known to be wrong with the files already; listed first.
    """
    counts = _Counts()
    for problem in (*known_problems, *dataset.problems):
        counts.add_problem(problem)
    for index in range(len(dataset)):
        try:
            video = dataset[index]
        except FormatError as error:
            counts.add_problem(error.sentence)
            progress(Progress(index, len(dataset), 0, 0))
            continue
        _count_video(video, index, len(dataset), counts, progress)
    return counts.result(len(dataset))


class _Counts:
    """What was counted so far."""

    def __init__(self) -> None:
        self.numbers: Counter[str] = Counter()
        self.sizes: Counter[tuple[int, int]] = Counter()
        self.classes: Counter[Text] = Counter()
        self._problems: list[Text] = []
        self._num_problems = 0

    def add_problem(self, problem: Text) -> None:
        self._num_problems += 1
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(problem)

    def result(self, num_videos: int) -> Inspection:
        numbers = self.numbers
        return Inspection(
            num_videos=num_videos,
            num_frames=numbers["frames"],
            num_targets=numbers["targets"],
            num_masks=numbers["masks"],
            num_crowds=numbers["crowds"],
            num_scores=numbers["scores"],
            num_law=numbers["law"],
            num_unchecked=numbers["unchecked"],
            num_void_frames=numbers["voids"],
            num_images_missing=numbers["images missing"],
            sizes=dict(self.sizes),
            classes=dict(self.classes.most_common()),
            problems=tuple(self._problems),
            num_problems=self._num_problems,
        )


def _count_video(
    video: AnnotatedVideo, index: int, num_videos: int, counts: _Counts, progress: ProgressReport
) -> None:
    counts.sizes[video.size] += 1
    shown: set[TargetId] = set()
    for position in range(video.num_frames):
        try:
            frame = video.load_frame(position)
        except FormatError as error:
            counts.add_problem(error.sentence)
        else:
            shown |= set(frame.masks)
            _count_frame(frame, counts)
        progress(Progress(index, num_videos, position + 1, video.num_frames))
    try:
        problems = list(_count_targets(video, shown, counts))
    except FormatError as error:
        problems = [error.sentence]
    for problem in problems:
        counts.add_problem(problem)


def _count_frame(frame: AnnotatedFrame, counts: _Counts) -> None:
    masks = frame.masks.values()
    counts.numbers["frames"] += 1
    counts.numbers["masks"] += len(masks)
    counts.numbers["crowds"] += sum(mask.is_crowd for mask in masks)
    counts.numbers["scores"] += sum(mask.score is not None for mask in masks)
    counts.numbers["law"] += sum(mask.is_law for mask in masks)
    counts.numbers["unchecked"] += sum(mask.state is FrameState.PREDICTED for mask in masks)
    counts.numbers["voids"] += frame.void is not None
    counts.numbers["images missing"] += frame.image_path is None


def _count_targets(
    video: AnnotatedVideo, shown: set[TargetId], counts: _Counts
) -> Iterator[Sentence]:
    """Count the targets; yields what is wrong with them."""
    listed = {target.id for target in video.targets}
    counts.numbers["targets"] += len(listed)
    for target in video.targets:
        name: Text = NO_CLASS
        if target.category is not None:
            is_known = target.category in video.label_set
            if not is_known:
                yield Sentence(
                    "{video}: target {target} is of unknown class {category}",
                    video=video.name,
                    target=target.id,
                    category=target.category,
                )
            known = video.label_set.category(target.category).name if is_known else ""
            name = known or Sentence("class {number}", number=target.category)
        counts.classes[name] += 1
    empty = sorted(listed - shown)
    if empty:
        yield Sentence(
            "{video}: {count} targets have no mask (first: target {target})",
            video=video.name,
            count=len(empty),
            target=empty[0],
        )
    unlisted = sorted(shown - listed)
    if unlisted:
        yield Sentence(
            "{video}: {count} targets are shown but not listed ({target})",
            video=video.name,
            count=len(unlisted),
            target=unlisted[0],
        )
