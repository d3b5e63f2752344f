"""ModelConfig: everything that decides what the network computes, one dataclass per part.

Where the paper and the released code differ, the difference is a field here (but for the released
code's errors: `Behaviour`). The defaults are what
a network of one's own should have; the presets `resnet50`, `swin_tiny` and `swin_large` are the
released networks, to the letter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Self

from tarvis_core.errors import ConfigError
from tarvis_core.model.config_json import added_later, from_json, to_json
from tarvis_core.model.released_label_sets import FINE_TUNED_LABEL_SETS, LabelSetConfig
from tarvis_core.sentence import Sentence

IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)


class TemporalLevels(Enum):
    """Which of the neck's maps exchange information between frames."""

    NONE = "none"
    """None: each frame on its own (Table 4, "no temporal attention")."""
    COARSE = "stride 32 and 16"
    """The paper's text (Section 3.4): F8 stays out. Six times cheaper per layer than ALL."""
    ALL = "stride 32, 16 and 8"
    """The released code: a window holds 84 tokens per frame instead of 20."""


class SegmentRule(Enum):
    """How an object's mask is divided into the segments that become its queries."""

    WHOLE_VOLUME = "whole volume"
    """The released code: one list of pixels in (frame, row, column) order is cut into equal parts.
    With several reference frames the cuts run mainly along time."""
    PER_FRAME = "per frame"
    """The paper's text, a spatial division: each frame's pixels are cut into equal horizontal
    bands, and a segment is the same band in all frames. With one frame, both rules agree."""


class PointEncoding(Enum):
    """How a point (PET) becomes a query."""

    MULTI_SCALE = "multi-scale"
    """The released code: an MLP over the features of all four maps at the point; the query attends
    to those four features, each through its own projection."""
    ONE_PIXEL_MASK = "one-pixel mask"
    """The paper's text: the point is a mask of one pixel and is treated like any mask."""


class ClassHead(Enum):
    """What an instance query is compared with to find its class."""

    SEMANTIC_QUERIES = "semantic queries"
    """The paper: the inner product with the label set's semantic queries."""
    LINEAR = "linear layer"
    """Table 4's ablation: one linear layer per label set."""


class HeadStyle(Enum):
    """What stands between the decoder's output queries and the inner products."""

    PROJECTED = "projected"
    """The released code: a LayerNorm, then a three-layer MLP (masks) or a linear layer (classes)
    per type of query."""
    PLAIN = "plain"
    """The paper's text (Section 3.1): nothing; the output queries themselves."""


@dataclass(frozen=True)
class BackboneConfig:
    """The trunk that turns a frame into maps at strides 4, 8, 16 and 32."""

    name: str = "resnet50"
    """"swin_tiny" or "swin_large" (as released), or any timm model that offers features at
    strides 4, 8, 16 and 32, such as "resnet50", "tiny_vit_5m_224" or "tf_efficientnet_lite0"."""
    pixel_mean: tuple[float, float, float] = IMAGENET_MEAN
    """Subtracted from RGB values 0…255."""
    pixel_std: tuple[float, float, float] = IMAGENET_STD
    """What they are then divided by."""
    is_norm_frozen: bool = True
    """Batch norms are constants: neither their statistics nor their weights train."""
    drop_path_rate: float = 0.0
    """Stochastic depth while training, rising linearly from 0 to this over the blocks."""
    last_stride: int = 32
    """32, or 16: the trunk's last merge runs at stride 1 (as in SAM's distilled trunks). Its last
    map then serves stride 16, and stride 32 through 2×2 average pooling. TinyViT only."""

    def __post_init__(self) -> None:
        _check(
            self.last_stride in {16, 32},
            Sentence("{field} is {value}", field="backbone.last_stride", value=self.last_stride),
            Sentence("16 or 32"),
        )
        _check(
            min(self.pixel_std) > 0,
            Sentence("{field} is {value}", field="backbone.pixel_std", value=self.pixel_std),
            Sentence("positive values"),
        )
        _check(
            0 <= self.drop_path_rate < 1,
            Sentence("{field} is {value}", field="drop_path_rate", value=self.drop_path_rate),
            Sentence("0…1"),
        )


@dataclass(frozen=True)
class NeckConfig:
    """The Temporal Neck (Section 3.4)."""

    num_layers: int = 6
    """Pairs of a deformable and a temporal layer."""
    num_points: int = 4
    """Sampling points per head and map of the deformable attention."""
    feedforward_width: int = 1024
    """Hidden width of the feed-forward parts, deformable and temporal."""
    temporal_levels: TemporalLevels = TemporalLevels.COARSE
    """Which maps take part in temporal attention. Released weights need ALL."""
    window_size: int = 64
    """Side of the temporal attention's windows in pixels of the padded frame, a multiple of 32. The
    released code has fixed windows of 64×64; a window spans all frames of the clip."""
    windows_per_side: int | None = None
    """The paper's wording instead of `window_size`: the frame is a grid of this many by this many
    windows, whatever its size. None: `window_size` holds, as in the released code."""
    has_place_waves: bool = added_later(default=False)
    """F4 also says where in the frame a cell is (`place_waves`, through a linear layer). Neither
    paper nor released code do so. Exemplars then carry their place and masks can depend on it: a
    small network that saw little data tells things of one look apart sooner."""

    def __post_init__(self) -> None:
        _check_positive(self, "num_layers", "num_points", "feedforward_width", "window_size")
        _check(
            self.window_size % 32 == 0,
            Sentence("{field} is {value}", field="window_size", value=self.window_size),
            Sentence("a multiple of 32"),
        )
        windows = self.windows_per_side
        _check(
            windows is None or windows > 0,
            Sentence("{field} is {value}", field="windows_per_side", value=windows),
            Sentence("1 or more"),
        )


@dataclass(frozen=True)
class QueryConfig:
    """The learned queries (Section 3.1)."""

    num_instance_queries: int = 128
    """How many things of one clip can be told apart in class search."""
    num_background_queries: int = 1
    """Background queries of class search. Those of objects come from the object encoder."""

    def __post_init__(self) -> None:
        _check_positive(self, "num_instance_queries", "num_background_queries")


@dataclass(frozen=True)
class ObjectEncoderConfig:
    """EncodeObjects (Section 3.3): exemplars to queries."""

    num_layers: int = 4
    """Rounds of self-attention, cross-attention to the object's own pixels, and feed-forward."""
    feedforward_width: int = 2048
    """Hidden width of the feed-forward parts."""
    background_grid: tuple[int, int] = (4, 4)
    """Rows and columns of cells that the background is divided into, one query each."""
    queries_per_object_training: int = 4
    """Segments, and so queries, per object that is given by its mask (q_o), while training."""
    queries_per_object_inference: int = 4
    """The same at inference. The paper says 4; the released code doubles it to 8."""
    segment_rule: SegmentRule = SegmentRule.PER_FRAME
    """How a mask is divided. The released code does WHOLE_VOLUME."""
    point_encoding: PointEncoding = PointEncoding.MULTI_SCALE
    """How a point becomes a query. The released code does MULTI_SCALE."""
    has_negative_points: bool = added_later(default=False)
    """Points that say "not this" are marked by a learned vector. Paper and released code know none;
    without the mark they are encoded like any point, as the thing there."""
    max_points_training: int = 2048
    """The released code keeps a random subset of this many pixels of a mask (p_max). Only under
    `Behaviour.PUBLISHED`; otherwise every pixel counts."""
    max_points_inference: int = 16384
    """The same at inference."""

    def __post_init__(self) -> None:
        counts = ("queries_per_object_training", "queries_per_object_inference")
        limits = ("max_points_training", "max_points_inference")
        _check_positive(self, "num_layers", "feedforward_width", *counts, *limits)
        _check(
            min(self.background_grid) > 0,
            Sentence("{field} is {value}", field="background_grid", value=self.background_grid),
            Sentence("1 or more"),
        )

    @property
    def num_background_queries(self) -> int:
        """How many background queries go with a set of objects."""
        return self.background_grid[0] * self.background_grid[1]


@dataclass(frozen=True)
class DecoderConfig:
    """The transformer decoder and its output heads (Section 3.5)."""

    num_layers: int = 9
    """Layers; layer i looks at stride 32, 16, 8 for i mod 3 = 0, 1, 2."""
    feedforward_width: int = 2048
    """Hidden width of the feed-forward parts."""
    class_head: ClassHead = ClassHead.SEMANTIC_QUERIES
    """How instances are classified."""
    output_heads: HeadStyle = HeadStyle.PROJECTED
    """What stands before the inner products."""

    def __post_init__(self) -> None:
        _check_positive(self, "num_layers", "feedforward_width")


@dataclass(frozen=True)
class ModelConfig:
    """A whole TarViS network."""

    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    """The trunk."""
    neck: NeckConfig = field(default_factory=NeckConfig)
    """The Temporal Neck."""
    queries: QueryConfig = field(default_factory=QueryConfig)
    """The learned queries."""
    object_encoder: ObjectEncoderConfig = field(default_factory=ObjectEncoderConfig)
    """Exemplars to queries."""
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    """Queries to masks and classes."""
    label_sets: tuple[LabelSetConfig, ...] = ()
    """The label sets that the network has semantic queries for, in the order of their rows."""
    width: int = 256
    """Channels of everything after the trunk; a multiple of 32 and of `num_heads`."""
    num_heads: int = 8
    """Heads of every attention."""

    RETIRED_KEYS: ClassVar[Mapping[str, bool]] = {"reproduce_published_errors": False}
    """What older weights say and still may: now `Behaviour`, which is no property of weights."""

    def __post_init__(self) -> None:
        _check_positive(self, "width", "num_heads")
        fits = self.width % 32 == 0 and self.width % self.num_heads == 0
        _check(
            fits,
            Sentence("{field} is {value}", field="width", value=self.width),
            Sentence("a multiple of 32 and of {num_heads} heads", num_heads=self.num_heads),
        )
        names = [label_set.name for label_set in self.label_sets]
        _check(
            len(set(names)) == len(names),
            Sentence("label_sets are {names}", names=names),
            Sentence("distinct names"),
        )

    def label_set(self, name: str) -> LabelSetConfig:
        """The label set of this name.

        Raises:
            ConfigError: The network does not know it.
        """
        for label_set in self.label_sets:
            if label_set.name == name:
                return label_set
        known = ", ".join(label_set.name for label_set in self.label_sets) or "none"
        raise ConfigError(
            "the network knows no label set “{name}”; it knows: {known}", name=name, known=known
        )

    def to_json(self) -> str:
        """The config as JSON text, every field spelled out."""
        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ConfigError: A key is unknown or missing, or a value has the wrong type or no meaning.
        """
        return from_json(cls, text)

    @classmethod
    def resnet50(cls, label_sets: tuple[LabelSetConfig, ...] = FINE_TUNED_LABEL_SETS) -> Self:
        """The released ResNet-50 network."""
        return cls._released(BackboneConfig(), label_sets)

    @classmethod
    def swin_tiny(cls, label_sets: tuple[LabelSetConfig, ...] = FINE_TUNED_LABEL_SETS) -> Self:
        """The released Swin-T network."""
        return cls._released(BackboneConfig("swin_tiny", drop_path_rate=0.3), label_sets)

    @classmethod
    def swin_large(cls, label_sets: tuple[LabelSetConfig, ...] = FINE_TUNED_LABEL_SETS) -> Self:
        """The released Swin-L network."""
        return cls._released(BackboneConfig("swin_large", drop_path_rate=0.3), label_sets)

    @classmethod
    def starter(cls, label_sets: tuple[LabelSetConfig, ...] = ()) -> Self:
        """The small network that comes with the program, made for CPUs."""
        return cls(
            backbone=BackboneConfig("tiny_vit_5m_224", last_stride=16),
            neck=NeckConfig(
                num_layers=3, num_points=2, feedforward_width=512, has_place_waves=True
            ),
            queries=QueryConfig(num_instance_queries=32),
            object_encoder=ObjectEncoderConfig(
                num_layers=2, feedforward_width=512, has_negative_points=True
            ),
            decoder=DecoderConfig(num_layers=6, feedforward_width=512),
            label_sets=label_sets,
            width=128,
            num_heads=4,
        )

    @classmethod
    def _released(cls, backbone: BackboneConfig, label_sets: tuple[LabelSetConfig, ...]) -> Self:
        return cls(
            backbone=backbone,
            neck=NeckConfig(temporal_levels=TemporalLevels.ALL),
            object_encoder=ObjectEncoderConfig(
                queries_per_object_inference=8,
                segment_rule=SegmentRule.WHOLE_VOLUME,
                point_encoding=PointEncoding.MULTI_SCALE,
            ),
            label_sets=label_sets,
        )


def _check(is_right: bool, what: Sentence, expected: Sentence) -> None:  # noqa: FBT001
    if not is_right:
        raise ConfigError(
            "model config: {what}; it must be {expected}", what=what, expected=expected
        )


def _check_positive(config: object, *names: str) -> None:
    for name in names:
        value = getattr(config, name)
        _check(
            value >= 1,
            Sentence("{field} is {value}", field=f"{type(config).__name__}.{name}", value=value),
            Sentence("1 or more"),
        )
