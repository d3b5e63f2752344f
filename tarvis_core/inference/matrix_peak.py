"""How near a piece of work comes to the machine's limit, which is multiplying matrices."""

import time
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from tarvis_core.model.packed_linear import PackedLayers, can_pack

ROWS, INNER, COLUMNS = 2048, 1024, 1024
"""A product of about the network's sizes, at which processors reach their peak."""
ROUNDS = 8


def count_operations(work: Callable[[], Any]) -> int:
    """Multiplications and additions within the matrix products, convolutions and attention."""
    ours = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _of_attention}  # noqa: SLF001
    if torch.backends.mkldnn.is_available():
        kernels = torch.ops.mkldnn
        ours[kernels._linear_pointwise] = _of_linear  # noqa: SLF001 -- what packed layers call
        ours[kernels._convolution_pointwise] = _of_convolution  # noqa: SLF001
    counter = FlopCounterMode(display=False, custom_mapping=ours)
    with counter:
        work()
    return counter.get_total_flops()


@torch.inference_mode()
def peak_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Operations per second of a plain matrix product; on a CPU, per second of processor time."""
    a = torch.ones(ROWS, INNER, device=device, dtype=dtype)
    b = torch.ones(INNER, COLUMNS, device=device, dtype=dtype)
    return _rate_of(lambda: a @ b, device)


@torch.inference_mode()
def packed_peak_rate(device: torch.device, dtype: torch.dtype) -> float:
    """The same where one factor was arranged beforehand, as a network's weights may be."""
    if device.type != "cpu" or not can_pack(dtype):
        return peak_rate(device, dtype)
    a = torch.ones(ROWS, INNER, dtype=dtype)
    weights = torch.ones(COLUMNS, INNER, dtype=dtype), torch.zeros(COLUMNS, dtype=dtype)
    layer = PackedLayers().layer("product", dtype, weights)
    return _rate_of(lambda: layer(a), device)


def _rate_of(product: Callable[[], Any], device: torch.device) -> float:
    is_cuda = device.type == "cuda"
    clock = time.perf_counter if is_cuda else time.process_time
    seconds = []
    for _ in range(ROUNDS):
        start = clock()
        product()
        if is_cuda:
            torch.cuda.synchronize(device)
        seconds.append(clock() - start)
    return 2 * ROWS * INNER * COLUMNS / max(min(seconds), 1e-9)


def _of_attention(query: torch.Size, key: torch.Size, value: torch.Size, *_: Any, **__: Any) -> int:
    return 2 * query.numel() * key[-2] + 2 * query[:-1].numel() * key[-2] * value[-1]


def _of_linear(x: torch.Size, *_: Any, out_shape: torch.Size, **__: Any) -> int:
    return 2 * x.numel() * out_shape[-1]


def _of_convolution(
    _: torch.Size, weight: torch.Size, *__: Any, out_shape: torch.Size, **___: Any
) -> int:
    return 2 * out_shape.numel() * weight[1:].numel()
