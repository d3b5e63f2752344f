"""Fills the feature cache around the frame that a person looks at, in slices that end at once."""

import logging
from collections.abc import Iterator, Sequence
from threading import Event

from tarvis_core.inference.clip_source import ClipSource
from tarvis_core.inference.device import is_out_of_memory, release_memory
from tarvis_core.inference.network import InterruptedEncodingError

log = logging.getLogger(__name__)


def fill_around(
    source: ClipSource, frame: int, stop: Event, clicks: Sequence[ClipSource] = ()
) -> Iterator[int]:
    """Encode the clips nearest to a frame, as many as the cache holds; see `InferenceEngine.fill`.

    The nearest ones also get ready to be decoded, so that a click on them waits for little.

    Args:
        source: The video's clips.
        frame: The playhead.
        stop: Set it to end within a layer of the network, or with the shown frame's own features.
        clicks: Where clicks on the frame are answered, if not in its clip: the first of them comes
            before all else, the others after the clip round the frame.

    Yields:
        After each slice (a frame, what joins a clip's frames, or what the decoder derives from
        them), how many clips are left to fill.
    """
    try:
        yield from _fill(source, frame, stop, clicks)
    except InterruptedEncodingError:
        return
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        log.info("memory ran out while the cache was filled ahead; it stays as it is")
    release_memory(source.network.device)


def _fill(
    source: ClipSource, frame: int, stop: Event, clicks: Sequence[ClipSource]
) -> Iterator[int]:
    clips = sorted(source.grid(), key=lambda clip: _distance(clip, frame))
    for _ in _looked_at(clicks[:1], frame, stop):
        yield len(clips)
    done, most_derived = 0, 1
    while done < len(clips) and not stop.is_set():
        clip = clips[done]
        num_bytes = source.touch(clip)
        if num_bytes is None:
            for each in clip:
                # what is begun of the shown frame a click on it would need itself
                source.encode_frame(each, None if each == frame else stop)
                yield len(clips) - done
                if stop.is_set():
                    return
            num_bytes = source.encode(clip, stop)
            yield len(clips) - done
            if stop.is_set():
                return
        if done < most_derived:
            most_derived = source.derive(clip)
        done += 1
        if done == 1:
            for _ in _looked_at(clicks[1:], frame, stop):
                yield len(clips) - done
        clips = clips[: max(done, source.room_for(num_bytes))]
        yield len(clips) - done


def _looked_at(sources: Sequence[ClipSource], frame: int, stop: Event) -> Iterator[None]:
    """Get a frame alone ready to be decoded, for each way in which it is seen."""
    for source in sources:
        if stop.is_set():
            return
        if not source.has_clip((frame,)):
            is_seen = source.if_memory_suffices(lambda of=source: of.encode((frame,), stop))
            yield
            if is_seen:
                source.derive((frame,))


def _distance(clip: tuple[int, ...], frame: int) -> tuple[int, int]:
    """Clips round the frame first, then the nearest; of two, the later."""
    return max(clip[0] - frame, frame - clip[-1], 0), -clip[0]
