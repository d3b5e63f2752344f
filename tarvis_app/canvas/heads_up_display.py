"""The heads-up display: small labels over the corners of the canvas."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

from tarvis_app.canvas.canvas_view import CanvasView
from tarvis_app.canvas.difference_look import legend
from tarvis_app.document.document import Document
from tarvis_app.document.drawing import Given
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.mask_store import MaskChange
from tarvis_core.annotation.target import TargetId
from tarvis_core.annotation.track import FrameState

MARGIN = 10
GAP = 6
"""Between labels one below the other."""
STYLE = "background: rgba(0, 0, 0, 200); color: white; border-radius: 5px; padding: 3px 8px;"


@dataclass(frozen=True)
class Keys:
    """What the keys mean now."""

    enter_confirms: bool = True
    """Whether Enter makes a keyframe of the shown mask."""
    instead_of_hint: str = ""
    """What is to be said of them instead of what the tool says."""
    after_hint: str = ""
    """What is to be said of them besides."""


class HeadsUpDisplay(QObject):
    """Target and its state (top left), what the tool does (bottom left), zoom (bottom right).

    Below the target stands what the review found on the frame; below that, in the middle, a note
    while something waits for a decision; at the top right, how much of the frame is not labelled.
    """

    def __init__(self, view: CanvasView, document: Document, view_state: ViewState) -> None:
        super().__init__(view)
        self._view = view
        self._document = document
        self._view_state = view_state
        self._zoom = 1.0
        self._keys = Keys()
        self._waiting: Given | None = None
        self._filled: tuple[TargetId, ...] = ()
        self._target = self._label(view)
        self._hint = self._label(view)
        self._scale = self._label(view)
        self._problem = self._label(view)
        self._awaited = self._label(view)
        self._note = self._label(view)
        self._legend = self._label(view)
        self._legend.setAccessibleName(
            self.tr("Before: black, dashed, striped. After: white, dotted.")
        )
        self._unlabelled = self._label(view)
        view.installEventFilter(self)
        view.zoom_changed.connect(self._show_zoom)
        view.hint_changed.connect(self.refresh)
        for signal in (
            view_state.selection_changed,
            view_state.shown_frame_changed,
            view_state.tool_changed,
            document.targets_changed,
            document.project_opened,
        ):
            signal.connect(self.refresh)
        document.masks_changed.connect(self._follow_masks)

    @staticmethod
    def _label(view: QWidget) -> QLabel:
        label = QLabel(view)
        label.setStyleSheet(STYLE)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        label.hide()
        return label

    def show_note(self, text: str, *, has_legend: bool = False) -> None:
        """Say something at the top in the middle for as long as it is so; nothing if empty.

        Args:
            text: What is said.
            has_legend: Whether before and after of a run are drawn, and shown here by name.
        """
        self._say(self._note, text)
        self._legend.setVisible(has_legend)
        if has_legend:
            scale = self._view.devicePixelRatioF()
            self._legend.setPixmap(legend(self._legend.font(), scale))
            self._legend.adjustSize()
        self._place()

    @Slot(str)
    def show_problem(self, text: str) -> None:
        """Say what the review found on this frame; nothing if empty."""
        self._say(self._problem, text)
        self._place()

    def show_keys(self, keys: Keys) -> None:
        """Say of the keys what is true where they are."""
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def show_waiting(self, given: Given | None) -> None:
        """Say on its frame that the network is asked about what was given; None: about nothing."""
        if given != self._waiting:
            self._waiting = given
            self.refresh()

    @Slot(object)
    def show_filling(self, targets: tuple[TargetId, ...]) -> None:
        """Say of these targets that they are being carried over their clips, of no others."""
        if targets != self._filled:
            self._filled = targets
            self.refresh()

    @property
    def is_frame_awaited(self) -> bool:
        """Whether it is said that another frame is on its way."""
        return bool(self._awaited.text())

    def show_awaited_frame(self, text: str) -> None:
        """Say in the middle that another frame is asked for; nothing if empty."""
        if text != self._awaited.text():
            self._say(self._awaited, text)
            self._place()

    def show_unlabelled(self, text: str) -> None:
        """Say at the top right how much of the frame nobody has; nothing if empty."""
        self._say(self._unlabelled, text)
        self._place()

    @Slot(float)
    def _show_zoom(self, zoom: float) -> None:
        self._zoom = zoom
        self.refresh()

    @Slot(object)
    def _follow_masks(self, changes: tuple[MaskChange, ...]) -> None:
        if any(change.frame == self._view_state.shown_frame for change in changes):
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Say everything anew."""
        has_project = self._document.project is not None
        for label, text in (
            (self._scale, f"{round(self._zoom * 100)} %"),
            (self._target, self._target_text()),
            (self._hint, self._hint_text()),
            (self._problem, self._problem.text()),
            (self._awaited, self._awaited.text()),
            (self._note, self._note.text()),
            (self._unlabelled, self._unlabelled.text()),
        ):
            self._say(label, text if has_project else "")
        self._place()

    def _say(self, label: QLabel, text: str) -> None:
        """Show a text in one line, or in as many as the canvas is too narrow for."""
        room = self._view.width() - 2 * MARGIN
        if label is self._hint:
            room -= self._scale.width() + MARGIN
        label.setText(text)
        label.setVisible(bool(text))
        label.setWordWrap(False)
        label.adjustSize()
        if label.width() > room > 0:
            label.setWordWrap(True)
            label.resize(room, label.heightForWidth(room))

    def _hint_text(self) -> str:
        if self._keys.instead_of_hint:
            return self._keys.instead_of_hint
        return " · ".join(filter(None, (self._view.tool.hint, self._keys.after_hint)))

    def _target_text(self) -> str:
        project, active = self._document.project, self._view_state.active_target
        if project is None:
            return ""
        waiting, frame = self._waiting, self._view_state.shown_frame
        if active is None and waiting is not None and waiting.frame == frame:
            active = waiting.target  # redo made it again, and selects nothing
        target = None if active is None else project.targets.get(active)
        if target is None:
            return self.tr("New target")
        if waiting is not None and (waiting.target, waiting.frame) == (target.id, frame):
            return self.tr("{name} · the network is looking…").format(name=target.name)
        summary = project.masks.track(target.id).summary(frame)
        state = self.tr("no mask on this frame")
        if summary is not None:
            state = {
                FrameState.KEYFRAME: self.tr("keyframe"),
                FrameState.VERIFIED: self.tr("verified"),
                FrameState.ABSENT: self.tr("absent"),
                FrameState.PREDICTED: self.tr("predicted"),
            }[summary.state]
            if summary.state is FrameState.KEYFRAME and summary.is_empty:
                state = self.tr("keyframe, absent")
            if summary.state is FrameState.VERIFIED and summary.is_empty:
                state = self.tr("verified, absent")
            if summary.state is FrameState.PREDICTED and self._keys.enter_confirms:
                state = self.tr("predicted – Enter accepts it")
        if target.id in self._filled:
            state = self.tr("{state} · carrying it over the clip…").format(state=state)
        return f"{target.name} · {state}"

    def _place(self) -> None:
        width, height = self._view.width(), self._view.height()
        self._awaited.move(
            (width - self._awaited.width()) // 2, (height - self._awaited.height()) // 2
        )
        self._target.move(MARGIN, MARGIN)
        below = MARGIN + self._target.height() + GAP
        right = width - self._unlabelled.width() - MARGIN
        is_beside = self._target.isHidden() or right > self._target.geometry().right() + GAP
        self._unlabelled.move(right, MARGIN if is_beside else below)
        if not (is_beside or self._unlabelled.isHidden()):
            below += self._unlabelled.height() + GAP
        self._problem.move(MARGIN, below)
        if not self._problem.isHidden():
            below += self._problem.height() + GAP
        self._note.move((width - self._note.width()) // 2, below)
        if not self._note.isHidden():
            below += self._note.height() + GAP
        self._legend.move((width - self._legend.width()) // 2, below)
        self._hint.move(MARGIN, height - self._hint.height() - MARGIN)
        self._scale.move(
            width - self._scale.width() - MARGIN, height - self._scale.height() - MARGIN
        )

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep to the corners when the canvas is resized."""
        if event.type() == QEvent.Type.Resize:
            self.refresh()
        return super().eventFilter(watched, event)
