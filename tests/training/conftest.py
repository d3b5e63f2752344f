"""What tests of training share."""

import pytest
import torch


@pytest.fixture
def one_thread():
    """As torchrun's ranks have: the order of sums decides what rounding does."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
