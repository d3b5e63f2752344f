"""Clicks on a frame: what is given for a target once another click is.

Clicks on a frame without a mask say what the target is. On a frame that shows a mask they correct
it: each click keeps the mask that it saw beside itself and the clicks before, so that it changes
what is shown in one place and leaves alone what earlier clicks gave, and so that the frame can be
asked anew.
"""

from collections.abc import Iterable
from dataclasses import replace

from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar, PointExemplar, ShownMask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import TrackFrame

ANSWER = "click"
"""What `MaskSource.tool` says of a mask that answers the clicks or the box on its frame."""
CARRIED = "click track"
"""The same, once a run has carried it on."""
RUN = "track"
"""Of a mask that a run gave."""
FILLED = "fill"
"""Of masks on the other frames of the clips that contain a frame on which something was given."""


def exemplars_with_click(project: Project, click: PointExemplar) -> tuple[Exemplar, ...]:
    """What is given for the click's target on its frame together with the click.

    A mask that a person stands behind replaces what was given before, and is corrected itself; so
    is the mask of a run on a frame where what was given found nothing. Clicks that said what the
    target is from nothing, or with a box, are joined by more of them.

    Args:
        project: The project; it need not know the target yet.
        click: The new click.
    """
    target, frame = click.target, click.frame
    given = project.exemplars_at(target, frame)
    summary = project.masks.track(target).summary(frame)
    is_law = summary is not None and summary.state.is_law
    held = None if summary is None or summary.is_empty else project.masks.get(target, frame)
    is_corrected = any(isinstance(each, ShownMask) for each in given)
    is_other = held is not None and held.source is not None and held.source.tool == RUN
    if given and not is_law and (held is None or not (is_corrected or is_other)):
        return (*given, click)
    if held is None:
        return (click,)
    shown = ShownMask(frame, target, held.mask)
    is_first = (is_law and shown not in given) or (is_other and not is_corrected)
    earlier = () if is_first else tuple(e for e in given if isinstance(e, PointExemplar))
    return (shown, *earlier, click)


def is_answer(held: TrackFrame) -> bool:
    """Whether a mask was made by clicks or a box on its frame; a run may have carried it since."""
    return held.source is not None and held.source.tool in (ANSWER, CARRIED)


def is_filled(held: TrackFrame | None) -> bool:
    """Whether a mask is there because a click filled its clip."""
    return held is not None and held.source is not None and held.source.tool == FILLED


def without_news(answer: TrackFrame, shown: TrackFrame | None) -> TrackFrame:
    """An answer to clicks, as old as what it leaves as it was.

    Where it has the pixels that were shown before, it corrects nothing, and outdates nothing: it is
    as old as the correction that was shown, others' clicks that cut the mask included; it has no
    time where a run's mask, or a fill, was.

    Args:
        answer: The target on the frame from now on.
        shown: What was there when the click was made.
    """
    if shown is None or answer.source is None or answer.mask != shown.mask:
        return answer
    was_correction = shown.state.is_law or is_answer(shown) or shown.taken is not None
    known = shown.source if was_correction else None
    made_at = 0.0 if known is None else known.made_at
    return replace(answer, source=replace(answer.source, made_at=made_at))


def answer_at(project: Project, target: TargetId, frame: int) -> TrackFrame | None:
    """The mask that answers what was given for a target on a frame, if that is what it shows.

    A law frame is none: a person stands behind its mask, whatever it came from.
    """
    held = project.masks.get(target, frame) if project.exemplars_at(target, frame) else None
    if held is None or held.state.is_law or held.mask.is_empty:
        return None
    return held if is_answer(held) else None


def answered_frames(project: Project, target: TargetId, given: Iterable[int]) -> dict[int, float]:
    """Which frames show the answer to what was given there (`answer_at`).

    Args:
        project: The project.
        target: The target.
        given: Frames on which clicks or boxes were given for it.

    Returns:
        When each was answered, in seconds since 1970.
    """
    track, answered = project.masks.track(target), {}
    for frame in given:
        summary = track.summary(frame)
        is_possible = summary is not None and not summary.state.is_law
        held = answer_at(project, target, frame) if is_possible else None
        if held is not None and held.source is not None:
            answered[frame] = held.source.made_at
    return answered


def given_to_runs(project: Project, target: TargetId, frame: int) -> tuple[Exemplar, ...]:
    """What a run is told of a frame that is no law frame, where something was given there.

    That is the answer that the person saw, as if it were drawn, with the clicks that say what the
    target is not: they go on to keep a look-alike away. Without an answer, it is what was given.
    """
    given = project.exemplars_at(target, frame)
    answer = answer_at(project, target, frame)
    if answer is None:
        return given
    negative = (each for each in given if isinstance(each, PointExemplar) and not each.is_positive)
    return (MaskExemplar(frame, target, answer.mask), *negative)
