"""Clips whose trunk features are computed once and kept on disk, for training with a frozen trunk.

Trunk features do not depend on what is asked about a clip. A stored clip therefore serves any
number of training steps, each with other targets, clicks and subsets of its frames. One file per
clip: half-precision features of every frame by stride, and the label maps.
"""

import json
import logging
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from tarvis_core.errors import ConfigError
from training.augmentation import visible_labels, warp_image, warp_labels
from training.data_manifest import LabelledFrame, group_clips
from training.pasted_clips import paste_clip
from training.pseudo_clips import (
    CutOut,
    MotionRange,
    PseudoClipMaker,
    PseudoClipSettings,
    place_on_canvas,
)

logger = logging.getLogger(__name__)

TrunkFunction = Callable[[Tensor], Mapping[int, Tensor]]
"""Frames (T, 3, H, W), float RGB 0…255, to maps (T, C, H/s, W/s) by stride s."""

CLIP_MOTION = MotionRange(0.04, 0.03, 3.0, 2.0, 0.0)
"""How far an object that is pasted into a video may move from one frame to the next."""
NUM_CUT_OUTS = 200
"""How many stills objects are cut out of for pasting."""
PAIR_LENGTHS = (14, 28)
"""Least and most frames of a clip that is made of two videos."""


@dataclass(frozen=True)
class StoredClip:
    """Some frames of a stored clip."""

    features: Mapping[int, Tensor]
    """Trunk features (T, C, H/s, W/s) by stride s, float32."""
    label_maps: np.ndarray
    """(T, H, W) uint8, 255 where nothing is known."""
    classes: Mapping[int, str]
    """Class name by label; pasted objects have none."""
    source: str


class FeatureStore:
    """A folder of stored clips; reading sees what another process has added meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def names(self) -> list[str]:
        """The names of all clips that are complete, sorted."""
        return sorted(path.stem for path in self._folder.glob("*.safetensors"))

    def add(self, name: str, clip: StoredClip) -> None:
        """Write a clip; a clip of this name is replaced."""
        tensors = {f"stride{s}": maps.half().contiguous() for s, maps in clip.features.items()}
        tensors["label_maps"] = torch.from_numpy(np.ascontiguousarray(clip.label_maps))
        classes = json.dumps({str(label): cls for label, cls in clip.classes.items()})
        beside = self._folder / f"{name}.partial"
        save_file(tensors, beside, metadata={"classes": classes, "source": clip.source})
        beside.rename(self._folder / f"{name}.safetensors")

    def describe(self, name: str) -> tuple[tuple[int, ...], str]:
        """The shape (T, H, W) of a clip's label maps, and its source."""
        with safe_open(self._folder / f"{name}.safetensors", framework="pt") as stored:
            shape = tuple(stored.get_slice("label_maps").get_shape())
            return shape, stored.metadata()["source"]

    def read_label_maps(self, name: str, frames: Sequence[int]) -> np.ndarray:
        """The label maps (T, H, W) of some frames of a clip."""
        with safe_open(self._folder / f"{name}.safetensors", framework="pt") as stored:
            part = stored.get_slice("label_maps")
            return torch.cat([part[frame : frame + 1] for frame in frames]).numpy()

    def read(self, name: str, frames: Sequence[int]) -> StoredClip:
        """Read some frames of a clip, in the order given."""
        with safe_open(self._folder / f"{name}.safetensors", framework="pt") as stored:
            metadata = stored.metadata()
            slices = {key: stored.get_slice(key) for key in stored.keys()}  # noqa: SIM118
            picked = {
                key: torch.cat([part[frame : frame + 1] for frame in frames])
                for key, part in slices.items()
            }
        label_maps = picked.pop("label_maps").numpy()
        return StoredClip(
            features={
                int(key.removeprefix("stride")): maps.float() for key, maps in picked.items()
            },
            label_maps=label_maps,
            classes={int(label): cls for label, cls in json.loads(metadata["classes"]).items()},
            source=metadata["source"],
        )


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
        """Add one clip for each video: a part of it with the object of another video in it.

        The guest stays beside the video's own object or passes over it (`paste_clip`).

        Args:
            frames: Frames of two videos or more; stills among them are passed over.
            round_number: As for `fill`; a round of pairs needs a number of its own.

        Raises:
            ConfigError: There is only one video.
        """
        clips = group_clips(frames)
        present = set(self._store.names())
        for host, own_frames in clips.items():
            name = f"{round_number:02d}_pair_{_job_name(host, clips)}"
            if name in present:
                continue
            own = np.random.default_rng((self._seed, zlib.crc32(name.encode())))
            images = {frame.image_path for frame in own_frames}
            others = [clip for clip in clips.values() if clip[0].image_path not in images]
            if not others:
                raise ConfigError("a pair needs two videos; widen --sources")
            clip = self._pair_clip(own_frames, others, own)
            if clip is not None:
                self._store.add(name, clip)

    def _still(self, frame: LabelledFrame, random: np.random.Generator) -> StoredClip | None:
        image, labels = frame.load()
        settings = self._settings_for(image.shape[:2])
        frames, maps = PseudoClipMaker(settings).make(image, labels, self._cut_outs, random)
        if not visible_labels(maps[0], min_pixels=50):
            return None
        return self._stored(frames, maps, frame)

    def _video_clip(
        self, clip: Sequence[LabelledFrame], random: np.random.Generator
    ) -> StoredClip | None:
        """All frames of a video, under one crop and one change of colours, with pasted objects."""
        pixels = [frame.load() for frame in clip]
        settings = self._settings_for(pixels[0][0].shape[:2])
        frames, maps = _cropped(pixels, settings, random)
        maker = PseudoClipMaker(replace(settings, pasted_motion=CLIP_MOTION, steadiness=0.8))
        maker.paste_objects(*pixels[0], self._cut_outs, frames, maps, random)
        if not visible_labels(maps, min_pixels=50):
            return None
        return self._stored(frames, maps, clip[0])

    def _pair_clip(
        self,
        host: Sequence[LabelledFrame],
        others: Sequence[Sequence[LabelledFrame]],
        random: np.random.Generator,
    ) -> StoredClip | None:
        """A part of a video, with the object of another in it, under one crop."""
        guest = others[int(random.integers(len(others)))]
        length = min(int(random.integers(*PAIR_LENGTHS, endpoint=True)), len(host), len(guest))
        parts = []
        for clip in (host, guest):
            first = int(random.integers(len(clip) - length + 1))
            parts.append(clip[first : first + length])
        pasted = paste_clip(parts[0], parts[1], is_crossing=bool(random.random() < 0.6))
        if pasted is None:
            return None
        pixels = list(zip(pasted.frames, pasted.label_maps, strict=True))
        settings = self._settings_for(pixels[0][0].shape[:2])
        frames, maps = _cropped(pixels, settings, random)
        if len(visible_labels(maps[0], min_pixels=50)) < 2:
            return None
        clip = self._stored(frames, maps, parts[0][0])
        return replace(clip, classes={}, source=f"{clip.source}_pairs")

    def _settings_for(self, image_size: tuple[int, int]) -> PseudoClipSettings:
        """The settings, on a canvas that lies as the image does."""
        height, width = self._landscape.size
        is_portrait = image_size[0] > image_size[1] * 1.1
        size = (width, height) if is_portrait else (height, width)
        return replace(self._landscape, size=size)

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


def _cropped(
    pixels: Sequence[tuple[np.ndarray, np.ndarray]],
    settings: PseudoClipSettings,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Frames and label maps of a video under one crop and one change of colours."""
    place = place_on_canvas(pixels[0][0].shape[:2], settings.size, random)
    colour = settings.colour.draw(random)
    frames = [colour.apply(warp_image(image, place, settings.size)) for image, _ in pixels]
    maps = [warp_labels(labels, place, settings.size) for _, labels in pixels]
    return np.stack(frames), np.stack(maps)


def _job_name(job: LabelledFrame | str, clips: Mapping[str, Sequence[LabelledFrame]]) -> str:
    """A name that no other still or video has, whatever other data is stored with it."""
    if isinstance(job, str):
        return f"{clips[job][0].source}_{job}"
    return f"{job.source}_{job.image_path.parent.name}_{job.name}"
