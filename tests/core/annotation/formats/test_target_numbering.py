from dataclasses import replace

import pytest

from tarvis_core.annotation.formats.fitting import fit_video
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities
from tarvis_core.annotation.formats.loss import LossCounter, LossKind
from tarvis_core.annotation.formats.target_naming import make_target
from tarvis_core.annotation.formats.target_numbering import number_by_class
from tarvis_core.annotation.label_set import LabelSet
from tests.core.annotation.formats.scenes import LABEL_SET, box_mask, scene_video

CAR, PERSON, SKY = 3, 26, 40


def number_of(category, instance):
    return 100 * category + instance if category < 50 and instance < 100 else None


def instance_of(category, number):
    return number % 100 if number // 100 == category else None


def numbered(*targets):
    made = [make_target(number, category, LABEL_SET) for number, category in targets]
    return number_by_class(made, number_of, instance_of, 1)


def test_that_right_numbers_stay_and_others_become_instances_of_their_class():
    assert numbered((301, CAR), (7, CAR), (1, PERSON)) == {301: 301, 7: 307, 1: 2601}


def test_that_a_taken_instance_goes_to_the_next_free_one():
    assert numbered((301, CAR), (1, CAR), (2, CAR), (500, CAR)) == {
        301: 301,
        1: 302,
        2: 303,
        500: 304,
    }


def test_that_stuff_is_its_class_as_a_whole():
    assert numbered((5, SKY), (9, SKY)) == {5: 4000, 9: 4000}


@pytest.mark.parametrize(
    ("category", "reason"),
    [(None, LossKind.UNMAPPED_CLASSES), (77, LossKind.UNMAPPED_CLASSES)],
)
def test_that_targets_of_no_possible_class_are_left_out(category, reason):
    target = replace(make_target(1, None, LabelSet("none", ())), category=category)

    assert number_by_class([target], number_of, instance_of, 1) == {1: reason}


def test_that_instances_past_the_last_are_left_out():
    numbers = numbered(*((number, CAR) for number in range(1, 110)))

    assert list(numbers.values()).count(LossKind.TARGETS_OVER_LIMIT) == 10


def test_that_frames_are_renumbered_and_regions_of_one_class_united():
    masks = [{1: box_mask(0, 0, 2, 2), 5: box_mask(4, 0, 6, 1), 9: box_mask(6, 0, 8, 1)}]
    video = scene_video(masks=masks, categories={1: CAR, 5: SKY, 9: SKY})
    capabilities = FormatCapabilities(
        categories=True,
        stuff=True,
        numbering=lambda targets: number_by_class(targets, number_of, instance_of, 1),
    )
    losses = LossCounter()

    fitted = fit_video(video, capabilities, losses)

    assert {t: m.mask for t, m in fitted.load_frame(0).masks.items()} == {
        301: box_mask(0, 0, 2, 2),
        4000: box_mask(4, 0, 8, 1),
    }
    assert [target.id for target in fitted.targets] == [301, 4000]
    assert {loss.kind: loss.count for loss in losses.losses} == {LossKind.IDS_CHANGED: 3}
