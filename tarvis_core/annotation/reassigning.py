"""Giving a part of one target's mask to another: on one frame, or as it goes on from there."""

from dataclasses import replace

import cv2
import numpy as np

from tarvis_core.annotation.identity_borders import EditedTrack
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.painting import put_mask, with_mask
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.target_operations import Changes, check_unlocked
from tarvis_core.annotation.track import FrameState, MaskSource, TrackFrame
from tarvis_core.errors import AnnotationError


def region_at(mask: Mask, x: float, y: float) -> Mask | None:
    """The piece of a mask at a place (neighbours by edges and corners); None beside the mask."""
    if mask.is_empty:
        return None
    column, row = int(x) - mask.box[0], int(y) - mask.box[1]
    crop = mask.crop()
    height, width = crop.shape
    if not (0 <= column < width and 0 <= row < height and crop[row, column]):
        return None
    _, labels = cv2.connectedComponents(crop.view(np.uint8), connectivity=8)
    return Mask.from_crop(mask.height, mask.width, mask.box[:2], labels == labels[row, column])


def give_region(
    project: Project,
    giver: TargetId,
    receiver: TargetId,
    frame: int,
    region: Mask,
    source: MaskSource | None = None,
) -> Changes:
    """Let a target have on one frame what was another's; both become keyframes there.

    Raises:
        AnnotationError: One of them is locked, both are the same, or the giver has none of it.
    """
    _check(project, giver, receiver)
    held = project.masks.get(giver, frame)
    if held is None or not held.mask.intersection_area(region):
        raise AnnotationError(
            "{name} has nothing there to give away", name=project.target(giver).name
        )
    given = held.mask.intersection(region)
    own = project.masks.get(receiver, frame)
    united = given if own is None else own.mask.union(given)
    return (
        *put_mask(project, giver, frame, held.mask.difference(region), source),
        *put_mask(project, receiver, frame, united, source),
    )


def give_region_from(
    project: Project,
    giver: TargetId,
    receiver: TargetId,
    frame: int,
    region: Mask,
    source: MaskSource | None = None,
) -> Changes:
    """The same, and so on every later frame for the pieces that the region goes on in.

    A piece goes on in what lies over it more than over the rest of the mask. The end is where
    nothing does, or where a person stands behind one of the two masks. The later frames keep
    their state: a run may still change them. But none carries the pieces over a keyframe of the
    giver that has them, and none gives a receiver that begins with this frame what the giver has
    before it (`identity_borders`).

    Raises:
        AnnotationError: One of them is locked, both are the same, or the giver has none of it.
    """
    after: dict[TargetId, dict[int, TrackFrame | None]] = {giver: {}, receiver: {}}
    for change in give_region(project, giver, receiver, frame, region, source):
        assert isinstance(change, MaskChange), "a region is pixels"
        after[change.target][change.frame] = change.after
    laws = (project.masks.track(each).law_frame_after(frame) for each in (giver, receiver))
    end = min((law for law in laws if law is not None), default=project.video.num_frames)
    first = project.masks.get(giver, frame)
    assert first is not None, "the giver has something on the first frame"
    piece, rest = first.mask.intersection(region), first.mask.difference(region)
    is_kept_at_end = False
    for where, held in project.masks.track(giver).items(frame + 1, end):
        following = _following(held.mask, piece, rest)
        if following.is_empty and rest.is_empty:
            continue  # all of it was given, and all of it is away for a while
        if following.is_empty or where == end:
            is_kept_at_end = held.state.is_law and not following.is_empty
            break
        piece, rest = following, held.mask.difference(following)
        after[giver][where] = replace(with_mask(held, rest), source=source)
        after[receiver][where] = _received(project, receiver, where, piece, held, source)
    left, got = (
        EditedTrack(project, each, masks, project.exemplar_frames(each))
        for each, masks in after.items()
    )
    left.settle(frame)
    if left.is_seen(0, frame - 1) and not got.is_seen(0, frame - 1):
        left.keep_before(frame)
        got.begin_at(frame)
    if is_kept_at_end:
        got.divide_at(end)
    return (*left.changes(), *got.changes())


def _check(project: Project, giver: TargetId, receiver: TargetId) -> None:
    if giver == receiver:
        raise AnnotationError("a target cannot give a region to itself. Select another target")
    for target in (giver, receiver):
        check_unlocked(project, target)


def _following(mask: Mask, piece: Mask, rest: Mask) -> Mask:
    """The pieces of a mask that go on with one piece of the mask before, rather than the rest."""
    if rest.is_empty or mask.is_empty:
        return mask
    box = mask.box
    _, labels = cv2.connectedComponents(mask.crop().view(np.uint8), connectivity=8)
    count = int(labels.max()) + 1
    over_piece = np.bincount(labels[piece.pixels_in(box)], minlength=count)
    over_rest = np.bincount(labels[rest.pixels_in(box)], minlength=count)
    goes_on = over_piece > over_rest
    goes_on[0] = False
    return Mask.from_crop(mask.height, mask.width, box[:2], goes_on[labels])


def _received(
    project: Project,
    receiver: TargetId,
    frame: int,
    piece: Mask,
    given: TrackFrame,
    source: MaskSource | None,
) -> TrackFrame:
    own = project.masks.get(receiver, frame)
    if own is None or own.mask.is_empty:
        return TrackFrame(piece, FrameState.PREDICTED, given.score, source=source)
    return replace(with_mask(own, own.mask.union(piece)), source=source)
