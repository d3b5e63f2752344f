"""Going through time: steps, ends, keyframes, and the range."""

from collections.abc import Callable, Collection

from PySide6.QtCore import QObject, Slot

from tarvis_app.document.document import Document
from tarvis_app.playback.player import SPEEDS
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.project_changes import ExemplarChange

LONG_STEP = 10


class Navigation(QObject):
    """Moves the shown frame and the range."""

    def __init__(self, document: Document, view_state: ViewState) -> None:
        super().__init__(view_state)
        self._document = document
        self._view_state = view_state
        self._edited: int | None = None
        document.project_opened.connect(self._forget_edit)
        document.masks_changed.connect(self._note_masks)
        document.exemplars_changed.connect(self._note_exemplars)

    def calls(self) -> dict[str, Callable[[], None]]:
        """What the actions through time call."""
        return {
            "video.faster": self.play_faster,
            "video.slower": self.play_slower,
            "video.next": self.next_frame,
            "video.previous": self.previous_frame,
            "video.next_ten": self.next_ten,
            "video.previous_ten": self.previous_ten,
            "video.first": self.first_frame,
            "video.last": self.last_frame,
            "video.next_keyframe": self.next_keyframe,
            "video.previous_keyframe": self.previous_keyframe,
            "video.in": self.begin_range,
            "video.out": self.end_range,
            "video.whole_range": self.use_whole_range,
            "video.last_edit": self.last_edited_frame,
        }

    @Slot()
    def play_faster(self) -> None:
        """The next higher speed; the highest stays."""
        higher = [speed for speed in SPEEDS if speed > self._view_state.speed]
        if higher:
            self._view_state.set_speed(min(higher))

    @Slot()
    def play_slower(self) -> None:
        """The next lower speed; the lowest stays."""
        lower = [speed for speed in SPEEDS if speed < self._view_state.speed]
        if lower:
            self._view_state.set_speed(max(lower))

    @Slot()
    def next_frame(self) -> None:
        """One frame on."""
        self._step(1)

    @Slot()
    def previous_frame(self) -> None:
        """One frame back."""
        self._step(-1)

    @Slot()
    def next_ten(self) -> None:
        """Ten frames on."""
        self._step(LONG_STEP)

    @Slot()
    def previous_ten(self) -> None:
        """Ten frames back."""
        self._step(-LONG_STEP)

    def _step(self, frames: int) -> None:
        self._view_state.show_frame(self._view_state.frame + frames)

    @Slot()
    def first_frame(self) -> None:
        """To the beginning."""
        self._view_state.show_frame(0)

    @Slot()
    def last_frame(self) -> None:
        """To the end."""
        self._view_state.show_frame(self._view_state.num_frames - 1)

    @Slot()
    def last_edited_frame(self) -> None:
        """Back to the frame that a person changed last; what runs write does not count."""
        if self._edited is not None:
            self._view_state.show_frame(self._edited)

    @Slot()
    def _forget_edit(self) -> None:
        self._edited = None

    @Slot(object)
    def _note_masks(self, changes: tuple[MaskChange, ...]) -> None:
        for change in changes:
            if change.after is not None and change.after.state.is_law:
                self._edited = change.frame

    @Slot(object)
    def _note_exemplars(self, changes: tuple[ExemplarChange, ...]) -> None:
        for change in changes:
            self._edited = change.frame

    @Slot(int, object)
    def revisit(self, frame: int, changed: Collection[int]) -> None:
        """Show what undo or redo changed, unless the shown frame is of it or where it was made.

        Args:
            frame: Where the step was made.
            changed: The frames that it changes, if any.
        """
        if self._view_state.frame not in {frame, *changed}:
            nearest = min(changed, key=lambda each: (abs(each - frame), each), default=frame)
            self._view_state.show_frame(nearest)

    @Slot()
    def next_keyframe(self) -> None:
        """To the next keyframe of the active target, or of any."""
        later = [frame for frame in self._keyframes() if frame > self._view_state.frame]
        if later:
            self._view_state.show_frame(min(later))

    @Slot()
    def previous_keyframe(self) -> None:
        """To the previous keyframe of the active target, or of any."""
        earlier = [frame for frame in self._keyframes() if frame < self._view_state.frame]
        if earlier:
            self._view_state.show_frame(max(earlier))

    def _keyframes(self) -> set[int]:
        """Frames on which a person gave or confirmed something."""
        project = self._document.project
        if project is None:
            return set()
        active = self._view_state.active_target
        targets = project.targets if active is None else (active,)
        frames: set[int] = set()
        for target in targets:
            frames.update(project.masks.track(target).law_frames, project.exemplar_frames(target))
        return frames

    @Slot()
    def begin_range(self) -> None:
        """The range begins at the shown frame."""
        frame, last = self._view_state.frame, self._view_state.range[1]
        self._view_state.set_range(frame, max(frame, last))

    @Slot()
    def end_range(self) -> None:
        """The range ends at the shown frame."""
        frame, first = self._view_state.frame, self._view_state.range[0]
        self._view_state.set_range(min(first, frame), frame)

    @Slot()
    def use_whole_range(self) -> None:
        """The range is the whole video."""
        self._view_state.set_range(0, self._view_state.num_frames - 1)
