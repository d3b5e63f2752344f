"""The masks of one frame at once, before a run carries them through time."""

from collections.abc import Sequence

from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.clip_source import ClipInput, ClipSource
from tarvis_core.inference.object_tracks import ObjectTracks
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
    while True:
        found = source.within_memory(lambda: _preview(source, frame, cues, settings))
        if found is not None:
            return found


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
