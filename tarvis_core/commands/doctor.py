"""`tarvis doctor`: versions, device, codecs, weights; what is missing or would be slow, and why."""

import argparse
import importlib.metadata
import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import av
import torch

from tarvis_core.inference.weights_catalog import default_weights, list_weights, weights_folder

PACKAGES = (
    "torch",
    "torchvision",
    "timm",
    "numpy",
    "opencv-python-headless",
    "av",
    "pycocotools",
    "PySide6-Essentials",
)
DECODERS = ("h264", "hevc", "vp9", "av1", "mpeg4", "mjpeg")
ENCODERS = ("libx264", "h264", "mpeg4")
FREE_DISK_BYTES = 2e9


class Verdict(Enum):
    """How a finding is meant."""

    FINE = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    topic: str
    verdict: Verdict
    text: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`tarvis doctor` takes no arguments of its own."""
    parser.epilog = "The exit status is 1 if something is missing without which nothing can run."


def run(arguments: argparse.Namespace) -> int:
    """Print the report."""
    findings = [*_versions(), *_device(), *_codecs(), *_weights(), *_room()]
    for finding in findings:
        sys.stdout.write(f"{finding.verdict.value:<8}{finding.topic:<10}{finding.text}\n")
    return int(any(finding.verdict is Verdict.PROBLEM for finding in findings))


def _versions() -> Iterator[Finding]:
    system = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding("system", Verdict.FINE, system)
    for package in PACKAGES:
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            text = f"{package} is not installed; run `pip install -e .` in the project's folder"
            yield Finding("package", Verdict.PROBLEM, text)
            continue
        yield Finding("package", Verdict.FINE, f"{package} {version}")


def _device() -> Iterator[Finding]:
    if torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(0)
        memory = properties.total_memory / 2**30
        yield Finding("device", Verdict.FINE, f"{properties.name}, {memory:.0f} GiB")
    elif torch.backends.mps.is_available():
        yield Finding("device", Verdict.FINE, "Apple GPU (MPS)")
    else:
        threads = torch.get_num_threads()
        text = f"CPU only, threads: {threads}; the starter model suits it, large models are slow"
        yield Finding("device", Verdict.NOTE, text)
    single, half = _matrix_speed(torch.float32), _matrix_speed(torch.bfloat16)
    gain = half / single
    text = f"CPU matrix product: {single:.0f} GFLOP/s in float32, {gain:.1f} times that in bfloat16"
    yield Finding("device", Verdict.FINE, text)


def _matrix_speed(dtype: torch.dtype, size: int = 768) -> float:
    """Measured speed of a square matrix product on the CPU, in GFLOP/s; best of three."""
    left, right = (torch.ones(size, size, dtype=dtype) for _ in range(2))
    left @ right
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        left @ right
        seconds.append(time.perf_counter() - start)
    return 2e-9 * size**3 / min(seconds)


def _codecs() -> Iterator[Finding]:
    missing = [name for name in DECODERS if not _has_codec(name, "r")]
    if missing:
        text = f"videos in {', '.join(missing)} cannot be read: this build of PyAV lacks them"
        yield Finding("codecs", Verdict.NOTE, text)
    else:
        yield Finding("codecs", Verdict.FINE, f"reads {', '.join(DECODERS)}")
    writers = [name for name in ENCODERS if _has_codec(name, "w")]
    if writers:
        yield Finding("codecs", Verdict.FINE, f"writes overlay videos with {writers[0]}")
    else:
        yield Finding("codecs", Verdict.NOTE, "overlay videos cannot be written: no encoder")


def _has_codec(name: str, mode: str) -> bool:
    try:
        av.codec.Codec(name, mode)
    except av.codec.codec.UnknownCodecError:
        return False
    return True


def _weights() -> Iterator[Finding]:
    chosen = default_weights()
    if chosen is None:
        text = (
            "none on this machine: painting and export work, tracking does not; "
            "see `tarvis models list`"
        )
        yield Finding("weights", Verdict.NOTE, text)
        return
    for weights in list_weights():
        if weights.path is not None:
            mark = " (default)" if weights.path == chosen else ""
            yield Finding("weights", Verdict.FINE, f"{weights.name}{mark}: {weights.path}")


def _room() -> Iterator[Finding]:
    folder = weights_folder()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < FREE_DISK_BYTES:
        text = f"only {free / 1e9:.1f} GB are free where weights are kept ({existing})"
        yield Finding("disk", Verdict.NOTE, text)
    else:
        yield Finding("disk", Verdict.FINE, f"{free / 1e9:.0f} GB free for weights ({folder})")
    if not os.access(existing, os.W_OK):
        text = f"{existing} cannot be written; set TARVIS_WEIGHTS to a folder of yours"
        yield Finding("disk", Verdict.NOTE, text)
    if not os.access(Path.cwd(), os.W_OK):
        yield Finding("disk", Verdict.NOTE, f"results cannot be written to {Path.cwd()}")
