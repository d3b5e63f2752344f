"""Every long-lived object of the program, built once; no behaviour."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from tarvis_app.banner import Banner, BannerPlace
from tarvis_app.batch.batch_button import BatchButton
from tarvis_app.batch.batch_dialog import BatchDialog
from tarvis_app.conduct.answer_waiting import AnswerWaiting
from tarvis_app.conduct.availability import Availability
from tarvis_app.conduct.batch_conduct import BatchNotices
from tarvis_app.conduct.check_marks import CheckMarks
from tarvis_app.conduct.class_search import ClassSearch
from tarvis_app.conduct.dropping import Dropping
from tarvis_app.conduct.empty_answers import EmptyAnswers
from tarvis_app.conduct.engine_notices import EngineNotices
from tarvis_app.conduct.export_conduct import ExportNotices
from tarvis_app.conduct.field_keys import FieldKeys
from tarvis_app.conduct.focus_ring import FocusRing
from tarvis_app.conduct.frame_waiting import FrameWaiting
from tarvis_app.conduct.full_screen import FullScreen
from tarvis_app.conduct.habits import KeyReturn, Motion, RunFollowing
from tarvis_app.conduct.import_conduct import ImportNotices
from tarvis_app.conduct.key_hints import KeyHints
from tarvis_app.conduct.last_work import LastWork
from tarvis_app.conduct.long_videos import LongVideos
from tarvis_app.conduct.model_conduct import ModelHabits, ModelNotices
from tarvis_app.conduct.notice_endings import NoticeEndings
from tarvis_app.conduct.panel_controls import PanelControls
from tarvis_app.conduct.run_conduct import RunNotices, SearchNotices
from tarvis_app.conduct.run_remedies import RunRemedies
from tarvis_app.conduct.shared_pixels import SharedPixels
from tarvis_app.conduct.stray_clicks import StrayClicks
from tarvis_app.conduct.taken_places import TakenPlaces
from tarvis_app.conduct.video_conduct import VideoDisplay, VideoNotices
from tarvis_app.dialogs.export_dialog import ExportDialog
from tarvis_app.dialogs.file_dialogs import FileDialogs
from tarvis_app.dialogs.import_dialog import ImportDialog
from tarvis_app.dialogs.models_dialog import ModelsDialog
from tarvis_app.dialogs.shortcuts_dialog import ShortcutsDialog
from tarvis_app.dialogs.video_dialog import VideoDialog
from tarvis_app.exchange.exchange import Exchange
from tarvis_app.main_window import MainWindow, Panels
from tarvis_app.panels.history_panel import HistoryPanel
from tarvis_app.panels.log_panel import LogPanel
from tarvis_app.panels.opening_status import OpeningStatus
from tarvis_app.panels.run_status import RunStatus
from tarvis_app.panels.scrolled_panel import ScrolledPanel
from tarvis_app.panels.start_page import StartPage
from tarvis_app.panels.status_widgets import MemoryButton, ModelButton, SavedButton
from tarvis_app.panels.target_panel import TargetPanel
from tarvis_app.panels.task_panel import TaskPanel
from tarvis_app.panels.thumbnail_keeping import ThumbnailKeeping
from tarvis_app.panels.thumbnails import Thumbnails
from tarvis_app.panels.video_button import VideoButton
from tarvis_app.playback.transport_bar import TransportBar
from tarvis_app.recent_files import RecentFiles
from tarvis_app.review.click_advice import ClickAdvice
from tarvis_app.review.review_panel import ReviewPanel
from tarvis_app.review.review_queue import ReviewQueue
from tarvis_app.segmentation.network_worker import LoadEngine
from tarvis_app.settings import Settings
from tarvis_app.suggestions.suggestion_keeping import SuggestionKeeping
from tarvis_app.suggestions.suggestion_panel import SuggestionPanel
from tarvis_app.timeline.timeline_view import TimelineView
from tarvis_app.tour import Tour
from tarvis_app.working_parts import WorkingParts

FRAME_OF_DIALOG = QSize(16, 40)
"""What a window manager adds to a dialog, about."""


class ApplicationParts(WorkingParts):
    """What exists as long as the program runs; who hears whom is said in `application.py`."""

    def __init__(self, qt: QApplication, settings: Settings, load: LoadEngine) -> None:
        super().__init__(qt, settings, load)
        self._build_window()
        self._build_conduct()

    def _build_window(self) -> None:
        self.thumbnails = Thumbnails(self.document)
        self.thumbnail_keeping = ThumbnailKeeping(self.thumbnails, self.opening)
        self.task_panel = TaskPanel(self.actions, self.view_state)
        self.target_panel = TargetPanel(
            self.document,
            self.view_state,
            self.targets,
            self.actions,
            self.theme,
            self.thumbnails,
        )
        self.suggestion_panel = SuggestionPanel(self.suggestions, self.theme)
        self.target_panel.place_below_list(self.suggestion_panel)
        self.timeline = TimelineView(self.document, self.view_state, self.theme)
        self.banner = Banner(self.notifications, self.theme)
        self.banner_place = BannerPlace(self.timeline, self.banner)
        self.transport = TransportBar(self.actions, self.view_state, self.player, self.theme)
        self.log_panel = LogPanel()
        self.history = HistoryPanel(self.document, self.theme)
        self.review_queue = ReviewQueue(self.document, self)
        self.target_panel.follow_review(self.review_queue)
        self.review_panel = ReviewPanel(
            self.review_queue, self.document, self.view_state, self.keyframes, self.actions
        )
        self.click_advice = ClickAdvice(
            self.canvas, self.document, self.view_state, self.drawing, self.notifications
        )
        self.run_status = RunStatus(self.actions)
        self.opening_status = OpeningStatus(self.opening.opener)
        self.batch_button = BatchButton(self.batch, self.actions, self.theme)
        self.video_button = VideoButton(self.actions, self.theme)
        self.model_button = ModelButton(self.actions, self.theme)
        self.memory_button = MemoryButton(self.actions, self.theme)
        self.saved_button = SavedButton()
        self.last_work = LastWork(self.settings, self.opening)
        self.start_page = StartPage(
            self.canvas, self.actions, self.document, self.opening, self.last_work
        )
        panels = Panels(
            canvas=self.canvas,
            transport=self.transport,
            timeline=self.banner_place,
            task=self.task_panel,
            targets=ScrolledPanel(self.target_panel),
            review=ScrolledPanel(self.review_panel),
            history=self.history,
            log=self.log_panel,
            status=(
                self.run_status,
                self.opening_status,
                self.batch_button,
                self.video_button,
                self.memory_button,
                self.model_button,
                self.saved_button,
            ),
        )
        self.window = MainWindow(self.actions, panels, self.settings)
        self.banner_place.follow_dock(self.window.docks["timeline"], self.window.statusBar())
        self.recent = RecentFiles(self.window.recent_menu, self.settings, self.opening)
        self.file_dialogs = FileDialogs(
            self.window, self.opening, self.settings, self.notifications
        )
        self._build_dialogs()
        self.tour = Tour(self.notifications, self.settings, self.document, self.runs)

    def _build_dialogs(self) -> None:
        self.exchange = Exchange(self.document, self.opening)
        self.export_dialog = ExportDialog(
            self.document, self.view_state, self.exchange, self.settings, self.window
        )
        self.import_dialog = ImportDialog(self.document, self.exchange, self.settings, self.window)
        self.models_dialog = ModelsDialog(self.library, self.settings, self.window)
        self.shortcuts_dialog = ShortcutsDialog(self.actions, self.settings, self.window)
        self.batch_dialog = BatchDialog(self.batch, self.document, self.view_state, self.window)
        self.video_dialog = VideoDialog(
            self.view_state, self.tracking_costs, self.actions, self.window
        )
        dialogs = (
            self.export_dialog,
            self.import_dialog,
            self.models_dialog,
            self.shortcuts_dialog,
            self.batch_dialog,
            self.video_dialog,
        )
        room = self.window.screen().availableSize() - FRAME_OF_DIALOG
        for dialog in dialogs:
            dialog.resize(dialog.size().boundedTo(room))
        self.key_return = KeyReturn(self.window, dialogs)

    def _build_conduct(self) -> None:
        picker = self.task_panel.class_picker
        self.check_marks = CheckMarks(
            self.actions,
            self.view_state,
            self.settings,
            self.theme,
            self.window.opacity,
            self.canvas,
        )
        self.availability = Availability(self.actions, self.document, self.runs, self.task_panel)
        self.video_display = VideoDisplay(
            self.opening,
            self.view_state,
            self.provider,
            self.canvas,
            self.player,
            self.transport,
        )
        self.video_notices = VideoNotices(
            self.opening, self.provider, self.window, self.saved_button
        )
        self.long_videos = LongVideos(
            self.document,
            self.view_state,
            self.service,
            self.tracking_costs,
            self.notifications,
            self.actions,
        )
        self.model_habits = ModelHabits(self.service, self.view_state, self.player)
        self.model_notices = ModelNotices(self.service, picker, self.notifications, self.actions)
        self.class_search = ClassSearch(
            picker, self.view_state, self.runs, self.service, self.forecast
        )
        self.class_search.follow(self.document)
        remedies = RunRemedies(
            self.runs, self.class_search, self.service, self.settings, self.actions
        )
        self.engine_notices = EngineNotices(self.notifications, self.service, self.settings)
        self.notice_endings = NoticeEndings(
            self.notifications, self.document, self.view_state, self.runs
        )
        self.run_notices = RunNotices(
            self.runs, self.timeline, self.run_status, self.notifications, remedies
        )
        self.run_following = RunFollowing(
            self.runs, self.view_state, self.player, self.settings, self.actions
        )
        parts = (self.banner, self.start_page, *self.window.docks.values())
        controls = PanelControls(self.window, self.banner, parts)
        self.field_keys = FieldKeys(self.window, self.canvas, controls)
        self.focus_ring = FocusRing(self.window, self.canvas, self.theme)
        self.key_hints = KeyHints(
            self.canvas,
            (self.display, self.ghost),
            self.field_keys,
            (self.suggestions, self.suggestion_panel),
            self.notifications,
            (self.keyboard_cursor, self.actions),
        )
        self.motion = Motion(self.window, self.settings, self.actions)
        self.full_screen = FullScreen(self.window, self.actions)
        self.suggestion_keeping = SuggestionKeeping(self.suggestions, self.opening, self.runs)
        self.search_notices = SearchNotices(self.runs, self.suggestions, self.notifications)
        self.frame_waiting = FrameWaiting(self.document, self.view_state, self.display)
        self.answer_waiting = AnswerWaiting(self.document, self.clicks, self.service, self.display)
        self.stray_clicks = StrayClicks(
            self.document, self.view_state, self.drawing, self.notifications, self.actions
        )
        self.shared_pixels = SharedPixels(
            self.document, self.view_state.brush, self.runs, self.notifications
        )
        self.empty_answers = EmptyAnswers(self.document, self.clicks, self.notifications)
        self.taken_places = TakenPlaces(self.editor, self.drawing, self.clicks)
        self.batch_notices = BatchNotices(self.batch, self.batch_dialog, self.notifications)
        self.export_notices = ExportNotices(self.exchange, self.export_dialog, self.notifications)
        self.dropping = Dropping(self.document, self.opening, self.import_dialog)
        self.import_notices = ImportNotices(
            self.exchange, self.import_dialog, self.document, self.notifications
        )
