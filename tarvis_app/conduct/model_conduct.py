"""The network as the window sees it: loaded ahead of need, used when idle, missed once."""

from PySide6.QtCore import QObject, QTimer, Slot

from tarvis_app.actions import Actions
from tarvis_app.notifications import Notice, Notifications, Remedy
from tarvis_app.panels.class_picker import ClassPicker
from tarvis_app.playback.player import Player
from tarvis_app.playback.video_info import VideoInfo
from tarvis_app.segmentation.requests import ModelState, ModelStatus
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.view_state import ViewState

WARM_UP_AFTER_MS = 1500
IDLE_AFTER_MS = 700


class ModelHabits(QObject):
    """Loads the network soon after a video opens, and computes ahead while nobody does anything."""

    def __init__(self, service: SegmentationService, view_state: ViewState, player: Player) -> None:
        super().__init__(service)
        self._service = service
        self._view_state = view_state
        self._player = player
        self._idle = self._timer(IDLE_AFTER_MS)
        self._idle.timeout.connect(self._use_idle_time)
        self._warm_up = self._timer(WARM_UP_AFTER_MS)
        self._warm_up.timeout.connect(service.warm_up)
        view_state.shown_frame_changed.connect(self._idle.start)
        view_state.shown_frame_changed.connect(service.rest)
        service.model_changed.connect(self._follow_model)

    def _timer(self, interval_ms: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        return timer

    @Slot(object)
    def use_video(self, video: VideoInfo) -> None:
        """Work on another video from now on."""
        self._service.set_video(video.path)
        self._warm_up.start()

    @Slot(object)
    def _follow_model(self, status: ModelStatus) -> None:
        """A network that is there only now has something to do at the frame that is shown."""
        if status.state is ModelState.READY:
            self._idle.start()

    @Slot()
    def _use_idle_time(self) -> None:
        if not self._player.is_playing:
            self._service.prepare(self._view_state.shown_frame)


class ModelNotices(QObject):
    """Offers the classes that the network knows; says when there is none or it does not load."""

    def __init__(
        self,
        service: SegmentationService,
        picker: ClassPicker,
        notifications: Notifications,
        actions: Actions,
    ) -> None:
        super().__init__(service)
        self._picker = picker
        self._notifications = notifications
        self._actions = actions
        self._was_told_missing = False
        self._told: Notice | None = None
        self._failure: Notice | None = None
        service.model_changed.connect(self.follow_model)
        self.follow_model(service.model)

    @Slot(object)
    def follow_model(self, status: ModelStatus) -> None:
        """Offer the classes that the loaded network knows; say why it did not load."""
        if status.state is ModelState.READY:
            self._picker.offer_label_sets(status.label_sets)
            for told in (self._told, self._failure):
                self._notifications.withdraw(told)
        else:
            self._picker.await_model(self._reason(status.state))
        if status.state is ModelState.LOADING:
            self._notifications.withdraw(self._failure)  # whether it is so again will be seen
        if status.state is ModelState.FAILED:
            choose = Remedy(self.tr("Models…"), self._actions["model.choose"].trigger)
            self._failure = self._notifications.error(status.message, [choose])

    def _reason(self, state: ModelState) -> str:
        """Why no classes can be picked."""
        return {
            ModelState.UNLOADED: self.tr("Classes are listed when the model is loaded."),
            ModelState.LOADING: self.tr("The model is loading…"),
            ModelState.MISSING: self.tr("There is no model yet; see Models…"),
        }.get(state, self.tr("The model could not be loaded; see Models…"))

    @Slot(str)
    def tell_click_failure(self, message: str) -> None:
        """Say why a click got no mask, until the person goes on."""
        self._notifications.error(message, is_passing=True)

    @Slot()
    def tell_missing_weights_once(self) -> None:
        """The first click without a network says so; later ones only leave their mark."""
        if not self._was_told_missing:
            self.tell_missing_weights()

    @Slot()
    def tell_missing_weights(self) -> None:
        """Say that there is no network, and what helps."""
        self._was_told_missing = True
        self._told = self._notifications.warn(
            self.tr(
                "There are no model weights on this machine yet, so nothing can be tracked. "
                "Painting, scrubbing and export work without them."
            ),
            [
                Remedy(self.tr("Import weights…"), self._actions["model.import"].trigger),
                Remedy(self.tr("Models…"), self._actions["model.choose"].trigger),
            ],
        )
