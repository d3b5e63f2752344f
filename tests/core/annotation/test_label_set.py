"""Class lists: order and ids are those of the data sets' own files."""

import pytest

from tarvis_core.annotation.label_set import (
    Category,
    LabelSet,
    label_set_from_yaml,
    list_label_sets,
    load_label_set,
    names_classes,
)
from tarvis_core.annotation.target import CategoryId, TargetKind
from tarvis_core.errors import AnnotationError

EXPECTED = {  # name: (classes, things, first id, last id)
    "ade20k": (150, 100, 0, 149),
    "burst": (0, 0, None, None),
    "cityscapes": (34, 10, 0, 33),
    "cityscapes_vps": (19, 8, 0, 18),
    "coco": (80, 80, 1, 90),
    "coco_panoptic": (133, 80, 1, 200),
    "coco_supercategories": (27, 12, 1, 27),
    "davis": (0, 0, None, None),
    "kitti_step": (19, 2, 0, 18),
    "mapillary": (65, 37, 1, 65),
    "ovis": (25, 25, 1, 25),
    "vipseg": (124, 58, 0, 123),
    "youtube_vis": (40, 40, 1, 40),
    "youtube_vis_2019": (40, 40, 1, 40),
}
PAIR = LabelSet(
    "pair",
    (
        Category(CategoryId(7), "Car", TargetKind.THING),
        Category(CategoryId(3), "sky", TargetKind.STUFF),
    ),
)


def test_that_every_label_set_is_listed():
    assert list_label_sets() == tuple(sorted(EXPECTED))


@pytest.mark.parametrize("name", EXPECTED)
def test_that_a_label_set_has_the_classes_of_its_data_set(name):
    classes, things, first, last = EXPECTED[name]
    label_set = load_label_set(name)

    assert label_set.name == name
    assert (len(label_set), len(label_set.things)) == (classes, things)
    if classes:
        assert (label_set.categories[0].id, label_set.categories[-1].id) == (first, last)


@pytest.mark.parametrize("name", EXPECTED)
def test_that_ids_rise_and_names_are_unique(name):
    categories = load_label_set(name).categories

    assert [c.id for c in categories] == sorted({c.id for c in categories})
    assert len({c.name for c in categories}) == len(categories)


@pytest.mark.parametrize(
    ("label_set", "number", "name"),
    [
        ("youtube_vis", 26, "person"),
        ("youtube_vis", 5, "car"),
        ("ovis", 25, "Vehicle"),
        ("vipseg", 48, "car"),
        ("vipseg", 60, "person"),
        ("kitti_step", 13, "car"),
        ("cityscapes", 26, "car"),
        ("coco", 90, "toothbrush"),
        ("coco_panoptic", 187, "sky-other-merged"),
        ("ade20k", 12, "person"),
        ("mapillary", 56, "Car"),
    ],
)
def test_that_known_ids_have_their_names(label_set, number, name):
    assert load_label_set(label_set).category(CategoryId(number)).name == name


def test_that_the_things_of_step_are_person_and_car():
    assert [c.name for c in load_label_set("kitti_step").things] == ["person", "car"]


def test_that_the_supercategories_are_those_of_the_panoptic_classes():
    groups = {c.name: c.kind for c in load_label_set("coco_supercategories").categories}
    expected = {c.supercategory: c.kind for c in load_label_set("coco_panoptic").categories}

    assert groups == expected


def test_that_a_subset_keeps_the_order_of_the_label_set():
    subset = load_label_set("coco").subset([CategoryId(17), CategoryId(1)])

    assert [c.name for c in subset.categories] == ["person", "cat"]


def test_that_names_are_found_whatever_their_case():
    found = PAIR.by_name("car")

    assert found is not None
    assert found.id == 7
    assert PAIR.by_name("cart") is None


def test_that_the_index_is_the_place_in_the_list():
    assert PAIR.index(CategoryId(3)) == 1
    assert CategoryId(3) in PAIR
    assert CategoryId(1) not in PAIR


def test_that_an_unknown_category_is_a_key_error():
    with pytest.raises(KeyError):
        PAIR.category(CategoryId(1))


def test_that_an_id_given_twice_is_refused():
    with pytest.raises(ValueError, match="id 7 twice"):
        LabelSet("twice", (PAIR.categories[0], PAIR.categories[0]))


def test_that_an_unknown_label_set_is_told_with_the_known_ones():
    with pytest.raises(AnnotationError, match="youtube_vis"):
        load_label_set("youtube")


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "name: x",
        "categories: [{id: 1}]",
        "categories: [{id: one, name: x}]",
        "categories: [{id: 1, name: x, kind: fluid}]",
        "categories: [{id: 1, name: x, colour: [1, 2]}]",
        "categories: [{id: 1, name: x, colour: red}]",
        "categories: [{id: 1, name: x, colour: [1, 2, 300]}]",
        "categories: [{id: 1, name: x}, {id: 1, name: y}]",
        "categories: [{id: 1, name: x, shape: round}]",
    ],
)
def test_that_a_damaged_class_list_is_told_by_its_name(text):
    with pytest.raises(AnnotationError, match="list of mine"):
        label_set_from_yaml(text, "list of mine")


@pytest.mark.parametrize("name", EXPECTED)
def test_that_a_glance_tells_whether_a_set_lists_classes(name):
    assert names_classes(name) == bool(load_label_set(name).categories)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dog", "dog"),
        ("giant_panda", "giant panda"),
        ("wall-other-merged", "wall (other)"),
        ("table-merged", "table"),
        ("mirror-stuff", "mirror (stuff)"),
        ("wall-brick", "wall-brick"),
    ],
)
def test_that_a_class_is_called_by_plain_words(name, words):
    assert Category(CategoryId(1), name, TargetKind.THING).words == words


@pytest.mark.parametrize("name", list_label_sets())
def test_that_no_two_classes_are_called_the_same(name):
    words = [category.words for category in load_label_set(name).categories]
    assert len(set(words)) == len(words)
    assert not any("_" in each for each in words)
