"""The masks of one frame at once, before a run carries them through time."""

from collections.abc import Sequence

from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.clip_source import ClipInput, ClipSource
from tarvis_core.inference.object_tracks import Drafts, ObjectTracks
from tarvis_core.inference.settings import InferenceSettings
from tarvis_core.inference.target_cues import TargetCues


def preview_frame(
    source: ClipSource, frame: int, exemplars: Sequence[Exemplar], settings: InferenceSettings
) -> dict[TargetId, PredictedMask]:
    """See `InferenceEngine.preview`.

    Raises:
        DeviceMemoryError: Memory ran out even with the smallest frames.
    """
    cues = TargetCues([each for each in exemplars if each.frame == frame], source.video.size)
    return preview_cues(source, frame, cues, settings)


def preview_cues(
    source: ClipSource, frame: int, cues: TargetCues, settings: InferenceSettings
) -> dict[TargetId, PredictedMask]:
    """The masks of one frame from what is given on it; see `preview_frame`."""
    alone = cues.only(frame)
    while True:
        found = source.within_memory(lambda: _preview(source, frame, alone, settings))
        if found is not None:
            return found


def click_drafts(
    source: ClipSource, settings: InferenceSettings, *, only_corrections: bool = False
) -> Drafts:
    """Answers the clicks and boxes of a frame by previews, as they were answered when given.

    Args:
        source: The same video as that of the run, with frames as large as clicks want them.
        settings: As for the run.
        only_corrections: Leave clicks and boxes that correct no shown mask to the run's clips.
    """

    def drafts(frame: int, cues: TargetCues) -> dict[TargetId, Mask]:
        given = cues.at(frame)
        starters = given.shown if only_corrections else given.starters
        led = {target for target in starters if target > 0} - given.masks.keys()
        if not led:
            return {}
        found = preview_cues(source, frame, cues, settings)
        return {target: found[target].mask for target in found if target in led}

    return drafts


def _preview(
    source: ClipSource, frame: int, cues: TargetCues, settings: InferenceSettings
) -> dict[TargetId, PredictedMask]:
    tracks = ObjectTracks(source, cues, settings)
    if not tracks.wants((frame,)):
        settled = tracks.accept((frame,), None, [], ())
    else:
        clip = _single_frame(source, frame, is_alone=bool(cues.at(frame).shown))
        queries = tracks.queries(clip)
        outputs = [source.network.decode(clip.features, each, clip.memory) for each in queries]
        settled = tracks.accept((frame,), clip, outputs, ())
    return dict(settled.frames[0].masks)


def _single_frame(source: ClipSource, frame: int, *, is_alone: bool) -> ClipInput:
    """The frame alone, or within a clip that is cached: a run must repeat what corrections gave."""
    cached = None if is_alone else source.cached_clip_with(frame)
    if cached is None:
        return source.load((frame,))
    clip = source.load(cached)
    memory = clip.memory.select_frames([cached.index(frame)])
    return ClipInput((frame,), clip.features_of((frame,)), clip.geometry, memory)
