"""What `tarvis bench` measures: the interactive path and the first pass of one engine."""

import functools
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch

from tarvis_core.annotation.exemplar import MaskExemplar, PointExemplar
from tarvis_core.annotation.segmentation import ClassRequest, ClassTask, TrackRequest
from tarvis_core.annotation.target import TargetId
from tarvis_core.inference.bench_video import BenchVideo
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.matrix_peak import count_operations, peak_rate
from tarvis_core.inference.memory_use import PeakMemory
from tarvis_core.inference.network import Network

Answer = TypeVar("Answer")

PARTS = {
    "encode_frames": "frames (trunk, first layer)",
    "encode_clip": "clips (neck)",
    "object_queries": "exemplars to queries",
    "class_queries": "class queries",
    "decoder_memory": "keys and values",
    "decode": "decoder",
}
"""The network's calls, and what a person reads."""
CLICKS = 5
MANY_TARGETS = 8
LATE_TARGET = 9
"""The disc that is tracked alone after the others, from 0: the tenth target."""


@dataclass(frozen=True)
class Row:
    """One measurement."""

    name: str
    """Key in JSON."""
    title: str
    value: float
    unit: str
    processor_s: float | None = None
    """The same in seconds of processor time, which other programs disturb less."""


@dataclass
class Report:
    """Everything measured."""

    rows: list[Row] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)
    """Share of each part of the network in the first pass; the rest is everything else."""

    def add(self, name: str, title: str, cost: "Cost", per: float = 1.0) -> None:
        """Note seconds."""
        self.rows.append(Row(name, title, cost.wall_s / per, "s", cost.processor_s / per))

    def add_ratio(self, name: str, title: str, value: float) -> None:
        """Note a ratio."""
        self.rows.append(Row(name, title, value, "×"))

    def add_memory(self, name: str, title: str, num_bytes: int) -> None:
        """Note how much memory was taken."""
        self.rows.append(Row(name, title, num_bytes / 1e9, "GB"))


@dataclass(frozen=True)
class Cost:
    """Time of one piece of work."""

    wall_s: float
    processor_s: float


@dataclass(frozen=True)
class Spent:
    """What the first pass took, to compare with."""

    first: Cost
    encode: Cost
    """Its part for encoding."""
    memory: PeakMemory


def measure_engine(
    engine: InferenceEngine,
    size: tuple[int, int],
    num_frames: int,
    num_targets: int = MANY_TARGETS,
) -> Report:
    """Measure a freshly loaded engine.

    Args:
        engine: Nothing cached yet. Its cache must hold the video's features for the figures of
            the interactive path to mean what they say.
        size: (height, width) of the video.
        num_frames: Its length.
        num_targets: How many targets at once are compared with one.
    """
    report = Report()
    memory = PeakMemory(engine.device)
    _measure_matrix_share(report, engine, size)
    video = BenchVideo(num_frames, size, max(num_targets, LATE_TARGET + 1))
    last = num_frames - 1
    _cost(engine, lambda: engine.preview(video, last, [_click(video, last)]))  # warm-up
    spent = _time_calls(engine.network)
    first = _cost(engine, lambda: _exhaust(engine.track(video, _request(video, 1))))
    report.add("first_pass_per_frame", "first pass, per frame", first, num_frames)
    in_encoder = spent["encode_frames"].processor_s + spent["encode_clip"].processor_s
    encode_wall = spent["encode_frames"].wall_s + spent["encode_clip"].wall_s
    encode = Cost(encode_wall, in_encoder)
    report.add("encode_per_frame", "of which encoding", encode, num_frames)
    decode = Cost(first.wall_s - encode_wall, first.processor_s - in_encoder)
    report.add("decode_per_frame", "of which everything else", decode, num_frames)
    report.parts = {name: cost.processor_s / first.processor_s for name, cost in spent.items()}
    _measure_clicks(report, engine, video)
    _measure_corrections(report, engine, video, first, memory)
    _measure_many(report, engine, video, num_targets, Spent(first, encode, memory))
    _measure_additions(report, engine, video, first)
    report.add_memory("peak_memory", "peak memory", memory.highest)
    return report


def _measure_matrix_share(report: Report, engine: InferenceEngine, size: tuple[int, int]) -> None:
    """One clip as a video of its own, three times: to warm up, to count, to time."""
    device, dtype = engine.device, engine.network.dtype

    def whole_pass() -> None:
        video = BenchVideo(engine.clips.for_tracking.length, size)
        _exhaust(engine.track(video, _request(video, 1)))

    whole_pass()
    engine.network.dtype = (
        torch.float32
    )  # what counts takes operations apart: too late for rounding
    try:
        operations = count_operations(whole_pass)
    finally:
        engine.network.dtype = dtype
    peaks = [peak_rate(device, dtype)]
    cost = _cost(engine, whole_pass)
    peaks.append(peak_rate(device, dtype))
    seconds = cost.wall_s if device.type == "cuda" else cost.processor_s
    report.add_ratio(
        "matrix_share",
        "a clip's pass, of this machine's matrix peak",
        operations / seconds / max(peaks),
    )


def _measure_clicks(report: Report, engine: InferenceEngine, video: BenchVideo) -> None:
    step = max(1, video.num_frames // CLICKS)
    cold, warm, settled = [], [], []
    for frame in range(0, video.num_frames, step):
        look = functools.partial(engine.preview, video, frame, [_click(video, frame)])
        cold.append(_cost(engine, functools.partial(look, is_quick=True)))
        warm.append(_cost(engine, functools.partial(look, is_quick=True)))
        if engine.has_quick_preview:
            look()
            settled.append(_cost(engine, look))
    report.add("click_new_clip", "click → mask, first in its clip", _median(cold))
    report.add("click", "click → mask, again in that clip", _median(warm))
    if settled:
        report.add(
            "click_settled", "click → its settled mask, again in that clip", _median(settled)
        )


def _measure_corrections(
    report: Report, engine: InferenceEngine, video: BenchVideo, first: Cost, memory: PeakMemory
) -> None:
    num_frames = video.num_frames
    middle = num_frames // 2
    fixed = MaskExemplar(middle, TargetId(1), video.mask(middle))
    whole = TrackRequest((*_request(video, 1).exemplars, fixed), 0, num_frames - 1)
    memory.restart()
    cost = _cost(engine, lambda: _exhaust(engine.track(video, whole)))
    peak = memory.since_restart
    title = f"correcting one target over {num_frames} cached frames"
    report.add("correction", title, cost)
    report.add_memory("memory_one_target", "peak memory meanwhile", peak)
    report.add_ratio(
        "correction_to_first_pass",
        "that, against the first pass",
        cost.processor_s / first.processor_s,
    )
    few = TrackRequest((fixed,), middle, min(middle + 1, num_frames - 1))
    start = _cost(engine, lambda: next(iter(engine.track(video, few))))
    report.add("correction_first_answer", "correction, first masks", start)


def _measure_many(
    report: Report,
    engine: InferenceEngine,
    video: BenchVideo,
    num_targets: int,
    spent: Spent,
) -> None:
    spent.memory.restart()
    many = _cost(engine, lambda: _exhaust(engine.track(video, _request(video, num_targets))))
    title = f"{num_targets} targets over cached frames"
    report.add("many_targets_time", title, many)
    report.add("many_targets_per_frame", "that, per frame", many, video.num_frames)
    report.add_memory("memory_many_targets", "peak memory meanwhile", spent.memory.since_restart)
    whole = spent.encode.processor_s + many.processor_s
    report.add_ratio(
        "many_targets",
        f"{num_targets} targets against 1, from nothing",
        whole / spent.first.processor_s,
    )


def _measure_additions(
    report: Report, engine: InferenceEngine, video: BenchVideo, first: Cost
) -> None:
    last = video.num_frames - 1
    late = MaskExemplar(0, TargetId(LATE_TARGET + 1), video.mask(0, LATE_TARGET))
    added = _cost(engine, lambda: _exhaust(engine.track(video, TrackRequest((late,), 0, last))))
    report.add_ratio(
        "late_target",
        "another target after tracking, against the first pass",
        added.processor_s / first.processor_s,
    )
    if not engine.label_sets:
        return
    request = ClassRequest(engine.label_sets[0], ClassTask.INSTANCES, 0, last)
    second = _cost(engine, lambda: _exhaust(engine.find_classes(video, request)))
    report.add_ratio(
        "second_task",
        "class search after tracking, against the first pass",
        second.processor_s / first.processor_s,
    )


def _request(video: BenchVideo, num_targets: int) -> TrackRequest:
    exemplars = tuple(
        MaskExemplar(0, TargetId(disc + 1), video.mask(0, disc)) for disc in range(num_targets)
    )
    return TrackRequest(exemplars, 0, video.num_frames - 1)


def _click(video: BenchVideo, frame: int) -> PointExemplar:
    x_min, y_min, x_max, y_max = video.mask(frame).box
    return PointExemplar(frame, TargetId(1), (x_min + x_max) / 2, (y_min + y_max) / 2)


def _exhaust(answers: Iterable[Any]) -> None:
    for _ in answers:
        pass


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(cost.processor_s for cost in costs),
    )


def _cost(engine: InferenceEngine, work: Callable[[], Any]) -> Cost:
    _wait_for(engine.device)
    wall, processor = time.perf_counter(), time.process_time()
    work()
    _wait_for(engine.device)
    return Cost(time.perf_counter() - wall, time.process_time() - processor)


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _time_calls(network: Network) -> dict[str, Cost]:
    """Let a network add up the time of its calls from now on."""
    spent = {name: Cost(0.0, 0.0) for name in PARTS}

    def timed(name: str, call: Callable[..., Answer]) -> Callable[..., Answer]:
        @functools.wraps(call)
        def wrapper(*values: Any, **named: Any) -> Answer:
            wall, processor = time.perf_counter(), time.process_time()
            answer = call(*values, **named)
            _wait_for(network.device)
            before = spent[name]
            spent[name] = Cost(
                before.wall_s + time.perf_counter() - wall,
                before.processor_s + time.process_time() - processor,
            )
            return answer

        return wrapper

    for name in PARTS:
        setattr(network, name, timed(name, getattr(network, name)))
    return spent
