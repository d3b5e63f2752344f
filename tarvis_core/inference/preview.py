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


def click_drafts(source: ClipSource, settings: InferenceSettings) -> Drafts:
    """Answers the clicks and boxes of a frame by previews from a source with larger frames.

    Args:
        source: The same video as that of the run, with frames as large as clicks want them.
        settings: As for the run.
    """

    def drafts(frame: int, cues: TargetCues) -> dict[TargetId, Mask]:
        given = cues.at(frame)
        led = {target for target in (*given.boxes, *given.points) if target > 0}
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
        clip = _single_frame(source, frame)
        queries = tracks.queries(clip)
        outputs = [source.network.decode(clip.features, each, clip.memory) for each in queries]
        settled = tracks.accept((frame,), clip, outputs, ())
    return dict(settled.frames[0].masks)


def _single_frame(source: ClipSource, frame: int) -> ClipInput:
    cached = source.cached_clip_with(frame)
    if cached is None:
        return source.load((frame,))
    clip = source.load(cached)
    memory = clip.memory.select_frames([cached.index(frame)])
    return ClipInput((frame,), clip.features_of((frame,)), clip.geometry, memory)
