"""Shows that the training loop learns: two real clips are learned by heart, in minutes on a CPU.

    python -m benchmarks.overfit_two_clips --threads 2

Takes the first frames of two training clips from the data folder (`TARVIS_SHARED`), measures J&F of
carrying the first mask through them, trains on them alone, and measures again. Exit status 1 if the
J&F afterwards is not above 90. The trunk is frozen and sees every frame once.
"""

import argparse
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from tarvis_core.annotation.exemplar import MaskExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings, InferenceSettings
from tarvis_core.model.backbone import STRIDES
from tarvis_core.model.checkpoint import load_checkpoint, read_header
from tarvis_core.model.object_encoder import ObjectExemplars
from tarvis_core.model.tarvis import TarVis
from tarvis_core.video.frame_geometry import FrameGeometry
from training.clip_sample import (
    AskedBatch,
    ClipBatch,
    ClipSample,
    ClipTargets,
    ObjectQuestion,
    Task,
)
from training.commands.evaluate import default_data
from training.data_manifest import IGNORED_LABEL, LabelledFrame, group_clips, read_manifest
from training.distributed import Ranks
from training.losses.criterion import LossSettings
from training.metrics.j_and_f import JAndF, ScoredFrames
from training.object_evaluation import tracked
from training.optimisation import OptimiserSettings
from training.run_config import Precision, RunConfig, RunSettings, StartSettings
from training.train import train

STARTER = Path(__file__).parents[1] / "resources" / "weights" / "starter.safetensors"
WANTED = 90.0
NUM_FRAMES = 3
"""Of a training clip."""


class ClipsByHeart:
    """Batches of frames of a few clips, unchanged; trunk features are computed once."""

    def __init__(
        self, model: TarVis, clips: Sequence[Sequence[LabelledFrame]], shorter_side: int
    ) -> None:
        self._clips = [
            [_prepared(model, frame, shorter_side) for frame in frames] for frames in clips
        ]

    def batch(self, step: int, place: int) -> AskedBatch:
        """A few frames of one clip, the mask on the first of them given."""
        random = np.random.default_rng((step, place))
        frames = self._clips[step % len(self._clips)]
        chosen = sorted(random.permutation(len(frames))[:NUM_FRAMES].tolist())
        masks = torch.stack([frames[number][1] for number in chosen], dim=1)
        ignored = torch.stack([frames[number][2] for number in chosen])
        features = {
            stride: torch.cat([frames[number][0][stride] for number in chosen])
            for stride in STRIDES
        }
        exemplars = ObjectExemplars(
            masks[:, :1], torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64)
        )
        question = ObjectQuestion(exemplars, tuple(range(len(masks))), (False,) * len(masks))
        sample = ClipSample(
            Task.OBJECTS,
            ClipTargets(masks, ignored),
            trunk_features=features,
            question=question,
            name=f"clip {step % len(self._clips)}, frames {chosen}",
        )
        return AskedBatch(ClipBatch.collate([sample]))


def _prepared(
    model: TarVis, frame: LabelledFrame, shorter_side: int
) -> tuple[dict[int, Tensor], Tensor, Tensor]:
    """Trunk features, the object's mask (1, H, W) and what is not judged (H, W)."""
    image, labels = frame.load()
    geometry = FrameGeometry.for_frame(labels.shape, shorter_side)
    pixels = np.moveaxis(geometry.image_to_network(image), -1, 0)
    mask = geometry.mask_to_network(labels == 1)
    ignored = geometry.mask_to_network(labels == IGNORED_LABEL)
    with torch.no_grad():
        maps = model.backbone(torch.from_numpy(pixels.copy())[None, None])
    features = {s: each[0] for s, each in zip(STRIDES, maps, strict=True)}
    return features, torch.from_numpy(mask)[None], torch.from_numpy(ignored)


def score(weights: Path, clips: dict[str, list[LabelledFrame]], shorter_side: int) -> float:
    """Mean J&F over the clips, in percent, of carrying the first mask; the first frame is free."""
    settings = InferenceSettings(clip=ClipSettings(8, 4, shorter_side))
    engine = InferenceEngine.load(weights, "cpu", settings)
    measure = JAndF()
    for name, frames in clips.items():
        truth = [{1: Mask.from_array(frame.load()[1] == 1)} for frame in frames]
        found = tracked(engine, frames, [MaskExemplar(0, TargetId(1), truth[0][1])])
        pairs = list(zip(truth, found, strict=True))
        measure.add_sequence(name, pairs, [1], ScoredFrames.AFTER_FIRST)
    result = measure.result()
    for each in result.objects:
        sys.stdout.write(
            f"  {each.name}: J {100 * each.j.mean():.1f}, F {100 * each.f.mean():.1f}\n"
        )
    return 100 * result.j_and_f


def run_config(weights: Path, steps: int, threads: int) -> RunConfig:
    """The run: the starter's recipe on two clips."""
    return RunConfig(
        model=read_header(weights).config,
        run=RunSettings(
            num_steps=steps,
            precision=Precision.BFLOAT16,
            seed=1,
            save_every=steps,
            log_every=10,
            num_threads=threads,
        ),
        start=StartSettings(weights=str(weights)),
        optimiser=OptimiserSettings(
            learning_rate=4e-4,
            trunk_learning_rate_factor=0.0,
            clip_norm=5.0,
            warmup_steps=10,
            is_cosine=True,
            average_decay=0.9,
        ),
        losses=LossSettings(num_points=1536, uncertain_share=0.35),
    )


def main() -> int:
    """Measure, train, measure; say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data(), help="with manifest.json")
    parser.add_argument("--clips", nargs=2, default=["hockey", "car-turn"])
    parser.add_argument("--frames", type=int, default=8, help="the first so many of each clip")
    parser.add_argument("--steps", type=int, default=90)
    parser.add_argument("--shorter-side", type=int, default=192)
    parser.add_argument("--weights", type=Path, default=STARTER, help="where to start")
    parser.add_argument("--folder", type=Path, required=True, help="of the run; empty or new")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(1)
    known = group_clips(read_manifest(arguments.data, "train"))
    clips = {name: list(known[name][: arguments.frames]) for name in arguments.clips}
    sys.stdout.write(
        f"{platform.machine()}, torch {torch.__version__}, {arguments.threads} threads\n"
    )
    sys.stdout.write("before\n")
    before = score(arguments.weights, clips, arguments.shorter_side)
    begin, used = time.perf_counter(), time.process_time()
    model = load_checkpoint(arguments.weights, torch.device("cpu")).eval()
    source = ClipsByHeart(model, list(clips.values()), arguments.shorter_side)
    config = run_config(arguments.weights, arguments.steps, arguments.threads)
    train(config, source, arguments.folder, Ranks(0, 1, torch.device("cpu")))
    seconds, used = time.perf_counter() - begin, time.process_time() - used
    sys.stdout.write("after\n")
    after = score(arguments.folder / "weights.safetensors", clips, arguments.shorter_side)
    sys.stdout.write(
        f"J&F {before:.1f} before, {after:.1f} after {arguments.steps} steps in "
        f"{seconds / 60:.1f} min ({used / 60:.1f} min of processor time)\n"
    )
    return 0 if after > WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
