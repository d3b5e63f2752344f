"""Which data sets a joint run sees, as run files say it."""

from dataclasses import dataclass

from tarvis_core.errors import ConfigError
from training.datasets.manifest_stills import MANIFEST_RECIPES
from training.datasets.source_recipes import RECIPES


@dataclass(frozen=True)
class SourceSettings:
    """One data set of a run."""

    name: str
    """One of the recipes, such as "YOUTUBE_VIS"; it decides how clips are taken."""
    path: str
    """Annotation file or folder, as the format's reader wants it."""
    weight: float = 1.0
    """Share of the run."""
    images: str = ""
    """Folder of the images, where they are not in the format's usual place."""
    split: str = ""
    """Such as "train", where one folder holds several; empty for everything in it."""
    label_set: str = ""
    """Class list of files that give numbers without names; empty for the recipe's."""
    without_academic: bool = False
    """Of a folder with a manifest: leave out stills with academic terms."""

    def __post_init__(self) -> None:
        known = (*RECIPES, *MANIFEST_RECIPES)
        if self.name not in known:
            raise ConfigError(
                f"sources: there is no recipe {self.name!r}; known are {', '.join(known)}"
            )


@dataclass(frozen=True)
class JointSettings:
    """Which data sets a run sees."""

    sources: tuple[SourceSettings, ...] = ()
    num_frames: int = 3
    """Frames per clip."""
    batch_size: int = 1
    """Clips per batch and rank."""
    occluder_share: float = 0.0
    """Of the pseudo-clips of stills: with blobs that hide things; the published recipe has none."""
    degraded_share: float = 0.0
    """Of the pseudo-clips of stills: with blur, noise or compression by frame; likewise."""
    num_workers: int = 2
    """Threads that read ahead."""
