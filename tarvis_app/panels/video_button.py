"""The status bar's word about the open video: codec, size and rate; it opens the sheet."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QToolButton

from tarvis_app.actions import Actions
from tarvis_app.dialogs.video_texts import is_unusual, short_text
from tarvis_app.playback.video_info import VideoInfo
from tarvis_app.theme import Theme


class VideoButton(QToolButton):
    """Says how the open video is stored, marked where that is unusual."""

    def __init__(self, actions: Actions, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._video: VideoInfo | None = None
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setToolTip(actions["video.properties"].toolTip())
        self.setAccessibleName(actions.text("video.properties"))
        self.clicked.connect(actions["video.properties"].trigger)
        theme.changed.connect(self._refresh)
        self.hide()

    @Slot(object)
    def show_video(self, video: VideoInfo) -> None:
        """Speak of another video from now on."""
        self._video = video
        self._refresh()
        self.show()

    @Slot()
    def _refresh(self) -> None:
        if self._video is None:
            return
        colours = self._theme.colours
        self.setText(short_text(self._video))
        self.setAccessibleName(self.tr("Video: {text}").format(text=self.text()))
        is_odd = is_unusual(self._video)
        name, colour = ("alert-outline", colours.warning) if is_odd else ("video", colours.text)
        self.setIcon(self._theme.icon(name, colour))
