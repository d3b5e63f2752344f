"""What an import would add, lose and change, worked out before anything is changed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from tarvis_app.exchange.exchange_jobs import ImportJob, ImportLook
from tarvis_app.exchange.import_source import find_source
from tarvis_app.translated import translated
from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    VideoCollection,
)
from tarvis_core.annotation.formats.fitting import fit_video
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities, ScoreDetail
from tarvis_core.annotation.formats.lint import lint
from tarvis_core.annotation.formats.loss import LossCounter
from tarvis_core.annotation.formats.project_conversion import (
    import_changes,
    matched_frames,
    project_to_video,
    says_who_made,
)
from tarvis_core.annotation.formats.round_trip import compare
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import Change, LabelSetChange, TargetChange
from tarvis_core.annotation.project_file import SUFFIX, ProjectFile
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState, MaskSource
from tarvis_core.annotation.wording import counted
from tarvis_core.sentence import Sentence

PASSES = 5
"""How often each frame is read: for who made it, the edit, the lint, the losses, and the check."""
MAX_SENTENCES = 20
SAME_IOU = 0.9
"""From here on two masks are taken for the same."""
PROJECT_HOLDS = FormatCapabilities(
    overlaps=True,
    scores=ScoreDetail.MASK,
    crowd=True,
    categories=True,
    class_ids=False,
    class_names=True,
    stuff=True,
    states=True,
    points=True,
    target_names=True,
    frame_numbers=True,
    fps=True,
)
"""What a project keeps of what it is given. Crowds are kept as ordinary targets, which is said."""


def look_into(job: ImportJob, tell: Callable[[float], None]) -> ImportLook:
    """Read annotations and say what importing them would do; the project stays as it is.

    Args:
        job: What to read, for which project.
        tell: Told the part done, 0…1, after each frame; an exception that it raises ends the look.

    Raises:
        FormatError: The files are damaged, or hold nothing of the project's video.
        AnnotationError: They were made for another video.
    """
    with ProjectFile.open(job.project, read_only=True) as file:
        project = file.project
        found = find_source(job.source, project.video)
        chosen, dataset = found.format, found.dataset
        video = watched(found.video, tell)
        num_unsaid = unsaid_masks(video)
        state = FrameState.VERIFIED if job.are_checked else FrameState.PREDICTED
        source = MaskSource(f"import {chosen.id}")
        changes = import_changes(project, video, source=source, unsaid_state=state)
        findings = lint(VideoCollection(video.label_set, [video]), PROJECT_HOLDS)
        wrong = [*dataset.problems, *(finding.message for finding in findings)]
        wrong += doubles(project, changes)
        losses = losses_of(dataset, video)
        differences = check(file, video, changes)
    shown = [c.after for c in changes if isinstance(c, MaskChange) and c.after is not None]
    shown = [held for held in shown if not held.mask.is_empty]
    return ImportLook(
        source=job.source,
        changes=changes,
        format_title=translated(Sentence(chosen.title)),
        num_targets=len(video.targets),
        frames=matched_frames(project.video, video),
        num_masks=len(shown),
        num_law=sum(held.state.is_law for held in shown),
        num_unsaid=num_unsaid,
        new_classes=new_classes(changes),
        warnings=tuple(wrong[:MAX_SENTENCES]),
        losses=tuple(losses[:MAX_SENTENCES]),
        differences=differences,
    )


def unsaid_masks(video: AnnotatedVideo) -> int:
    """How many masks there are of which the files do not say who made or checked them."""
    masks = [mask for frame in video.frames() for mask in frame.masks.values()]
    return 0 if says_who_made(masks) else sum(mask.state is None for mask in masks)


def watched(video: AnnotatedVideo, tell: Callable[[float], None]) -> AnnotatedVideo:
    """The same video; each frame that is loaded is told as a part of all passes."""
    total = max(1, PASSES * video.num_frames)
    done = 0

    def load(index: int) -> AnnotatedFrame:
        nonlocal done
        done += 1
        tell(min(1.0, done / total))
        return video.load_frame(index)

    return replace(video, load_frame=load)


def new_classes(changes: tuple[Change, ...]) -> tuple[str, ...]:
    """Names of the classes that the project's label set gains."""
    for change in changes:
        if isinstance(change, LabelSetChange):
            known = {category.name for category in change.before.categories}
            return tuple(c.words for c in change.after.categories if c.name not in known)
    return ()


def losses_of(dataset: DatasetReader, video: AnnotatedVideo) -> list[Sentence]:
    """What a project has no place for, one sentence each."""
    counter = LossCounter()
    fitted = fit_video(video, PROJECT_HOLDS, counter)
    num_crowds = sum(mask.is_crowd for frame in fitted.frames() for mask in frame.masks.values())
    sentences: list[Sentence] = [loss.message for loss in counter.losses]
    if num_crowds:
        sentences.append(counted(num_crowds, "crowd masks kept as ordinary masks"))
    if len(dataset) > 1:
        others = len(dataset) - 1
        sentences.append(counted(others, "videos of the file left out"))
    return sentences


def doubles(project: Project, changes: tuple[Change, ...]) -> list[Sentence]:
    """Targets that seem to be there already: their first mask is one of the project's."""
    seen: set[TargetId] = set()
    twice = []
    for change in changes:
        if not isinstance(change, MaskChange) or change.target in seen or change.after is None:
            continue
        if change.after.mask.is_empty:
            continue
        seen.add(change.target)
        known = project.masks.masks_at(change.frame)
        twice += [change for other in known.values() if _is_same(change, other.mask)][:1]
    if not twice:
        return []
    first = twice[0]
    return [
        Sentence(
            "{found} (first: target {target}, frame {frame})",
            found=counted(len(twice), "targets like ones in the project already"),
            target=first.target,
            frame=first.frame,
        )
    ]


def _is_same(change: MaskChange, other: Mask) -> bool:
    assert change.after is not None, "asked of masks that are written"
    mask = change.after.mask
    common = mask.intersection_area(other)
    return common > 0 and common >= SAME_IOU * (mask.area + other.area - common)


def check(
    file: ProjectFile, video: AnnotatedVideo, changes: tuple[Change, ...]
) -> tuple[Sentence, ...]:
    """Import into a copy of the project's file, read that back, and compare with what was given.

    Returns:
        What is not the same; empty if all is.
    """
    added = [c.after.id for c in changes if isinstance(c, TargetChange) and c.after is not None]
    if not added:
        return ()
    ids = dict(zip((target.id for target in video.targets), added, strict=True))
    frames = matched_frames(file.project.video, video)
    expected = replace(_renumbered(video, ids), frame_numbers=frames)
    with TemporaryDirectory(prefix="tarvis-") as folder:
        copy = Path(folder) / f"copy{SUFFIX}"
        file.export_copy(copy)
        with ProjectFile.open(copy) as trial:
            trial.project.apply(changes)
        with ProjectFile.open(copy, read_only=True) as trial:
            found = project_to_video(trial.project, frames).only(set(added))
            pair = (VideoCollection(v.label_set, [v]) for v in (expected, found))
            return tuple(islice(compare(*pair, PROJECT_HOLDS), MAX_SENTENCES))


def _renumbered(video: AnnotatedVideo, ids: Mapping[TargetId, TargetId]) -> AnnotatedVideo:
    """The video with the numbers that its targets get, and crowds as the project keeps them."""

    def load(index: int) -> AnnotatedFrame:
        frame = video.load_frame(index)
        masks = {ids[t]: replace(m, is_crowd=False) for t, m in frame.masks.items() if t in ids}
        return replace(frame, masks=masks, points={})

    targets = tuple(replace(target, id=ids[target.id]) for target in video.targets)
    return replace(video, load_frame=load, load_targets=lambda: targets)
