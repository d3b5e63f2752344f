"""What is to be exported or imported, and what came of it: frozen, for both sides of a thread."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from tarvis_core.annotation.formats.loss import Loss
from tarvis_core.annotation.project_changes import Change
from tarvis_core.annotation.target import TargetId
from tarvis_core.sentence import Sentence


@dataclass(frozen=True)
class ExportJob:
    """An export, described completely."""

    project: Path
    """The project's file; it is read as it is when the export begins."""
    format_id: str | None
    """Id of an annotation format; None for a video with the masks drawn over it."""
    destination: Path
    """The folder to write into; for a video the file itself."""
    first_frame: int
    last_frame: int
    """Inclusive."""
    targets: frozenset[TargetId] | None = None
    """Only these; None for all."""
    has_images: bool = False
    """Whether the frames' images are exported too."""
    is_checked: bool = True
    """Whether the files are read back and compared."""
    stop: threading.Event = field(default_factory=threading.Event, compare=False)
    """Set to give this export up after the frame at hand."""


@dataclass(frozen=True)
class ExportLook:
    """What a person should know before an export."""

    findings: tuple[Sentence, ...] = ()
    """What is odd about the masks, as sentences."""
    losses: tuple[Loss, ...] = ()
    """What the format will not hold of them."""


@dataclass(frozen=True)
class ExportResult:
    """What an export gave."""

    files: tuple[Path, ...]
    losses: tuple[Loss, ...] = ()
    """What the format could not hold."""
    differences: tuple[Sentence, ...] = ()
    """What reading back shows to be different without a reason; empty if all is well."""
    is_checked: bool = False
    num_frames: int = 0
    strays: tuple[Path, ...] = ()
    """Files that lay in the folder before and are none of the export's: readers may take them for
    a part of it."""


@dataclass(frozen=True)
class ImportJob:
    """Annotations to be added to the open project."""

    project: Path
    source: Path
    """The file or folder."""
    are_checked: bool = False
    """Whether a person made or checked the masks of which the files do not say so."""
    stop: threading.Event = field(default_factory=threading.Event, compare=False)
    """Set to give this look up."""


@dataclass(frozen=True)
class ImportLook:
    """What an import would do; nothing was changed yet."""

    source: Path
    changes: tuple[Change, ...]
    """The edit that adds what was read."""
    format_title: str
    num_targets: int
    frames: tuple[int, ...]
    """Numbers of the project's frames that the files are about, in their order."""
    num_masks: int = 0
    num_law: int = 0
    """How many of the masks count as a person's, so that no run changes them."""
    num_unsaid: int = 0
    """How many there are of which the files do not say who made or checked them."""
    new_classes: tuple[str, ...] = ()
    """Names that the project's label set gains."""
    warnings: tuple[Sentence, ...] = ()
    """What is odd about the files or their masks, as sentences."""
    losses: tuple[Sentence, ...] = ()
    """What the project has no place for."""
    differences: tuple[Sentence, ...] = ()
    """What a trial on a copy of the project did not give back as it was read."""

    @property
    def num_frames(self) -> int:
        """How many frames the files are about."""
        return len(self.frames)
