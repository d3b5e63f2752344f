"""Document, playback, segmentation and canvas, each object built once; no behaviour."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from tarvis_app.actions import Actions
from tarvis_app.batch.batch import Batch
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
from tarvis_app.conduct.unlabelled_counter import UnlabelledCounter
from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Drawing
from tarvis_app.document.editor import Editor
from tarvis_app.document.keyframe_editing import KeyframeEditing
from tarvis_app.document.target_editing import TargetEditing
from tarvis_app.document.target_selection import TargetSelection
from tarvis_app.notifications import Notifications
from tarvis_app.opening import Opening
from tarvis_app.playback.frame_provider import FrameProvider
from tarvis_app.playback.navigation import Navigation
from tarvis_app.playback.player import Player
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
from tarvis_app.suggestions.suggestion_layer import SuggestionLayer
from tarvis_app.suggestions.suggestion_list import SuggestionList
from tarvis_app.theme import Theme
from tarvis_app.view_state import ViewState


class WorkingParts(QObject):
    """Document, video, network and canvas: what works without a window around it."""

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
        self.canvas_commands.also_cancels(self.opening.cancel)
        self.ghost = GhostLayer(
            self.canvas, self.document, self.view_state, self.pending_run, self.display
        )
        self.unlabelled_counter = UnlabelledCounter(self.document, self.view_state, self.display)
        self.suggestion_layer = SuggestionLayer(self.canvas, self.suggestions, self.view_state)
        self.keyboard_cursor.moved.connect(self.suggestion_layer.point_at)
