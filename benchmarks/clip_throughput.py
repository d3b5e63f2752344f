"""How long a clip takes, and how much memory: by backbone, frame size and clip length.

    python -m benchmarks.clip_throughput --backbones resnet50 --sizes 480x854 --lengths 8 --plain

Prints Markdown tables: seconds per frame and peak memory of encoding and decoding, the share of
each part, with `--plain` the ratio to the published algorithm, and with `--peak` how near each part
and a whole pass, as the program runs it, come to the rate of a matrix product that is measured in
the same process. Each case runs in a process of its own, so that one's memory does not hide
another's. Weights are random: time does not depend on them. On a CPU, times are processor time of
all threads.
"""

import argparse
import copy
import dataclasses
import functools
import multiprocessing
import platform
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from benchmarks.measuring import Cost, measure
from benchmarks.plain_algorithm import PlainTarVis
from tarvis_core.inference.device import choose_device, computing_in
from tarvis_core.inference.matrix_peak import count_operations, packed_peak_rate, peak_rate
from tarvis_core.inference.memory_use import keep_free_memory
from tarvis_core.inference.network import Network
from tarvis_core.model.model_config import ModelConfig, TemporalLevels
from tarvis_core.model.model_output import FrameFeatures, QueryType
from tarvis_core.model.norm_folding import prepare_trunk
from tarvis_core.model.object_exemplars import ObjectExemplars
from tarvis_core.model.tarvis import TarVis
from tarvis_core.video.frame_geometry import FrameGeometry

PRESETS: dict[str, Callable[[], ModelConfig]] = {
    "resnet50": ModelConfig.resnet50,
    "swin_tiny": ModelConfig.swin_tiny,
    "swin_large": ModelConfig.swin_large,
    "starter": ModelConfig.starter,
    "resnet50_f8_out": lambda: _with_coarse_temporal_attention(ModelConfig.resnet50()),
}
NUM_OBJECTS = 2
"""Targets of the VOS pass, each given by a mask."""
LABEL_SET = "youtube_vis"
BEST = tuple(range(10))
"""Masks are computed for as many instance queries as YouTube-VIS keeps per clip."""
TARGET_RATIO = 0.6
"""The full VOS pass shall take at most this part of the plain algorithm's time."""


@dataclass(frozen=True)
class Case:
    """One line of the tables."""

    backbone: str
    size: tuple[int, int]
    """(height, width) of the frames."""
    length: int
    """Frames per clip."""
    device: str
    dtype: torch.dtype
    threads: int
    repeats: int
    with_plain: bool
    with_peak: bool

    @property
    def title(self) -> str:
        """Its first columns."""
        return f"{self.backbone} | {self.size[0]}×{self.size[1]} | {self.length}"


@dataclass
class Outcome:
    """What one case cost, part by part."""

    case: Case
    parts: dict[str, Cost] = field(default_factory=dict)
    plain: dict[str, Cost] = field(default_factory=dict)
    operations: dict[str, int] = field(default_factory=dict)
    """Multiplications and additions of each part's products, convolutions and attention."""
    whole: Cost | None = None
    """A pass as the program runs it: frame after frame first, what is freed used again."""
    peak: float = 0.0
    """Operations per second of a matrix product: the best of before, between and after."""
    packed_peak: float = 0.0
    """The same where oneDNN arranged the weights beforehand."""

    def seconds(self, *names: str) -> float:
        """Seconds per clip of some parts."""
        return sum(self.parts[name].seconds for name in names if name in self.parts)


def _with_coarse_temporal_attention(config: ModelConfig) -> ModelConfig:
    """The paper's neck: F8 stays out of temporal attention."""
    neck = dataclasses.replace(config.neck, temporal_levels=TemporalLevels.COARSE)
    return dataclasses.replace(config, neck=neck)


ENCODE = ("trunk", "neck, frames", "neck, clip")
DECODE_OBJECTS = ("object encoder", "keys and values", "decoder (VOS)", "masks (VOS)")
DECODE_CLASSES = ("decoder (VIS)", "masks (VIS)")


Part = Callable[..., Any]
"""Runs one part of a pass: name, work, what the work takes; returns what the work does."""


@torch.inference_mode()
def run_case(case: Case) -> Outcome:
    """Measure one case; called in a process of its own."""
    torch.set_num_threads(case.threads)
    torch.manual_seed(0)
    device = choose_device(case.device)
    keep_free_memory()
    model = TarVis(PRESETS[case.backbone]()).to(device).eval()
    plain = PlainTarVis(copy.deepcopy(model)) if case.with_plain else None
    prepare_trunk(model.backbone, device)
    outcome = Outcome(case)

    def count(name: str, work: Callable[..., Any], *values: Any) -> Any:
        results = []
        made = count_operations(lambda: results.append(work(*values)))
        outcome.operations[name] = made
        return results[0]

    def time_part(name: str, work: Callable[..., Any], *values: Any) -> Any:
        def in_precision() -> Any:
            with computing_in(device, case.dtype):
                return work(*values)

        outcome.parts[name], result = measure(in_precision, device, case.repeats)
        return result

    frames = _frames(case).to(device)
    objects = _objects(case, device)
    if case.with_peak:
        # in single precision: what counts takes operations apart, too late for rounding
        _pass_over_clip(model, frames, objects, count)
        _note_peak(outcome, device)
    _pass_over_clip(model, frames, objects, time_part)
    if case.with_peak:
        _note_peak(outcome, device)
        network = Network(model, device, case.dtype)
        images = list(frames[0].movedim(1, -1).cpu().numpy())
        whole = functools.partial(_whole_pass, network, images, objects)
        outcome.whole, _ = measure(whole, device, case.repeats)
        _note_peak(outcome, device)
    if plain is not None:
        _measure_plainly(outcome, plain, frames, objects)
    return outcome


def _pass_over_clip(
    model: TarVis, frames: torch.Tensor, objects: ObjectExemplars, part: Part
) -> None:
    maps = part("trunk", _by_frame, model, frames)
    single = part("neck, frames", _frames_of_neck, model, maps)
    features = part("neck, clip", model.encode_clip, single)
    del maps, single
    first = features.select_frames([0])
    queries = part("object encoder", model.object_queries, first, objects)
    memory = part("keys and values", model.decoder_memory, features)
    decode = functools.partial(model.decode, memory=memory)
    output = part("decoder (VOS)", decode, features, queries)
    part("masks (VOS)", output.object_mask_logits)
    if model.config.label_sets:
        output = part("decoder (VIS)", decode, features, model.class_queries(LABEL_SET))
        part("masks (VIS)", functools.partial(output.mask_logits, queries=BEST), QueryType.INSTANCE)


def _whole_pass(network: Network, images: list[np.ndarray], objects: ObjectExemplars) -> Any:
    features = network.encode_clip(network.encode_frames(images))
    queries = network.object_queries(features.select_frames([0]), objects, None)
    memory = network.decoder_memory(features)
    return network.decode(features, queries, memory).object_mask_logits()


def _note_peak(outcome: Outcome, device: torch.device) -> None:
    dtype = outcome.case.dtype
    outcome.peak = max(outcome.peak, peak_rate(device, dtype))
    outcome.packed_peak = max(outcome.packed_peak, packed_peak_rate(device, dtype))


def _measure_plainly(
    outcome: Outcome, plain: PlainTarVis, frames: torch.Tensor, objects: ObjectExemplars
) -> None:
    device = frames.device
    outcome.plain["encode"], features = measure(lambda: plain.encode(frames), device)
    first = features.select_frames([0])
    outcome.plain["object encoder"], queries = measure(
        lambda: plain.object_queries(first, objects), device
    )
    outcome.plain["decode"], _ = measure(lambda: plain.decode(features, queries), device)


def _by_frame(model: TarVis, frames_BTCHW: torch.Tensor) -> list[list[torch.Tensor]]:
    """The trunk, frame by frame on a CPU as the engine does, at once on a GPU."""
    is_cpu = frames_BTCHW.device.type == "cpu"
    parts = frames_BTCHW.split(1, dim=1) if is_cpu else [frames_BTCHW]
    return [model.backbone(part) for part in parts]


def _frames_of_neck(model: TarVis, maps: list[list[torch.Tensor]]) -> FrameFeatures:
    """The neck's part for single frames, in the same way."""
    return FrameFeatures.join([model.neck.encode_frames(each) for each in maps])


def _frames(case: Case) -> torch.Tensor:
    geometry = FrameGeometry.for_frame(case.size, None)
    random = np.random.default_rng(0)
    images = [
        geometry.image_to_network(random.integers(0, 256, (*case.size, 3), dtype=np.uint8))
        for _ in range(case.length)
    ]
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)[None]


def _objects(case: Case, device: torch.device) -> ObjectExemplars:
    """Two discs, one of a fifth and one of a tenth of the frame's height in radius."""
    height, width = FrameGeometry.for_frame(case.size, None).padded_size
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    masks = [
        (y - case.size[0] // 2) ** 2 + (x - case.size[1] * (1 + i) // 3) ** 2
        < (case.size[0] // (5 * (1 + i))) ** 2
        for i in range(NUM_OBJECTS)
    ]
    return ObjectExemplars.from_masks(torch.stack(masks)[:, None].to(device))


def costs_table(outcomes: list[Outcome]) -> str:
    """Seconds per frame and peak memory."""
    lines = [
        "| network | frame | T | encode, s/frame | VOS decode, s/frame | VIS decode, s/frame "
        "| peak encode, GB | peak decode, GB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for outcome in outcomes:
        length = outcome.case.length
        classes = outcome.seconds("keys and values", *DECODE_CLASSES) / length
        has_classes = DECODE_CLASSES[0] in outcome.parts
        decode = (*DECODE_OBJECTS, *DECODE_CLASSES)
        lines.append(
            f"| {outcome.case.title} | {outcome.seconds(*ENCODE) / length:.3f} "
            f"| {outcome.seconds(*DECODE_OBJECTS) / length:.3f} "
            f"| {f'{classes:.3f}' if has_classes else '–'} "
            f"| {_peak(outcome, ENCODE):.2f} | {_peak(outcome, decode):.2f} |"
        )
    return "\n".join(lines)


def shares_table(outcomes: list[Outcome]) -> str:
    """The share of each part of the full VOS pass."""
    names = (*ENCODE, *DECODE_OBJECTS)
    lines = [f"| network | frame | T | {' | '.join(names)} |", "|---" * (3 + len(names)) + "|"]
    for outcome in outcomes:
        total = outcome.seconds(*names)
        shares = " | ".join(f"{100 * outcome.seconds(name) / total:.1f} %" for name in names)
        lines.append(f"| {outcome.case.title} | {shares} |")
    return "\n".join(lines)


def ratios_table(outcomes: list[Outcome]) -> str:
    """The full VOS pass against the plain algorithm, part by part."""
    fast_parts = {
        "encode": ENCODE,
        "object encoder": ("object encoder",),
        "decode": DECODE_OBJECTS[1:],
    }
    lines = [
        f"| network | frame | T | part | plain, s/clip | ours, s/clip | ours/plain "
        f"(whole pass: at most {TARGET_RATIO:.0%}) |",
        "|---|---|---|---|---|---|---|",
    ]
    for outcome in outcomes:
        if not outcome.plain:
            continue
        rows = [
            (name, outcome.plain[name].seconds, outcome.seconds(*parts))
            for name, parts in fast_parts.items()
        ]
        rows.append(("whole VOS pass", sum(r[1] for r in rows), sum(r[2] for r in rows)))
        lines += [
            f"| {outcome.case.title} | {name} | {plain:.2f} | {ours:.2f} | {ours / plain:.0%} |"
            for name, plain, ours in rows
        ]
    return "\n".join(lines)


def peaks_table(outcomes: list[Outcome]) -> str:
    """How near the parts of the full VOS pass come to the machine's matrix product."""
    names = (*ENCODE, *DECODE_OBJECTS)
    lines = [
        "| network | frame | T | plain product, Gflop/s (arranged) | Gflop a frame "
        f"| {' | '.join(names)} | whole pass, s/frame | **whole pass** (of arranged) |",
        "|---" * (7 + len(names)) + "|",
    ]
    for outcome in outcomes:
        made = {name: outcome.operations[name] for name in names}
        shares = [made[name] / outcome.seconds(name) / outcome.peak for name in names]
        assert outcome.whole is not None
        whole = sum(made.values()) / outcome.whole.seconds
        lines.append(
            f"| {outcome.case.title} | {outcome.peak / 1e9:.0f} ({outcome.packed_peak / 1e9:.0f}) "
            f"| {sum(made.values()) / outcome.case.length / 1e9:.1f} "
            f"| {' | '.join(f'{share:.0%}' for share in shares)} "
            f"| {outcome.whole.seconds / outcome.case.length:.3f} "
            f"| **{whole / outcome.peak:.1%}** ({whole / outcome.packed_peak:.1%}) |"
        )
    return "\n".join(lines)


def _peak(outcome: Outcome, names: tuple[str, ...]) -> float:
    costs = [outcome.parts[name] for name in names if name in outcome.parts]
    return max(cost.peak_bytes for cost in costs) / 1e9


def main() -> None:
    """Measure every case, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbones", nargs="+", choices=sorted(PRESETS), default=["resnet50"])
    parser.add_argument("--sizes", nargs="+", default=["480x854"], metavar="HxW")
    parser.add_argument("--lengths", nargs="+", type=int, default=[8], metavar="T")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="compare with the plain algorithm")
    parser.add_argument("--peak", action="store_true", help="compare with a matrix product's rate")
    arguments = parser.parse_args()
    cases = [
        Case(
            backbone,
            tuple(int(side) for side in size.split("x")),
            length,
            arguments.device,
            getattr(torch, arguments.precision),
            arguments.threads,
            arguments.repeats,
            arguments.plain,
            arguments.peak,
        )
        for backbone in arguments.backbones
        for size in arguments.sizes
        for length in arguments.lengths
    ]
    outcomes = [_in_own_process(case) for case in cases]
    device = choose_device(arguments.device)
    hardware = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor()
    print(
        f"{hardware or platform.machine()}, {device}, {arguments.precision}, "
        f"{arguments.threads} threads, torch {torch.__version__}\n"
    )
    print(costs_table(outcomes), shares_table(outcomes), sep="\n\n")
    if arguments.peak:
        print("", peaks_table(outcomes), sep="\n")
    if arguments.plain:
        print("", ratios_table(outcomes), sep="\n")


def _in_own_process(case: Case) -> Outcome:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(run_case, case).result()


if __name__ == "__main__":
    main()
