"""Accumulators and formatters against the published ones, on synthetic logits: no network."""

import json

import numpy as np
import pytest
import torch

from tarvis_core.annotation.mask import Mask
from tarvis_core.inference.decoding.instances import (
    InstanceRule,
    best_pairs,
    choose_instances,
    disjoint_within_class,
    instance_masks,
)
from tarvis_core.inference.decoding.panoptic import paste_things, stuff_labels, things_of_video
from tarvis_core.inference.instance_tracks import InstanceTracks
from tarvis_core.inference.object_mask_writers import PublishedWriter
from tarvis_core.inference.overlap_buffer import ClipLogits, OverlapBuffer
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.video.frame_geometry import FrameGeometry
from tests.conftest import shared_folder
from tests.fakes.stored_masks import share_of_differing_pixels, stored_masks

FIXTURES = sorted((shared_folder() / "tarvis-spec" / "fixtures").glob("*accumulators*.npz"))


class Case:
    """One fixture, opened."""

    def __init__(self, path):
        self.data = np.load(path)
        self.meta = json.loads(str(self.data["meta"])) if "meta" in self.data.files else {}
        height, width = self.data["padded_hw"].tolist()
        right, bottom = self.data["image_padding_right_bottom"].tolist()
        self.size = tuple(self.data["original_hw"].tolist())
        self.geometry = FrameGeometry(self.size, (height - bottom, width - right), (height, width))
        self.clips = [tuple(clip) for clip in self.data["clips"].tolist()]

    def setting(self, name):
        return self.data[name].item() if name in self.data.files else self.meta[name]

    def tensor(self, name):
        return torch.from_numpy(self.data[name])

    def clip_inputs(self):
        """Index, frames, and the frames that the next clip has, too."""
        for index, frames in enumerate(self.clips):
            following = self.clips[index + 1] if index + 1 < len(self.clips) else ()
            yield index, frames, set(frames) & set(following)

    def tracks(self, task, rule):
        """The tracks of the accumulator and the masks per frame."""
        tracks, settled = InstanceTracks(), []
        for index, frames, held in self.clip_inputs():
            chosen = choose_instances(self.tensor(f"{task}_clip{index}_class_logits"), rule)
            logits = self.tensor(f"{task}_clip{index}_mask_logits")[list(chosen.queries)]
            settled += tracks.push(frames, logits, chosen.class_logits_NK, self.geometry, held)
        settled += tracks.finish()
        masks = {
            each.frame: {
                track: found.mask
                for track, found in instance_masks(each, {}, Behaviour.PUBLISHED).items()
            }
            for each in settled
        }
        return tracks, masks


@pytest.fixture(params=FIXTURES, ids=lambda path: path.stem)
def case(shared, request):
    return Case(request.param)


def test_that_fixtures_are_found(shared):
    assert FIXTURES, "no accumulators*.npz in the folder of fixtures"


def arrays(masks):
    return {
        (frame, number): mask.to_array()
        for frame, by_number in masks.items()
        for number, mask in by_number.items()
    }


def test_that_vis_tracks_are_the_published_ones(case):
    rule = InstanceRule(
        case.setting("vis_track_score_threshold"), case.setting("vis_max_tracks_per_clip")
    )

    tracks, masks = case.tracks("vis", rule)

    assert list(tracks.classes.tracks) == case.data["vis_acc_track_ids"].tolist()
    means = np.stack([tracks.classes.mean(track) for track in tracks.classes.tracks])
    np.testing.assert_allclose(means, case.data["vis_acc_track_class_logits"], atol=1e-6)
    expected = stored_masks(case.data, "vis_acc", case.size)
    assert share_of_differing_pixels(arrays(masks), expected) == 0


def test_that_vis_results_of_a_video_are_the_published_ones(case):
    rule = InstanceRule(
        case.setting("vis_track_score_threshold"), case.setting("vis_max_tracks_per_clip")
    )
    tracks, masks = case.tracks("vis", rule)

    lines = best_pairs(tracks.classes, case.setting("vis_max_tracks_per_video"))

    scores = case.data["vis_fmt_scores"]
    row_of_line = [int(np.abs(scores - line.score).argmin()) for line in lines]
    assert sorted(row_of_line) == list(range(len(scores)))
    for line, row in zip(lines, row_of_line, strict=True):
        assert line.score == pytest.approx(scores[row], abs=1e-6)
        assert line.class_index + 1 == case.data["vis_fmt_category_ids"][row]
    ids = case.data["vis_fmt_ids"]
    found = {
        (frame, int(ids[row_of_line[index]])): mask.to_array()
        for frame, by_track in masks.items()
        for index, mask in disjoint_within_class(lines, by_track).items()
    }
    assert share_of_differing_pixels(found, stored_masks(case.data, "vis_fmt", case.size)) == 0


def test_that_panoptic_results_are_the_published_ones(case):
    things = tuple(case.data["vps_thing_class_ids"].tolist())
    threshold = case.setting("vps_track_score_threshold")
    tracks, masks = case.tracks("vps", InstanceRule(threshold, 1000))
    assert (
        share_of_differing_pixels(arrays(masks), stored_masks(case.data, "vps_acc", case.size)) == 0
    )

    lines = things_of_video(tracks.classes, things, threshold)

    assert [line.track for line in lines] == case.data["vps_fmt_ids"].tolist()
    assert [line.class_index for line in lines] == case.data["vps_fmt_class0"].tolist()
    np.testing.assert_allclose([x.score for x in lines], case.data["vps_fmt_scores"], atol=1e-6)
    buffer, settled = OverlapBuffer(), []
    for index, frames, held in case.clip_inputs():
        logits = case.tensor(f"vps_clip{index}_semantic_logits")
        rows = tuple(range(len(logits)))
        settled += buffer.push(ClipLogits(frames, rows, logits, case.geometry), held)
    assert len(settled) == len(case.data["vps_acc_semantic"])
    for each in settled:
        stuff = stuff_labels(each, things)[0].numpy()
        assert (stuff == case.data["vps_acc_semantic"][each.frame]).all()
        frame = paste_things(stuff, lines, masks[each.frame])
        published = (frame.track_HW % 256, frame.track_HW // 256, frame.class_index_HW)
        assert (np.stack(published, -1) == case.data["vps_panoptic_bgr"][each.frame]).all()


def test_that_object_masks_are_the_published_ones(case):
    writer, settled = PublishedWriter(), []
    for index, frames, held in case.clip_inputs():
        ids = tuple(case.data[f"vos_clip{index}_ids"].tolist())
        logits = case.tensor(f"vos_clip{index}_logits")
        settled += writer.push(ClipLogits(frames, ids, logits, case.geometry), held)
    settled += writer.finish()

    masks: dict[int, dict[int, Mask]] = {
        each.frame: {target: found.mask for target, found in each.masks.items()} for each in settled
    }

    found, expected = arrays(masks), stored_masks(case.data, "vos_acc", case.size)
    assert list(found) == list(expected)
    assert share_of_differing_pixels(found, expected) == 0
    label_map = np.zeros_like(case.data["vos_label_map"])
    for (frame, number), mask in found.items():
        label_map[frame][mask] = number
    assert (label_map == case.data["vos_label_map"]).all()
