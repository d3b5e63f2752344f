"""The processes that train or evaluate together, as `torchrun` started them."""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import distributed, nn

Item = TypeVar("Item")


@dataclass(frozen=True)
class Ranks:
    """This process among all."""

    rank: int
    count: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and logs."""
        return self.rank == 0

    def wrapped(self, module: nn.Module) -> nn.Module:
        """The module with its gradients averaged over all ranks."""
        if self.count == 1:
            return module
        devices = [self.device] if self.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(
            module, device_ids=devices, find_unused_parameters=True
        )

    @staticmethod
    def unwrapped(module: nn.Module) -> nn.Module:
        """The module itself, whether `wrapped` wrapped it or not."""
        is_wrapped = isinstance(module, nn.parallel.DistributedDataParallel)
        return module.module if is_wrapped else module

    def without_sync(self, module: nn.Module, *, is_last: bool) -> AbstractContextManager:
        """While gradients accumulate, only the last batch's backward pass exchanges them."""
        if is_last or not isinstance(module, nn.parallel.DistributedDataParallel):
            return nullcontext()
        return module.no_sync()

    def share(self, items: Sequence[Item]) -> list[Item]:
        """This rank's part of a list; the parts are as even as they can be."""
        return list(items[self.rank :: self.count])

    def gathered(self, mine: list[Item]) -> list[Item]:
        """The lists of all ranks, joined in the order of the ranks."""
        if self.count == 1:
            return mine
        parts: list[list[Item]] = [[] for _ in range(self.count)]
        distributed.all_gather_object(parts, mine)
        return [item for part in parts for item in part]


@contextmanager
def joined_ranks(
    device: str = "auto", patience: timedelta = timedelta(minutes=30)
) -> Iterator[Ranks]:
    """Join the processes that `torchrun` started; a single process where there is none.

    Args:
        device: "auto", "cpu" or "cuda".
        patience: How long one process waits for another before it takes it for dead.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    rank = int(os.environ.get("RANK", "0"))
    has_gpu = device == "cuda" or (device == "auto" and torch.cuda.is_available())
    chosen = (
        torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        if has_gpu
        else torch.device("cpu")
    )
    if count == 1:
        yield Ranks(0, 1, chosen)
        return
    if has_gpu:
        torch.cuda.set_device(chosen)
    distributed.init_process_group("nccl" if has_gpu else "gloo", timeout=patience)
    try:
        yield Ranks(rank, count, chosen)
    finally:
        distributed.destroy_process_group()


def mean_over_ranks(value: float, ranks: Ranks) -> float:
    """The mean of a number over all ranks."""
    if ranks.count == 1:
        return value
    total = torch.tensor([value], device=ranks.device)
    distributed.all_reduce(total)
    return float(total) / ranks.count
