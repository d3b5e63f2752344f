"""Whether a CPU computes faster in bfloat16, by measurement: its name does not tell."""

import logging
import time
from functools import cache

import torch
from torch.nn import functional

log = logging.getLogger(__name__)

WORTHWHILE_RATIO = 0.75
"""bfloat16 must take at most this part of float32's time: it costs a little accuracy."""
MOST_SECONDS = 1.0
MOST_ROUNDS = 6


@cache
def is_bfloat16_worthwhile_on_cpu() -> bool:
    """Measure the network's kinds of work in both formats, once per process, within a second."""
    ratio = measured_ratio()
    log.info("bfloat16 takes %.0f %% of float32's time on this CPU", 100 * ratio)
    return ratio <= WORTHWHILE_RATIO


@torch.inference_mode()
def measured_ratio() -> float:
    """Processor time of bfloat16 over that of float32; the formats take turns."""
    tokens_NC, hidden_weight = torch.ones(1024, 256), torch.ones(1024, 256)
    weight, map_NCHW = torch.ones(256, 1024), torch.ones(1, 64, 48, 64)
    kernel = torch.ones(64, 64, 3, 3)

    def seconds(*, is_bfloat16: bool) -> float:
        start = time.process_time()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_bfloat16):
            hidden = functional.relu(functional.linear(tokens_NC, hidden_weight))
            functional.linear(hidden, weight)
            functional.conv2d(map_NCHW, kernel, padding=1)
        return time.process_time() - start

    end = time.perf_counter() + MOST_SECONDS
    single, half = [], []
    for _ in range(MOST_ROUNDS):
        single.append(seconds(is_bfloat16=False))
        half.append(seconds(is_bfloat16=True))
        if time.perf_counter() > end:
            break
    return min(half) / max(min(single), 1e-9)
