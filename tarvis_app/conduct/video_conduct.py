"""Another video: every widget shows it, the window is named after it, the view returns to it."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.main_window import MainWindow
from tarvis_app.opening import Opening
from tarvis_app.panels.status_widgets import SavedButton
from tarvis_app.playback.frame_provider import FrameProvider
from tarvis_app.playback.player import Player
from tarvis_app.playback.transport_bar import TransportBar
from tarvis_app.playback.video_info import VideoInfo
from tarvis_app.view_keeping import ViewPlace
from tarvis_app.view_state import ViewState


class VideoDisplay(QObject):
    """Shows a video that was opened, and the part of it that was looked at last."""

    def __init__(
        self,
        opening: Opening,
        view_state: ViewState,
        provider: FrameProvider,
        canvas: CanvasView,
        player: Player,
        transport: TransportBar,
    ) -> None:
        super().__init__(opening)
        self._opening = opening
        self._view_state = view_state
        self._provider = provider
        self._canvas = canvas
        self._player = player
        self._transport = transport
        opening.opened.connect(self.show_video)
        opening.view.place_restored.connect(self.restore_view)
        canvas.zoom_changed.connect(self.note_view_place)
        for bar in (canvas.horizontalScrollBar(), canvas.verticalScrollBar()):
            bar.valueChanged.connect(self.note_view_place)

    @Slot(object)
    def show_video(self, video: VideoInfo) -> None:
        """Show another video."""
        self._player.use_times(video.times_s)
        self._canvas.show_size(video.size)
        self._transport.show_video(video)
        self._provider.want(self._view_state.frame)

    @Slot(object)
    def restore_view(self, place: ViewPlace) -> None:
        """Zoom to where the canvas stood."""
        self._canvas.restore_view(place.scale, place.centre)

    @Slot()
    def note_view_place(self) -> None:
        """Remember where the canvas stands."""
        canvas = self._canvas
        place = None if canvas.is_fitted else ViewPlace(canvas.scale_factor, canvas.centre)
        self._opening.view.note_place(place)


class VideoNotices(QObject):
    """Says which video is open, where its project is kept, and which frames cannot be read."""

    def __init__(
        self,
        opening: Opening,
        provider: FrameProvider,
        window: MainWindow,
        saved_button: SavedButton,
    ) -> None:
        super().__init__(opening)
        self._opening = opening
        self._window = window
        self._saved_button = saved_button
        opening.opened.connect(self.name_video)
        opening.kept_elsewhere.connect(self.name_place)
        provider.frame_failed.connect(self.tell_frame_failure)

    @Slot(object)
    def name_video(self, video: VideoInfo) -> None:
        """Put the video's name in the title and the project's place in the status bar."""
        self._window.setWindowTitle(f"{video.path.name} – TarViS Studio")
        self.name_place()

    @Slot()
    def name_place(self) -> None:
        """Say where the project is kept, and whether it may be edited there."""
        file = self._opening.file
        place = self.tr("in memory only") if file is None else str(file.path)
        is_read_only = file is not None and file.is_read_only
        self._saved_button.show_place(place, is_kept=file is not None, is_read_only=is_read_only)

    @Slot(int, str)
    def tell_frame_failure(self, frame: int, message: str) -> None:
        """A frame cannot be decoded."""
        text = self.tr("Frame {frame} cannot be read: {message}")
        self._opening.notices.warn(text.format(frame=frame, message=message))
