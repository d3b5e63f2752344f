"""The masks of one frame at once, before a run carries them through time."""

from collections.abc import Sequence
from dataclasses import replace

from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.clip_source import ClipInput, ClipSource
from tarvis_core.inference.object_tracks import Drafts, ObjectTracks
from tarvis_core.inference.overlap_buffer import ClipLogits
from tarvis_core.inference.settings import InferenceSettings
from tarvis_core.inference.target_cues import TargetCues
from tarvis_core.model.model_output import TarvisOutput


def preview_frame(
    sources: Sequence[ClipSource],
    frame: int,
    exemplars: Sequence[Exemplar],
    settings: InferenceSettings,
) -> dict[TargetId, PredictedMask]:
    """See `InferenceEngine.preview`.

    Args:
        sources: The video as the network sees it; where there are several, the mean of what it
            says of each counts.
        frame: The frame shown.
        exemplars: Those on other frames are passed over.
        settings: Behaviour and the like.

    Raises:
        DeviceMemoryError: Memory ran out even with the smallest frames.
    """
    video = sources[0].video
    cues = TargetCues([each for each in exemplars if each.frame == frame], video.size)
    return preview_cues(sources, frame, cues, settings)


def preview_cues(
    sources: Sequence[ClipSource], frame: int, cues: TargetCues, settings: InferenceSettings
) -> dict[TargetId, PredictedMask]:
    """The masks of one frame from what is given on it; see `preview_frame`."""
    alone = cues.only(frame)
    first, *others = sources
    seen = [_look(source, frame, alone, settings) for source in others]
    views = [each for each in seen if each is not None]
    while True:
        found = first.within_memory(lambda: _preview(first, frame, alone, settings, views))
        if found is not None:
            return found


def click_drafts(
    sources: Sequence[ClipSource], settings: InferenceSettings, *, only_corrections: bool = False
) -> Drafts:
    """Answers the clicks and boxes of a frame by previews, as they were answered when given.

    Args:
        sources: The same video as that of the run, as the network sees frames that are clicked on.
        settings: As for the run.
        only_corrections: Leave clicks and boxes that correct no shown mask to the run's clips.
    """

    def drafts(frame: int, cues: TargetCues) -> dict[TargetId, Mask]:
        given = cues.at(frame)
        starters = given.shown if only_corrections else given.starters
        led = {target for target in starters if target > 0} - given.masks.keys()
        if not led:
            return {}
        found = preview_cues(sources, frame, cues, settings)
        return {target: found[target].mask for target in found if target in led}

    return drafts


def _preview(
    source: ClipSource,
    frame: int,
    cues: TargetCues,
    settings: InferenceSettings,
    views: Sequence[ClipLogits],
) -> dict[TargetId, PredictedMask]:
    tracks = ObjectTracks(source, cues, settings)
    if not tracks.wants((frame,)):
        settled = tracks.accept((frame,), None, [], ())
    else:
        clip = _single_frame(source, frame, is_alone=bool(cues.at(frame).shown))
        outputs = _answers(source, tracks, clip)
        settled = tracks.accept((frame,), clip, outputs, (), views)
    found = settled.frames[0].masks
    # disagreement is told of clips; looks at one frame from different distances always differ
    return {target: replace(each, disagreement=None) for target, each in found.items()}


def _look(
    source: ClipSource, frame: int, cues: TargetCues, settings: InferenceSettings
) -> ClipLogits | None:
    """What the network says of one more look at a frame; None where it is left out."""

    def see() -> ClipLogits | None:
        tracks = ObjectTracks(source, cues, settings)
        if not tracks.wants((frame,)):
            return None
        clip = source.load((frame,))
        return tracks.see(clip, _answers(source, tracks, clip))

    return source.if_memory_suffices(see)


def _answers(source: ClipSource, tracks: ObjectTracks, clip: ClipInput) -> list[TarvisOutput]:
    queries = tracks.queries(clip)
    return [source.network.decode(clip.features, each, clip.memory) for each in queries]


def _single_frame(source: ClipSource, frame: int, *, is_alone: bool) -> ClipInput:
    """The frame alone, or within a clip that is cached: a run must repeat what corrections gave."""
    cached = None if is_alone else source.cached_clip_with(frame)
    if cached is None:
        return source.load((frame,))
    clip = source.load(cached)
    memory = clip.memory.select_frames([cached.index(frame)])
    return ClipInput((frame,), clip.features_of((frame,)), clip.geometry, memory)
