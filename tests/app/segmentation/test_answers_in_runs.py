"""A click's answer among several targets, and the runs that carry it, with a network."""

from dataclasses import replace

import pytest
import torch

from tarvis_app.segmentation.requests import ClipAnswer
from tarvis_app.segmentation.run_plan import exemplars_on, plan_run
from tarvis_app.segmentation.run_stretches import RunWish
from tarvis_app.segmentation.run_writer import preview_changes, track_changes
from tarvis_core.annotation.clicking import exemplars_with_click
from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.mask_store import MaskStore
from tarvis_core.annotation.project import Project
from tarvis_core.annotation.project_changes import ExemplarChange
from tarvis_core.annotation.segmentation import Direction
from tarvis_core.annotation.target import Target, TargetKind
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings, InferenceSettings
from tests.fakes.array_video import GREEN, RED, ArrayVideo, painted
from tests.fakes.projects import COW, FARM, GRASS, keyframe, predicted, rectangle, video_identity
from tests.fakes.tiny_model import tiny_model

SIZE, NUM_FRAMES, AT = (60, 120), 9, 3


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture
def video():
    def boxes(frame):
        return [(RED, 4 + 3 * frame, 8, 16), (GREEN, 60, 20, 16)]

    return ArrayVideo(painted(NUM_FRAMES, SIZE, boxes))


@pytest.fixture(params=[192, 0], ids=["larger frames", "clips"])
def engine(request, model):
    settings = InferenceSettings(clip=ClipSettings(4, 2, 64), click_side=request.param)
    return InferenceEngine(model, torch.device("cpu"), settings)


@pytest.fixture
def project():
    """A tracked cow beside grass that a person drew on the frame of the clicks."""
    targets = [
        Target(number, name, None, TargetKind.THING, (0, 158, 115))
        for number, name in ((COW, "Cow"), (GRASS, "Grass"))
    ]
    project = Project(video_identity(NUM_FRAMES, SIZE), FARM, targets, [], MaskStore(SIZE))
    tracked = predicted(rectangle(20, 10, 40, 40, SIZE))
    drawn = keyframe(rectangle(55, 15, 30, 30, SIZE))
    project.apply(
        [project.masks.change_to(COW, AT, tracked), project.masks.change_to(GRASS, AT, drawn)]
    )
    return project


def click(project, engine, video, x, *, is_positive=True):
    """As the window does it: given, asked with what is known of the others, written."""
    point = PointExemplar(AT, COW, x, 30.5, is_positive)
    before, after = project.exemplars_at(COW, AT), exemplars_with_click(project, point)
    project.apply([ExemplarChange(COW, AT, before, after)])
    others = exemplars_on(project, GRASS, AT)
    found = engine.preview(video, AT, (*after, *others))
    project.apply(preview_changes(project, COW, AT, found.get(COW)))


def run(project, engine, video, targets):
    wish = RunWish(targets, AT, (0, NUM_FRAMES - 1), Direction.BOTH)
    for number, step in enumerate(plan_run(project, wish)):
        for clip in engine.track(video, step.request):
            answer = ClipAnswer(None, number, clip, "tiny")
            project.apply(track_changes(project, step, answer, 100.0))


@pytest.mark.parametrize("targets", [(COW,), (COW, GRASS)], ids=["alone", "together"])
def test_that_runs_give_the_corrected_mask_again_though_others_are_not_run(
    project, engine, video, targets
):
    click(project, engine, video, 90.5)
    click(project, engine, video, 30.5, is_positive=False)
    answer = project.masks.get(COW, AT).mask
    assert answer.to_array()[30, 90]
    assert not answer.to_array()[30, 30]

    for _ in range(2):
        run(project, engine, video, targets)

        assert project.masks.get(COW, AT).mask == answer
        assert len(project.masks.track(COW)) == NUM_FRAMES


def test_that_a_run_carries_what_is_shown_as_if_it_were_drawn(project, engine, video):
    click(project, engine, video, 90.5)
    held = project.masks.get(COW, AT)
    run(project, engine, video, (COW,))
    carried = {f: each.mask for f, each in project.masks.track(COW).items()}

    project.apply([project.masks.change_to(COW, AT, replace(keyframe(held.mask)))])
    run(project, engine, video, (COW,))

    assert {f: each.mask for f, each in project.masks.track(COW).items()} == carried
