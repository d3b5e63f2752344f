"""InferenceEngine: one loaded network on one device, asked about videos of any length."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Self

import torch

from tarvis_core.annotation.exemplar import Exemplar
from tarvis_core.annotation.segmentation import (
    ClassRequest,
    ClipMasks,
    ClipWork,
    PredictedMask,
    TrackRequest,
)
from tarvis_core.annotation.target import TargetId
from tarvis_core.errors import ConfigError
from tarvis_core.inference.cache_filling import fill_around
from tarvis_core.inference.caches import Caches
from tarvis_core.inference.class_clips import SearchPlan, plan_search
from tarvis_core.inference.clip_choice import ClipChoice
from tarvis_core.inference.clip_source import ClipSource
from tarvis_core.inference.device import (
    AUTO,
    choose_device,
    default_cache_bytes,
    number_format,
)
from tarvis_core.inference.known_label_sets import known_label_set
from tarvis_core.inference.memory_use import keep_free_memory
from tarvis_core.inference.network import Network
from tarvis_core.inference.object_tracks import Drafts
from tarvis_core.inference.preview import click_drafts, preview_frame
from tarvis_core.inference.propagation import find_classes, propagate, propagate_and_find
from tarvis_core.inference.settings import (
    TRACK_CLIPS,
    ClipSettings,
    InferenceSettings,
    Precision,
    recommended_clips,
    with_recommended,
)
from tarvis_core.inference.video_results import VideoClasses, search_video
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.checkpoint import load_checkpoint, read_header
from tarvis_core.model.deformable_attention import allow_fused_sampling
from tarvis_core.model.norm_folding import prepare_trunk
from tarvis_core.model.tarvis import TarVis
from tarvis_core.video.clip import ClipGrid
from tarvis_core.video.encoding_work import EncodingTimes, KeptFeatures
from tarvis_core.video.video_reader import VideoReader

log = logging.getLogger(__name__)


class InferenceEngine:
    """Answers requests about videos with one network; keeps features between requests.

    Features are kept for one video: a request about another one drops them. Use the engine in one
    thread. A running request is stopped through its `Event`, from any thread.
    """

    def __init__(
        self,
        model: TarVis,
        device: torch.device | None = None,
        settings: InferenceSettings | None = None,
        track_clips: ClipSettings = TRACK_CLIPS,
    ) -> None:
        """Take a model that is loaded already.

        Args:
            model: The network; it is moved to the device and set to evaluation.
            device: None for the best one of this machine.
            settings: None for the defaults.
            track_clips: What the weights were made for; holds where the settings leave it open.
        """
        self.settings = settings or InferenceSettings()
        self.clips = ClipChoice(self.settings, track_clips)
        model.behave(self.settings.behaviour)
        allow_fused_sampling(model, is_allowed=self.settings.may_fuse)
        self.device = device or choose_device()
        keep_free_memory()
        dtype = number_format(self.device, _precision(self.settings))
        self._network = Network(model.to(self.device).eval(), self.device, dtype)
        limit = self.settings.cache_bytes
        limit = default_cache_bytes(self.device) if limit is None else limit
        self._caches = Caches.of(limit, self.settings.scratch_bytes)
        self._video: VideoReader | None = None
        self._sources: dict[ClipSettings, ClipSource] = {}

    @classmethod
    def load(
        cls,
        weights: Path,
        device: str = AUTO,
        settings: InferenceSettings | None = None,
        reduction: int = 0,
    ) -> Self:
        """Load weights onto a device.

        Args:
            weights: A file of ours (`tarvis models import` makes one of a released file).
            device: "auto", "cpu", "cuda", "cuda:1", "mps", ….
            settings: None for the defaults.
            reduction: By how many steps clips are smaller than recommended, to save memory;
                see `ClipSettings.reduced`.

        Raises:
            CheckpointError: The file is missing, damaged or not ours.
            ConfigError: This machine has no such device.
        """
        chosen = choose_device(device)
        metadata = read_header(weights).metadata
        track_clips = recommended_clips(metadata).reduced(reduction)
        model = load_checkpoint(weights, chosen).eval()
        prepare_trunk(model.backbone, chosen)
        settings = with_recommended(settings, metadata)
        if reduction:
            settings = replace(settings, click_side=0, click_views=())
        engine = cls(model, chosen, settings, track_clips)
        log.info("loaded %s on %s in %s", weights, chosen, engine._network.dtype)
        return engine

    @property
    def label_sets(self) -> tuple[str, ...]:
        """Names of the label sets whose classes the weights can find."""
        return tuple(label_set.name for label_set in self._network.config.label_sets)

    @property
    def network(self) -> Network:
        """The loaded network on its device."""
        return self._network

    @property
    def pause(self) -> Callable[[], None] | None:
        """Called between the parts of a clip's encoding; previews may be asked for in it.

        So a click need not wait for the clip in work.
        """
        return self._network.pause

    @pause.setter
    def pause(self, call: Callable[[], None] | None) -> None:
        self._network.pause = call

    @property
    def tell(self) -> Callable[[ClipWork], None] | None:
        """Called with how far the work on a clip is, frame by frame, before its masks come."""
        return self._network.tell

    @tell.setter
    def tell(self, call: Callable[[ClipWork], None] | None) -> None:
        self._network.tell = call

    @property
    def clip_grid(self) -> ClipGrid:
        """The clips that all runs over a video meet, as long as memory suffices."""
        return self.clips.grid

    @property
    def encoded(self) -> EncodingTimes:
        """What was encoded since the network was loaded, and how long it took."""
        return self._network.encoding_log.done

    def kept(self, video: VideoReader) -> KeptFeatures:
        """Which features of a video are there already, so that runs need not compute them."""
        return self._source(video, self.clips.for_tracking).kept()

    def track(
        self, video: VideoReader, request: TrackRequest, stop: Event | None = None
    ) -> Iterator[ClipMasks]:
        """Carry the targets of exemplars through the video; see `propagation.propagate`."""
        source = self._source(video, self.clips.for_tracking)
        return propagate(source, request, self.settings, stop, self._drafts(video))

    def find_classes(
        self, video: VideoReader, request: ClassRequest, stop: Event | None = None
    ) -> Iterator[ClipMasks]:
        """Find everything of the request's classes; see `propagation.find_classes`.

        Raises:
            ConfigError: The weights do not know the label set, or it lacks a class.
        """
        source = self._source(video, self.clips.for_search(request.label_set))
        return find_classes(source, self._search_plan(request), request, self.settings, stop)

    def search_classes(
        self, video: VideoReader, request: ClassRequest, stop: Event | None = None
    ) -> VideoClasses:
        """Everything of the request's classes in a video, undecided, as benchmarks score it.

        Raises:
            ConfigError: The weights do not know the label set, or it lacks a class.
        """
        source = self._source(video, self.clips.for_search(request.label_set))
        frames = request.first_frame, min(request.last_frame, video.num_frames - 1)
        return search_video(source, self._search_plan(request), self.settings, frames, stop)

    def track_and_find(
        self,
        video: VideoReader,
        request: TrackRequest,
        classes: ClassRequest,
        stop: Event | None = None,
    ) -> Iterator[ClipMasks]:
        """Both at once over the same features; see `propagation.propagate_and_find`.

        Ids of found targets begin after those of the request. The frames are the request's.

        Raises:
            ConfigError: The weights do not know the label set, or it lacks a class.
        """
        source = self._source(video, self.clips.for_search(classes.label_set))
        first_id = max((int(each.target) for each in request.exemplars), default=0) + 1
        plan = self._search_plan(classes, first_id)
        return propagate_and_find(source, request, plan, self.settings, stop, self._drafts(video))

    def preview(
        self,
        video: VideoReader,
        frame: int,
        exemplars: Sequence[Exemplar],
        *,
        is_quick: bool = False,
    ) -> dict[TargetId, PredictedMask]:
        """The masks of one frame from the exemplars on it: those that a run carries on.

        Where the weights want clicks answered in larger frames, the frame is seen alone; else
        within a clip whose features are cached, if there is one.

        Args:
            video: The video.
            frame: The frame shown.
            exemplars: Those on other frames are passed over.
            is_quick: Only one look at the frame, as fast as can be: nearly the same masks.

        Returns:
            Masks by target; targets without a pixel are left out.
        """
        sources = self._click_sources(video) or [self._source(video, self.clips.for_tracking)]
        return preview_frame(sources[:1] if is_quick else sources, frame, exemplars, self.settings)

    @property
    def has_quick_preview(self) -> bool:
        """Whether a quick preview is quicker than one that is not."""
        return len(self.clips.for_clicks) > 1

    def prepare(self, video: VideoReader, frame: int) -> bool:
        """Encode the clip that a run from this frame begins with, so that the run starts at once.

        Returns:
            Whether anything was left to do.
        """
        source = self._source(video, self.clips.for_tracking)
        clip = max(clip for clip in source.grid() if clip[0] <= frame)
        if source.has_clip(clip):
            return False
        source.load(clip)
        return True

    def fill(self, video: VideoReader, frame: int, stop: Event) -> Iterator[int]:
        """Encode ahead what lies around a frame, while nothing else is asked.

        The nearest clips come first, as many as the cache holds. The work goes on only while the
        iterator is advanced: each step is a frame or the joining of a clip's frames.

        Args:
            video: The video.
            frame: The playhead.
            stop: Set it to end within a layer of the network.

        Yields:
            How many clips are left.

        Raises:
            VideoError: A frame cannot be read.
        """
        source = self._source(video, self.clips.for_tracking)
        return fill_around(source, frame, stop, self._click_sources(video))

    def _drafts(self, video: VideoReader) -> Drafts | None:
        sources = self._click_sources(video)
        if sources:
            return click_drafts(sources, self.settings)
        if self.settings.behaviour is Behaviour.PUBLISHED:
            return None
        sources = [self._source(video, self.clips.for_tracking)]
        return click_drafts(sources, self.settings, only_corrections=True)

    def _click_sources(self, video: VideoReader) -> list[ClipSource]:
        """The video as the network sees it where clicks are answered; empty if as in clips."""
        return [self._source(video, clips) for clips in self.clips.for_clicks]

    def _source(self, video: VideoReader, clip: ClipSettings) -> ClipSource:
        if video is not self._video:
            self._caches.clear()
            self._video, self._sources = video, {}
        if clip not in self._sources:
            self._sources[clip] = ClipSource(video, self._network, self._caches, clip)
        return self._sources[clip]

    def _search_plan(self, request: ClassRequest, first_id: int = 1) -> SearchPlan:
        label_set = known_label_set(self._network.config, request.label_set)
        try:
            return plan_search(request, label_set, self.settings.behaviour, first_id)
        except KeyError as error:
            raise ConfigError(
                "the label set “{label_set}” has no category {category}",
                label_set=request.label_set,
                category=error,
            ) from error


def _precision(settings: InferenceSettings) -> Precision:
    is_published = settings.behaviour is Behaviour.PUBLISHED
    if is_published and settings.precision is Precision.AUTO:
        return Precision.FLOAT32
    return settings.precision
