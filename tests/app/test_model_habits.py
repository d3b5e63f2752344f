"""The network computes ahead while nobody does anything, as soon as it is there."""

from PySide6.QtCore import QObject, Signal

from tarvis_app.conduct import model_conduct
from tarvis_app.conduct.model_conduct import ModelHabits
from tarvis_app.segmentation.requests import ModelState, ModelStatus


class FakeService(QObject):
    """Notes what it is asked to do ahead of need."""

    model_changed = Signal(object)

    def __init__(self):
        super().__init__()
        self.prepared = []

    def warm_up(self):
        """Load."""

    def rest(self):
        """Do nothing ahead any more."""

    def prepare(self, frame):
        self.prepared.append(frame)


class FakePlayer:
    is_playing = False


def test_that_work_ahead_begins_when_the_network_is_loaded_though_nobody_moved(
    qtbot, view_state, monkeypatch
):
    monkeypatch.setattr(model_conduct, "IDLE_AFTER_MS", 10)
    service, player = FakeService(), FakePlayer()
    habits = ModelHabits(service, view_state, player)
    view_state.note_shown_frame(3)
    qtbot.waitUntil(lambda: service.prepared == [3])
    service.model_changed.emit(ModelStatus(ModelState.LOADING))
    assert not habits._idle.isActive()
    service.model_changed.emit(ModelStatus(ModelState.READY))
    qtbot.waitUntil(lambda: service.prepared == [3, 3])
    player.is_playing = True
    service.model_changed.emit(ModelStatus(ModelState.READY))
    qtbot.wait(50)
    assert service.prepared == [3, 3]
