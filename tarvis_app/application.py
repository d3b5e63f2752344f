"""Builds every long-lived object once and connects their signals; no behaviour."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from tarvis_app.actions import Actions
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
from tarvis_app.conduct.availability import Availability
from tarvis_app.conduct.batch_conduct import BatchNotices
from tarvis_app.conduct.check_marks import CheckMarks
from tarvis_app.conduct.engine_notices import EngineNotices
from tarvis_app.conduct.habits import Motion, RunFollowing
from tarvis_app.conduct.import_conduct import ImportNotices
from tarvis_app.conduct.model_conduct import ModelHabits, ModelNotices
from tarvis_app.conduct.run_conduct import ClassSearch, RunNotices, SearchNotices
from tarvis_app.conduct.run_remedies import RunRemedies
from tarvis_app.conduct.unlabelled_counter import UnlabelledCounter
from tarvis_app.conduct.video_conduct import VideoDisplay, VideoNotices
from tarvis_app.dialogs.about_dialog import show_about
from tarvis_app.dialogs.export_dialog import ExportDialog
from tarvis_app.dialogs.file_dialogs import FileDialogs
from tarvis_app.dialogs.import_dialog import ImportDialog
from tarvis_app.dialogs.models_dialog import ModelsDialog
from tarvis_app.dialogs.shortcuts_dialog import ShortcutsDialog
from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Drawing
from tarvis_app.document.editor import Editor
from tarvis_app.document.keyframe_editing import KeyframeEditing
from tarvis_app.document.target_editing import TargetEditing
from tarvis_app.document.target_selection import TargetSelection
from tarvis_app.exchange.exchange import Exchange
from tarvis_app.held_keys import HeldKeys, Hold
from tarvis_app.main_window import MainWindow, Panels
from tarvis_app.notifications import Banner, Notifications
from tarvis_app.opening import Opening
from tarvis_app.panels.history_panel import HistoryPanel
from tarvis_app.panels.log_panel import LogPanel
from tarvis_app.panels.status_widgets import MemoryButton, ModelButton, RunStatus, SavedButton
from tarvis_app.panels.target_panel import TargetPanel
from tarvis_app.panels.task_panel import TaskPanel
from tarvis_app.panels.thumbnails import Thumbnails
from tarvis_app.playback.frame_provider import FrameProvider
from tarvis_app.playback.navigation import Navigation
from tarvis_app.playback.player import Player
from tarvis_app.playback.transport_bar import TransportBar
from tarvis_app.recent_files import RecentFiles
from tarvis_app.review.click_advice import ClickAdvice
from tarvis_app.review.review_panel import ReviewPanel
from tarvis_app.review.review_queue import ReviewQueue
from tarvis_app.segmentation.click_answers import ClickAnswers
from tarvis_app.segmentation.model_library import ModelLibrary
from tarvis_app.segmentation.pending_run import PendingRun
from tarvis_app.segmentation.requests import ModelChoice
from tarvis_app.segmentation.run_forecast import RunForecast
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.segmentation.segmentation_worker import LoadEngine, load_engine
from tarvis_app.segmentation.speed_meter import SpeedMeter
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


class Application(QObject):
    """The program: what exists as long as it runs."""

    def __init__(
        self, qt: QApplication, settings: Settings, load: LoadEngine = load_engine
    ) -> None:
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
        self._connect_playback()
        self._connect_segmentation()
        self._connect_window()
        self.actions.connect_calls(self._calls())

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
        self.pending_run = PendingRun(self.document)
        self.suggestions = SuggestionList(self.document, self.view_state)
        self.gap_filling = GapFilling(self.editor, self.suggestions)
        self.clicks = ClickAnswers(self.document, self.view_state, self.service, self)

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
        self.banner = Banner(self.notifications, self.theme, self.canvas)
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
        self.transport = TransportBar(self.actions, self.view_state, self.player, self.theme)
        self.log_panel = LogPanel()
        self.history = HistoryPanel(self.document, self.theme)
        self.review_queue = ReviewQueue(self.document, self)
        self.review_panel = ReviewPanel(
            self.review_queue, self.document, self.view_state, self.keyframes, self.actions
        )
        self.click_advice = ClickAdvice(
            self.canvas, self.document, self.view_state, self.drawing, self.notifications
        )
        self.run_status = RunStatus(self.actions)
        self.model_button = ModelButton(self.actions, self.theme)
        self.memory_button = MemoryButton(self.actions, self.theme)
        self.saved_button = SavedButton()
        panels = Panels(
            canvas=self.canvas,
            transport=self.transport,
            timeline=self.timeline,
            task=self.task_panel,
            targets=self.target_panel,
            review=self.review_panel,
            history=self.history,
            log=self.log_panel,
            status=(self.run_status, self.memory_button, self.model_button, self.saved_button),
        )
        self.window = MainWindow(self.actions, panels, self.settings)
        self.recent = RecentFiles(self.window.recent_menu, self.settings, self.opening)
        self.file_dialogs = FileDialogs(
            self.window, self.opening, self.settings, self.notifications
        )
        self.exchange = Exchange(self.document, self.opening)
        self.export_dialog = ExportDialog(
            self.document, self.view_state, self.exchange, self.settings, self.window
        )
        self.import_dialog = ImportDialog(self.exchange, self.settings, self.window)
        self.models_dialog = ModelsDialog(self.library, self.settings, self.window)
        self.shortcuts_dialog = ShortcutsDialog(self.actions, self.settings, self.window)
        self.batch_dialog = BatchDialog(self.batch, self.document, self.view_state, self.window)
        self.tour = Tour(
            self.notifications, self.settings, self.document, self.runs, self.review_panel
        )

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
        self.model_habits = ModelHabits(self.service, self.view_state, self.player)
        self.model_notices = ModelNotices(self.service, picker, self.notifications, self.actions)
        remedies = RunRemedies(self.runs, self.service, self.settings, self.actions)
        self.engine_notices = EngineNotices(self.notifications, self.service, self.settings)
        self.run_notices = RunNotices(
            self.runs, self.timeline, self.run_status, self.notifications, remedies
        )
        self.run_following = RunFollowing(
            self.runs, self.view_state, self.player, self.settings, self.actions
        )
        self.motion = Motion(self.window, self.settings, self.actions)
        self.suggestion_keeping = SuggestionKeeping(self.suggestions, self.opening, self.runs)
        self.search_notices = SearchNotices(self.runs, self.suggestions, self.notifications)
        self.class_search = ClassSearch(picker, self.view_state, self.runs, self.forecast)
        self.import_notices = ImportNotices(
            self.exchange, self.import_dialog, self.document, self.notifications
        )

    def _connect_playback(self) -> None:
        self.view_state.frame_changed.connect(self.provider.want)
        self.provider.frame_ready.connect(self.presenter.show_image)
        self.presenter.frame_shown.connect(self.player.note_shown)
        self.presenter.frame_shown.connect(self.thumbnails.show_image)
        self.document.frame_revisited.connect(self.view_state.show_frame)
        self.document.write_failed.connect(self.notifications.error)
        self.timeline.frame_wanted.connect(self.view_state.show_frame)
        self.canvas.space_tapped.connect(self.player.toggle)

    def _connect_segmentation(self) -> None:
        self.drawing.exemplar_given.connect(self.clicks.ask)
        self.point_tool.preview_wanted.connect(self.clicks.ask_hovered)
        self.point_tool.preview_ended.connect(self.clicks.forget_hovered)
        self.point_tool.preview_ended.connect(self.presenter.clear_draft)
        self.clicks.draft_found.connect(self.presenter.show_draft)
        self.clicks.weights_missing.connect(self.model_notices.tell_missing_weights_once)
        self.clicks.failed.connect(self.notifications.error)
        self.runs.started.connect(self.pending_run.begin)
        self.runs.tracks_written.connect(self.pending_run.take)
        self.runs.classes_found.connect(self.suggestions.take)
        self.runs.weights_missing.connect(self.model_notices.tell_missing_weights)
        self.runs.nothing_to_do.connect(self.notifications.inform)
        self.service.model_changed.connect(self.model_button.show_status)
        self.forecast.changed.connect(self.task_panel.forecast.show_forecast)
        self.forecast.changed.connect(self.task_panel.search_forecast.show_forecast)
        self.task_panel.stops_at_keyframes_changed.connect(self.forecast.refresh_soon)
        self.service.memory_measured.connect(self.memory_button.show_memory)
        self.service.job_started.connect(self.timeline.begin_run)
        self.service.clip_answered.connect(self.timeline.settle_clip)
        self.runs.ended.connect(self.timeline.end_run)
        self.opening.opened.connect(self.model_habits.use_video)
        self.opening.opened.connect(self.run_status.end)
        self.opening.opened.connect(self.library.use_video)
        self.models_dialog.model_chosen.connect(self.service.choose_model)
        self.task_panel.find_wanted.connect(self.class_search.start)
        self.task_panel.stops_at_keyframes_changed.connect(self.runs.set_stops_at_keyframes)

    def _connect_window(self) -> None:
        self.batch_notices = BatchNotices(self.batch, self.batch_dialog, self.notifications)
        self.batch_dialog.project_wanted.connect(self.opening.open)
        self.service.model_changed.connect(self.batch_dialog.follow_model)
        self.document.saved.connect(self.saved_button.note_saved)
        self.saved_button.clicked.connect(self.window.show_history)
        self.review_panel.problem_shown.connect(self.click_advice.advise)
        self.click_advice.changed.connect(self.review_panel.show_advice)
        self.window.path_dropped.connect(self.opening.open)
        self.window.closing.connect(self.shut_down)
        self.timeline.target_clicked.connect(self.selection.click_row)
        self.timeline.target_isolated.connect(self.selection.isolate)
        self.target_panel.solo_wanted.connect(self.selection.isolate)
        self.settings.theme_changed.connect(self.theme.use)
        overlay = self.view_state.overlay
        holds = {
            "view.loupe": Hold(self.canvas.press_loupe, self.canvas.release_loupe),
            "view.hide_masks": Hold(overlay.hide_masks, overlay.unhide_masks),
        }
        self.held_keys = HeldKeys(self.window, self.actions, holds)

    def _calls(self) -> dict[str, Callable[[], None]]:
        """What each action of the table calls."""
        return {
            "file.open": self.file_dialogs.open_file,
            "file.open_folder": self.file_dialogs.open_folder,
            "file.open_sample": self.file_dialogs.open_sample,
            "file.save_as": self.file_dialogs.save_as,
            "file.export": self.export_dialog.ask,
            "file.import": self.import_dialog.ask,
            "file.batch": self.batch_dialog.ask,
            "file.quit": self._quit,
            "edit.redo": self.document.redo,
            "view.zoom_in": self.canvas.zoom_in,
            "view.zoom_out": self.canvas.zoom_out,
            "view.fit": self.canvas.fit,
            "view.actual": self.canvas.show_actual_pixels,
            "view.opacity_up": partial(self.view_state.overlay.step_opacity, 0.1),
            "view.opacity_down": partial(self.view_state.overlay.step_opacity, -0.1),
            "view.reset_layout": self.window.reset_layout,
            "video.play": self.player.toggle,
            "video.whole_timeline": self.timeline.show_everything,
            "video.next_plot": self.timeline.show_next_plot,
            "model.choose": self.models_dialog.show_library,
            "model.import": self.models_dialog.ask_for_file,
            "help.shortcuts": self.shortcuts_dialog.show,
            "help.tour": self.tour.start,
            "help.about": partial(show_about, self.settings.folders, self.window),
            **self.navigation.calls(),
            **self.runs.calls(),
            **self.review_panel.calls(),
            **self.click_advice.calls(),
            **self.canvas_commands.calls(),
            **self.check_marks.calls(),
            **self.run_following.calls(),
            **self.motion.calls(),
            **self.keyboard_cursor.calls(),
            **self.selection.calls(),
            **self.keyframes.calls(),
            **self.targets.calls(),
            **self.gap_filling.calls(),
        }

    def open(self, path: Path | None) -> None:
        """Open a video or project; the sample clip if None."""
        if path is None:
            self.file_dialogs.open_sample()
            self.tour.start_once()
        else:
            self.opening.open(path)

    def _quit(self) -> None:
        self.window.close()

    def shut_down(self) -> None:
        """Stop the threads and let the project go; everything was saved as it happened."""
        self.player.pause()
        self.motion.restore()
        self.engine_notices.stop()
        self.service.shut_down()
        self.library.shut_down()
        self.batch.shut_down()
        self.exchange.shut_down()
        self.suggestion_keeping.save_at_last()
        self.opening.close()
        self.provider.stop()
        self.settings.sync()
