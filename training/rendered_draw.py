"""What rendered clips show: objects, skins, paths, cameras and light, drawn at random."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from training.augmentation import ColourRange, visible_labels
from training.data_manifest import LabelledFrame
from training.pseudo_clips import CutOut
from training.rendered_scene import Backdrop, Body, CameraPath, Light, Path3, Scene
from training.rendered_shapes import Shape, blown_up, draw_shape

SKIN_SIDE = 320
"""Pixels along the sides of a texture."""


@dataclass(frozen=True)
class RenderSettings:
    """What rendered clips look like."""

    sizes: tuple[tuple[int, int], ...] = (
        (288, 512),
        (320, 568),
        (360, 640),
        (384, 640),
        (384, 512),
        (512, 320),
    )
    """(height, width) of clips; each is as likely."""
    num_frames: tuple[int, int] = (12, 16)
    frames_per_second: tuple[float, float] = (7.0, 20.0)
    """How fast videos are, of which frames may have been left out."""
    num_objects: tuple[int, int] = (3, 8)
    finer: float = 1.5
    """How much smaller than the clip's the drawn pixels are."""
    min_pixels: int = 200
    """How many pixels an object of the first frame shows at least."""
    min_objects: int = 2
    """How many objects the first frame shows at least."""
    cut_out_share: float = 0.45
    """Share of the kinds of objects that are blown-up cut-outs of photographs."""
    look_alike_share: float = 0.7
    """Share of the scenes with several objects of one kind."""
    floor_share: float = 0.6
    """Share of the scenes with a floor."""
    away_share: float = 0.25
    """Share of the cameras that turn away and come back."""
    blocker_share: float = 0.4
    """Share of the scenes with an object close to the camera that hides others."""


class Album:
    """Hands out parts of photographs, and remembers which."""

    def __init__(self, stills: Sequence[LabelledFrame], random: np.random.Generator) -> None:
        self._stills = stills
        self._random = random
        self.photographs: list[LabelledFrame] = []
        """All that were handed out."""

    def photograph(self) -> tuple[np.ndarray, np.ndarray]:
        """A photograph (H, W, 3) and its labels (H, W)."""
        still = self._stills[int(self._random.integers(len(self._stills)))]
        self.photographs.append(still)
        return still.load()

    def skin(self) -> np.ndarray:
        """A square part of a photograph, mirrored so that it repeats without seams."""
        image, _ = self.photograph()
        side = round(min(image.shape[:2]) * self._random.uniform(0.35, 0.95))
        top = int(self._random.integers(image.shape[0] - side + 1))
        left = int(self._random.integers(image.shape[1] - side + 1))
        half = (SKIN_SIDE // 2, SKIN_SIDE // 2)
        part = cv2.resize(image[top : top + side, left : left + side], half)
        row = np.concatenate([part, part[:, ::-1]], axis=1)
        return np.concatenate([row, row[::-1]], axis=0)

    def cut_out(self) -> CutOut | None:
        """The largest part of an object of a photograph; none if none is compact."""
        image, labels = self.photograph()
        large = visible_labels(labels, min_pixels=1500)
        if not large:
            return None
        label = int(self._random.choice(large))
        _, parts, statistics, _ = cv2.connectedComponentsWithStats(
            (labels == label).astype(np.uint8)
        )
        largest = 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))
        cut_out = CutOut.of_label(image, (parts == largest).astype(np.uint8), 1)
        sides = cut_out.mask.shape
        is_compact = cut_out.mask.mean() > 0.25 and max(sides) < 4 * min(sides)
        return cut_out if is_compact else None


class SceneDraw:
    """Draws everything about a scene at random."""

    def __init__(self, settings: RenderSettings, album: Album, random: np.random.Generator) -> None:
        self._settings = settings
        self._album = album
        self._random = random

    def scene(self, duration_s: float) -> Scene:
        """A scene of this length."""
        random, settings = self._random, self._settings
        has_floor = bool(random.random() < settings.floor_share)
        gravity = 9.8 if has_floor else random.uniform(0.5, 4.0)
        camera = self._camera(duration_s)
        bodies = [
            self._body(kind, has_floor=has_floor, duration_s=duration_s) for kind in self._kinds()
        ]
        if random.random() < settings.blocker_share:
            bodies.append(self._blocker(camera, duration_s))
        ambient = random.uniform(0.45, 0.7)
        light = Light(
            direction=(random.uniform(-4, 4), random.uniform(-4, 4), random.uniform(3, 8)),
            ambient=ambient,
            diffuse=random.uniform(0.9, 1.15) - ambient,
            specular=random.uniform(0.0, 0.4),
        )
        floor = self._album.skin() if has_floor else None
        return Scene(
            bodies=tuple(bodies),
            backdrop=self._backdrop(camera),
            floor=floor,
            floor_tiles=random.uniform(2.0, 5.0),
            camera=camera,
            light=light,
            gravity=gravity,
        )

    def _kinds(self) -> list[tuple[Shape, np.ndarray]]:
        """Shape and skin of each object; look-alikes share both but for size and shade."""
        random, settings = self._random, self._settings
        wanted = int(random.integers(settings.num_objects[0], settings.num_objects[1] + 1))
        num_kinds = wanted
        if random.random() < settings.look_alike_share:
            num_kinds = int(random.integers(1, max(2, wanted - 1)))
        kinds = [self._kind() for _ in range(num_kinds)]
        found = []
        for index in range(wanted):
            shape, skin = kinds[index % num_kinds]
            if index >= num_kinds:
                skin = ColourRange(6, 0.08, 12).draw(random).apply(skin)
            found.append((shape.scaled(random.uniform(0.85, 1.15)), skin))
        return found

    def _kind(self) -> tuple[Shape, np.ndarray]:
        random = self._random
        scale = random.uniform(0.45, 1.25)
        if random.random() < self._settings.cut_out_share:
            cut_out = self._album.cut_out()
            if cut_out is not None:
                shape = blown_up(cut_out.mask, random.uniform(0.15, 0.4))
                return shape.scaled(scale * 1.2), _filled(cut_out)
        return draw_shape(random).scaled(scale), self._album.skin()

    def _body(self, kind: tuple[Shape, np.ndarray], *, has_floor: bool, duration_s: float) -> Body:
        random = self._random
        shape, skin = kind
        is_free = bool(random.random() < 0.6)
        radius = float(np.linalg.norm(shape.half_extents[:2]))
        place = random.uniform((-2.6, -2.6, 0.0), (2.6, 2.6, 2.6))
        if has_floor:
            place[2] = shape.half_extents[2] + (random.uniform(0, 2.2) if is_free else 0.0)
        aim = random.uniform((-1.5, -1.5, place[2]), (1.5, 1.5, place[2] + 0.01))
        speed = random.uniform(0.2, 1.0) * 3.0 / max(duration_s, 0.5)
        velocity = (aim - place) / max(float(np.linalg.norm(aim - place)), 0.3) * speed
        if is_free:
            velocity[2] = random.uniform(0.0, 3.0)
        turn = np.array([0.0, 0.0, random.uniform(0, 2 * np.pi)])
        spin = np.array([0.0, 0.0, random.uniform(-1.5, 1.5)])
        if is_free or not has_floor:
            turn[:2] = random.uniform(-0.6, 0.6, 2)
            spin = random.uniform(-3, 3, 3) * random.choice([0.3, 1.0])
        swing = random.uniform(-0.5, 0.5, 3) * (1.0, 1.0, 0.15) * radius
        path = Path3(place, velocity, swing, random.uniform(0.3, 1.5), turn, spin)
        return Body(shape, skin, path, is_free, random.uniform(0.3, 0.8))

    def _blocker(self, camera: CameraPath, duration_s: float) -> Body:
        """Something that stands or passes between camera and scene."""
        random = self._random
        position, direction = camera.at(duration_s / 2, 0.0)
        aside = np.cross(direction, (0.0, 0.0, 1.0))
        shape, skin = self._kind()
        shape = shape.scaled(random.uniform(0.5, 0.8) / float(shape.half_extents.max()))
        middle = position + direction * random.uniform(0.35, 0.5) * camera.distance
        speed = random.uniform(-2.0, 2.0) / max(duration_s, 0.5)
        path = Path3(
            start=middle - aside * speed * duration_s * random.uniform(0.2, 0.8),
            velocity=aside * speed,
            swing=np.zeros(3),
            swings_per_second=0.0,
            turn=np.array([0.0, 0.0, random.uniform(0, 2 * np.pi)]),
            spin=np.array([0.0, 0.0, random.uniform(-1, 1)]),
        )
        return Body(shape, skin, path, is_free=False)

    def _camera(self, duration_s: float) -> CameraPath:
        random = self._random
        view = random.uniform(36.0, 56.0)
        distance = 3.4 / np.tan(np.radians(view) / 2) * random.uniform(0.75, 1.1)
        aside = 0.0
        if random.random() < self._settings.away_share:
            aside = random.choice([-1, 1]) * np.radians(view) * random.uniform(0.4, 0.9)
        return CameraPath(
            azimuth=random.uniform(-np.pi, np.pi),
            azimuth_speed=random.choice([0.0, 1.0]) * random.uniform(-0.7, 0.7) / duration_s,
            distance=distance,
            distance_speed=random.choice([0.0, 1.0])
            * random.uniform(-0.35, 0.2)
            * distance
            / duration_s,
            height=random.uniform(0.8, 4.0),
            look_aside=float(aside),
            tremble=random.uniform(0.0, 0.03),
            phases=random.uniform(0, 2 * np.pi, 4),
            view_degrees=view,
        )

    def _backdrop(self, camera: CameraPath) -> Backdrop:
        random = self._random
        image, _ = self._album.photograph()
        larger = 640 / min(image.shape[:2])
        image = cv2.resize(image, None, fx=larger, fy=larger, interpolation=cv2.INTER_CUBIC)
        covered = np.radians(camera.view_degrees) * random.uniform(1.1, 1.8)
        return Backdrop(
            photograph=image,
            radians_per_pixel=covered / image.shape[0],
            azimuth=camera.azimuth + np.pi + random.uniform(-0.4, 0.4),
            horizon=random.uniform(0.35, 0.65),
        )


def _filled(cut_out: CutOut) -> np.ndarray:
    """The cut-out's box as a texture; beyond its outline the nearest of its own colours."""
    outside = (~cut_out.mask).astype(np.uint8)
    _, nearest = cv2.distanceTransformWithLabels(
        outside, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colour_of = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
    colour_of[nearest[cut_out.mask]] = cut_out.image[cut_out.mask]
    return colour_of[nearest]
