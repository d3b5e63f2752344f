"""Choosing between the GPU kernel and the plain way; the kernel is a stand-in here."""

import logging
from types import SimpleNamespace
from unittest.mock import patch

import pytest
import torch

from tarvis_core.model import deformable_attention, fused_sampling
from tarvis_core.model.deformable_attention import DeformableAttention, allow_fused_sampling
from tarvis_core.model.fused_sampling import find_fused_sampling, sample_plainly, trial_difference

CPU = torch.device("cpu")
SIZES = ((1, 3), (2, 5), (5, 9))


class KernelError(Exception):
    """What the stand-in's compiler says."""


class StandInKernel:
    """Samples plainly and counts; `fault` spoils or refuses the work."""

    TritonError = KernelError

    def __init__(self, fault=None):
        self.num_calls = 0
        self._fault = fault

    def sample_fused(self, *inputs):
        self.num_calls += 1
        if isinstance(self._fault, Exception):
            raise self._fault
        return sample_plainly(*inputs) + (self._fault or 0.0)


def layer_and_tokens():
    torch.manual_seed(0)
    layer = DeformableAttention(24, 3, 3, 2).eval()
    torch.nn.init.normal_(layer.sampling_offsets.weight)
    torch.nn.init.normal_(layer.attention_weights.weight)
    num_tokens = sum(height * width for height, width in SIZES)
    return layer, torch.randn(2, num_tokens, 24), torch.randn(2, num_tokens, 24)


@pytest.fixture
def kernel():
    found = StandInKernel()
    with patch.object(deformable_attention, "find_fused_sampling", lambda _: found.sample_fused):
        yield found


def test_that_the_kernel_takes_the_layers_own_numbers(kernel):
    layer, query, value = layer_and_tokens()
    plain = layer(query, value, SIZES)

    with torch.inference_mode():
        fused = layer(query, value, SIZES)

    assert kernel.num_calls == 1
    torch.testing.assert_close(fused, plain.detach(), atol=1e-5, rtol=0)


def test_that_gradients_and_double_precision_go_the_plain_way(kernel):
    layer, query, value = layer_and_tokens()

    layer(query, value, SIZES).sum().backward()
    with torch.no_grad():
        layer.double()(query.double(), value.double(), SIZES)

    assert kernel.num_calls == 0


def test_that_the_kernel_can_be_switched_off(kernel):
    layer, query, value = layer_and_tokens()
    network = torch.nn.Sequential(layer)

    allow_fused_sampling(network, is_allowed=False)
    with torch.inference_mode():
        layer(query, value, SIZES)
    assert kernel.num_calls == 0

    allow_fused_sampling(network, is_allowed=True)
    with torch.inference_mode():
        layer(query, value, SIZES)
    assert kernel.num_calls == 1


def test_that_the_trial_sees_a_difference():
    assert trial_difference(StandInKernel().sample_fused, CPU) == 0
    assert trial_difference(StandInKernel(0.01).sample_fused, CPU) == pytest.approx(0.01, rel=0.01)


def test_that_a_kernel_that_agrees_is_taken(caplog):
    kernel = StandInKernel()
    with caplog.at_level(logging.INFO):
        assert fused_sampling._tried(kernel, CPU) == kernel.sample_fused
    assert "kernel of its own" in caplog.text


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (0.01, "off by 0.01"),
        (float("nan"), "off by nan"),
        (RuntimeError("no C compiler"), "no C compiler"),
        (KernelError("out of registers"), "out of registers"),
        (FileNotFoundError(), "FileNotFoundError"),
    ],
)
def test_that_a_kernel_that_fails_its_trial_is_left_alone(caplog, fault, words):
    assert fused_sampling._tried(StandInKernel(fault), CPU) is None
    assert words in caplog.text


def test_that_a_lack_of_memory_is_no_verdict():
    with pytest.raises(torch.OutOfMemoryError):
        fused_sampling._tried(StandInKernel(torch.OutOfMemoryError("full")), CPU)


def test_that_there_is_no_kernel_without_cuda_or_triton():
    assert find_fused_sampling(CPU) is None
    with patch.object(fused_sampling.importlib.util, "find_spec", lambda _: None):
        assert find_fused_sampling(torch.device("cuda", 7)) is None


def test_that_a_damaged_triton_is_said_and_left_alone(caplog):
    def fail(_):
        raise ImportError("libtriton.so: wrong architecture")

    library = SimpleNamespace(import_module=fail, util=SimpleNamespace(find_spec=lambda _: True))
    with patch.object(fused_sampling, "importlib", library):
        assert find_fused_sampling(torch.device("cuda", 6)) is None
    assert "wrong architecture" in caplog.text
