"""Long videos: before anything is labelled, one is told what tracking all of it would take."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.actions import Actions
from tarvis_app.document.document import Document
from tarvis_app.notifications import Notice, Notifications, Remedy
from tarvis_app.panels.forecast_row import duration_text
from tarvis_app.playback.video_info import VideoInfo
from tarvis_app.segmentation.requests import ModelState
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.segmentation.tracking_cost import TrackingCosts
from tarvis_app.view_state import ViewState

LONG_S = 600
"""A run through a video that takes longer is said beforehand."""
LONG_FRAMES = 3000
"""The same where it is not known how long a frame takes."""


class LongVideos(QObject):
    """Says once what tracking through the whole of a new video takes, if that is long.

    It waits for the network, which knows how fast it was before or finds out while it computes
    ahead, and says nothing of videos that somebody worked on already.
    """

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        service: SegmentationService,
        costs: TrackingCosts,
        notifications: Notifications,
        actions: Actions,
    ) -> None:
        super().__init__(notifications)
        self._document = document
        self._view_state = view_state
        self._service = service
        self._costs = costs
        self._notifications = notifications
        self._actions = actions
        self._video: VideoInfo | None = None
        self._told: Notice | None = None
        service.model_changed.connect(self._consider)
        costs.changed.connect(self._consider)
        view_state.range_changed.connect(self._take_back)

    @Slot(object)
    def look_at(self, video: VideoInfo) -> None:
        """Another video is open."""
        self._take_back()
        self._video = video
        self._consider()

    @Slot()
    def _consider(self) -> None:
        video = self._video
        if video is None or self._service.model.state is not ModelState.READY:
            return
        is_whole = self._view_state.range == (0, video.num_frames - 1)
        if not is_whole or self._document.project is None or self._document.project.targets:
            self._video = None
            return
        costs = self._costs.current
        if costs.is_awaited:
            return
        per_frame = costs.seconds_per_frame
        if per_frame is None and video.num_frames <= LONG_FRAMES:
            return  # until it is known
        self._video = None
        if per_frame is None:
            text = self.tr("Tracking through all {count:,} frames of {name} will take long.")
            self._tell(text.format(count=video.num_frames, name=video.path.name))
        elif per_frame * video.num_frames > LONG_S:
            text = self.tr("One run through all {count:,} frames of {name} takes {time}.")
            time = duration_text(per_frame * video.num_frames)
            self._tell(text.format(count=video.num_frames, name=video.path.name, time=time))

    def _tell(self, text: str) -> None:
        part = self.tr("{first} and {last} choose a part.").format(
            first=self._actions["video.in"].shortcut().toString(),
            last=self._actions["video.out"].shortcut().toString(),
        )
        action = self._actions["video.properties"]
        show = Remedy(self._actions.text("video.properties"), action.trigger)
        self._told = self._notifications.inform(f"{text} {part}", [show])

    @Slot()
    def _take_back(self) -> None:
        self._notifications.withdraw(self._told)
        self._told = None
