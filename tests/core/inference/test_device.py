"""Choosing a device, and telling that memory ran out from other failures."""

import time

import pytest
import torch

from tarvis_core.errors import ConfigError
from tarvis_core.inference import precision_choice
from tarvis_core.inference.device import (
    choose_device,
    computing_in,
    default_cache_bytes,
    is_out_of_memory,
    number_format,
)
from tarvis_core.inference.settings import Precision


def test_that_the_device_can_be_chosen():
    assert choose_device("cpu") == torch.device("cpu")


def test_that_auto_takes_a_device_that_works():
    assert torch.zeros(1, device=choose_device("auto")).item() == 0


@pytest.mark.parametrize("name", ["gpu", "cuda:99", ""])
def test_that_a_device_that_is_not_there_is_told(name):
    with pytest.raises(ConfigError, match="choose auto"):
        choose_device(name)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you"), True),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), True),
        (MemoryError(), True),
        (RuntimeError("shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_that_out_of_memory_is_recognised(error, expected):
    assert is_out_of_memory(error) is expected


def test_that_a_real_failed_allocation_is_recognised():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**55, dtype=torch.uint8)

    assert is_out_of_memory(caught.value)


@pytest.mark.parametrize(("ratio", "dtype"), [(0.4, torch.bfloat16), (0.9, torch.float32)])
def test_that_a_measurement_chooses_the_number_format_of_a_cpu(monkeypatch, ratio, dtype):
    monkeypatch.setattr(precision_choice, "measured_ratio", lambda: ratio)
    precision_choice.is_bfloat16_worthwhile_on_cpu.cache_clear()
    try:
        assert number_format(torch.device("cpu"), Precision.AUTO) is dtype
    finally:
        precision_choice.is_bfloat16_worthwhile_on_cpu.cache_clear()


def test_that_the_measurement_is_short_and_says_something():
    start = time.process_time()
    assert 0.05 < precision_choice.measured_ratio() < 50
    assert time.process_time() - start < 3


def test_that_the_cpu_computes_in_the_precision_that_is_asked_for():
    cpu = torch.device("cpu")

    assert number_format(cpu, Precision.FLOAT32) is torch.float32
    assert number_format(cpu, Precision.BFLOAT16) is torch.bfloat16
    with computing_in(cpu, torch.bfloat16):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.bfloat16
    with computing_in(cpu, torch.float32):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.float32


def test_that_the_cache_leaves_most_of_the_memory():
    assert 2**28 <= default_cache_bytes(torch.device("cpu")) <= 4 * 2**30
