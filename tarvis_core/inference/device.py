"""Choosing the device and number format, and recognising that its memory ran out."""

import contextlib
import gc
import logging
import os
from contextlib import AbstractContextManager

import torch

from tarvis_core.errors import ConfigError
from tarvis_core.inference.memory_use import give_back_free_memory
from tarvis_core.inference.precision_choice import is_bfloat16_worthwhile_on_cpu
from tarvis_core.inference.settings import Precision

log = logging.getLogger(__name__)

AUTO = "auto"
_ALLOCATION_FAILURES = (
    "can't allocate memory",  # torch's CPU allocator
    "not enough memory",  # the same on Windows
    "out of memory",  # CUDA and MPS, also where the exception is a plain RuntimeError
    "alloc_failed",  # cuBLAS and cuDNN workspaces
)
_CPU_CACHE_BYTES = 4 * 2**30
_UNKNOWN_MEMORY_BYTES = 8 * 2**30


def choose_device(name: str = AUTO) -> torch.device:
    """The device of this name; "auto" takes CUDA, else MPS, else the CPU.

    Raises:
        ConfigError: The name means nothing, or this machine has no such device.
    """
    if name == AUTO:
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(
            "the device “{name}” cannot be used here ({reason}); choose auto, which takes the "
            "best one there is, or cpu",
            name=name,
            reason=reason,
        ) from error
    return device


def number_format(device: torch.device, precision: Precision) -> torch.dtype:
    """float32 or bfloat16, as `Precision` says for this device."""
    if precision is Precision.AUTO:
        return torch.bfloat16 if _has_fast_bfloat16(device) else torch.float32
    return torch.bfloat16 if precision is Precision.BFLOAT16 else torch.float32


def _has_fast_bfloat16(device: torch.device) -> bool:
    if device.type == "cpu":
        return is_bfloat16_worthwhile_on_cpu()
    return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def computing_in(device: torch.device, dtype: torch.dtype) -> AbstractContextManager[None]:
    """Mixed precision for the block; nothing for float32."""
    if dtype is torch.float32:
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=dtype)


def default_cache_bytes(device: torch.device) -> int:
    """A quarter of the device's memory, at most 4 GiB where it is the machine's own."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory) // 4
    return min(_CPU_CACHE_BYTES, _machine_memory() // 4)


def _machine_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return _UNKNOWN_MEMORY_BYTES


def memory_share(device: torch.device, part: float) -> int:
    """Bytes of a part of the device's memory."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory * part)
    return int(_machine_memory() * part)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out, on whatever device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(part in text for part in _ALLOCATION_FAILURES)


def release_memory(device: torch.device) -> None:
    """Give back what nothing refers to any more."""
    gc.collect()
    give_back_free_memory()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
