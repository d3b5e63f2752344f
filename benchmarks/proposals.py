"""How often "where to click next" is right, and what a click there gives back.

    python -m benchmarks.proposals --split eval --threads 1
    python -m benchmarks.proposals --split train --every 4 --threads 1

Carries the objects of labelled clips of the data folder (`TARVIS_SHARED`) from their first mask,
and from one click in its middle, and asks the window's own rule (`propose_click`) on every frame. A
proposal is right if it lies on the true object where the mask lacks it; where none is proposed, the
network is asked what the mask has too much, and that is right if the mask is there and the object
is not. Told are also the IoU before, and after the network answered that click. `--store FOLDER`
keeps the tracks: another rule is then measured on them. `--every 3` asks every third frame only.
Objects whose division is a guess of the data's makers (`clip_instances`) are left out.
"""

import argparse
import hashlib
import itertools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch

from tarvis_app.playback.frame_motion import measure_motion, small_picture
from tarvis_app.review.click_proposal import ClickProposal, Survey, propose_click, witnesses
from tarvis_app.review.problems import findings_of
from tarvis_app.segmentation.claims import claim
from tarvis_core.annotation.exemplar import Exemplar, MaskExemplar, PointExemplar, ShownMask
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import Direction, PredictedMask, TrackRequest
from tarvis_core.annotation.statistics import iterate_statistics, presence_gaps
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState, Track, TrackFrame
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.video.video_reader import VideoReader
from training.augmentation import visible_labels
from training.clicks import most_inside
from training.commands.evaluate import default_data
from training.data_manifest import IGNORED_LABEL, LabelledFrame, group_clips, read_manifest
from training.object_evaluation import iou

STARTS = ("mask", "click")
GUESSED = "_divided"
"""How clips end whose objects are a guess."""


@dataclass
class StoredFrames:
    """Masks of one target, for a `Track` to read."""

    frames: Mapping[int, TrackFrame]

    def get(self, target: TargetId, frame: int) -> TrackFrame | None:
        """One mask, or None."""
        return self.frames.get(frame)

    def read_range(
        self, target: TargetId, first: int, last: int
    ) -> Iterator[tuple[int, TrackFrame]]:
        """Masks from `first` to `last` inclusive."""
        return ((f, self.frames[f]) for f in sorted(self.frames) if first <= f <= last)

    def track(self, target: TargetId) -> Track:
        """The track of these masks."""
        return Track(target, self, {f: held.summary() for f, held in self.frames.items()})


@dataclass(frozen=True)
class Verdict:
    """One proposal."""

    clip: str
    is_positive: bool
    is_right: bool
    is_listed: bool
    """Whether the review lists the frame for this target."""
    before: float
    """IoU of the mask."""
    after: float
    """IoU of the network's answer to the click."""


@dataclass(frozen=True)
class Clip:
    """A labelled clip whose objects are carried."""

    name: str
    frames: Sequence[LabelledFrame]
    video: VideoReader
    engine: InferenceEngine

    @property
    def numbers(self) -> list[int]:
        """The frames' numbers in the video."""
        names = [path.stem for path in self.video.image_paths]
        return [names.index(frame.name) for frame in self.frames]

    def exemplars(self, start: str) -> list[Exemplar]:
        """What is given on the first frame."""
        labels, number = self.frames[0].load()[1], self.numbers[0]
        pixels = {TargetId(label): labels == label for label in visible_labels(labels)}
        if start == "mask":
            return [MaskExemplar(number, t, Mask.from_array(mask)) for t, mask in pixels.items()]
        return [PointExemplar(number, t, *most_inside(mask)) for t, mask in pixels.items()]

    def tracks(self, start: str, store: Path | None) -> dict[TargetId, Track]:
        """The objects' tracks, by frame of the clip; read from the store where they lie there."""
        path = None if store is None else store / f"{self.name}_{len(self.frames)}_{start}.json"
        if path is not None and path.exists():
            return _loaded(json.loads(path.read_text("utf-8")))
        numbers, given = self.numbers, self.exemplars(start)
        request = TrackRequest(tuple(given), numbers[0], numbers[-1], Direction.FORWARD)
        found: dict[TargetId, dict[int, PredictedMask]] = {each.target: {} for each in given}
        for answer in self.engine.track(self.video, request):
            for target, masks in answer.masks.items():
                found[target].update({numbers.index(n): held for n, held in masks.items()})
        kept = {target: _kept(masks, len(numbers)) for target, masks in found.items()}
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"size": self.video.size, "targets": kept}), "utf-8")
        return _loaded({"size": self.video.size, "targets": kept})


def _kept(masks: Mapping[int, PredictedMask], num_frames: int) -> dict[str, list | None]:
    """Masks as they are stored: by frame counts, score, disagreement; None where there is none."""
    return {
        str(frame): [held.mask.to_coco_rle()["counts"], held.score, held.disagreement]
        if (held := masks.get(frame))
        else None
        for frame in range(num_frames)
    }


def _loaded(stored: dict) -> dict[TargetId, Track]:
    tracks = {}
    for target, masks in stored["targets"].items():
        frames = {int(frame): _frame(held, stored["size"]) for frame, held in masks.items()}
        tracks[TargetId(int(target))] = StoredFrames(frames).track(TargetId(int(target)))
    return tracks


def _frame(held: list | None, size: Sequence[int]) -> TrackFrame:
    if held is None:
        return TrackFrame(Mask.empty(*size), FrameState.ABSENT)
    mask = Mask.from_coco_rle({"size": list(size), "counts": held[0]})
    return TrackFrame(mask, FrameState.PREDICTED, held[1], held[2])


def verdicts(clip: Clip, tracks: Mapping[TargetId, Track], every: int) -> Iterator[Verdict]:
    """Ask for a click on every so many frames after the first one, of every object."""
    pixels = [frame.load() for frame in clip.frames]
    small = [small_picture(image) for image, _ in pixels]
    for target, track in tracks.items():
        statistics = list(iterate_statistics(track))
        findings = findings_of(target, statistics, presence_gaps(track))
        listed = {finding.frame for finding in findings}
        for frame in range(1, len(clip.frames), every):
            held = track.get(frame)
            if held is None:
                continue
            others = [each.get(frame) for other, each in tracks.items() if other != target]
            hidden = [each.mask for each in others if each]
            proposal = _missing(clip, track, frame, small, hidden)
            proposal = proposal or _too_much(clip, target, frame, held.mask)
            labels = pixels[frame][1]
            if proposal is not None and _at(labels, proposal) != IGNORED_LABEL:
                yield _judge(clip, proposal, held.mask, labels, is_listed=frame in listed)


def _missing(
    clip: Clip, track: Track, frame: int, small: Sequence[np.ndarray], others: Sequence[Mask]
) -> ClickProposal | None:
    asked = witnesses(track, frame)
    if not asked:
        return None
    motion = measure_motion(frame, clip.video.size, {f: small[f] for f in (frame, *asked)})
    return propose_click(track, motion, others)


def _too_much(clip: Clip, target: TargetId, frame: int, mask: Mask) -> ClickProposal | None:
    survey = Survey.of(mask)
    ask = partial(claim, clip.engine, clip.video, clip.numbers[frame], size=survey.mask.shape)
    while survey.open_places:
        survey = survey.answered([ask(place) for place in survey.open_places])
    return survey.propose(target, frame)


def _judge(
    clip: Clip, proposal: ClickProposal, mask: Mask, labels: np.ndarray, *, is_listed: bool
) -> Verdict:
    shown, truth, ignored = mask.to_array(), labels == proposal.target, labels == IGNORED_LABEL
    wanted = truth & ~shown if proposal.is_positive else shown & ~truth
    number, before = clip.numbers[proposal.frame], iou(shown, truth, ignored)
    place = (proposal.x, proposal.y)
    click = PointExemplar(number, proposal.target, *place, is_positive=proposal.is_positive)
    seen = [] if mask.is_empty else [ShownMask(number, proposal.target, mask)]
    answer = clip.engine.preview(clip.video, number, [*seen, click], is_quick=True)
    found = answer.get(proposal.target)
    after = iou(truth & False if found is None else found.mask.to_array(), truth, ignored)
    is_right = bool(_at(wanted, proposal))
    return Verdict(clip.name, proposal.is_positive, is_right, is_listed, before, after)


def _at(values: np.ndarray, proposal: ClickProposal) -> np.generic:
    return values[int(proposal.y), int(proposal.x)]


def report(name: str, found: Sequence[Verdict]) -> None:
    """Print what came out, for what is missing and what is too much."""
    for is_positive, sign in ((True, "missing"), (False, "too much")):
        some = [each for each in found if each.is_positive is is_positive]
        sys.stdout.write(f"{name}, {sign}: {summary(some)}\n")
    sys.stdout.flush()


def summary(found: Sequence[Verdict]) -> str:
    """What came out, in one line."""
    if not found:
        return "nothing proposed"
    text = f"{sum(each.is_right for each in found)} of {len(found)} right"
    text += f", in {len({each.clip for each in found})} clips"
    for is_right, name in ((True, "right"), (False, "wrong")):
        some = [each for each in found if each.is_right is is_right]
        if some:
            before, after = (np.mean([getattr(v, n) for v in some]) for n in ("before", "after"))
            text += f"; {name} ones clicked: IoU {before:.3f} → {after:.3f}"
    return text


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    weights = Path("resources/weights/starter.safetensors")
    parser.add_argument("--weights", type=Path, default=weights)
    parser.add_argument("--split", choices=("train", "eval"), default="eval")
    parser.add_argument("--clips", nargs="*", help="names of clips; all without guessed objects")
    parser.add_argument("--frames", type=int, default=50, help="at most so many of each clip")
    parser.add_argument("--starts", nargs="+", choices=STARTS, default=list(STARTS))
    parser.add_argument("--store", type=Path, help="keep the tracks in this folder")
    parser.add_argument("--every", type=int, default=1, help="of so many frames one is asked")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(arguments.threads)
    engine = InferenceEngine.load(arguments.weights, "cpu")
    store: Path | None = arguments.store
    if store is not None:
        store /= hashlib.sha256(arguments.weights.read_bytes()).hexdigest()[:12]
    clips = group_clips(read_manifest(default_data(), arguments.split))
    names = arguments.clips or [name for name in clips if not name.endswith(GUESSED)]
    found: list[Verdict] = []
    for name, start in itertools.product(names, arguments.starts):
        frames = clips[name][: arguments.frames]
        with VideoReader(frames[0].image_path.parent) as video:
            clip = Clip(name, frames, video, engine)
            some = list(verdicts(clip, clip.tracks(start, store), arguments.every))
        report(f"{name} from a {start}", some)
        found += some
    report("every frame asked", found)
    report("frames of the review's list", [each for each in found if each.is_listed])
    return 0


if __name__ == "__main__":
    sys.exit(main())
