"""The GPU kernel, run without a GPU in Triton's interpreter, against the plain way."""

import importlib
import importlib.util
import os
from pathlib import Path
from unittest.mock import patch

import pytest
import torch
from einops import rearrange

from tarvis_core.model import deformable_attention
from tarvis_core.model.deformable_attention import DeformableAttention, token_centres
from tarvis_core.model.deformable_sampling import sample_by_grid

triton = pytest.importorskip(
    "triton",
    reason="Triton is not installed (285 MB, 1 GB unpacked; Linux: `pip install triton`)",
)
deformable_kernel = importlib.import_module("tarvis_core.model.deformable_kernel")

LEVELS = {
    "odd sizes": ((1, 3), (2, 5), (5, 9)),
    "one cell": ((1, 1), (1, 1), (1, 1)),
    "two levels, more tokens than a block": ((4, 3), (3, 9)),
}
HEADS, POINTS = 3, 1


@pytest.fixture(scope="module")
def kernel():
    """A copy of the module whose kernels run in Triton's interpreter, on CPU tensors."""
    path = Path(deformable_attention.__file__).with_name("deformable_kernel.py")
    spec = importlib.util.spec_from_file_location("interpreted_kernel", path)
    module = importlib.util.module_from_spec(spec)
    with patch.dict(os.environ, TRITON_INTERPRET="1"):
        spec.loader.exec_module(module)
    return module


def inputs(sizes, N=2, D=4, offset_scale=2.0, logit_scale=1.0):
    torch.manual_seed(0)
    S = sum(height * width for height, width in sizes)
    offsets, logits = (
        torch.randn(N, S, 2, HEADS * len(sizes) * POINTS),
        torch.randn(N, S, HEADS * len(sizes) * POINTS),
    )
    raw = torch.cat([offset_scale * offsets.flatten(2), logit_scale * logits], dim=-1)
    return raw, torch.randn(N, S, HEADS * D)


def plainly(raw, value, sizes):
    """Places and weights as `DeformableAttention` makes them, sampled by PyTorch."""
    pattern = "n s (kind h l p) -> kind n s h l p"
    x, y, logits = rearrange(raw.float(), pattern, kind=3, h=HEADS, l=len(sizes))
    sides = torch.tensor([(width, height) for height, width in sizes])
    centres = rearrange(token_centres(sizes, raw), "s xy -> s 1 1 1 xy")
    places = centres + torch.stack([x, y], dim=-1) / rearrange(sides, "l xy -> l 1 xy")
    weights = logits.flatten(-2).softmax(dim=-1).view_as(logits)
    values = rearrange(value, "n s (h d) -> n s h d", h=HEADS)
    return sample_by_grid(values, sizes, places, weights)


@pytest.mark.parametrize("sizes", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("offset_scale", [0.0, 2.0, 1e6])
def test_that_the_kernel_samples_as_the_plain_way_does(kernel, sizes, offset_scale):
    raw, value = inputs(sizes, offset_scale=offset_scale)

    fused = kernel.sample_fused(raw, value, sizes, HEADS)

    torch.testing.assert_close(fused, plainly(raw, value, sizes), atol=1e-5, rtol=0)


@pytest.mark.parametrize("offset", [-1.0, -0.5, 0.5, 1.0])
def test_that_samples_on_and_beyond_the_border_are_the_plain_ones(kernel, offset):
    sizes = LEVELS["odd sizes"]
    raw, value = inputs(sizes)
    raw[..., : raw.shape[-1] * 2 // 3] = offset

    fused = kernel.sample_fused(raw, value, sizes, HEADS)

    torch.testing.assert_close(fused, plainly(raw, value, sizes), atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_that_half_precision_is_rounded_once(kernel, kind):
    sizes = LEVELS["odd sizes"]
    raw, value = (x.to(kind) for x in inputs(sizes))

    fused = kernel.sample_fused(raw, value, sizes, HEADS)

    assert fused.dtype is kind
    exact = plainly(raw, value.float(), sizes)
    torch.testing.assert_close(fused.float(), exact, atol=1e-5, rtol=torch.finfo(kind).eps)


@pytest.mark.parametrize("D", [1, 3, 8])
def test_that_any_width_of_a_head_is_served(kernel, D):
    sizes = LEVELS["odd sizes"]
    raw, value = inputs(sizes, N=1, D=D)

    fused = kernel.sample_fused(raw, value, sizes, HEADS)

    torch.testing.assert_close(fused, plainly(raw, value, sizes), atol=1e-5, rtol=0)


def test_that_extreme_logits_neither_overflow_nor_vanish(kernel):
    sizes = LEVELS["odd sizes"]
    raw, value = inputs(sizes, logit_scale=1000)

    fused = kernel.sample_fused(raw, value, sizes, HEADS)

    torch.testing.assert_close(fused, plainly(raw, value, sizes), atol=1e-5, rtol=0)


def test_that_what_is_no_number_spoils_its_own_token_only(kernel):
    sizes = LEVELS["odd sizes"]
    raw, value = inputs(sizes)
    expected = plainly(raw, value, sizes)
    raw[0, 3] = torch.nan

    fused = kernel.sample_fused(raw, value, sizes, HEADS)

    fused[0, 3] = expected[0, 3] = 0
    torch.testing.assert_close(fused, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("architecture", "kind"), [(80, "fp32"), (90, "bf16")])
@pytest.mark.filterwarnings("ignore:TRITON_DEFAULT_FP_FUSION")
def test_that_the_kernel_compiles_for_gpus_that_are_not_here(architecture, kind):
    function = deformable_kernel._sum_samples
    sizes = dict(zip(function.arg_names[5:], (8, 3, 4, 32, 32, 32), strict=True))
    pointers = {"raw": f"*{kind}", "value": f"*{kind}", "sums": f"*{kind}", "levels": "*i32"}
    signature = pointers | {"num_tokens": "i32"} | dict.fromkeys(sizes, "constexpr")

    compiled = triton.compile(
        triton.compiler.ASTSource(function, signature, sizes),
        target=triton.backends.compiler.GPUTarget("cuda", architecture, 32),
    )

    assert compiled.asm["cubin"]
    assert ".local" not in compiled.asm["ptx"]  # nothing of it lives outside of registers


def test_that_attention_by_the_kernel_is_attention(kernel):
    sizes = LEVELS["odd sizes"]
    torch.manual_seed(0)
    layer = DeformableAttention(24, HEADS, len(sizes), POINTS).eval()
    torch.nn.init.normal_(layer.sampling_offsets.weight)
    torch.nn.init.normal_(layer.attention_weights.weight)
    query, value = torch.randn(2, 2, sum(h * w for h, w in sizes), 24)

    chosen = patch.object(
        deformable_attention, "find_fused_sampling", lambda _: kernel.sample_fused
    )
    with chosen, torch.inference_mode():
        fused = layer(query, value, sizes)

    torch.testing.assert_close(fused, layer(query, value, sizes).detach(), atol=1e-5, rtol=0)


def test_that_parts_of_larger_tensors_are_served(kernel):
    sizes = LEVELS["odd sizes"]
    raw, value = inputs(sizes)
    wide = torch.cat([value, value], dim=-1)[..., : value.shape[-1]]

    fused = kernel.sample_fused(raw, wide, sizes, HEADS)

    torch.testing.assert_close(fused, plainly(raw, value, sizes), atol=1e-5, rtol=0)
