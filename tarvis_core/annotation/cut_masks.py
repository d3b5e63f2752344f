"""Masks of runs that lost pixels to the answer to another target's clicks on their frame.

The person who clicked decided whose these pixels are. So such a mask is a correction like an answer
to clicks (see `segmentation_changes`): masks of its target beside it that are older are outdated. A
run writes the frame anew, but for those pixels.
"""

from collections.abc import Collection
from dataclasses import replace

from tarvis_core.annotation.clicking import is_answer
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import Taken, Track, TrackFrame


def takers(held: TrackFrame | None) -> tuple[TargetId, ...]:
    """Whose answers took pixels of a mask, the last one first."""
    found = []
    while held is not None and held.taken is not None:
        found.append(held.taken.by)
        held = held.taken.whole
    return tuple(found)


def cut_frames(
    project: Project, target: TargetId, within: Collection[int]
) -> dict[int, TrackFrame]:
    """The masks of a target that answers to others' clicks cut, but for law and its own answers.

    Args:
        project: The project.
        target: The target.
        within: Only these frames are looked at.

    Returns:
        The masks by frame; the time of each is that of the answer that cut it.
    """
    track, found = project.masks.track(target), dict[int, TrackFrame]()
    for frame in project.frames_given_for_others(target):
        if frame not in within or not _may_be_cut(track, frame):
            continue
        held = track.get(frame)
        if held is None or is_answer(held):
            continue
        if any(project.exemplars_at(taker, frame) for taker in takers(held)):
            found[frame] = held
    return found


def cut_times(project: Project, target: TargetId, within: Collection[int]) -> dict[int, float]:
    """When answers to others' clicks cut masks of a target (`cut_frames`), by frame."""
    cut = cut_frames(project, target, within)
    return {frame: held.source.made_at for frame, held in cut.items() if held.source is not None}


def cut_again(after: TrackFrame, cut: TrackFrame) -> TrackFrame:
    """A mask that replaces a cut one: as old as that, and to the same answers it gives way."""
    made_at = 0.0 if cut.source is None else cut.source.made_at
    source = None if after.source is None else replace(after.source, made_at=made_at)
    whole = known = replace(after, source=source)
    for taker in reversed(takers(cut)):
        known = replace(whole, taken=Taken(taker, known))
    return known


def _may_be_cut(track: Track, frame: int) -> bool:
    """Whether a mask was made at another time than one beside it: those of a run have the same."""
    summary = track.summary(frame)
    if summary is None or summary.state.is_law or not summary.made_at:
        return False
    beside = (track.summary(frame - 1), track.summary(frame + 1))
    return any(each is None or each.made_at != summary.made_at for each in beside)
