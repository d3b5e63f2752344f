"""Connects the program's objects, and says what each action calls; no behaviour."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tarvis_app.application_parts import ApplicationParts
from tarvis_app.dialogs.about_dialog import show_about
from tarvis_app.held_keys import HeldKeys, Hold
from tarvis_app.segmentation.network_worker import LoadEngine, load_engine
from tarvis_app.settings import Settings


class Application(ApplicationParts):
    """The program: its parts, connected."""

    def __init__(
        self, qt: QApplication, settings: Settings, load: LoadEngine = load_engine
    ) -> None:
        super().__init__(qt, settings, load)
        self._connect_playback()
        self._connect_segmentation()
        self._connect_opening()
        self._connect_window()
        self.actions.connect_calls(self._calls())

    def _connect_playback(self) -> None:
        self.view_state.frame_changed.connect(self.provider.want)
        self.provider.frame_ready.connect(self.presenter.show_image)
        self.presenter.frame_shown.connect(self.player.note_shown)
        self.presenter.frame_shown.connect(self.thumbnails.show_image)
        self.document.frame_revisited.connect(self.navigation.revisit)
        self.timeline.frame_wanted.connect(self.view_state.show_frame)
        self.canvas.space_tapped.connect(self.actions.trigger_space)

    def _connect_segmentation(self) -> None:
        self.taken_places.passed.connect(self.clicks.ask)
        self.drawing.mask_drawn.connect(self.clip_filling.fill)
        self.clicks.answered.connect(self.clip_filling.fill)
        self.clicks.answered.connect(self.click_advice.note_answer)
        self.clicks.gave_way.connect(self.clip_filling.fill)
        self.point_tool.preview_wanted.connect(self.clicks.ask_hovered)
        self.point_tool.preview_ended.connect(self.clicks.forget_hovered)
        self.point_tool.preview_ended.connect(self.presenter.clear_draft)
        self.clicks.draft_found.connect(self.presenter.show_draft)
        self.clicks.weights_missing.connect(self.model_notices.tell_missing_weights_once)
        self.clicks.failed.connect(self.model_notices.tell_click_failure)
        self.pending_run.follow(self.runs)
        self.runs.classes_found.connect(self.suggestions.take)
        self.suggestions.passed_over.connect(self.notifications.ask)
        self.runs.weights_missing.connect(self.model_notices.tell_missing_weights)
        self.class_search.weights_missing.connect(self.model_notices.tell_missing_weights)
        self.runs.nothing_to_do.connect(self.notifications.ask)
        self.runs.left_out.connect(self.notifications.inform)
        self.runs.overtaken.connect(self.notifications.inform)
        self.targets.identified.connect(self.runs.end_for)
        self.targets.identified.connect(self.suggestions.growth.forget)
        self.service.model_changed.connect(self.model_button.show_status)
        self.forecast.changed.connect(self.task_panel.forecast.show_forecast)
        self.forecast.changed.connect(self.task_panel.search_forecast.show_forecast)
        self.forecast.changed.connect(self.task_panel.run_targets.show_forecast)
        self.task_panel.stops_at_keyframes_changed.connect(self.forecast.refresh_soon)
        self.service.memory_measured.connect(self.memory_button.show_memory)
        self.service.job_started.connect(self.timeline.content.begin_run)
        self.service.clip_answered.connect(self.timeline.content.settle_clip)
        self.runs.ended.connect(self.timeline.content.end_run)
        self.service.fills_changed.connect(self.display.show_filling)
        self.models_dialog.model_chosen.connect(self.service.choose_model)
        self.service.model_changed.connect(self.models_dialog.follow_model)
        self.task_panel.find_wanted.connect(self.class_search.start)
        self.task_panel.stops_at_keyframes_changed.connect(self.runs.wishes.set_stops_at_keyframes)
        self.task_panel.selected_only_changed.connect(self.runs.wishes.set_selected_only)
        self.task_panel.selected_only_changed.connect(self.forecast.refresh_soon)

    def _connect_opening(self) -> None:
        self.opening.opened.connect(self.model_habits.use_video)
        self.opening.opened.connect(self.run_status.end)
        self.opening.opened.connect(self.run_notices.take_back)
        self.opening.opened.connect(self.library.use_video)
        self.opening.opened.connect(self.video_dialog.show_video)
        self.opening.opened.connect(self.video_button.show_video)
        self.opening.opened.connect(self.long_videos.look_at)
        self.opening.opened.connect(self.window.lay_out)
        self.opening_status.cancel_wanted.connect(self.opening.cancel)

    def _connect_window(self) -> None:
        self.batch_dialog.project_wanted.connect(self.opening.open)
        self.service.model_changed.connect(self.batch_dialog.follow_model)
        self.document.saved.connect(self.saved_button.note_saved)
        self.saved_button.clicked.connect(self.window.show_history)
        self.review_panel.problem_shown.connect(self.click_advice.advise)
        self.review_panel.reason_changed.connect(self.display.show_problem)
        self.review_panel.nothing_listed.connect(self.notifications.inform)
        self.click_advice.changed.connect(self.review_panel.show_advice)
        self.motion.changed.connect(self.click_advice.follow_motion)
        self.click_advice.motion_wanted.connect(self.provider.want_motion)
        self.provider.motion_ready.connect(self.click_advice.take_motion)
        self.click_advice.surplus.wanted.connect(self.service.ask_claims)
        self.click_advice.surplus.unwanted.connect(self.service.forget_claims)
        self.service.claims_answered.connect(self.click_advice.surplus.take)
        self.window.path_dropped.connect(self.dropping.take)
        self.window.closing.connect(self.shut_down)
        self.timeline.target_clicked.connect(self.selection.click_row)
        self.timeline.target_isolated.connect(self.selection.isolate)
        self.target_panel.solo_wanted.connect(self.selection.isolate)
        self.target_panel.keys_left.connect(self.canvas.setFocus)
        self.target_panel.wanted.connect(self.window.show_targets)
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
            "video.next_plot": self.timeline.content.show_next_plot,
            "video.properties": self.video_dialog.ask,
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
            **self.full_screen.calls(),
            **self.field_keys.calls(),
            **self.keyboard_cursor.calls(),
            **self.selection.calls(),
            **self.stray_clicks.calls(),
            **self.keyframes.calls(),
            **self.targets.calls(),
            **self.target_panel.calls(),
            **self.gap_filling.calls(),
        }

    def open(self, path: Path | None) -> None:
        """Open a video or project; the sample clip if None, with the last work offered beside."""
        if path is None:
            self.file_dialogs.open_sample()
            self.tour.start_once()
            self.last_work.offer()
        else:
            self.opening.open(path)

    def _quit(self) -> None:
        self.window.close()

    def shut_down(self) -> None:
        """Let the project go and stop the threads; everything was saved as it happened.

        The project comes first: a thread may take seconds to end, and whoever starts the program
        again meanwhile is to find it free.
        """
        self.player.pause()
        self.motion.restore()
        self.engine_notices.stop()
        self.suggestion_keeping.save_at_last()
        self.thumbnail_keeping.save_at_last()
        self.opening.shut_down()
        self.settings.sync()
        self.service.shut_down()
        self.library.shut_down()
        self.batch.shut_down()
        self.exchange.shut_down()
        self.provider.stop()
