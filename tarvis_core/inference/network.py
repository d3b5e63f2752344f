"""Network: a loaded model on its device, in its number format, without gradients."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Event

import numpy as np
import torch
from torch import nn

from tarvis_core.annotation.segmentation import ClipWork
from tarvis_core.inference.device import computing_in
from tarvis_core.inference.encoding_log import EncodingLog
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.model.clip_features import ClipFeatures, FrameFeatures
from tarvis_core.model.model_config import ModelConfig
from tarvis_core.model.model_output import QuerySet, TarvisOutput
from tarvis_core.model.object_encoder import ObjectExemplars
from tarvis_core.model.tarvis import TarVis
from tarvis_core.model.transformer_decoder import DecoderMemory


class InterruptedEncodingError(Exception):
    """A clip was not encoded because something more urgent waits."""


class Network:
    """What inference asks of the model: numpy frames in, tensors on the device out."""

    def __init__(
        self, model: TarVis, device: torch.device, dtype: torch.dtype = torch.float32
    ) -> None:
        """Take a model.

        Args:
            model: Weights loaded, in evaluation mode, on `device`.
            device: Where it computes.
            dtype: float32, or a lower precision for the parts where that is safe.
        """
        self.device = device
        self.dtype = dtype
        self.pause: Callable[[], None] | None = None
        """Called between the parts of an encoding, for what cannot wait until its end. It may ask
        this network; it is not called again while it does."""
        self.tell: Callable[[ClipWork], None] | None = None
        """Called with how far the work on a clip is, from frame to frame."""
        self._is_pausing = False
        self.encoding_log = EncodingLog(device)
        """How long it encoded, without what was asked in pauses."""
        self._model = model

    @property
    def config(self) -> ModelConfig:
        """What the network is made of."""
        return self._model.config

    @property
    def behaviour(self) -> Behaviour:
        """How the network computes."""
        return self._model.object_encoder.behaviour

    @torch.inference_mode()
    def encode_frames(
        self,
        images: Sequence[np.ndarray],
        stop: Event | None = None,
        tell: Callable[[int], None] = lambda _: None,
    ) -> FrameFeatures:
        """The features of frames, each on its own.

        Args:
            images: (H, W, 3) uint8 RGB of the padded size each.
            stop: Looked at before each stage of the trunk.
            tell: Called with how many images are done, as often as that grows.

        Returns:
            Features of all frames, batch of 1.

        Raises:
            InterruptedEncodingError: `stop` was set.
        """
        # one frame after the other is faster on CPUs (it stays in the cache), a batch is on GPUs
        step = 1 if self.device.type == "cpu" else len(images)
        parts = []
        with computing_in(self.device, self.dtype), self._watched(stop):
            for start in range(0, len(images), step):
                pixels = torch.from_numpy(np.stack(images[start : start + step]))
                frames_BTCHW = pixels.to(self.device).permute(0, 3, 1, 2)[None]
                parts.append(self._model.encode_frames(frames_BTCHW))
                tell(min(start + step, len(images)))
        return FrameFeatures.join(parts)

    @torch.inference_mode()
    def encode_clip(self, frames: FrameFeatures, stop: Event | None = None) -> ClipFeatures:
        """The features of a clip, from those of its frames in order of time.

        Args:
            frames: The frames' own features.
            stop: Looked at before each layer.

        Raises:
            InterruptedEncodingError: `stop` was set.
        """
        with computing_in(self.device, self.dtype), self._watched(stop):
            return self._model.encode_clip(frames)

    def _watched(self, stop: Event | None) -> AbstractContextManager[None]:
        """Within the block, `stop` is looked at and others get their turn before each layer."""
        if stop is None and self.pause is None:
            return nullcontext()

        def look(*_: object) -> None:
            if self._is_pausing:  # the layers work for somebody else
                return
            if stop is not None and stop.is_set():
                raise InterruptedEncodingError("stopped between two layers")
            self._breathe()

        return _before_layers(self._model, look)

    def _breathe(self) -> None:
        if self.pause is None or self._is_pausing:
            return
        self._is_pausing = True
        try:
            with self.encoding_log.away():
                self.pause()
        finally:
            self._is_pausing = False

    @torch.inference_mode()
    def object_queries(
        self, features: ClipFeatures, objects: ObjectExemplars, queries_per_object: int | None
    ) -> QuerySet:
        """Queries of the objects that exemplars name; see `TarVis.object_queries`."""
        with computing_in(self.device, self.dtype):
            here = objects.to(self.device)
            return self._model.object_queries(features, here, queries_per_object)

    @torch.inference_mode()
    def class_queries(self, label_set: str) -> QuerySet:
        """Queries of all classes of a label set."""
        with computing_in(self.device, self.dtype):
            return self._model.class_queries(label_set)

    @torch.inference_mode()
    def decoder_memory(self, features: ClipFeatures) -> DecoderMemory:
        """What decoding derives from the features alone."""
        with computing_in(self.device, self.dtype):
            return self._model.decoder_memory(features)

    @torch.inference_mode()
    def decode(
        self,
        features: ClipFeatures,
        queries: QuerySet,
        memory: DecoderMemory | None = None,
        queries_at_once: int | None = None,
    ) -> TarvisOutput:
        """Answer queries about a clip; see `TarVis.decode`."""
        with computing_in(self.device, self.dtype):
            return self._model.decode(
                features, queries, memory=memory, queries_at_once=queries_at_once
            )


@contextmanager
def _before_layers(model: TarVis, look: Callable[..., None]) -> Iterator[None]:
    """Within the block, something is done before each stage of the trunk and layer of the neck."""
    neck = model.neck
    layers = (
        *_stages(model.backbone.trunk),
        *neck.deformable_layers,
        *neck.temporal_layers,
        neck.fusion,
    )
    hooks = [layer.register_forward_pre_hook(look) for layer in layers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _stages(trunk: nn.Module) -> Iterator[nn.Module]:
    """The parts of a trunk; of lists, which a trunk may go through by itself, the members."""
    for part in trunk.children():
        if isinstance(part, nn.ModuleList | nn.Sequential):
            yield from part
        else:
            yield part
