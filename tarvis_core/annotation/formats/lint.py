"""Lint before export: what a person should look at before handing the annotations on."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
)
from tarvis_core.annotation.formats.fitting import flatten
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.loss import LossCounter, LossKind
from tarvis_core.annotation.formats.write_job import (
    Progress,
    ProgressReport,
    ignore_progress,
)
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation_changes import outdated_frames
from tarvis_core.annotation.target import Target, TargetId
from tarvis_core.annotation.track import FrameState
from tarvis_core.annotation.wording import counted
from tarvis_core.sentence import Sentence


class LintKind(Enum):
    """What is odd; the value says it in words that follow the count."""

    EMPTY_TRACK = "targets have no mask on any frame"
    NO_CLASS = "targets have no class"
    UNKNOWN_CLASS = "targets are of a class that the label set lacks"
    UNVERIFIED = "masks are the network's and nobody has looked at them"
    OUTDATED = "masks are older than a correction beside them"
    OVERLAPS = "masks lie under others, and the format holds one target per pixel"
    TOO_MANY_TARGETS = "targets are more than the format has numbers for"


@dataclass(frozen=True)
class LintFinding:
    """One kind of oddity in one video, with the place where it is first."""

    kind: LintKind
    count: int
    video: str
    target: TargetId | None = None
    """The first target concerned."""
    frame: int | None = None
    """Number of the first frame concerned."""

    @property
    def message(self) -> Sentence:
        """The finding as a sentence for a person."""
        found = counted(self.count, self.kind.value)
        first = self._first
        if first is None:
            return Sentence("{video}: {found}", video=self.video, found=found)
        return Sentence(
            "{video}: {found} (first: {first})", video=self.video, found=found, first=first
        )

    @property
    def _first(self) -> Sentence | None:
        target, frame = self.target, self.frame
        if target is None and frame is None:
            return None
        if frame is None:
            return Sentence("target {target}", target=target)
        if target is None:
            return Sentence("frame {frame}", frame=frame)
        return Sentence("target {target}, frame {frame}", target=target, frame=frame)


def lint(
    dataset: DatasetReader,
    capabilities: FormatCapabilities | None = None,
    progress: ProgressReport = ignore_progress,
) -> tuple[LintFinding, ...]:
    """Look through everything that is about to be exported.

    Args:
        dataset: What to look at; each frame is loaded once.
        capabilities: What the format can hold; None to look only for what matters anywhere.
        progress: Told after each frame.

    Raises:
        FormatError: The source is damaged.
    """
    findings: list[LintFinding] = []
    for index, video in enumerate(dataset):
        findings += _lint_video(video, capabilities, index, len(dataset), progress)
    return tuple(findings)


def lint_masks(
    project: Project, frames: range, targets: Collection[TargetId]
) -> tuple[LintFinding, ...]:
    """Look for masks that a person's corrections made outdated; only a project knows of them.

    Args:
        project: What is about to be exported.
        frames: Numbers of the frames to look at.
        targets: Which of its targets.
    """
    counter = _Counter(Path(project.video.path).stem or "video")
    for target in targets:
        outdated = [frame for frame in outdated_frames(project, target) if frame in frames]
        if outdated:
            counter.add(LintKind.OUTDATED, target, outdated[0], len(outdated))
    return tuple(counter.findings())


class _Counter:
    """Counts the findings of one video."""

    def __init__(self, video: str) -> None:
        self._video = video
        self._found: dict[LintKind, LintFinding] = {}

    def add(
        self,
        kind: LintKind,
        target: TargetId | None = None,
        frame: int | None = None,
        count: int = 1,
    ) -> None:
        first = self._found.get(kind)
        if first is None:
            self._found[kind] = LintFinding(kind, count, self._video, target, frame)
        else:
            total = first.count + count
            self._found[kind] = LintFinding(kind, total, first.video, first.target, first.frame)

    def findings(self) -> Iterator[LintFinding]:
        return (self._found[kind] for kind in LintKind if kind in self._found)


def _lint_video(
    video: AnnotatedVideo,
    capabilities: FormatCapabilities | None,
    index: int,
    num_videos: int,
    progress: ProgressReport,
) -> Iterator[LintFinding]:
    counter = _Counter(video.name)
    shown: set[TargetId] = set()
    is_exclusive = capabilities is not None and not capabilities.overlaps
    for position, frame in enumerate(video.frames()):
        number = video.frame_numbers[position]
        shown |= {target for target, mask in frame.masks.items() if not mask.mask.is_empty}
        _lint_frame(frame, number, counter, is_exclusive=is_exclusive)
        progress(Progress(index, num_videos, position + 1, video.num_frames))
    for target in video.targets:
        _lint_target(target, video, shown, capabilities, counter)
    limit = None if capabilities is None else capabilities.max_target_id
    if limit is not None and len(video.targets) > limit:
        counter.add(LintKind.TOO_MANY_TARGETS, count=len(video.targets))
    return counter.findings()


def _lint_frame(
    frame: AnnotatedFrame, number: int, counter: _Counter, *, is_exclusive: bool
) -> None:
    for target, mask in frame.masks.items():
        if mask.state is FrameState.PREDICTED:
            counter.add(LintKind.UNVERIFIED, target, number)
    if not is_exclusive:
        return
    losses = LossCounter()
    masks = {target: mask for target, mask in frame.masks.items() if not mask.mask.is_empty}
    flatten(masks, None, "", losses)
    num_covered = sum(loss.count for loss in losses.losses if loss.kind is LossKind.OVERLAPS)
    if num_covered:
        counter.add(LintKind.OVERLAPS, None, number, num_covered)


def _lint_target(
    target: Target,
    video: AnnotatedVideo,
    shown: set[TargetId],
    capabilities: FormatCapabilities | None,
    counter: _Counter,
) -> None:
    if target.id not in shown:
        counter.add(LintKind.EMPTY_TRACK, target.id)
    needs_class = capabilities is None or capabilities.categories
    if target.category is None and needs_class:
        counter.add(LintKind.NO_CLASS, target.id)
    elif target.category is not None and target.category not in video.label_set:
        counter.add(LintKind.UNKNOWN_CLASS, target.id)
