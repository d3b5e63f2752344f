"""RateBook: remembers between two starts how long runs take, by weights, device and sizes."""

import math
from dataclasses import dataclass

from tarvis_app.segmentation.rates import DecodingRate, EncodingRate
from tarvis_app.settings import Settings

GROUP = "rates"
ENCODING = "encoding"


@dataclass(frozen=True)
class Setting:
    """What rates depend on."""

    weights: str
    device: str
    reduction: int
    frame_size: tuple[int, int]
    """(height, width) of the video's frames."""
    input_size: tuple[int, int]
    """(height, width) of the frames as the network sees them."""

    @property
    def family(self) -> str:
        """What settings have in common that differ in sizes alone."""
        smaller = f" reduced by {self.reduction}" if self.reduction else ""
        return f"{self.weights} {self.device}{smaller}".replace("/", "-")

    @property
    def sizes(self) -> str:
        """The sizes as a word."""
        (height, width), (high, wide) = self.frame_size, self.input_size
        return f"{high}x{wide} of {height}x{width}"


@dataclass(frozen=True)
class _Sizes:
    """Sizes as a word, and how many pixels they are."""

    word: str
    input_pixels: int
    frame_pixels: int

    @classmethod
    def read(cls, word: str) -> "_Sizes | None":
        """The sizes that a word says; None if it says none."""
        try:
            numbers = [int(text) for part in word.split(" of ") for text in part.split("x")]
        except ValueError:
            return None
        if len(numbers) != 4 or min(numbers) < 1:
            return None
        return cls(word, numbers[0] * numbers[1], numbers[2] * numbers[3])

    def distance(self, other: "_Sizes") -> float:
        """How far both are apart; 0 where they are the same."""
        by_input = abs(math.log(self.input_pixels / other.input_pixels))
        return by_input + abs(math.log(self.frame_pixels / other.frame_pixels))


@dataclass(frozen=True)
class _Found:
    """Two numbers that were measured, and by how much sizes are larger here than there."""

    numbers: tuple[float, float]
    input_factor: float = 1.0
    frame_factor: float = 1.0


class RateBook:
    """Typed access to the rates in the settings file.

    Of sizes that nobody measured, the rates of the nearest are taken, in proportion to the pixels.
    """

    def __init__(self, settings: Settings) -> None:
        self._store = settings.store

    def encoding(self, setting: Setting, *, is_exact: bool = False) -> EncodingRate | None:
        """What encoding takes.

        Args:
            setting: Where.
            is_exact: Whether nothing but a measurement of these very sizes counts.
        """
        found = self._look_up(setting, ENCODING, is_exact=is_exact)
        return None if found is None else EncodingRate(*found.numbers).scaled(found.input_factor)

    def decoding(
        self, setting: Setting, kind: str, *, is_exact: bool = False
    ) -> DecodingRate | None:
        """What decoding takes in runs of a kind; see `encoding`."""
        found = self._look_up(setting, f"decoding {kind}", is_exact=is_exact)
        if found is None:
            return None
        return DecodingRate(*found.numbers).scaled(found.input_factor, found.frame_factor)

    def peak_bytes(self, setting: Setting, kind: str) -> int:
        """The most memory that was in use in runs of a kind; 0 where nobody knows."""
        value = str(self._store.value(_key(setting, setting.sizes, f"memory {kind}"), ""))
        return int(value) if value.isdecimal() else 0

    def note_encoding(self, setting: Setting, rate: EncodingRate) -> None:
        """Remember what encoding took."""
        self._write(setting, ENCODING, rate.frame_s, rate.clip_s)

    def note_decoding(self, setting: Setting, kind: str, rate: DecodingRate) -> None:
        """Remember what decoding took in runs of a kind."""
        self._write(setting, f"decoding {kind}", rate.frame_s, rate.target_s)

    def note_peak(self, setting: Setting, kind: str, num_bytes: int) -> None:
        """Remember the most memory that was in use."""
        self._store.setValue(_key(setting, setting.sizes, f"memory {kind}"), str(num_bytes))

    def _write(self, setting: Setting, name: str, *numbers: float) -> None:
        key = _key(setting, setting.sizes, name)
        self._store.setValue(key, [f"{number:.5g}" for number in numbers])

    def _look_up(self, setting: Setting, name: str, *, is_exact: bool) -> _Found | None:
        numbers = self._numbers(setting, setting.sizes, name)
        if numbers is not None:
            return _Found(numbers)
        here = _Sizes.read(setting.sizes)
        if is_exact or here is None:
            return None
        self._store.beginGroup(f"{GROUP}/{setting.family}")
        measured = [_Sizes.read(word) for word in self._store.childGroups()]
        self._store.endGroup()
        for sizes in sorted((each for each in measured if each is not None), key=here.distance):
            numbers = self._numbers(setting, sizes.word, name)
            if numbers is not None:
                input_factor = here.input_pixels / sizes.input_pixels
                return _Found(numbers, input_factor, here.frame_pixels / sizes.frame_pixels)
        return None

    def _numbers(self, setting: Setting, sizes: str, name: str) -> tuple[float, float] | None:
        match self._store.value(_key(setting, sizes, name)):
            case [str(first), str(second)]:
                try:
                    return float(first), float(second)
                except ValueError:
                    return None
        return None


def _key(setting: Setting, sizes: str, name: str) -> str:
    return f"{GROUP}/{setting.family}/{sizes}/{name.replace('/', '-')}"
