"""Pictures of an evaluation: where masks are good, and where they fail.

Predicted masks are coloured, true outlines are white lines.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from tarvis_core.annotation.exemplar import PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.target import TargetId
from tarvis_core.video.overlay import OverlayStyle, draw_masks

STYLE = OverlayStyle(opacity=0.5, outline_px=0)
HEIGHT_PX = 216
"""Of each frame in a strip."""
PARTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Which frames of a clip a strip shows, as parts of its length."""
KEPT_STILLS = 24
"""How many stills of each source are kept: the worst."""


class EvaluationPictures:
    """A folder of pictures: `clips/` one strip each, `stills/` the worst of each source."""

    def __init__(self, folder: Path) -> None:
        self._clips = folder / "clips"
        self._stills = folder / "stills"
        for path in (self._clips, self._stills):
            path.mkdir(parents=True, exist_ok=True)

    def add_clip(
        self,
        title: str,
        images: Sequence[np.ndarray],
        truth: Sequence[Mapping[int, Mask]],
        predicted: Sequence[Mapping[int, Mask]],
    ) -> None:
        """Write a strip of five frames of a clip, side by side.

        Args:
            title: Clip, method and score; names the file.
            images: (H, W, 3) RGB uint8, one for each frame.
            truth: True masks by target, for each frame.
            predicted: The same of a method.
        """
        chosen = [round(part * (len(images) - 1)) for part in PARTS]
        drawn = [_drawn(images[n], truth[n], predicted[n]) for n in chosen]
        _write(self._clips / f"{_file_name(title)}.jpg", np.concatenate(drawn, axis=1))

    def add_still(
        self,
        title: str,
        image: np.ndarray,
        truth: np.ndarray,
        shown: np.ndarray,
        click: PointExemplar,
    ) -> None:
        """Write a still beside the answer to one click on it.

        Args:
            title: Source, score and name, in this order; names the file.
            image: (H, W, 3) RGB uint8.
            truth: (H, W) bool.
            shown: (H, W) bool, the answer.
            click: What was asked.
        """
        marked = image.copy()
        place = int(click.x), int(click.y)
        cv2.circle(marked, place, 5, (255, 255, 255), -1, cv2.LINE_AA)
        cv2.circle(marked, place, 4, (220, 30, 30), -1, cv2.LINE_AA)
        masks = {1: Mask.from_array(truth)}, {1: Mask.from_array(shown)}
        parts = [_drawn(marked, {}, {}), _drawn(image, *masks)]
        _write(self._stills / f"{_file_name(title)}.jpg", np.concatenate(parts, axis=1))

    def keep_worst(self, count: int = KEPT_STILLS) -> None:
        """Delete the stills of each source but the worst."""
        by_source: dict[str, list[Path]] = {}
        for path in self._stills.glob("*.jpg"):
            by_source.setdefault(re.split(r"_[01]\.\d\d_", path.name)[0], []).append(path)
        for paths in by_source.values():
            for path in sorted(paths)[count:]:  # the score comes first after the source
                path.unlink()


def _drawn(
    image: np.ndarray, truth: Mapping[int, Mask], predicted: Mapping[int, Mask]
) -> np.ndarray:
    masks = {TargetId(target): mask for target, mask in predicted.items()}
    drawn = draw_masks(image, masks, STYLE)
    for mask in truth.values():
        outlines, _ = cv2.findContours(
            mask.to_array().astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
        )
        cv2.drawContours(drawn, outlines, -1, (255, 255, 255), 1)
    width = max(1, round(drawn.shape[1] * HEIGHT_PX / drawn.shape[0]))
    return cv2.resize(drawn, (width, HEIGHT_PX), interpolation=cv2.INTER_AREA)


def _file_name(title: str) -> str:
    return re.sub(r"[^\w.+-]+", "_", title)


def _write(path: Path, image: np.ndarray) -> None:
    cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
