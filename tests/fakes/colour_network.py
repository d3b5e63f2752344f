"""A network that segments by colour: what inference does with it can be checked by eye.

Its features are the mean colours of 4×4 pixels; an object query is the mean colour of what an
exemplar covers, and its mask is everything of that colour. It has the interface of `TarVis` and
counts its calls.
"""

from collections import Counter
from types import SimpleNamespace

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from tarvis_core.model.clip_features import ClipFeatures, FrameFeatures
from tarvis_core.model.model_output import QueryGroup, QuerySet, QueryType, TarvisOutput
from tarvis_core.model.transformer_decoder import DecoderMemory

GAIN, REACH = 400.0, 0.02
"""Logit of a cell: GAIN · (REACH - squared distance of its colour)."""


class ColourMemory(DecoderMemory):
    """Nothing: a colour network derives nothing from its features."""

    def __init__(self):
        super().__init__((), (), ())

    def select_frames(self, indices):
        return self


class ColourNetwork:
    """Label sets give the colours of their classes: instance queries are one per class."""

    def __init__(self, label_sets=None, fail=None):
        """Make one.

        Args:
            label_sets: Name → (colours of the classes, rows of things).
            fail: Called with (name of the call, frames); raises to play a failure.
        """
        self._colours = {name: colours for name, (colours, _) in (label_sets or {}).items()}
        self.config = SimpleNamespace(
            label_sets=tuple(SimpleNamespace(name=name) for name in self._colours),
            label_set=lambda name: SimpleNamespace(num_classes=len(self._colours[name])),
        )
        self.backbone = SimpleNamespace(trunk=nn.Identity())
        self.neck = SimpleNamespace(deformable_layers=(), temporal_layers=(), fusion=nn.Identity())
        self.calls = Counter()
        self.encoded_frames = 0
        self.clip_sizes = []
        self.looked_at_once = []
        self._fail = fail or (lambda name, num_frames: None)

    def behave(self, behaviour):
        """Intended and published behaviour are the same here."""

    def modules(self):
        """It has no layers."""
        return iter(())

    def to(self, device):
        return self

    def eval(self):
        return self

    def encode_frames(self, frames_BTCHW):
        self._call("encode_frames", frames_BTCHW.shape[1])
        self.encoded_frames += frames_BTCHW.shape[1]
        colours = F.avg_pool2d(frames_BTCHW[0].float() / 255 - 0.5, 4)
        maps = torch.cat(
            [colours, (colours**2).sum(1, keepdim=True), torch.ones_like(colours[:, :1])], dim=1
        )
        return FrameFeatures(torch.zeros(1, len(maps), 1, 5), maps[None].unbind(1))

    def encode_clip(self, frames):
        self._call("encode_clip", frames.num_frames)
        self.clip_sizes.append((frames.num_frames, frames.stride4_size))
        maps = [torch.stack(frames.laterals_BCHW, dim=1)]
        for _ in range(3):
            maps.insert(0, F.avg_pool2d(maps[0][0], 2)[None])
        return ClipFeatures(*maps)

    def decoder_memory(self, features):
        self._call("decoder_memory", features.num_frames)
        return ColourMemory()

    def object_queries(self, features, objects, queries_per_object=None):
        self._call("object_queries", features.num_frames)
        count = queries_per_object or 2
        maps_TCHW = features.stride4[0]
        full_TCHW = maps_TCHW.repeat_interleave(4, -1).repeat_interleave(4, -2)
        pixels_TPC = full_TCHW.flatten(2).transpose(1, 2)
        queries = []
        for mask_THW in objects.masks_NTHW:
            inside_TP = mask_THW.flatten(1)
            assert inside_TP.any(), "an object without a pixel"
            queries += [pixels_TPC[inside_TP].mean(0)] * count
        for (x, y), frame in zip(
            objects.points_N2.tolist(), objects.point_frames_N.tolist(), strict=True
        ):
            queries.append(maps_TCHW[frame, :, int(y // 4), int(x // 4)])
        counts = (count,) * objects.num_masks + (1,) * objects.num_points
        nothing = torch.zeros(1, 1, 5)
        groups = (
            QueryGroup(QueryType.OBJECT_BACKGROUND, nothing, torch.zeros(5)),
            QueryGroup(QueryType.OBJECT, torch.stack(queries)[None], torch.zeros(5)),
        )
        return QuerySet(groups, counts)

    def class_queries(self, label_set, classes=None, batch=1, *, with_semantic=True):
        self._call("class_queries", 0)
        colours = torch.tensor(self._colours[label_set]) / 255 - 0.5
        queries = torch.cat([colours, torch.zeros(len(colours), 2)], dim=1)[None]
        groups = (
            QueryGroup(QueryType.INSTANCE, queries, torch.zeros(5)),
            QueryGroup(QueryType.BACKGROUND, torch.zeros(1, 1, 5), torch.zeros(5)),
            QueryGroup(QueryType.SEMANTIC, queries, torch.zeros(5)),
        )
        return QuerySet(groups, label_set=label_set, classes=tuple(range(len(colours))))

    def decode(
        self, features, queries, *, memory=None, with_intermediate=False, queries_at_once=None
    ):
        self._call("decode", features.num_frames)
        self.looked_at_once.append(min(queries.num_queries, queries_at_once or 10**9))
        states = queries.initial_BQC
        colours = states[..., :3]
        offset = GAIN * (REACH - (colours**2).sum(-1, keepdim=True))
        gain = torch.full_like(offset, -GAIN)
        embeddings = torch.cat([2 * GAIN * colours, gain, offset], dim=-1)
        slices = queries.slices
        class_logits = None
        if QueryType.INSTANCE in slices:
            class_logits = self._class_logits(features, embeddings[:, slices[QueryType.INSTANCE]])
        return TarvisOutput(
            states,
            embeddings,
            class_logits,
            features.stride4,
            slices,
            queries.object_query_counts,
        )

    def _class_logits(self, features, embeddings_BIC):
        logits = torch.einsum("bic,btchw->bithw", embeddings_BIC, features.stride4)
        is_seen = (logits > 0).flatten(2).any(-1)[0]
        count = len(is_seen)
        result = torch.zeros(1, count, 1 + count)
        result[0, :, 0] = torch.where(is_seen, -5.0, 5.0)
        result[0, range(count), range(1, 1 + count)] = torch.where(is_seen, 5.0, -5.0)
        return result

    def _call(self, name, num_frames):
        self.calls[name] += 1
        self._fail(name, num_frames)
