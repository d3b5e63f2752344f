"""ClipWalk: goes through the clips of a run, asks the network, and makes do with its memory."""

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event

from tarvis_core.errors import DeviceMemoryError, TarvisError
from tarvis_core.inference.clip_source import ClipInput, ClipSource
from tarvis_core.inference.clip_stepper import ClipStepper, Settled
from tarvis_core.inference.device import is_out_of_memory
from tarvis_core.inference.network import InterruptedEncodingError
from tarvis_core.inference.query_limit import QueryLimit
from tarvis_core.inference.run_plan import Clips, Run, clips_of_run
from tarvis_core.inference.settings import InferenceSettings, JointPass
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.model_output import QuerySet, TarvisOutput

Answered = tuple[ClipInput | None, list[list[TarvisOutput]]]
"""A clip and, per stepper, the answers to its questions; no clip if nobody asked."""


class ClipWalk:
    """One walk after another over the clips of a video; ends within a clip when told to stop."""

    def __init__(
        self, source: ClipSource, settings: InferenceSettings, stop: Event | None = None
    ) -> None:
        self._source = source
        self._settings = settings
        self._stop = stop or Event()
        self._limit = QueryLimit(source.network.device, settings.targets_at_once)
        self._is_encoded = False

    def steps(self, run: Run, steppers: Sequence[ClipStepper]) -> Iterator[tuple[Settled, ...]]:
        """Go through the clips of a run.

        Args:
            run: Where to begin and to end, and which way.
            steppers: Who asks; each clip is encoded once for all of them.

        Yields:
            What each stepper settled, clip by clip.

        Raises:
            DeviceMemoryError: Memory ran out even with the smallest clips.
            VideoError: A frame cannot be read. What was done before is settled first.
        """
        clips, position, done = self._clips(run, ()), 0, ()
        failure: TarvisError | None = None
        while position < len(clips) and not self._stop.is_set():
            frames = clips[position]
            ask = functools.partial(self._ask, frames, steppers)
            try:
                answered = self._source.within_memory(ask, self._give_way)
            except InterruptedEncodingError:
                break
            except TarvisError as error:
                failure = error
                break
            if answered is None:  # the clips are smaller now
                clips, position = self._clips(run, done), 0
                continue
            held = clips[position + 1] if position + 1 < len(clips) else ()
            settled = self._accept(frames, steppers, answered, held)
            del answered, ask  # one clip's features at a time
            yield settled
            position, done = position + 1, frames
        if done:
            with self._memory_errors_told():
                settled = tuple(stepper.finish() for stepper in steppers)
            yield settled
        if failure is not None:
            raise failure

    def _accept(
        self,
        frames: tuple[int, ...],
        steppers: Sequence[ClipStepper],
        answered: Answered,
        held: tuple[int, ...],
    ) -> tuple[Settled, ...]:
        clip, outputs = answered
        with self._memory_errors_told():
            return tuple(
                stepper.accept(frames, clip if each else None, each, held)
                for stepper, each in zip(steppers, outputs, strict=True)
            )

    @contextmanager
    def _memory_errors_told(self) -> Iterator[None]:
        """Masks are made target by target: if that does not fit, nothing smaller helps."""
        try:
            yield
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            size = " × ".join(map(str, self._source.video.size))
            raise DeviceMemoryError(
                "{device} has too little memory for masks of {size} pixels; close other programs "
                "or choose another device",
                device=str(self._source.network.device),
                size=size,
            ) from error

    def _clips(self, run: Run, done: tuple[int, ...]) -> Clips:
        if self._settings.behaviour is Behaviour.INTENDED:
            return clips_of_run(self._source.grid(), run, done)
        overlap = self._source.settings.overlap
        if run.is_backward:
            start = done[overlap - 1] if done else run.start
            return self._source.clips_between(run.end, start, is_backward=True)
        return self._source.clips_between(done[-overlap] if done else run.start, run.end)

    def _give_way(self) -> bool:
        """Whether it may help that fewer queries look at once: not where encoding failed."""
        return self._is_encoded and self._limit.lower()

    def _ask(self, frames: tuple[int, ...], steppers: Sequence[ClipStepper]) -> Answered:
        self._is_encoded = False
        self._limit.begin()
        if not any(stepper.wants(frames) for stepper in steppers):
            return None, [[] for _ in steppers]
        clip = self._source.load(frames, self._stop)
        self._is_encoded = True
        sets = [
            list(stepper.queries(clip)) if stepper.wants(frames) else [] for stepper in steppers
        ]
        self._limit.check(clip, sum(len(s.object_query_counts) for each in sets for s in each))
        if self._settings.joint_pass is JointPass.ONE_PASS and len(sets) == 2 and all(sets):
            (objects, *others), (classes,) = sets
            output = self._decode(clip, classes + objects)
            rest = [self._decode(clip, queries) for queries in others]
            return clip, [[output, *rest], [output]]
        return clip, [[self._decode(clip, queries) for queries in each] for each in sets]

    def _decode(self, clip: ClipInput, queries: QuerySet) -> TarvisOutput:
        at_once = self._limit.of(clip, queries)
        return self._source.network.decode(clip.features, queries, clip.memory, at_once)
