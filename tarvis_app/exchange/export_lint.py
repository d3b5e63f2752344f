"""A look before an export: what will be missing, doubtful or lost, said beforehand."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from PySide6.QtCore import QCoreApplication

from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import Target, TargetId, TargetKind
from tarvis_core.annotation.track import FrameState

Box = tuple[int, int, int, int]


def lint(
    project: Project,
    targets: Iterable[TargetId],
    limits: tuple[int, int],
    capabilities: FormatCapabilities | None,
) -> tuple[str, ...]:
    """What a person should know before exporting.

    Args:
        project: The project.
        targets: What is exported.
        limits: First and last frame, both inclusive.
        capabilities: What the format can hold; None where everything is drawn.

    Returns:
        One sentence each, the gravest first; nothing is read but summaries.
    """
    chosen = [project.target(target) for target in targets]
    notes = [_empty(project, chosen, limits), _unseen(project, chosen, limits)]
    if capabilities is not None:
        notes += [
            _classless(chosen) if capabilities.categories else "",
            _stuff(chosen) if not capabilities.stuff else "",
            _numbers(chosen, capabilities.max_target_id),
            "" if capabilities.overlaps else _overlaps(project, chosen, limits),
        ]
    return tuple(note for note in notes if note)


def _tr(text: str) -> str:
    return QCoreApplication.translate("ExportLint", text)


def _names(targets: Sequence[Target]) -> str:
    shown = ", ".join(target.name for target in targets[:3])
    return f"{shown}, …" if len(targets) > 3 else shown


def _empty(project: Project, targets: Sequence[Target], limits: tuple[int, int]) -> str:
    empty = [t for t in targets if not project.masks.track(t.id).frames_between(*limits)]
    if not empty:
        return ""
    text = _tr("{count} targets have no mask in these frames ({names}).")
    return text.format(count=len(empty), names=_names(empty))


def _unseen(project: Project, targets: Sequence[Target], limits: tuple[int, int]) -> str:
    total = unseen = 0
    for target in targets:
        track = project.masks.track(target.id)
        for frame in track.frames_between(*limits):
            summary = track.summary(frame)
            if summary is not None and not summary.is_empty:
                total += 1
                unseen += summary.state is FrameState.PREDICTED
    if not unseen:
        return ""
    text = _tr("{unseen} of {total} masks are predictions that nobody has verified.")
    return text.format(unseen=unseen, total=total)


def _classless(targets: Sequence[Target]) -> str:
    bare = [target for target in targets if target.category is None]
    if not bare:
        return ""
    text = _tr("{count} targets have no class ({names}); the format wants one.")
    return text.format(count=len(bare), names=_names(bare))


def _stuff(targets: Sequence[Target]) -> str:
    stuff = [target for target in targets if target.kind is TargetKind.STUFF]
    if not stuff:
        return ""
    text = _tr("{count} stuff targets are left out ({names}); the format holds things only.")
    return text.format(count=len(stuff), names=_names(stuff))


def _numbers(targets: Sequence[Target], limit: int | None) -> str:
    if limit is None or len(targets) <= limit:
        return ""
    return _tr("The format holds {limit} targets; there are {count}.").format(
        limit=limit, count=len(targets)
    )


def _overlaps(project: Project, targets: Sequence[Target], limits: tuple[int, int]) -> str:
    """Frames on which boxes overlap; whether pixels do is known only when they are read."""
    boxes: dict[int, list[Box]] = {}
    for target in targets:
        track = project.masks.track(target.id)
        for frame in track.frames_between(*limits):
            summary = track.summary(frame)
            if summary is not None and not summary.is_empty:
                boxes.setdefault(frame, []).append(summary.box)
    touched = sum(any(_meet(*pair) for pair in combinations(b, 2)) for b in boxes.values())
    if not touched:
        return ""
    text = _tr("On {count} frames masks may overlap; the format gives each pixel to the topmost.")
    return text.format(count=touched)


def _meet(first: Box, second: Box) -> bool:
    is_apart_x = first[2] <= second[0] or second[2] <= first[0]
    is_apart_y = first[3] <= second[1] or second[3] <= first[1]
    return not (is_apart_x or is_apart_y)
