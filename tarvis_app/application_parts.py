"""Every long-lived object of the program, built once; no behaviour."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from tarvis_app.actions import Actions
from tarvis_app.banner import Banner, BannerPlace
from tarvis_app.batch.batch import Batch
from tarvis_app.batch.batch_dialog import BatchDialog
from tarvis_app.canvas.area_tools import LassoTool, PolygonTool
from tarvis_app.canvas.box_tool import BoxTool
from tarvis_app.canvas.brush_tool import BrushTool
from tarvis_app.canvas.canvas_commands import CanvasCommands
from tarvis_app.canvas.canvas_presenter import CanvasPresenter
from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.canvas.eraser_tool import EraserTool
from tarvis_app.canvas.ghost_layer import GhostLayer
from tarvis_app.canvas.heads_up_display import HeadsUpDisplay
from tarvis_app.canvas.keyboard_cursor import KeyboardCursor
from tarvis_app.canvas.point_tool import PointTool
from tarvis_app.canvas.reassign_tool import ReassignTool
from tarvis_app.canvas.select_tool import SelectTool
from tarvis_app.canvas.tool import ToolContext
from tarvis_app.conduct.answer_waiting import AnswerWaiting
from tarvis_app.conduct.availability import Availability
from tarvis_app.conduct.batch_conduct import BatchNotices
from tarvis_app.conduct.check_marks import CheckMarks
from tarvis_app.conduct.class_search import ClassSearch
from tarvis_app.conduct.dropping import Dropping
from tarvis_app.conduct.engine_notices import EngineNotices
from tarvis_app.conduct.export_conduct import ExportNotices
from tarvis_app.conduct.field_keys import FieldKeys
from tarvis_app.conduct.habits import KeyReturn, Motion, RunFollowing
from tarvis_app.conduct.import_conduct import ImportNotices
from tarvis_app.conduct.long_videos import LongVideos
from tarvis_app.conduct.model_conduct import ModelHabits, ModelNotices
from tarvis_app.conduct.notice_endings import NoticeEndings
from tarvis_app.conduct.panel_controls import PanelControls
from tarvis_app.conduct.run_conduct import RunNotices, SearchNotices
from tarvis_app.conduct.run_remedies import RunRemedies
from tarvis_app.conduct.stray_clicks import StrayClicks
from tarvis_app.conduct.taken_places import TakenPlaces
from tarvis_app.conduct.unlabelled_counter import UnlabelledCounter
from tarvis_app.conduct.video_conduct import VideoDisplay, VideoNotices
from tarvis_app.dialogs.export_dialog import ExportDialog
from tarvis_app.dialogs.file_dialogs import FileDialogs
from tarvis_app.dialogs.import_dialog import ImportDialog
from tarvis_app.dialogs.models_dialog import ModelsDialog
from tarvis_app.dialogs.shortcuts_dialog import ShortcutsDialog
from tarvis_app.dialogs.video_dialog import VideoDialog
from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Drawing
from tarvis_app.document.editor import Editor
from tarvis_app.document.keyframe_editing import KeyframeEditing
from tarvis_app.document.target_editing import TargetEditing
from tarvis_app.document.target_selection import TargetSelection
from tarvis_app.exchange.exchange import Exchange
from tarvis_app.main_window import MainWindow, Panels
from tarvis_app.notifications import Notifications
from tarvis_app.opening import Opening
from tarvis_app.panels.history_panel import HistoryPanel
from tarvis_app.panels.log_panel import LogPanel
from tarvis_app.panels.status_widgets import MemoryButton, ModelButton, RunStatus, SavedButton
from tarvis_app.panels.target_panel import TargetPanel
from tarvis_app.panels.task_panel import TaskPanel
from tarvis_app.panels.thumbnail_keeping import ThumbnailKeeping
from tarvis_app.panels.thumbnails import Thumbnails
from tarvis_app.panels.video_button import VideoButton
from tarvis_app.playback.frame_provider import FrameProvider
from tarvis_app.playback.navigation import Navigation
from tarvis_app.playback.player import Player
from tarvis_app.playback.transport_bar import TransportBar
from tarvis_app.recent_files import RecentFiles
from tarvis_app.review.click_advice import ClickAdvice
from tarvis_app.review.review_panel import ReviewPanel
from tarvis_app.review.review_queue import ReviewQueue
from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_app.segmentation.clip_filling import ClipFilling
from tarvis_app.segmentation.model_library import ModelLibrary
from tarvis_app.segmentation.network_worker import LoadEngine
from tarvis_app.segmentation.pending_run import PendingRun
from tarvis_app.segmentation.requests import ModelChoice
from tarvis_app.segmentation.run_forecast import RunForecast
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.segmentation.speed_meter import SpeedMeter
from tarvis_app.segmentation.tracking_cost import TrackingCosts
from tarvis_app.settings import Settings
from tarvis_app.suggestions.gap_filling import GapFilling
from tarvis_app.suggestions.suggestion_keeping import SuggestionKeeping
from tarvis_app.suggestions.suggestion_layer import SuggestionLayer
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_app.suggestions.suggestion_panel import SuggestionPanel
from tarvis_app.theme import Theme
from tarvis_app.timeline.timeline_view import TimelineView
from tarvis_app.tour import Tour
from tarvis_app.view_state import ViewState


class ApplicationParts(QObject):
    """What exists as long as the program runs; who hears whom is said in `application.py`."""

    def __init__(self, qt: QApplication, settings: Settings, load: LoadEngine) -> None:
        super().__init__(qt)
        self.settings = settings
        self.theme = Theme(qt, settings.theme, self)
        self.notifications = Notifications(self)
        self.actions = Actions(settings, self.theme, self)
        self._build_document()
        self._build_playback()
        self._build_segmentation(load)
        self._build_canvas()
        self._build_window()
        self._build_conduct()

    def _build_document(self) -> None:
        self.document = Document(self)
        self.view_state = ViewState(self)
        self.editor = Editor(self.document, self.view_state, self.notifications, self)
        self.drawing = Drawing(self.editor)
        self.targets = TargetEditing(self.editor)
        self.selection = TargetSelection(self.document, self.view_state)
        self.keyframes = KeyframeEditing(self.editor)

    def _build_playback(self) -> None:
        self.provider = FrameProvider(self)
        self.player = Player(self.view_state, self)
        self.navigation = Navigation(self.document, self.view_state)
        self.opening = Opening(
            self.document, self.view_state, self.provider, self.settings, self.notifications
        )

    def _build_segmentation(self, load: LoadEngine) -> None:
        self.service = SegmentationService(self, load)
        self.service.choose_model(ModelChoice.of(self.settings))
        self.library = ModelLibrary(self.settings, self)
        self.batch = Batch(load, self.settings, self)
        self.runs = Runs(self.document, self.view_state, self.service, self)
        self.speed_meter = SpeedMeter(self.runs, self.service, self.settings)
        self.forecast = RunForecast(
            self.document, self.view_state, self.runs, self.speed_meter, self.service
        )
        self.tracking_costs = TrackingCosts(
            self.service, self.library, self.speed_meter, self.settings
        )
        self.pending_run = PendingRun(self.document)
        self.suggestions = SuggestionList(self.document, self.view_state)
        self.gap_filling = GapFilling(self.editor, self.suggestions)
        self.clicks = ClickAnswers(self.document, self.view_state, self.service, self)
        self.clip_filling = ClipFilling(self.document, self.view_state, self.service, self)

    def _build_canvas(self) -> None:
        self.canvas = CanvasView(self.view_state)
        context = ToolContext(
            self.document,
            self.drawing,
            self.view_state,
            self.canvas.scene(),
            self.canvas.overlay_item,
        )
        self.point_tool = PointTool(context, self)
        others = (
            SelectTool,
            BoxTool,
            BrushTool,
            EraserTool,
            PolygonTool,
            LassoTool,
            ReassignTool,
        )
        tools = (self.point_tool, *(make(context, self) for make in others))
        self.canvas.set_tools({tool.id: tool for tool in tools})
        self.presenter = CanvasPresenter(
            self.canvas, self.document, self.view_state, tools, parent=self
        )
        self.keyboard_cursor = KeyboardCursor(self.canvas)
        self.display = HeadsUpDisplay(self.canvas, self.document, self.view_state)
        self.canvas_commands = CanvasCommands(
            self.canvas,
            self.keyframes,
            self.runs,
            self.notifications,
            self.pending_run,
            self.suggestions,
        )
        self.ghost = GhostLayer(
            self.canvas, self.document, self.view_state, self.pending_run, self.display
        )
        self.unlabelled_counter = UnlabelledCounter(self.document, self.view_state, self.display)
        self.suggestion_layer = SuggestionLayer(self.canvas, self.suggestions, self.view_state)
        self.keyboard_cursor.moved.connect(self.suggestion_layer.point_at)

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
        self.video_button = VideoButton(self.actions, self.theme)
        self.model_button = ModelButton(self.actions, self.theme)
        self.memory_button = MemoryButton(self.actions, self.theme)
        self.saved_button = SavedButton()
        panels = Panels(
            canvas=self.canvas,
            transport=self.transport,
            timeline=self.banner_place,
            task=self.task_panel,
            targets=self.target_panel,
            review=self.review_panel,
            history=self.history,
            log=self.log_panel,
            status=(
                self.run_status,
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
        self.tour = Tour(
            self.notifications, self.settings, self.document, self.runs, self.review_panel
        )

    def _build_dialogs(self) -> None:
        self.exchange = Exchange(self.document, self.opening)
        self.export_dialog = ExportDialog(
            self.document, self.view_state, self.exchange, self.settings, self.window
        )
        self.import_dialog = ImportDialog(self.exchange, self.settings, self.window)
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
            self.opening, self.provider, self.window, self.saved_button, self.notifications
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
        controls = PanelControls(self.window, self.banner, tuple(self.window.docks.values()))
        self.field_keys = FieldKeys(self.window, self.canvas, controls)
        self.motion = Motion(self.window, self.settings, self.actions)
        self.suggestion_keeping = SuggestionKeeping(self.suggestions, self.opening, self.runs)
        self.search_notices = SearchNotices(self.runs, self.suggestions, self.notifications)
        self.answer_waiting = AnswerWaiting(self.document, self.clicks, self.service, self.display)
        self.stray_clicks = StrayClicks(
            self.document, self.view_state, self.drawing, self.notifications, self.actions
        )
        self.taken_places = TakenPlaces(self.editor, self.drawing, self.clicks)
        self.batch_notices = BatchNotices(self.batch, self.batch_dialog, self.notifications)
        self.export_notices = ExportNotices(self.exchange, self.export_dialog, self.notifications)
        self.dropping = Dropping(self.document, self.opening, self.import_dialog)
        self.import_notices = ImportNotices(
            self.exchange, self.import_dialog, self.document, self.notifications
        )
