"""Matching and losses against the stored values of the published code."""

import numpy as np
import pytest
import torch

from tarvis_core.model.behaviour import Behaviour
from tests.conftest import shared_folder
from training.losses.instance_loss import InstanceTargets, instance_loss
from training.losses.loss_terms import LossTerms
from training.losses.matching import assign, matching_cost
from training.losses.object_loss import object_loss, with_background
from training.losses.point_choice import PointChoice, UncertainPoints
from training.losses.semantic_loss import (
    SemanticLossSettings,
    instance_semantic_loss,
    label_map_of,
    panoptic_semantic_loss,
)

FILES = sorted((shared_folder() / "tarvis-spec/fixtures").glob("losses*.npz"))
OUTPUTS = (0, 1)
pytestmark = pytest.mark.skipif(not FILES, reason="no stored losses in the reference material")
TOLERANCE = 1e-4  # relative; the published code itself deviates by 2e-6 between precisions


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def stored(request) -> dict[str, np.ndarray]:
    with np.load(request.param) as file:
        return {name: file[name] for name in file.files}


class StoredPoints(PointChoice):
    """Replays the random draws of one stored loss, and keeps what was chosen from them."""

    def __init__(self, stored: dict[str, np.ndarray], prefix: str) -> None:
        draws = iter(
            [stored[f"{prefix}_oversampled_points_xy"], stored[f"{prefix}_random_points_xy"]]
        )
        self._matching = stored.get(f"{prefix}_match_points_xy")
        num_points = stored[f"{prefix}_chosen_points_xy"].shape[1]
        self._chooser = UncertainPoints(num_points, lambda _m, _p: torch.from_numpy(next(draws)))
        self.chosen = torch.empty(0)

    def for_matching(self, device):
        return torch.from_numpy(self._matching)[0]

    def for_loss(self, uncertainty, num_maps, device):
        self.chosen = self._chooser.for_loss(uncertainty, num_maps, device)
        return self.chosen


def tensor(stored: dict[str, np.ndarray], name: str) -> torch.Tensor:
    return torch.from_numpy(stored[name])


def instances(stored: dict[str, np.ndarray], prefix: str) -> InstanceTargets:
    return InstanceTargets(
        tensor(stored, f"{prefix}_gt_masks").bool(), tensor(stored, f"{prefix}_gt_class_ids")
    )


def assert_terms(terms: LossTerms, expected: dict[str, float], total: float) -> None:
    for name, value in expected.items():
        assert float(terms.values(name)[0]) == pytest.approx(value, rel=TOLERANCE)
    assert float(terms.total) == pytest.approx(total, rel=TOLERANCE)


def sorted_points(points) -> np.ndarray:
    array = np.asarray(points)
    order = np.lexsort((array[..., 1], array[..., 0]), axis=-1)
    return np.take_along_axis(array, order[..., None], axis=-2)


@pytest.mark.parametrize("output", OUTPUTS)
def test_that_the_cost_matrix_and_the_assignment_equal_the_published_ones(stored, output):
    targets = instances(stored, "inst")

    cost = matching_cost(
        tensor(stored, "inst_pred_mask_logits")[output, 0],
        tensor(stored, "inst_pred_class_logits")[output, 0],
        targets.masks,
        targets.class_ids,
        tensor(stored, f"inst_l{output}_match_points_xy")[0],
    )
    pairs = assign(cost)

    np.testing.assert_allclose(cost, stored[f"inst_l{output}_cost_matrix"], rtol=1e-5)
    found = np.stack([pairs.queries, pairs.targets])
    np.testing.assert_array_equal(found, stored[f"inst_l{output}_assignment_query_gt"])


@pytest.mark.parametrize("output", OUTPUTS)
def test_that_the_instance_loss_equals_the_published_one(stored, output):
    points = StoredPoints(stored, f"inst_l{output}")

    terms = instance_loss(
        tensor(stored, "inst_pred_mask_logits")[output],
        tensor(stored, "inst_pred_class_logits")[output],
        [instances(stored, "inst")],
        points,
    )

    expected = {
        "mask_ce": stored["inst_loss_loss_mask_ce"][output],
        "mask_dice": stored["inst_loss_loss_mask_dice"][output],
        "class": stored["inst_loss_loss_cls"][output],
    }
    assert_terms(terms, expected, stored["inst_loss_loss_total"][output])
    np.testing.assert_array_equal(
        sorted_points(points.chosen), sorted_points(stored[f"inst_l{output}_chosen_points_xy"])
    )


@pytest.mark.parametrize("output", OUTPUTS)
def test_that_the_object_loss_equals_the_published_one(stored, output):
    terms = object_loss(
        tensor(stored, "vos_pred_mask_logits_bg_first")[output].flatten(0, 2),
        torch.cat([with_background(masks) for masks in tensor(stored, "vos_gt_masks")]).flatten(
            0, 1
        ),
        StoredPoints(stored, f"vos_l{output}"),
    )

    expected = {
        "object_ce": stored["vos_loss_loss_ce"][output],
        "object_dice": stored["vos_loss_loss_dice"][output],
    }
    assert_terms(terms, expected, stored["vos_loss_loss_total"][output])


VARIANTS = {
    "plain": SemanticLossSettings(),
    "reg": SemanticLossSettings(regulariser=1e-3),
    "ignorenull": SemanticLossSettings(ignores_absent_classes=True),
}


def vis_semantic(
    stored, output: int, settings: SemanticLossSettings, behaviour: Behaviour
) -> LossTerms:
    return instance_semantic_loss(
        tensor(stored, "vissem_pred_mask_logits_bg_first")[output],
        [instances(stored, "vissem")],
        StoredPoints(stored, f"vissem_l{output}"),
        settings,
        behaviour,
    )


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_that_the_semantic_loss_of_vis_equals_the_published_one(stored, variant, output):
    terms = vis_semantic(stored, output, VARIANTS[variant], Behaviour.PUBLISHED)

    expected = {"semantic_ce": stored[f"vissem_{variant}_loss_loss_ce"][output]}
    assert_terms(terms, expected, stored[f"vissem_{variant}_loss_loss_total"][output])


@pytest.mark.parametrize("output", OUTPUTS)
def test_that_labels_are_looked_up_without_interpolation_by_default(stored, output):
    terms = vis_semantic(stored, output, SemanticLossSettings(), Behaviour.INTENDED)

    expected = stored[f"vissem_l{output}_loss_ce_with_nearest_labels_NOT_official"]
    assert float(terms.values("semantic_ce")[0]) == pytest.approx(float(expected), rel=TOLERANCE)


def test_that_small_things_are_painted_over_large_ones(stored):
    painted = label_map_of(instances(stored, "vissem"))

    np.testing.assert_array_equal(painted, stored["vissem_label_map"])


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_that_the_semantic_loss_of_vps_equals_the_published_one(stored, variant, output):
    terms = panoptic_semantic_loss(
        tensor(stored, "pansem_pred_mask_logits")[output],
        tensor(stored, "pansem_gt_label_map"),
        tensor(stored, "pansem_ignore_mask").bool(),
        StoredPoints(stored, f"pansem_l{output}"),
        VARIANTS[variant],
    )

    expected = {"semantic_ce": stored[f"pansem_{variant}_loss_loss_semantic_ce"][output]}
    assert_terms(terms, expected, stored[f"pansem_{variant}_loss_loss_semantic_total"][output])
