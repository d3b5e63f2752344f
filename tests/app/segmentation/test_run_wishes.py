"""What is said when a run that was asked for has nothing to do, or cannot start now."""

import pytest

from tarvis_app.document.edits import Edit
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_core.annotation import painting, track_operations
from tarvis_core.annotation.exemplar import PointExemplar
from tests.fakes.fake_engine import FakeEngine
from tests.fakes.projects import COW, keyframe, rectangle


@pytest.fixture
def service(qtbot, numbered_video):
    service = SegmentationService(load=lambda _: (FakeEngine(0.2), numbered_video))
    service.set_video(numbered_video)
    yield service
    service.shut_down()


@pytest.fixture
def runs(document, view_state, service):
    document.edit(Edit("empty", track_operations.delete_from(document.opened, COW, 0)))
    view_state.select(COW)
    return Runs(document, view_state, service)


@pytest.fixture
def told(runs):
    """What was said so far."""
    messages = []
    runs.nothing_to_do.connect(messages.append)
    return messages


@pytest.mark.parametrize(
    ("frame", "start", "text"),
    [
        (6, "track_forward", "carry on from here: click the target on this frame"),
        (6, "track_backward", "carry back from here: click the target on this frame"),
        (6, "track_both", "carry from here: click the target on this frame"),
        (11, "track_forward", "the range ends here"),
        (0, "track_backward", "the range begins here"),
    ],
)
def test_that_a_run_without_a_start_says_what_to_do(
    document, view_state, runs, told, frame, start, text
):
    view_state.note_shown_frame(frame)
    getattr(runs, start)()
    assert not runs.is_running
    assert len(told) == 1
    assert text in told[0]


@pytest.mark.parametrize(("frame", "start"), [(5, "track_forward"), (6, "track_backward")])
def test_that_a_run_between_neighbouring_keyframes_says_so(
    document, view_state, runs, told, frame, start
):
    masks = document.opened.masks
    mask = keyframe(rectangle(2, 2, 4, 4))
    document.edit(Edit("paint", tuple(masks.change_to(COW, f, mask) for f in (5, 6))))
    view_state.note_shown_frame(frame)
    getattr(runs, start)()
    assert len(told) == 1
    assert "is a keyframe, too" in told[0]


@pytest.mark.parametrize("start", ["track_both", "track_stale", "check"])
def test_that_a_run_during_a_run_says_how_to_stop_the_first(
    qtbot, document, view_state, runs, told, start
):
    clicks = (PointExemplar(0, COW, 5.5, 6.5),)
    document.edit(Edit("click", painting.set_exemplars(document.opened, COW, 0, clicks)))
    view_state.note_shown_frame(0)
    with qtbot.waitSignal(runs.ended):
        runs.track_forward()
        getattr(runs, start)()
        assert told == ["A run is going on. Esc stops it and keeps what is done."]
        runs.stop()
