"""One rendered scene: what lies and flies in it, how the camera moves, and its pictures.

Bodies move by pybullet's physics or on paths of their own; its software renderer draws them and
says which pixel shows which body. What no body covers shows a photograph, laid round the scene
like a panorama, so that the camera can turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tarvis_core.errors import ConfigError
from training.rendered_shapes import Shape

try:
    import pybullet
except ImportError:  # an extra: `pip install 'tarvis-studio[rendering]'`
    pybullet = None

PHYSICS_HZ = 240
FLOOR_HALF_SIDE = 14.0
NOTHING = -1
"""What the renderer says of a pixel that shows no body."""


@dataclass(frozen=True)
class Path3:
    """A path: straight on, swinging, turning."""

    start: np.ndarray
    """(3,), in units of the scene."""
    velocity: np.ndarray
    """(3,) per second."""
    swing: np.ndarray
    """(3,): how far it swings to either side of the straight way."""
    swings_per_second: float
    turn: np.ndarray
    """(3,): first Euler angles, in radians."""
    spin: np.ndarray
    """(3,): turning, in radians per second."""

    def at(self, time_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Position (3,) and Euler angles (3,) at a time."""
        phase = np.sin(2 * np.pi * self.swings_per_second * time_s)
        place = self.start + self.velocity * time_s + self.swing * phase
        return place, self.turn + self.spin * time_s


@dataclass(frozen=True)
class Body:
    """One object of a scene."""

    shape: Shape
    texture: np.ndarray
    """(H, W, 3) RGB uint8."""
    path: Path3
    is_free: bool
    """Whether physics moves it, from the path's start with its velocity and spin."""
    bounce: float = 0.6
    """How much of its speed it keeps when it hits something."""


@dataclass(frozen=True)
class CameraPath:
    """A camera that goes round the scene's middle, looks away and back, and trembles."""

    azimuth: float
    """Where it begins, in radians."""
    azimuth_speed: float
    """Radians per second."""
    distance: float
    distance_speed: float
    height: float
    look_aside: float
    """Largest angle to the side of the scene's middle, reached half-way, in radians."""
    tremble: float
    """Size of a hand's tremble, in radians."""
    phases: np.ndarray
    """(4,): where the tremble's waves begin."""
    view_degrees: float
    """Vertical angle of view."""

    def at(self, time_s: float, part: float) -> tuple[np.ndarray, np.ndarray]:
        """Position (3,) and viewing direction (3,) at a time, and this part (0…1) of a clip."""
        angle = self.azimuth + self.azimuth_speed * time_s
        distance = self.distance + self.distance_speed * time_s
        position = np.array([np.cos(angle) * distance, np.sin(angle) * distance, self.height])
        direction = np.array([0.0, 0.0, 1.0]) - position
        waves = np.sin(np.array([3.1, 7.3, 2.7, 8.9]) * time_s + self.phases)
        aside = self.look_aside * np.sin(np.pi * part) ** 2
        aside += self.tremble * (waves[0] + 0.4 * waves[1])
        cosine, sine = np.cos(aside), np.sin(aside)
        turned = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]) @ direction
        turned[2] += self.tremble * distance * (waves[2] + 0.4 * waves[3])
        return position, turned / np.linalg.norm(turned)


@dataclass(frozen=True)
class Light:
    """How a scene is lit."""

    direction: tuple[float, float, float]
    ambient: float
    diffuse: float
    specular: float


@dataclass(frozen=True)
class Backdrop:
    """A photograph round the scene."""

    photograph: np.ndarray
    """(H, W, 3) RGB uint8."""
    radians_per_pixel: float
    azimuth: float
    """Where its middle lies."""
    horizon: float
    """Which part of its height (0…1, from the top) lies level with the camera."""

    def seen(self, direction: np.ndarray, view_degrees: float, size: tuple[int, int]) -> np.ndarray:
        """What a camera of this viewing direction (3,) sees, (H, W, 3); mirrored at its ends."""
        rays = view_rays(direction, view_degrees, size)
        azimuth = np.arctan2(rays[..., 1], rays[..., 0]) - self.azimuth
        azimuth = (azimuth + np.pi) % (2 * np.pi) - np.pi
        elevation = np.arctan2(rays[..., 2], np.hypot(rays[..., 0], rays[..., 1]))
        height, width = self.photograph.shape[:2]
        column = width / 2 - azimuth / self.radians_per_pixel
        row = height * self.horizon - elevation / self.radians_per_pixel
        return cv2.remap(
            self.photograph,
            column.astype(np.float32),
            row.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )


@dataclass(frozen=True)
class Scene:
    """Everything that decides a clip's pictures."""

    bodies: tuple[Body, ...]
    backdrop: Backdrop
    floor: np.ndarray | None
    """Texture of the floor, (H, W, 3) RGB uint8; none for a scene in the air."""
    floor_tiles: float
    """How often the texture repeats along the floor."""
    camera: CameraPath
    light: Light
    gravity: float


class SceneRenderer:
    """Draws a scene frame by frame; a context manager that holds one physics world."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        """Build the world.

        Args:
            scene: What to draw.
            folder: For the textures, which the renderer reads from files.

        Raises:
            ConfigError: The optional package pybullet is missing.
        """
        if pybullet is None:
            raise ConfigError(
                "rendering needs pybullet; install it with `pip install 'tarvis-studio[rendering]'`"
            )
        self._scene = scene
        self._folder = folder
        self._world = pybullet.connect(pybullet.DIRECT)
        pybullet.setGravity(0, 0, -scene.gravity, physicsClientId=self._world)
        pybullet.setTimeStep(1 / PHYSICS_HZ, physicsClientId=self._world)
        self._floor = self._add_floor()
        self._bodies = [self._add(body) for body in scene.bodies]
        self._steps = 0

    def __enter__(self) -> "SceneRenderer":
        return self

    def __exit__(self, *_: object) -> None:
        pybullet.disconnect(physicsClientId=self._world)

    def move_to(self, time_s: float) -> None:
        """Let the time pass until this one, which must not lie in the past."""
        while self._steps < time_s * PHYSICS_HZ:
            pybullet.stepSimulation(physicsClientId=self._world)
            self._steps += 1
        for body, number in zip(self._scene.bodies, self._bodies, strict=True):
            if not body.is_free:
                self._place(body, number, time_s)

    def picture(
        self, position: np.ndarray, direction: np.ndarray, size: tuple[int, int], finer: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw the scene as it is now.

        Args:
            position: (3,) of the camera.
            direction: (3,), where it looks.
            size: (height, width) of the picture.
            finer: Pixels are drawn this much smaller, and averaged.

        Returns:
            The picture (H, W, 3) RGB uint8, and the label of each pixel (H, W) uint8: 0 backdrop
            and floor, 1…N the scene's bodies in order.
        """
        fine = round(size[0] * finer), round(size[1] * finer)
        colours, numbers = self._drawn(position, direction, fine)
        height, width = size
        shares = [_share(np.isin(numbers, (NOTHING, self._floor)), size)]
        shares += [_share(numbers == number, size) for number in self._bodies]
        labels = np.argmax(np.stack(shares), axis=0).astype(np.uint8)
        is_empty = numbers == NOTHING
        colours[is_empty] = 0
        drawn = cv2.resize(colours, (width, height), interpolation=cv2.INTER_AREA)
        backdrop = self._scene.backdrop.seen(direction, self._scene.camera.view_degrees, size)
        picture = drawn + backdrop * _share(is_empty, size)[..., None]
        return np.clip(picture, 0, 255).round().astype(np.uint8), labels

    def _drawn(
        self, position: np.ndarray, direction: np.ndarray, size: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray]:
        height, width = size
        light = self._scene.light
        ahead = position + direction
        image = pybullet.getCameraImage(
            width,
            height,
            viewMatrix=pybullet.computeViewMatrix(position, ahead, (0, 0, 1)),
            projectionMatrix=pybullet.computeProjectionMatrixFOV(
                self._scene.camera.view_degrees, width / height, 0.1, 60.0
            ),
            lightDirection=light.direction,
            lightAmbientCoeff=light.ambient,
            lightDiffuseCoeff=light.diffuse,
            lightSpecularCoeff=light.specular,
            shadow=1,
            renderer=pybullet.ER_TINY_RENDERER,
            physicsClientId=self._world,
        )
        colours = np.reshape(image[2], (height, width, 4))[..., :3].astype(np.float32)
        return colours, np.reshape(image[4], (height, width))

    def _add(self, body: Body) -> int:
        shape = body.shape
        # what physics does not move is not hit by anything either
        collision = NOTHING
        if body.is_free:
            collision = pybullet.createCollisionShape(
                pybullet.GEOM_BOX,
                halfExtents=(0.85 * shape.half_extents).tolist(),
                physicsClientId=self._world,
            )
        number = self._add_surface(shape, body.texture, collision, mass=float(body.is_free))
        self._place(body, number, 0.0)
        if body.is_free:
            pybullet.changeDynamics(
                number,
                -1,
                restitution=body.bounce,
                lateralFriction=0.6,
                rollingFriction=0.01,
                physicsClientId=self._world,
            )
            pybullet.resetBaseVelocity(
                number, body.path.velocity, body.path.spin, physicsClientId=self._world
            )
        return number

    def _add_floor(self) -> int:
        if self._scene.floor is None:
            return NOTHING
        side, tiles = FLOOR_HALF_SIDE, self._scene.floor_tiles
        corners = np.array([(-side, -side, 0), (side, -side, 0), (side, side, 0), (-side, side, 0)])
        shape = Shape(
            corners,
            np.array([(0, 0), (tiles, 0), (tiles, tiles), (0, tiles)]),
            np.array([(0, 1, 2), (0, 2, 3)]),
        )
        collision = pybullet.createCollisionShape(pybullet.GEOM_PLANE, physicsClientId=self._world)
        floor = self._add_surface(shape, self._scene.floor, collision, mass=0.0)
        pybullet.changeDynamics(floor, -1, restitution=0.8, physicsClientId=self._world)
        return floor

    def _add_surface(self, shape: Shape, texture: np.ndarray, collision: int, mass: float) -> int:
        visual = pybullet.createVisualShape(
            pybullet.GEOM_MESH,
            vertices=shape.vertices.tolist(),
            indices=shape.triangles.ravel().tolist(),
            uvs=shape.texture_points.tolist(),
            normals=shape.normals.tolist(),
            rgbaColor=(1, 1, 1, 1),
            specularColor=(0.3, 0.3, 0.3),
            physicsClientId=self._world,
        )
        number = pybullet.createMultiBody(mass, collision, visual, physicsClientId=self._world)
        path = self._folder / f"texture{number}.png"
        cv2.imwrite(str(path), cv2.cvtColor(texture, cv2.COLOR_RGB2BGR))
        loaded = pybullet.loadTexture(str(path), physicsClientId=self._world)
        pybullet.changeVisualShape(number, -1, textureUniqueId=loaded, physicsClientId=self._world)
        return number

    def _place(self, body: Body, number: int, time_s: float) -> None:
        position, angles = body.path.at(time_s)
        pybullet.resetBasePositionAndOrientation(
            number,
            position,
            pybullet.getQuaternionFromEuler(angles),
            physicsClientId=self._world,
        )


def view_rays(direction: np.ndarray, view_degrees: float, size: tuple[int, int]) -> np.ndarray:
    """The direction (H, W, 3) in which each pixel of a level camera looks."""
    height, width = size
    right = np.cross(direction, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    up = np.cross(right, direction)
    half = np.tan(np.radians(view_degrees) / 2)
    across = ((np.arange(width) + 0.5) * 2 / height - width / height) * half
    down = (1 - (np.arange(height) + 0.5) * 2 / height) * half
    return direction + across[None, :, None] * right + down[:, None, None] * up


def render(
    scene: Scene, times_s: Sequence[float], size: tuple[int, int], finer: float, folder: Path
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a scene at these times.

    Returns:
        Pictures (T, H, W, 3) RGB uint8 and labels (T, H, W) uint8.

    Raises:
        ConfigError: The optional package pybullet is missing.
    """
    pictures, labels = [], []
    with SceneRenderer(scene, folder) as renderer:
        for time_s in times_s:
            renderer.move_to(time_s)
            position, direction = scene.camera.at(time_s, time_s / max(times_s[-1], 1e-9))
            picture, of_frame = renderer.picture(position, direction, size, finer)
            pictures.append(picture)
            labels.append(of_frame)
    return np.stack(pictures), np.stack(labels)


def _share(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Which part of each pixel of a coarser picture (H, W) a mask covers."""
    return cv2.resize(mask.astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA)
