"""Fills a feature store: pseudo-clips of stills, crops of videos, pairs."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from tarvis_core.errors import ConfigError
from training.augmentation import visible_labels
from training.canvas import cropped
from training.data_manifest import LabelledFrame, group_clips
from training.feature_store import FeatureStore, StoredClip
from training.pair_making import pair_of_stills, pair_of_videos
from training.pasted_clips import PastedClip
from training.pseudo_clips import (
    CutOut,
    MotionRange,
    PseudoClipMaker,
    PseudoClipSettings,
)

TrunkFunction = Callable[[Tensor], Mapping[int, Tensor]]
"""Frames (T, 3, H, W), float RGB 0…255, to maps (T, C, H/s, W/s) by stride s."""

CLIP_MOTION = MotionRange(0.04, 0.03, 3.0, 2.0, 0.0)
"""How far an object that is pasted into a video may move from one frame to the next."""
NUM_CUT_OUTS = 200
"""How many stills objects are cut out of for pasting."""


class StoreFiller:
    """Fills a store with pseudo-clips of stills and with crops of real clips."""

    def __init__(
        self,
        store: FeatureStore,
        trunk: TrunkFunction,
        landscape: PseudoClipSettings,
        seed: int,
    ) -> None:
        self._store = store
        self._trunk = trunk
        self._landscape = landscape
        self._seed = seed
        self._cut_outs: list[CutOut] = []

    def fill(
        self, frames: Sequence[LabelledFrame], round_number: int, *, only_videos: bool = False
    ) -> None:
        """Add one clip for each still and for each video, in random order.

        Args:
            frames: Stills and frames of videos.
            round_number: Another number gives other clips; clips that are already there are
                skipped, so that an interrupted round goes on where it stopped.
            only_videos: Leave the stills out; objects of theirs are still pasted.
        """
        random = np.random.default_rng((self._seed, round_number))
        clips = group_clips(frames)
        jobs: list[LabelledFrame | str] = [frame for frame in frames if frame.clip is None]
        self._gather_cut_outs(jobs, np.random.default_rng((self._seed, round_number)))
        jobs += list(clips)
        present = set(self._store.names())
        for position in random.permutation(len(jobs)):
            job = jobs[position]
            name = f"{round_number:02d}_{_job_name(job, clips)}"
            if name in present or (only_videos and isinstance(job, LabelledFrame)):
                continue
            own = np.random.default_rng((self._seed, zlib.crc32(name.encode())))
            clip = (
                self._video_clip(clips[job], own) if isinstance(job, str) else self._still(job, own)
            )
            if clip is not None:
                self._store.add(name, clip)

    def fill_pairs(self, frames: Sequence[LabelledFrame], round_number: int) -> None:
        """Add one clip for each video and each still, with the object of another in it.

        The guest stays beside the own object or passes over it (`paste_clip`). A video gets the
        object of a video, a still that of a still.

        Args:
            frames: Frames of two videos or more, or two stills or more, or both.
            round_number: As for `fill`; a round of pairs needs a number of its own.

        Raises:
            ConfigError: There is only one video, or only one still.
        """
        clips = group_clips(frames)
        stills = [frame for frame in frames if frame.clip is None]
        if 1 in (len(clips), len(stills)):
            raise ConfigError("a pair needs two videos or two stills; widen --sources")
        random = np.random.default_rng((self._seed, round_number))
        hosts = [*clips, *(stills[place] for place in random.permutation(len(stills)))]
        present = set(self._store.names())
        for host in hosts:
            name = f"{round_number:02d}_pair_{_job_name(host, clips)}"
            if name in present:
                continue
            own = np.random.default_rng((self._seed, zlib.crc32(name.encode())))
            if isinstance(host, str):
                labelled = clips[host][0]
                pasted = pair_of_videos(clips[host], _others(clips, host), self._landscape, own)
            else:
                labelled = host
                pasted = pair_of_stills(host, stills, self._landscape, own)
            if pasted is not None:
                self._store.add(name, self._stored_pair(pasted, labelled))

    def _still(self, frame: LabelledFrame, random: np.random.Generator) -> StoredClip | None:
        image, labels = frame.load()
        settings = self._landscape.laid_as(image.shape[:2])
        frames, maps = PseudoClipMaker(settings).make(image, labels, self._cut_outs, random)
        if not visible_labels(maps[0], min_pixels=50):
            return None
        return self._stored(frames, maps, frame)

    def _video_clip(
        self, clip: Sequence[LabelledFrame], random: np.random.Generator
    ) -> StoredClip | None:
        """All frames of a video, under one crop and one change of colours, with pasted objects."""
        pixels = [frame.load() for frame in clip]
        settings = self._landscape.laid_as(pixels[0][0].shape[:2])
        frames, maps = cropped(pixels, settings.size, settings.colour, random)
        maker = PseudoClipMaker(replace(settings, pasted_motion=CLIP_MOTION, steadiness=0.8))
        maker.paste_objects(*pixels[0], self._cut_outs, frames, maps, random)
        if not visible_labels(maps, min_pixels=50):
            return None
        return self._stored(frames, maps, clip[0])

    def _stored_pair(self, pasted: PastedClip, labelled: LabelledFrame) -> StoredClip:
        clip = self._stored(pasted.frames, pasted.label_maps, labelled)
        return replace(clip, classes={}, source=f"{clip.source}_pairs")

    def _stored(self, frames: np.ndarray, maps: np.ndarray, labelled: LabelledFrame) -> StoredClip:
        with torch.inference_mode():
            parts = [
                self._trunk(torch.from_numpy(frames[first : first + 4]).permute(0, 3, 1, 2).float())
                for first in range(0, len(frames), 4)
            ]
        features = {stride: torch.cat([part[stride] for part in parts]) for stride in parts[0]}
        return StoredClip(features, maps, labelled.classes, labelled.source)

    def _gather_cut_outs(
        self, jobs: Sequence[LabelledFrame | str], random: np.random.Generator
    ) -> None:
        """Cut an object out of some stills, whatever part of the round is already there."""
        stills = [job for job in jobs if isinstance(job, LabelledFrame)]
        self._cut_outs = []
        for position in random.permutation(len(stills))[:NUM_CUT_OUTS]:
            image, labels = stills[position].load()
            whole = visible_labels(labels, min_pixels=800)
            if whole:
                label = int(random.choice(whole))
                self._cut_outs.append(CutOut.of_label(image, labels, label))


def _others(
    clips: Mapping[str, Sequence[LabelledFrame]], name: str
) -> list[Sequence[LabelledFrame]]:
    """All clips but one and those that show the same frames."""
    images = {frame.image_path for frame in clips[name]}
    return [clip for clip in clips.values() if clip[0].image_path not in images]


def _job_name(job: LabelledFrame | str, clips: Mapping[str, Sequence[LabelledFrame]]) -> str:
    """A name that no other still or video has, whatever other data is stored with it."""
    if isinstance(job, str):
        return f"{clips[job][0].source}_{job}"
    return f"{job.source}_{job.image_path.parent.name}_{job.name}"
