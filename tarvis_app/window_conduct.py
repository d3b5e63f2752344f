"""How the window behaves: what is said when, and which widget follows which state."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QFileDialog

from tarvis_app.exchange.exchange_jobs import ImportResult
from tarvis_app.notifications import Remedy
from tarvis_app.opening import ViewPlace
from tarvis_app.playback.frame_provider import VideoInfo
from tarvis_app.segmentation.requests import (
    FindRequest,
    JobEnd,
    ModelState,
    ModelStatus,
    Outcome,
)
from tarvis_app.segmentation.runs import RunProgress
from tarvis_app.view_state import ToolId
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import ClassRequest

if TYPE_CHECKING:
    from tarvis_app.application import Application

WARM_UP_AFTER_MS = 1500
IDLE_AFTER_MS = 700


class WindowConduct(QObject):
    """Small reactions that belong to no single part."""

    def __init__(self, application: "Application") -> None:
        super().__init__(application)
        self._app = application
        self._was_told_missing = False
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_AFTER_MS)
        self._idle.timeout.connect(self._use_idle_time)
        application.view_state.shown_frame_changed.connect(self._idle.start)
        application.view_state.shown_frame_changed.connect(application.service.rest)
        self._warm_up = QTimer(self)
        self._warm_up.setSingleShot(True)
        self._warm_up.setInterval(WARM_UP_AFTER_MS)
        self._warm_up.timeout.connect(application.service.warm_up)

    def calls(self) -> dict[str, Callable[[], None]]:
        """What actions call that are answered here."""
        calls: dict[str, Callable[[], None]] = {
            f"tool.{tool.value}": partial(self._app.view_state.use_tool, tool) for tool in ToolId
        }
        for name in ("system", "dark", "light"):
            calls[f"view.theme_{name}"] = partial(self._use_theme, name)
        view_state, actions = self._app.view_state, self._app.actions
        for action_id, setter in (
            ("view.outline", view_state.set_outline_only),
            ("view.solo", view_state.set_solo),
            ("view.onion", view_state.set_onion_skin),
        ):
            calls[action_id] = partial(_hand_over_check, actions[action_id].isChecked, setter)
        return calls

    @Slot()
    def _use_idle_time(self) -> None:
        if not self._app.player.is_playing:
            self._app.service.prepare(self._app.view_state.shown_frame)

    def _use_theme(self, name: str) -> None:
        self._app.settings.theme = name

    @Slot()
    def follow_everything(self) -> None:
        """Show every state once."""
        self.follow_theme()
        self.follow_style()
        self.follow_tool()
        self.follow_history()
        self._enable_for_video(has_video=False)

    @Slot()
    def follow_theme(self) -> None:
        """Check the theme's menu entry and colour the canvas."""
        chosen = self._app.settings.theme
        for name in ("system", "dark", "light"):
            self._app.actions[f"view.theme_{name}"].setChecked(name == chosen)
        self._app.canvas.set_ground(self._app.theme.colours.canvas)

    @Slot()
    def follow_style(self) -> None:
        """Check the view's menu entries and move the slider."""
        style, actions = self._app.view_state.style, self._app.actions
        actions["view.outline"].setChecked(style.is_outline_only)
        actions["view.solo"].setChecked(style.is_solo)
        actions["view.onion"].setChecked(style.shows_onion_skin)
        self._app.window.opacity.setValue(round(style.opacity * 100))

    @Slot()
    def follow_tool(self) -> None:
        """Check the active tool."""
        for tool in ToolId:
            is_active = tool is self._app.view_state.tool
            self._app.actions[f"tool.{tool.value}"].setChecked(is_active)

    @Slot()
    def follow_history(self) -> None:
        """Name the steps that undo and redo would take."""
        stack, actions = self._app.document.undo_stack, self._app.actions
        for action_id, is_possible, text in (
            ("edit.undo", stack.canUndo(), stack.undoText()),
            ("edit.redo", stack.canRedo(), stack.redoText()),
        ):
            name = actions.text(action_id)
            actions[action_id].setEnabled(is_possible)
            actions[action_id].setText(f"{name}: {text}" if text else name)

    @Slot(int)
    def set_opacity(self, percent: int) -> None:
        """Take over the slider."""
        self._app.view_state.set_opacity(percent / 100)

    def step_opacity(self, step: float) -> None:
        """Make masks more or less opaque."""
        self._app.view_state.set_opacity(self._app.view_state.style.opacity + step)

    @Slot(object)
    def show_video(self, video: VideoInfo) -> None:
        """Show another video everywhere."""
        app = self._app
        app.player.fps = video.fps
        app.service.set_video(video.path)
        app.run_status.end()
        app.canvas.show_size(video.size)
        app.transport.show_video(video)
        app.provider.want(app.view_state.frame)
        app.window.setWindowTitle(f"{video.path.name} – TarViS Studio")
        file = app.opening.file
        place = self.tr("in memory only") if file is None else str(file.path)
        app.saved_label.show_place(place, is_kept=file is not None)
        self._enable_for_video(has_video=True)
        self._warm_up.start()

    def _enable_for_video(self, *, has_video: bool) -> None:
        actions = self._app.actions
        for action_id in actions:
            family = action_id.partition(".")[0]
            if family in ("video", "track", "target", "review", "tool", "cursor"):
                actions[action_id].setEnabled(has_video)
        for action_id in ("file.save_as", "file.export", "edit.clear_frame", "edit.accept"):
            actions[action_id].setEnabled(has_video)
        self._follow_running()

    @Slot(object)
    def restore_view(self, place: ViewPlace) -> None:
        """Zoom to where the canvas stood."""
        self._app.canvas.restore_view(place.scale, place.centre)

    @Slot()
    def note_view_place(self) -> None:
        """Remember where the canvas stands."""
        canvas = self._app.canvas
        fitted = canvas.is_fitted
        place = None if fitted else ViewPlace(canvas.scale_factor, canvas.centre)
        self._app.opening.view_place = place

    @Slot(int, str)
    def tell_frame_failure(self, frame: int, message: str) -> None:
        """A frame cannot be decoded."""
        text = self.tr("Frame {frame} cannot be read: {message}")
        self._app.notifications.warn(text.format(frame=frame, message=message))

    @Slot(int, object, object)
    def show_draft(self, frame: int, mask: Mask, colour: tuple[int, int, int]) -> None:
        """Show what a click would give, if its frame is still the one shown."""
        if frame == self._app.presenter.frame:
            self._app.presenter.show_draft(mask, colour)

    @Slot()
    def find_classes(self) -> None:
        """Look for the picked classes in the range."""
        picker = self._app.task_panel.class_picker
        first, last = self._app.view_state.range
        request = ClassRequest(picker.label_set, picker.task, first, last, picker.categories)
        self._app.runs.find_classes(request)
        self._follow_running()

    @Slot()
    def ask_for_import(self) -> None:
        """Ask for annotations and add them to the project."""
        name, _ = QFileDialog.getOpenFileName(
            self._app.window,
            self.tr("Import masks: the file, or any file of the folder"),
            str(self._app.settings.export_folder),
            self.tr("Annotations (*.json *.txt *.xml *.png *.yaml);;All files (*)"),
        )
        if name:
            self._app.exchange.read(Path(name))

    @Slot(object)
    def tell_import(self, result: ImportResult) -> None:
        """Say what was added."""
        text = self.tr("{count} targets added from {title}.").format(
            count=result.num_targets, title=result.format_title
        )
        self._app.notifications.inform(" ".join((text, *result.problems)))

    @Slot(object)
    def follow_run(self, progress: RunProgress) -> None:
        """Show where the run has come to."""
        self._app.timeline.show_run_head(progress.head)
        self._follow_running()

    def _follow_running(self) -> None:
        app = self._app
        is_running, has_video = app.runs.is_running, app.document.project is not None
        for action_id in ("track.forward", "track.backward", "track.both"):
            app.actions[action_id].setEnabled(has_video and not is_running)
        app.actions["track.stop"].setEnabled(is_running)
        knows_classes = app.task_panel.class_picker.knows_classes
        app.task_panel.find_button.setEnabled(has_video and not is_running and knows_classes)

    @Slot(object)
    def tell_end(self, end: JobEnd) -> None:
        """Say how a run went."""
        app = self._app
        app.run_status.end()
        app.timeline.show_run_head(None)
        self._follow_running()
        if end.outcome is Outcome.FAILED:
            app.notifications.error(end.message, self._remedies(end))
        elif end.outcome is Outcome.FINISHED:
            self._tell_finished(end)

    def _remedies(self, end: JobEnd) -> list[Remedy]:
        choose = Remedy(self.tr("Models…"), self._app.actions["model.choose"].trigger)
        return [choose] if end.is_out_of_memory else []

    def _tell_finished(self, end: JobEnd) -> None:
        if not isinstance(end.job, FindRequest):
            return
        found = self._app.runs.num_found
        text = self.tr("{count} targets found.").format(count=found)
        if not found:
            text = self.tr("Nothing of these classes was found in the range.")
        self._app.notifications.inform(text)

    @Slot(object)
    def follow_model(self, status: ModelStatus) -> None:
        """Offer the classes that the loaded network knows; say why it did not load."""
        if status.state is ModelState.READY:
            self._app.task_panel.class_picker.offer_label_sets(status.label_sets)
            self._follow_running()
        elif status.state is ModelState.FAILED:
            choose = Remedy(self.tr("Models…"), self._app.actions["model.choose"].trigger)
            self._app.notifications.error(status.message, [choose])

    @Slot()
    def tell_missing_weights_once(self) -> None:
        """The first click without a network says so; later ones only leave their mark."""
        if not self._was_told_missing:
            self.tell_missing_weights()

    @Slot()
    def tell_missing_weights(self) -> None:
        """Say that there is no network, and what helps."""
        self._was_told_missing = True
        actions = self._app.actions
        self._app.notifications.warn(
            self.tr(
                "There are no model weights on this machine yet, so nothing can be tracked. "
                "Painting, scrubbing and export work without them."
            ),
            [
                Remedy(self.tr("Import weights…"), actions["model.import"].trigger),
                Remedy(self.tr("Models…"), actions["model.choose"].trigger),
            ],
        )


def _hand_over_check(is_checked: Callable[[], bool], setter: Callable[[bool], None]) -> None:
    setter(is_checked())
