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
import functools
import multiprocessing
import platform
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import torch

from benchmarks.clip_cases import PRESETS, Case, Outcome
from benchmarks.clip_tables import costs_table, peaks_table, ratios_table, shares_table
from benchmarks.measuring import measure
from benchmarks.plain_algorithm import PlainTarVis
from tarvis_core.inference.device import choose_device, computing_in
from tarvis_core.inference.matrix_peak import count_operations, packed_peak_rate, peak_rate
from tarvis_core.inference.memory_use import keep_free_memory
from tarvis_core.inference.network import Network
from tarvis_core.model.clip_features import FrameFeatures
from tarvis_core.model.model_output import QueryType
from tarvis_core.model.norm_folding import prepare_trunk
from tarvis_core.model.object_exemplars import ObjectExemplars
from tarvis_core.model.tarvis import TarVis
from tarvis_core.video.frame_geometry import FrameGeometry

LABEL_SET = "youtube_vis"
BEST = tuple(range(10))
"""Masks are computed for as many instance queries as YouTube-VIS keeps per clip."""
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
    """Discs, the first of a fifth of the frame's height in radius, the others smaller."""
    height, width = FrameGeometry.for_frame(case.size, None).padded_size
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    masks = [
        (y - case.size[0] // 2) ** 2 + (x - case.size[1] * (1 + i) // 3) ** 2
        < (case.size[0] // (5 * (1 + i))) ** 2
        for i in range(case.num_targets)
    ]
    return ObjectExemplars.from_masks(torch.stack(masks)[:, None].to(device))


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
    parser.add_argument("--targets", type=int, default=2, help="of the VOS pass")
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
            arguments.targets,
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
