"""A screen of its own on a real X server, and a person who sees it, points and types."""

import itertools
import os
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image


@dataclass
class XServer:
    """A running Xvfb that keeps its screen in a file."""

    process: subprocess.Popen
    display: str
    folder: Path

    @classmethod
    def start(cls, folder, size=(1280, 720)):
        """Start on a free number; the server chooses it.

        Args:
            folder: Where the screen is kept as a file.
            size: (width, height) in pixels.
        """
        reader, writer = os.pipe()
        screen = ("-screen", "0", f"{size[0]}x{size[1]}x24", "-fbdir", str(folder))
        process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), *screen, "-nolisten", "tcp"],
            pass_fds=[writer],
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        with os.fdopen(reader) as pipe:
            return cls(process, f":{pipe.readline().strip()}", folder)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def pixels(self):
        """What is on the screen: (height, width, 3) uint8, RGB; an XWD file begins with words."""
        content = (self.folder / "Xvfb_screen0").read_bytes()
        header = struct.unpack(">25I", content[:100])
        length, width, height, row, num_colours = (header[i] for i in (0, 4, 5, 12, 19))
        begin = length + 12 * num_colours
        rows = np.frombuffer(content, np.uint8, row * height, begin).reshape(height, row)
        return rows[:, : 4 * width].reshape(height, width, 4)[..., 2::-1].copy()

    def save_picture(self, path):
        Image.fromarray(self.pixels()).save(path)

    def xdotool(self, *words):
        done = subprocess.run(
            ["xdotool", *map(str, words)],
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.split()

    def focus(self, title):
        """Give the keyboard to the window of a title; no window manager does it here."""
        found = self.xdotool("search", "--onlyvisible", "--name", title)
        if found:
            self.xdotool("windowfocus", "--sync", found[-1])
        return bool(found)

    def press(self, *keys):
        for key in keys:
            self.xdotool("key", key)
            time.sleep(0.15)

    def click(self, x, y):
        self.xdotool("mousemove", x, y)
        time.sleep(0.15)
        self.xdotool("click", 1)

    def drag(self, points):
        """Press at the first point, move along the lines between, release at the last."""
        self.xdotool("mousemove", *points[0])
        time.sleep(0.15)
        self.xdotool("mousedown", 1)
        for begin, end in itertools.pairwise(points):
            for part in np.linspace(0, 1, 6)[1:]:
                x, y = np.add(begin, np.subtract(end, begin) * part).round().astype(int)
                self.xdotool("mousemove", x, y)
        self.xdotool("mouseup", 1)


@dataclass(frozen=True)
class Place:
    """Where a frame is on the screen: found by the line round it."""

    left: float
    top: float
    scale: float

    @classmethod
    def of_edge(cls, pixels, colour, width):
        """The place of a frame of `width` pixels with a line of a colour; None while unseen."""
        is_edge = (np.abs(pixels.astype(int) - colour) < 40).all(axis=2)
        rows, columns = np.nonzero(is_edge)
        if rows.size < 400:
            return None
        left, right = columns.min(), columns.max() + 1
        return cls(left, rows.min(), (right - left) / width)

    def on_screen(self, x, y):
        return round(self.left + x * self.scale), round(self.top + y * self.scale)
