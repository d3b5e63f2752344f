"""The starter model's trunk in other runtimes: a compiled one, ONNX Runtime, OpenVINO.

    pip install onnx onnxscript onnxruntime openvino
    python -m benchmarks.other_runtimes --size 288x512

Milliseconds of processor time of one thread for one frame, the median of `--repeats` runs; the
runtimes take turns. What is not installed is left out; `--compile` needs a C++ compiler and some
minutes. Weights are random: time does not depend on them.
"""

import argparse
import contextlib
import importlib.util
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from tarvis_core.inference.device import computing_in
from tarvis_core.inference.memory_use import keep_free_memory
from tarvis_core.model.backbone import Backbone
from tarvis_core.model.model_config import ModelConfig
from tarvis_core.model.norm_folding import prepare_trunk

Run = Callable[[], object]
CPU = torch.device("cpu")
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class _Trunk(nn.Module):
    """The trunk for one frame (1, 3, H, W), as runtimes like it."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, frame: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.backbone(frame[None]))


def _plain() -> _Trunk:
    torch.manual_seed(0)
    return _Trunk(Backbone(ModelConfig.starter().backbone).eval())


def _prepared() -> _Trunk:
    trunk = _plain()
    prepare_trunk(trunk.backbone, CPU)
    return trunk


def _in_torch(trunk: Callable[[Tensor], object], frame: Tensor, dtype: torch.dtype) -> Run:
    def run() -> object:
        with torch.inference_mode(), computing_in(CPU, dtype):
            return trunk(frame)

    return run


def _compiled(frame: Tensor, dtype: torch.dtype) -> Run:
    torch._inductor.config.freezing = True  # noqa: SLF001 -- the setting has no other name
    run = _in_torch(torch.compile(_prepared()), frame, dtype)
    start = time.perf_counter()
    run()
    sys.stdout.write(f"compiled for {dtype} in {time.perf_counter() - start:.0f} s\n")
    return run


@contextlib.contextmanager
def _onnx_file(frame: Tensor) -> Iterator[Path]:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trunk.onnx"
        torch.onnx.export(_plain(), (frame,), path, dynamo=True, verbose=False)
        yield path


def _in_onnx_runtime(path: Path, frame: np.ndarray) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: frame})


def _in_openvino(path: Path, frame: np.ndarray, precision: str) -> Run:
    import openvino

    settings = {
        "INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[precision],
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
    }
    request = openvino.Core().compile_model(path, "CPU", settings).create_infer_request()
    return lambda: request.infer({0: frame})


def runtimes(frame: Tensor, *, compiles: bool) -> dict[str, Run]:
    """What can be measured here, by its name."""
    found = {
        f"ours, {name}": _in_torch(_prepared(), frame, dtype) for name, dtype in PRECISIONS.items()
    }
    if compiles:
        for name, dtype in PRECISIONS.items():
            found[f"compiled, {name}"] = _compiled(frame, dtype)
    installed = {
        name: importlib.util.find_spec(name) is not None
        for name in ("onnx", "onnxscript", "onnxruntime", "openvino")
    }
    if installed["onnx"] and installed["onnxscript"]:
        with _onnx_file(frame) as path:
            if installed["onnxruntime"]:
                found["ONNX Runtime, float32"] = _in_onnx_runtime(path, frame.numpy())
            if installed["openvino"]:
                for name in PRECISIONS:
                    found[f"OpenVINO, {name}"] = _in_openvino(path, frame.numpy(), name)
    return found


def main() -> None:
    """Print a line per runtime."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="288x512", metavar="HxW")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--compile", action="store_true", help="torch.compile as well")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    keep_free_memory()
    height, width = map(int, arguments.size.split("x"))
    frame = torch.rand(1, 3, height, width) * 255
    runs = runtimes(frame, compiles=arguments.compile)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(arguments.repeats):
        for name, run in runs.items():
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    for name, taken in seconds.items():
        median = 1000 * statistics.median(taken)
        sys.stdout.write(f"{name:24}{1000 * min(taken):6.0f} ms at least{median:6.0f} ms\n")


if __name__ == "__main__":
    main()
