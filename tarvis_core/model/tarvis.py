"""TarVis: frames in, masks out. Reads like Figure 2 of the paper."""

from collections.abc import Sequence

from torch import Tensor, nn

from tarvis_core.model.backbone import Backbone
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.clip_features import ClipFeatures, FrameFeatures
from tarvis_core.model.model_config import ModelConfig
from tarvis_core.model.model_output import QuerySet, TarvisOutput
from tarvis_core.model.object_encoder import ObjectEncoder, ObjectExemplars
from tarvis_core.model.query_bank import QueryBank
from tarvis_core.model.temporal_neck import TemporalNeck
from tarvis_core.model.transformer_decoder import DecoderMemory, TransformerDecoder

COARSEST_STRIDE = 32


class TarVis(nn.Module):
    """The network. Stateless between calls: features and queries are values that callers keep.

    `encode` sees the frames and not the queries; `decode` answers queries about encoded frames. So
    the features of a clip serve every later question about it.
    """

    def __init__(self, config: ModelConfig, behaviour: Behaviour = Behaviour.INTENDED) -> None:
        super().__init__()
        self.config = config
        self.backbone = Backbone(config.backbone)
        self.neck = TemporalNeck(config, self.backbone.num_channels)
        self.query_bank = QueryBank(config)
        self.object_encoder = ObjectEncoder(config, behaviour)
        self.decoder = TransformerDecoder(config)

    def behave(self, behaviour: Behaviour) -> None:
        """Compute as intended, or as published, from now on."""
        self.object_encoder.behaviour = behaviour

    def encode(self, frames_BTCHW: Tensor) -> ClipFeatures:
        """Features of a clip.

        Args:
            frames_BTCHW: RGB 0…255, uint8 or floating point, shape (B, T, 3, H, W), already padded
                (with 128) to multiples of 64, as in training (any multiple of 32 can be computed).

        Returns:
            Maps at strides 32, 16, 8 and 4.
        """
        return self.encode_clip(self.encode_frames(frames_BTCHW))

    def encode_frames(self, frames_BTCHW: Tensor) -> FrameFeatures:
        """The part of `encode` that treats each frame alone; frames two clips share need it once.

        Args:
            frames_BTCHW: As for `encode`.
        """
        height, width = frames_BTCHW.shape[-2:]
        if height % COARSEST_STRIDE or width % COARSEST_STRIDE:
            raise ValueError(
                f"frames must be padded to multiples of {COARSEST_STRIDE}, got {height}×{width}"
            )
        return self.neck.encode_frames(self.backbone(frames_BTCHW))

    def encode_clip(self, frames: FrameFeatures) -> ClipFeatures:
        """The rest of `encode`: the frames of one clip, in order, inform each other."""
        return self.neck.encode_clip(frames)

    def class_queries(
        self,
        label_set: str,
        classes: Sequence[int] | None = None,
        batch: int = 1,
        *,
        with_semantic: bool = True,
    ) -> QuerySet:
        """Queries that find every thing and label every pixel of a label set's classes (VIS, VPS).

        Args:
            label_set: A name in `config.label_sets`.
            classes: The classes wanted, as 0-based rows; None for all.
            batch: B.
            with_semantic: False leaves out the semantic queries (only where instances are
                classified by a linear layer).

        Returns:
            Instance, background and semantic queries.

        Raises:
            ConfigError: The network does not know the label set.
        """
        return self.query_bank.class_queries(label_set, classes, batch, with_semantic=with_semantic)

    def object_queries(
        self,
        features: ClipFeatures,
        objects: ObjectExemplars | Sequence[ObjectExemplars],
        queries_per_object: int | None = None,
    ) -> QuerySet:
        """Queries that follow the objects which exemplars name (VOS, PET).

        Args:
            features: Features of exactly the reference frames T' of the exemplars:
                `clip_features.select_frames(reference_frames)`.
            objects: The exemplars of each sample of the batch; a single one for a batch of one. All
                samples have the same numbers of mask and point objects.
            queries_per_object: Queries of an object given by its mask; None for the config's, which
                may differ between training and inference.

        Returns:
            Object-background and object queries: objects given by masks first, then by points.
        """
        batch = [objects] if isinstance(objects, ObjectExemplars) else list(objects)
        encoded = self.object_encoder(features, batch, queries_per_object)
        return self.query_bank.object_queries(encoded)

    def decoder_memory(self, features: ClipFeatures) -> DecoderMemory:
        """What `decode` derives from the features alone; kept, later questions cost a third."""
        return self.decoder.memory(features)

    def decode(
        self,
        features: ClipFeatures,
        queries: QuerySet,
        *,
        memory: DecoderMemory | None = None,
        with_intermediate: bool = False,
        queries_at_once: int | None = None,
    ) -> TarvisOutput:
        """Answer queries about a clip.

        Args:
            features: What `encode` returned.
            queries: Class queries, object queries, or both added.
            memory: What `decoder_memory` returned for these features; computed if None.
            with_intermediate: Also return the output of the initial queries and after each layer
                (for training).
            queries_at_once: So many read the clip at the same time; the rest of each layer is for
                all together. It bounds the memory and changes no answer. None for all.

        Returns:
            Masks, and classes of instance queries.
        """
        memory = memory or self.decoder.memory(features)
        return self.decoder(
            features,
            memory,
            queries,
            with_intermediate=with_intermediate,
            queries_at_once=queries_at_once,
        )
