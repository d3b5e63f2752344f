"""Ten frames through the published inference path: VOS, PET, VIS and VPS, whole networks.

Tolerances (fixtures/README.md, 3): logits agree within 2e-3 for 99 % of the values and within 0.1
everywhere; 0.5 % of the pixels of a mask may differ. Bits of the attention that single precision
does not decide may be as they come or as double precision has them (decision 0005).
"""

import copy
from functools import partial

import numpy as np
import pytest
import torch

from tarvis_core.annotation.exemplar import MaskExemplar, PointExemplar
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import ClassTask, Direction, TrackRequest
from tarvis_core.inference.caches import Caches
from tarvis_core.inference.class_clips import SearchPlan
from tarvis_core.inference.clip_source import ClipSource
from tarvis_core.inference.decoding.instances import InstanceRule
from tarvis_core.inference.network import Network
from tarvis_core.inference.propagation import propagate
from tarvis_core.inference.settings import ClipSettings, InferenceSettings
from tarvis_core.inference.video_results import search_video
from tarvis_core.model.behaviour import Behaviour
from tests.conftest import shared_folder
from tests.fakes.array_video import ArrayVideo
from tests.fakes.stored_masks import share_of_differing_pixels, stored_masks
from tests.parity.attention_bits import LOGIT_NOISE, AttentionBits
from tests.parity.parity_model import parity_model, read_meta

FIXTURES = sorted((shared_folder() / "tarvis-spec" / "fixtures").glob("sequence_*.npz"))
MOST_DIFFERING = 0.005
SETTINGS = InferenceSettings(behaviour=Behaviour.PUBLISHED)


class RecordingNetwork(Network):
    """Keeps what it answered: the condensed logits of each clip."""

    def __init__(self, model):
        super().__init__(model, torch.device("cpu"))
        self.outputs = []

    def decode(self, *values):
        self.outputs.append(super().decode(*values))
        return self.outputs[-1]


class Case:
    """One fixture and the network it was made with."""

    def __init__(self, shared, path):
        self.data = np.load(path)
        self.meta = read_meta(self.data)
        self.size = tuple(self.meta["original_hw"])
        self.model = parity_model(shared, self.meta["backbone"], self.meta["weight_salt"])
        self.video = ArrayVideo(self.data["in_images_rgb"])
        self.last_frame = self.video.num_frames - 1

    def source(self):
        resize = self.meta["image_resize"]
        clip = ClipSettings(
            self.meta["clip_length"], self.meta["overlap"], resize["MIN_DIMS"], resize["MAX_DIM"]
        )
        network = RecordingNetwork(self.model)
        return ClipSource(self.video, network, Caches.of(2**28), clip), network

    def exemplars(self, task):
        frames, ids = self.data[f"in_{task}_frame"].tolist(), self.data[f"in_{task}_id"].tolist()
        if task == "vos":
            masks = [Mask.from_array(mask) for mask in self.data["in_vos_mask"]]
            return tuple(map(MaskExemplar, frames, ids, masks))
        height, width = self.size
        points = self.data["in_pet_point_yx"].tolist()
        return tuple(
            PointExemplar(frame, number, x * width, y * height)
            for frame, number, (y, x) in zip(frames, ids, points, strict=True)
        )

    def plan(self, name, task, rule):
        label_set = load_label_set(name)
        things = self.model.config.label_set(name).things
        rows = tuple(range(len(label_set)))
        return SearchPlan(label_set, task, rows, things, rule, Behaviour.PUBLISHED)

    def track(self, task):
        source, network = self.source()
        request = TrackRequest(self.exemplars(task), 0, self.last_frame, Direction.FORWARD)
        return list(propagate(source, request, SETTINGS)), network.outputs

    def search(self, name, task, rule):
        source, network = self.source()
        plan = self.plan(name, task, rule)
        return search_video(source, plan, SETTINGS, (0, self.last_frame)), network.outputs

    def compare(self, check, run, *arguments):
        """Check a run as it is; if that fails, with undecided bits as in double precision."""
        try:
            check(self, *run(*arguments))
        except AssertionError:
            check(self, *self.settled(lambda: run(*arguments)))

    def settled(self, run):
        """The run's results in single precision, undecided bits as in double precision."""
        single, bits = self.model, AttentionBits()
        self.model = copy.deepcopy(single).double()
        try:
            with bits.recorded():
                run()
        finally:
            self.model = single
        with bits.settled():
            results = run()
        assert max(map(abs, bits.undecided), default=0) <= LOGIT_NOISE
        return results


@pytest.fixture(scope="module", params=FIXTURES, ids=lambda path: path.stem)
def case(shared, request):
    return Case(shared, request.param)


def test_that_fixtures_are_found(shared):
    assert FIXTURES, "no sequence_*.npz in the folder of fixtures"


def assert_close(found, expected):
    difference = np.abs(found - expected)
    assert np.quantile(difference, 0.99) <= 2e-3
    assert difference.max() <= 0.1


@pytest.mark.parametrize("task", ["vos", "pet"])
def test_that_objects_are_carried_as_published(case, task):
    case.compare(partial(check_objects, task), case.track, task)


def check_objects(task, case, clips, outputs):
    found, label_map = {}, np.zeros((case.video.num_frames, *case.size), np.uint8)
    for clip in clips:
        for target, by_frame in clip.masks.items():
            for frame, predicted in by_frame.items():
                found[frame, target] = predicted.mask.to_array()

    for index, output in enumerate(outputs):
        frames = case.data[f"{task}_clip{index}_frame_indices"].tolist()
        logits = output.object_mask_logits()[0].numpy()
        counts = case.data[f"{task}_clip{index}_object_query_counts"].tolist()
        assert list(output.object_query_counts) == counts
        expected = case.data[f"{task}_clip{index}_logits"]
        is_blank = (expected == -1000).all(axis=(2, 3))
        assert len(frames) == logits.shape[1]
        assert_close(logits[~is_blank], expected[~is_blank])
    expected = stored_masks(case.data, f"{task}_out", case.size)
    assert share_of_differing_pixels(found, expected) <= MOST_DIFFERING
    if task == "vos":
        for key in expected:  # the order of writing decides who is above
            label_map[key[0]][found[key]] = key[1]
        assert np.mean(label_map != case.data["vos_label_map"]) <= MOST_DIFFERING


def test_that_instances_are_found_as_published(case):
    rule = InstanceRule(case.meta["yt_track_score_threshold"], case.meta["yt_max_tracks_per_clip"])

    case.compare(check_instances, case.search, "youtube_vis", ClassTask.INSTANCES, rule)


def check_instances(case, result, outputs):
    for index, output in enumerate(outputs):
        assert_close(output.class_logits[0].numpy(), case.data[f"vis_clip{index}_class_logits"])
    assert list(result.classes.tracks) == case.data["vis_acc_track_ids"].tolist()
    means = np.stack([result.classes.mean(track) for track in result.classes.tracks])
    assert_close(means, case.data["vis_acc_track_class_logits"])
    found = {
        (frame, track): mask.to_array()
        for frame, masks in result.tracks.items()
        for track, mask in masks.items()
    }
    expected = stored_masks(case.data, "vis_acc", case.size)
    assert share_of_differing_pixels(found, expected) <= MOST_DIFFERING
    lines = result.instance_lines(case.meta["yt_max_tracks_per_video"])
    scores = case.data["vis_fmt_scores"]
    rows = [int(np.abs(scores - line.score).argmin()) for line in lines]
    categories = case.data["vis_fmt_category_ids"][rows].tolist()
    assert [line.class_index + 1 for line in lines] == categories
    found = {
        (frame, int(case.data["vis_fmt_ids"][rows[line]])): mask.to_array()
        for frame in result.tracks
        for line, mask in result.instance_masks(frame, lines).items()
    }
    expected = stored_masks(case.data, "vis_fmt", case.size)
    assert share_of_differing_pixels(found, expected) <= MOST_DIFFERING


def test_that_every_pixel_is_labelled_as_published(case):
    threshold = case.meta["vps_track_score_threshold"]
    rule = InstanceRule(threshold, case.meta["vps_max_tracks_per_clip"])

    case.compare(
        partial(check_panoptic, threshold), case.search, "kitti_step", ClassTask.PANOPTIC, rule
    )


def check_panoptic(threshold, case, result, outputs):
    for index, output in enumerate(outputs):
        assert_close(output.class_logits[0].numpy(), case.data[f"vps_clip{index}_class_logits"])
    assert list(result.classes.tracks) == case.data["vps_acc_track_ids"].tolist()
    lines = result.panoptic_lines(threshold)
    assert [line.track for line in lines] == case.data["vps_fmt_ids"].tolist()
    assert [line.class_index for line in lines] == case.data["vps_fmt_class0"].tolist()
    num_different = 0
    for frame, expected in enumerate(case.data["vps_acc_semantic"]):
        num_different += np.sum(result.stuff_rows(frame) != expected)
        labels = result.panoptic(frame, lines)
        assert np.mean(labels.class_index_HW != case.data["vps_panoptic_bgr"][frame, ..., 2]) < 0.01
    assert num_different <= MOST_DIFFERING * case.data["vps_acc_semantic"].size
