"""The decoder by the book: masks at full resolution, resized, squashed and thresholded."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from tarvis_core.model.attention_layers import MultiHeadAttention
from tarvis_core.model.clip_features import ClipFeatures
from tarvis_core.model.model_output import QuerySet
from tarvis_core.model.position_encoding import clip_positions
from tarvis_core.model.transformer_decoder import TransformerDecoder


@torch.no_grad()
def decode_plainly(
    decoder: TransformerDecoder, features: ClipFeatures, queries: QuerySet
) -> tuple[Tensor, Tensor]:
    """States after the last layer (B, Q, C), and masks of all queries (B, Q, T, H4, W4)."""
    state, embedding = queries.initial_BQC, queries.embedding_QC
    for index, layer in enumerate(decoder.layers):
        level = features.coarse_to_fine[index % 3]
        num_frames, channels, height, width = level.shape[1:]
        memory = level.movedim(2, -1).flatten(1, 3) + decoder.scale_codes[index % 3]
        position = clip_positions(num_frames, (height, width), channels, level).flatten(0, 2)
        blocked = _blocked(_masks(decoder, features, queries, state), (num_frames, height, width))
        key = memory + position
        answer = _attention(layer.cross_attention, state + embedding, key, memory, blocked)
        state = layer.cross_norm(state + answer)
        attention = layer.self_attention
        placed = state + embedding
        answer = _attention(attention.attention, placed, placed, state, None)
        state = attention.norm(state + answer)
        state = layer.feedforward(state)
    return state, _masks(decoder, features, queries, state)


def _masks(
    decoder: TransformerDecoder, features: ClipFeatures, queries: QuerySet, state: Tensor
) -> Tensor:
    normalised = decoder.heads.normalise(state)
    embeddings = decoder.heads.mask_embeddings(normalised, queries.slices)
    return torch.einsum("bqc,btchw->bqthw", embeddings, features.stride4)


def _blocked(masks: Tensor, size: tuple[int, int, int]) -> Tensor:
    resized = functional.interpolate(masks, size=size, mode="trilinear", align_corners=False)
    blocked = (resized.sigmoid() < 0.5).flatten(2)
    blocked[blocked.all(dim=-1)] = False
    return blocked


def _attention(
    attention: MultiHeadAttention, query: Tensor, key: Tensor, value: Tensor, blocked: Tensor | None
) -> Tensor:
    plain = nn.MultiheadAttention(attention.width, attention.num_heads, batch_first=True)
    plain.load_state_dict(
        {
            "in_proj_weight": attention.in_proj.weight,
            "in_proj_bias": attention.in_proj.bias,
            "out_proj.weight": attention.out_proj.weight,
            "out_proj.bias": attention.out_proj.bias,
        }
    )
    if blocked is not None:
        blocked = blocked.repeat_interleave(attention.num_heads, dim=0)
    return plain(query, key, value, attn_mask=blocked)[0]
