"""What the network computes for a clip fixture, under the fixture's keys."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from tarvis_core.model.clip_features import ClipFeatures
from tarvis_core.model.model_output import QueryType, TarvisOutput
from tarvis_core.model.object_encoder import ObjectExemplars
from tarvis_core.model.tarvis import TarVis
from tarvis_core.model.transformer_decoder import attention_mask
from tests.parity.parity_model import pad_frames, read_meta

LABEL_SETS = {"ytvis": "youtube_vis", "kitti": "kitti_step"}
BLANK = -1000.0
"""Logit of an object in frames before its exemplar."""


class ClipValues:
    """Runs the network on a fixture's inputs, one part at a time.

    Every method returns values in the fixture's layout but with all channels and all queries;
    `stored` picks what a key holds.
    """

    def __init__(self, model: TarVis, arrays) -> None:
        self.model = model
        self.arrays = arrays
        self.meta = read_meta(arrays)
        self.padded_size = tuple(self.meta["padded_hw"])
        self.frames = pad_frames(arrays["in_images_rgb"], self.padded_size)

    @torch.no_grad()
    def backbone(self) -> dict[str, Tensor]:
        """res2 … res5."""
        maps = self.model.backbone(self.frames)
        return _with_statistics({f"backbone_res{k}": x[0] for k, x in enumerate(maps, start=2)})

    @torch.no_grad()
    def neck(self) -> dict[str, Tensor]:
        """Tokens after some layers, and the maps."""
        tokens: dict[str, Tensor] = {}
        neck = self.model.neck
        layers = {
            "neck_deform_layer0": neck.deformable_layers[0],
            "neck_temporal_layer0": neck.temporal_layers[0],
            "neck_temporal_layer5": neck.temporal_layers[5],
        }
        with ExitStack() as recordings:
            for key, layer in layers.items():
                recordings.enter_context(_recorded(layer, key, tokens))
            features = self.features()
        names = ("neck_F32", "neck_F16", "neck_F8", "neck_F4")
        maps = {name: x[0] for name, x in zip(names, features.coarse_to_fine, strict=True)}
        return tokens | _with_statistics(maps)

    @torch.no_grad()
    def features(self) -> ClipFeatures:
        """The clip's maps."""
        return self.model.encode(self.frames)

    @torch.no_grad()
    def classes(self, task: str, features: ClipFeatures) -> dict[str, Tensor]:
        """VIS or VPS."""
        queries = self.model.class_queries(LABEL_SETS[task])
        output = self.model.decode(features, queries, with_intermediate=True)
        first = output.intermediate[0]
        return {
            f"{task}_class_logits": output.class_logits[0],
            f"{task}_class_logits_layer0": first.class_logits[0],
            f"{task}_mask_logits_layer0_qmean": _all_masks(first).mean(dim=(1, 2, 3)),
            f"{task}_queries_last": output.states_BQC[0],
            f"{task}_queries_layer1": output.intermediate[1].states_BQC[0],
            f"{task}_queries_layer3": output.intermediate[3].states_BQC[0],
            f"{task}_fully_masked_rows": self._fully_masked_rows(features, output),
        } | _mask_values(f"{task}_mask_logits", _all_masks(output))

    @torch.no_grad()
    def objects(self, task: str, features: ClipFeatures) -> dict[str, Tensor]:
        """VOS or PET."""
        frame_numbers = self.arrays[f"in_{task}_frame_indices"].tolist()
        references = sorted(set(frame_numbers))
        exemplars = self.masks(references) if task == "vos" else self.points(references)
        seen = features.select_frames(references)
        encoder = self.model.object_encoder
        readings = encoder.read(seen, [exemplars], encoder.config.queries_per_object_inference)
        queries = self.model.object_queries(seen, exemplars)
        output = self.model.decode(features, queries, with_intermediate=True)
        final = output.object_mask_logits()[0]
        for index, frame in enumerate(frame_numbers):
            final[index, :frame] = BLANK
        values = {
            f"{task}_enc_init_mask": readings[0].initial_BQC[0],
            f"{task}_enc_bg_queries": queries.groups[0].initial_BQC[0],
            f"{task}_enc_object_queries": queries.groups[1].initial_BQC[0],
            f"{task}_final_mask_logits": final,
            f"{task}_queries_last": output.states_BQC[0],
            f"{task}_fully_masked_rows": self._fully_masked_rows(features, output),
        } | _mask_values(f"{task}_raw_mask_logits", _all_masks(output))
        if task == "pet":
            values["pet_enc_init_point"] = readings[1].initial_BQC[0]
            values["pet_enc_point_features"] = readings[1].keys.values_QPC
        return values

    def masks(self, references: list[int]) -> ObjectExemplars:
        """The VOS exemplars."""
        masks, frames = self.arrays["in_vos_masks"], self.arrays["in_vos_frame_indices"]
        volume = np.zeros((len(masks), len(references), *self.padded_size), bool)
        for index, (mask, frame) in enumerate(zip(masks, frames, strict=True)):
            height, width = mask.shape
            volume[index, references.index(frame), :height, :width] = mask > 0
        return ObjectExemplars.from_masks(torch.from_numpy(volume))

    def points(self, references: list[int]) -> ObjectExemplars:
        """The PET exemplars."""
        height, width = self.arrays["in_images_rgb"].shape[1:3]
        points_yx = torch.from_numpy(self.arrays["in_pet_points_yx"])
        points = points_yx.flip(-1) * torch.tensor([width, height])
        frames = [references.index(frame) for frame in self.arrays["in_pet_frame_indices"]]
        return ObjectExemplars.from_points(
            points, torch.tensor(frames), len(references), self.padded_size
        )

    def _fully_masked_rows(self, features: ClipFeatures, output: TarvisOutput) -> Tensor:
        maps = self.model.decoder_memory(features).mask_features
        counts = [
            attention_mask(evaluation.mask_embeddings_BQC, maps[index % len(maps)])[1].sum()
            for index, evaluation in enumerate(output.intermediate)
        ]
        return torch.stack(counts)

    def stored(self, key: str, value: Tensor) -> np.ndarray:
        """What the fixture stores of a value."""
        reference = self.arrays[key]
        if key.endswith("_mask_logits") and f"{key}_stored_queries" in self.arrays:
            return value[self.arrays[f"{key}_stored_queries"]].numpy()
        if key.endswith("_signbits"):
            every = -(-len(value) // len(reference))
            return np.packbits((value[::every] > 0).flatten(1).numpy(), axis=1)
        every = [
            -(-ours // theirs) for ours, theirs in zip(value.shape, reference.shape, strict=True)
        ]
        if key.startswith("backbone_") and value.ndim > 1:
            every[1] = self.meta["backbone_channel_stride"]
        return value[tuple(slice(None, None, step) for step in every)].numpy()


def _all_masks(output: TarvisOutput) -> Tensor:
    return torch.cat([output.mask_logits(kind)[0] for kind in QueryType if output.has(kind)])


def _mask_values(key: str, logits_QTHW: Tensor) -> dict[str, Tensor]:
    return {
        key: logits_QTHW,
        f"{key}_qmean": logits_QTHW.mean(dim=(1, 2, 3)),
        f"{key}_qstd": logits_QTHW.std(dim=(1, 2, 3), correction=0),
        f"{key}_signbits": logits_QTHW,
    }


@contextmanager
def _recorded(layer: nn.Module, key: str, tokens: dict[str, Tensor]) -> Iterator[None]:
    """Keep what a layer makes of the first sample, whether it returns it or works in place."""
    hook = layer.register_forward_hook(lambda _, __, out: tokens.update({key: out[0].clone()}))
    in_place = getattr(layer, "refine_in_groups", None)

    def refine(x_BTSC: Tensor, *others: object) -> None:
        in_place(x_BTSC, *others)
        tokens[key] = x_BTSC[0].clone()

    if in_place is not None:
        layer.refine_in_groups = refine
    try:
        yield
    finally:
        hook.remove()
        layer.__dict__.pop("refine_in_groups", None)


def _with_statistics(maps: dict[str, Tensor]) -> dict[str, Tensor]:
    means = {f"{key}_chmean": x.mean(dim=(0, 2, 3)) for key, x in maps.items()}
    deviations = {f"{key}_chstd": x.std(dim=(0, 2, 3), correction=0) for key, x in maps.items()}
    return maps | means | deviations
