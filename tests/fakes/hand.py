"""A person at the window: clicks, keys, and eyes that wait."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tarvis_app.application import Application
from tarvis_core.annotation.target import TargetId
from tests.fakes import mouse

FIRST = TargetId(1)
NUM_FRAMES = 40
"""Of the video that the tests of the whole window share."""


@dataclass
class Hand:
    """A person at the window: clicks, keys, and eyes that wait."""

    app: Application
    qtbot: object

    def wait(self, condition, timeout=60000):
        self.qtbot.waitUntil(condition, timeout=timeout)

    def wait_for_video(self):
        self.wait(lambda: self.app.presenter.frame is not None)

    def wait_for_end(self):
        runs, search = self.app.runs, self.app.class_search
        self.wait(lambda: not (runs.is_running or runs.is_waiting or search.is_waiting))

    def go_to(self, frame):
        self.app.view_state.show_frame(frame)
        self.wait(lambda: self.app.presenter.frame == frame)

    def press(self, key, modifiers=Qt.KeyboardModifier.NoModifier):
        QTest.keyClick(self.app.canvas, key, modifiers)

    def hover(self, x, y):
        mouse.move(self.app.canvas, x, y)

    def click(self, x, y, button=mouse.LEFT):
        mouse.click(self.app.canvas, x, y, button)

    def drag(self, *points):
        mouse.drag(self.app.canvas, *points)

    @property
    def masks(self):
        return self.app.document.opened.masks

    def content(self, target=FIRST):
        return dict(self.masks.track(target).items())
