"""What a network holds while a clip is in work, by trunk: the figures behind the models dialog.

    python -m benchmarks.network_memory resnet50 --size 288x512 --frames 4

Random weights of a preset, float32, on the CPU; nothing is kept between clips. Prints the peak of
the process's memory less what it was after loading, per pixel of the clip's padded frames.
"""

import argparse
import resource
import sys
from pathlib import Path

import torch

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.segmentation import TrackRequest
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.bench_video import BenchVideo
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings, InferenceSettings, Precision
from tarvis_core.model.model_config import ModelConfig
from tarvis_core.model.norm_folding import prepare_trunk
from tarvis_core.model.tarvis import TarVis

PRESETS = ("starter", "resnet50", "swin_tiny", "swin_large")
STATM = Path("/proc/self/statm")


def main() -> None:
    """Measure one preset; a process of its own for each, as peaks never fall."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", choices=PRESETS)
    parser.add_argument("--size", default="288x512", metavar="HxW")
    parser.add_argument("--frames", type=int, default=4, help="of one clip")
    arguments = parser.parse_args()
    height, width = map(int, arguments.size.split("x"))
    torch.set_num_threads(1)
    before = held_bytes()
    model = TarVis(getattr(ModelConfig, arguments.preset)()).eval()
    device = torch.device("cpu")
    prepare_trunk(model.backbone, device)
    clip = ClipSettings(arguments.frames, arguments.frames // 2, None)
    settings = InferenceSettings(clip=clip, precision=Precision.FLOAT32, cache_bytes=0)
    engine = InferenceEngine(model, device, settings)
    loaded = held_bytes()
    video = BenchVideo(arguments.frames, (height, width), 1)
    click = PointExemplar(0, TargetId(1), width / 2, height / 2)
    for _ in engine.track(video, TrackRequest((click,), 0, arguments.frames - 1)):
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    padded_height, padded_width = (-(-side // 64) * 64 for side in (height, width))
    pixels = arguments.frames * padded_height * padded_width
    sys.stdout.write(
        f"{arguments.preset:11} {arguments.frames} frames of {padded_height}x{padded_width}: "
        f"libraries {before / 1e6:.0f} MB, weights {(loaded - before) / 1e6:.0f} MB, "
        f"clip {(peak - loaded) / 1e6:.0f} MB, {(peak - loaded) / pixels:.0f} bytes a pixel\n"
    )


def held_bytes() -> int:
    """What this process holds now."""
    return int(STATM.read_text().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    main()
