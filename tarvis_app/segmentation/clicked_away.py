"""What was clicked away stays away on its frame, whatever later answers think of it."""

from collections.abc import Sequence
from dataclasses import replace

from tarvis_core.annotation.clicked_away import clicked_away, disk_round
from tarvis_core.annotation.exemplar import Exemplar, PointExemplar
from tarvis_core.annotation.mask import Mask
from tarvis_core.annotation.segmentation import PredictedMask
from tarvis_core.annotation.track import TrackFrame


class ClickedAway:
    """Remembers of negative clicks what their first answers took.

    A click is answered again, by more looks, and other clicks are answered after it. What a person
    saw go stays away as long as the click is among those that are asked about, and no positive one
    lies where it was. A negative click that the network passes over takes a disk round itself.
    """

    def __init__(self) -> None:
        self._pieces: dict[PointExemplar, Mask] = {}

    def forget(self) -> None:
        """Another project is open."""
        self._pieces.clear()

    def note_asked(self, exemplars: Sequence[Exemplar]) -> None:
        """A click was given: its first answer is still to come."""
        if exemplars and isinstance(exemplars[-1], PointExemplar):
            self._pieces.pop(exemplars[-1], None)

    def kept_away(
        self, exemplars: Sequence[Exemplar], held: TrackFrame | None, answer: PredictedMask | None
    ) -> PredictedMask | None:
        """An answer without what these clicks took before, and without their own places.

        Args:
            exemplars: What was asked about of the target, in the order in which it was given.
            held: What was shown of it when the last of them was given.
            answer: What the network says.
        """
        points = [each for each in exemplars if isinstance(each, PointExemplar)]
        if answer is None or not points:
            return answer
        newest, mask = points[-1], answer.mask
        if held is not None and not newest.is_positive and newest not in self._pieces:
            self._pieces[newest] = clicked_away(held.mask, mask, newest)
        wanted = [each for each in points if each.is_positive]
        for point in points:
            piece = self._pieces.get(point)
            if piece is not None and not any(_is_in(piece, each) for each in wanted):
                mask = mask.difference(piece)
        for point in points:
            if not point.is_positive and _is_in(mask, point):
                disk = disk_round(mask, point, wanted)
                self._pieces[point] = disk
                mask = mask.difference(disk)
        return replace(answer, mask=mask)


def _is_in(mask: Mask, point: PointExemplar) -> bool:
    """Whether a click lies in a mask."""
    x, y = int(point.x), int(point.y)
    return bool(mask.pixels_in((x, y, x + 1, y + 1)).any())
