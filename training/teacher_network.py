"""The network of a teacher: Segment Anything's decoder on a TinyViT trunk (MobileSAM).

From the published descriptions: A. Kirillov et al., "Segment Anything" (ICCV 2023), section 3 and
appendix A; C. Zhang et al., "Faster Segment Anything" (2023). Submodules have the names that the
released weights use, so that these load as they are.
"""

import math
from itertools import pairwise

import timm
import torch
from einops import rearrange, repeat
from torch import Tensor, nn
from torch.nn import functional

SIDE = 1024
"""Images are brought to this longer side and filled up to a square."""
STRIDE = 16
WIDTH = 256
NUM_MASK_TOKENS = 4
"""One mask for clear questions, and three for clicks that may mean part or whole."""
NEGATIVE, POSITIVE, NO_POINT = 0, 1, -1
"""Kinds of points."""


class ImageEncoder(nn.Module):
    """Features of an image, at stride 16."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = timm.create_model("tiny_vit_5m_224", num_classes=0)
        # the released trunk keeps its size at the last merge
        self.trunk.stages[3].downsample.conv2.conv.stride = (1, 1)
        self.neck = nn.Sequential(
            nn.Conv2d(320, WIDTH, 1, bias=False),
            ChannelNorm(WIDTH),
            nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False),
            ChannelNorm(WIDTH),
        )

    def forward(self, images_BCHW: Tensor) -> Tensor:
        """Normalised square images to features (B, C, H/16, W/16)."""
        x = self.trunk.patch_embed(images_BCHW)
        return self.neck(self.trunk.stages(x))


class ChannelNorm(nn.Module):
    """Layer norm over the channels of each pixel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Normalise; the shape stays."""
        x_BHWC = rearrange(x_BCHW, "b c h w -> b h w c")
        normal = functional.layer_norm(x_BHWC, self.weight.shape, self.weight, self.bias, 1e-6)
        return rearrange(normal, "b h w c -> b c h w")


class PlaceCode(nn.Module):
    """Codes of places, by random waves."""

    positional_encoding_gaussian_matrix: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.zeros(2, WIDTH // 2))

    def forward(self, places: Tensor) -> Tensor:
        """Places (…, 2), x and y in 0…1, to codes (…, C)."""
        waves = 2 * math.pi * (2 * places - 1) @ self.positional_encoding_gaussian_matrix
        return torch.cat([waves.sin(), waves.cos()], dim=-1)

    def of_grid(self, side: int) -> Tensor:
        """The codes (C, side, side) of all pixels of a feature map."""
        steps = (
            torch.arange(side, device=self.positional_encoding_gaussian_matrix.device) + 0.5
        ) / side
        rows, columns = torch.meshgrid(steps, steps, indexing="ij")
        return rearrange(self(torch.stack([columns, rows], dim=-1)), "h w c -> c h w")


class PromptEncoder(nn.Module):
    """Clicks as tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.pe_layer = PlaceCode()
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, WIDTH) for _ in range(4))
        self.not_a_point_embed = nn.Embedding(1, WIDTH)
        self.no_mask_embed = nn.Embedding(1, WIDTH)

    def forward(self, points_BP2: Tensor, kinds_BP: Tensor) -> Tensor:
        """Tokens (B, P + 1, C) of clicks; a last one says that no box follows.

        Args:
            points_BP2: (x, y) in pixels of the square image, pixel centres at +0.5.
            kinds_BP: `NEGATIVE` or `POSITIVE`.
        """
        codes = self.pe_layer(points_BP2 / SIDE)
        embeddings = torch.cat([each.weight for each in self.point_embeddings[:2]])
        end = repeat(self.not_a_point_embed.weight, "one c -> b one c", b=len(points_BP2))
        return torch.cat([codes + embeddings[kinds_BP], end], dim=1)


class Attention(nn.Module):
    """Attention of several heads, in fewer channels if asked."""

    def __init__(self, inner: int, num_heads: int = 8) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.q_proj = nn.Linear(WIDTH, inner)
        self.k_proj = nn.Linear(WIDTH, inner)
        self.v_proj = nn.Linear(WIDTH, inner)
        self.out_proj = nn.Linear(inner, WIDTH)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """(B, N, C) asks (B, M, C)."""
        split = "b n (heads c) -> b heads n c"
        q = rearrange(self.q_proj(queries), split, heads=self.num_heads)
        k = rearrange(self.k_proj(keys), split, heads=self.num_heads)
        v = rearrange(self.v_proj(values), split, heads=self.num_heads)
        found = functional.scaled_dot_product_attention(q, k, v)
        return self.out_proj(rearrange(found, "b heads n c -> b n (heads c)"))


class FeedForward(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.lin1 = nn.Linear(WIDTH, 2048)
        self.lin2 = nn.Linear(2048, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """The shape stays."""
        return self.lin2(functional.relu(self.lin1(x)))


class TwoWayLayer(nn.Module):
    """Tokens ask each other and the image, then the image asks the tokens."""

    def __init__(self, *, is_first: bool) -> None:
        super().__init__()
        self.is_first = is_first
        self.self_attn = Attention(WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH)
        self.cross_attn_token_to_image = Attention(WIDTH // 2)
        self.norm2 = nn.LayerNorm(WIDTH)
        self.mlp = FeedForward()
        self.norm3 = nn.LayerNorm(WIDTH)
        self.norm4 = nn.LayerNorm(WIDTH)
        self.cross_attn_image_to_token = Attention(WIDTH // 2)

    def forward(
        self, tokens: Tensor, image: Tensor, token_code: Tensor, image_code: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Tokens (B, N, C) and image (B, H·W, C) with their codes; both changed."""
        if self.is_first:
            tokens = self.self_attn(tokens, tokens, tokens)
        else:
            coded = tokens + token_code
            tokens = tokens + self.self_attn(coded, coded, tokens)
        tokens = self.norm1(tokens)
        asked = self.cross_attn_token_to_image(tokens + token_code, image + image_code, image)
        tokens = self.norm2(tokens + asked)
        tokens = self.norm3(tokens + self.mlp(tokens))
        answer = self.cross_attn_image_to_token(image + image_code, tokens + token_code, tokens)
        return tokens, self.norm4(image + answer)


class TwoWayTransformer(nn.Module):
    """Two layers, and a last look of the tokens at the image."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TwoWayLayer(is_first=index == 0) for index in range(2))
        self.final_attn_token_to_image = Attention(WIDTH // 2)
        self.norm_final_attn = nn.LayerNorm(WIDTH)

    def forward(self, tokens: Tensor, image: Tensor, image_code: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (B, N, C) and image (B, H·W, C), both changed."""
        token_code = tokens
        for layer in self.layers:
            tokens, image = layer(tokens, image, token_code, image_code)
        asked = self.final_attn_token_to_image(tokens + token_code, image + image_code, image)
        return self.norm_final_attn(tokens + asked), image


class Perceptron(nn.Module):
    """Three layers."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        sizes = (WIDTH, WIDTH, WIDTH, outputs)
        self.layers = nn.ModuleList(nn.Linear(size, after) for size, after in pairwise(sizes))

    def forward(self, x: Tensor) -> Tensor:
        """(…, C) to (…, outputs)."""
        for layer in self.layers[:-1]:
            x = functional.relu(layer(x))
        return self.layers[-1](x)


class MaskDecoder(nn.Module):
    """Masks of what clicks mean, and how good each is."""

    def __init__(self) -> None:
        super().__init__()
        self.transformer = TwoWayTransformer()
        self.iou_token = nn.Embedding(1, WIDTH)
        self.mask_tokens = nn.Embedding(NUM_MASK_TOKENS, WIDTH)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(WIDTH, WIDTH // 4, 2, stride=2),
            ChannelNorm(WIDTH // 4),
            nn.GELU(),
            nn.ConvTranspose2d(WIDTH // 4, WIDTH // 8, 2, stride=2),
            nn.GELU(),
        )
        self.output_hypernetworks_mlps = nn.ModuleList(
            Perceptron(WIDTH // 8) for _ in range(NUM_MASK_TOKENS)
        )
        self.iou_prediction_head = Perceptron(NUM_MASK_TOKENS)

    def forward(
        self, features_CHW: Tensor, image_code_CHW: Tensor, clicks_BPC: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Answer questions about one image.

        Args:
            features_CHW: Of the image, with the code of "no mask given".
            image_code_CHW: Codes of the feature map's pixels.
            clicks_BPC: Tokens of each question's clicks.

        Returns:
            Mask logits (B, 4, H/4, W/4) of the square image, and predicted IoU (B, 4).
        """
        batch, height = len(clicks_BPC), features_CHW.shape[1]
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight])
        tokens = torch.cat([repeat(own, "n c -> b n c", b=batch), clicks_BPC], dim=1)
        image = repeat(features_CHW, "c h w -> b (h w) c", b=batch)
        code = rearrange(image_code_CHW, "c h w -> 1 (h w) c")
        tokens, image = self.transformer(tokens, image, code)
        fine = self.output_upscaling(rearrange(image, "b (h w) c -> b c h w", h=height))
        weights = torch.stack(
            [mlp(tokens[:, 1 + n]) for n, mlp in enumerate(self.output_hypernetworks_mlps)], dim=1
        )
        masks = torch.einsum("bnc,bchw->bnhw", weights, fine)
        return masks, self.iou_prediction_head(tokens[:, 0])
