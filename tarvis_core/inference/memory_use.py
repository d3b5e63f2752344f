"""How much of a graphics card's memory is taken."""

import torch


def card_memory(name: str) -> tuple[int, int]:
    """Bytes taken and bytes there are on a CUDA device, by whatever program.

    Args:
        name: The device, such as "cuda" or "cuda:1".
    """
    free, total = torch.cuda.mem_get_info(torch.device(name))
    return total - free, total
