"""What a clip's answer changes in the project; the data layer keeps keyframes out of it."""

import time
from collections.abc import Iterator

from tarvis_app.segmentation.requests import ClipAnswer, TrackStep
from tarvis_core.annotation.clicking import ANSWER, CARRIED, RUN, answer_at
from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.segmentation_changes import changes_from_clip, predicted_frame
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import MaskSource


def track_changes(
    project: Project, step: TrackStep, answer: ClipAnswer, begun_at: float
) -> tuple[MaskChange, ...]:
    """The changes that write one clip of a tracking pass.

    Law frames, locked and removed targets, and frames outside the pass stay as they are; so does
    every target that the clip does not answer for, and the answer to a click that came when the
    pass had begun and so is not carried by it. Masks count as made when the run began (`begun_at`,
    seconds since 1970): of corrections that came since it knows nothing.
    """
    source = MaskSource(RUN, answer.weights, begun_at)
    changes = changes_from_clip(project, answer.clip, dict(step.wanted), source)
    return tuple(change for change in changes if not _is_carried(change) or _is_given(step, change))


def hidden_changes(
    project: Project, step: TrackStep, answer: ClipAnswer, begun_at: float
) -> Iterator[MaskChange]:
    """What a clip says of frames that became law, or were clicked on, when the pass had begun.

    They are left alone; this is what they would show if that were taken back.
    """
    source, size = MaskSource(RUN, answer.weights, begun_at), project.video.frame_size
    for target, spans in step.wanted:
        masks = answer.clip.masks.get(target)
        if masks is None or target not in project.targets:
            continue
        for frame in answer.clip.frames:
            held = project.masks.get(target, frame)
            if held is None or not any(frame in span for span in spans):
                continue
            if held.state.is_law or answer_at(project, target, frame) is not None:
                after = predicted_frame(masks.get(frame), size, source)
                yield MaskChange(target, frame, None, after)


def _is_carried(change: MaskChange) -> bool:
    """Whether a change says of the answer to a click that a run has carried it on."""
    source = None if change.after is None else change.after.source
    return source is not None and source.tool == CARRIED


def _is_given(step: TrackStep, change: MaskChange) -> bool:
    """Whether a pass sets out from the mask that a change leaves."""
    return change.after is not None and (
        MaskExemplar(change.frame, change.target, change.after.mask) in step.request.exemplars
    )


def preview_changes(
    project: Project, target: TargetId, frame: int, predicted: PredictedMask | None
) -> tuple[MaskChange, ...]:
    """The changes that put a click's answer on its frame; what was there gives way to it.

    A target that was locked or deleted meanwhile stays as it is.
    """
    known = project.targets.get(target)
    if known is None or known.is_locked:
        return ()
    after = predicted_frame(predicted, project.video.frame_size, made_by(ANSWER, ""))
    return (project.masks.change_to(target, frame, after),)


def made_by(tool: str, weights: str) -> MaskSource:
    """Where a mask comes from that is made now."""
    return MaskSource(tool, weights, made_at=time.time())
