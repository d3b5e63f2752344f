"""What can go wrong and be told to a person.

    TarvisError
    ├── VideoError           a video or image folder cannot be read
    ├── AnnotationError      annotation data contradicts itself or cannot be changed as asked
    │   ├── FormatError      a file of some format is damaged, or cannot hold its content
    │   └── ProjectFileError a project file cannot be opened, read or written
    │       ├── DamagedProjectError    it is damaged; a rescue may save what is left
    │       └── ProjectInUseError      another window holds it; later it may open
    ├── CheckpointError      a weights file is missing, damaged or made for another network
    ├── ConfigError          a setting has no meaning or is unknown
    ├── DeviceMemoryError    the device ran out of memory, even at the smallest setting
    └── DownloadError        a file could not be fetched, or is not what was promised

Every message says what happened, to which file or value, and what to do about it. Misuse of a
function by other code is a `ValueError` or `TypeError` instead. A message is written as a template
with named values, `FormatError("{path} is not there; choose another file", path=path)`, so that it
can be translated where it is shown.
"""

from tarvis_core.sentence import Sentence


class TarvisError(Exception):
    """Something that the program could not do, told in words a person can act on.

    Attributes:
        sentence: What is said; `str(error)` is its English text.
    """

    def __init__(self, message: str | Sentence = "", /, **values: object) -> None:
        self.sentence = message if isinstance(message, Sentence) else Sentence(message, **values)
        super().__init__(str(self.sentence))


class VideoError(TarvisError):
    """A video or image folder cannot be read."""


class AnnotationError(TarvisError):
    """Annotation data contradicts itself or cannot be changed as asked."""


class FormatError(AnnotationError):
    """An annotation file is damaged, or its format cannot hold what it is given."""


class ProjectFileError(AnnotationError):
    """A project file cannot be opened, read or written."""


class DamagedProjectError(ProjectFileError):
    """A project file is damaged or cut off; a rescue may save what is left of it."""


class ProjectInUseError(ProjectFileError):
    """Another window has the project open for writing; once it lets go, it can be opened."""


class CheckpointError(TarvisError):
    """A weights file is missing, damaged or made for another network."""


class ConfigError(TarvisError):
    """A setting has no meaning or is unknown."""


class DeviceMemoryError(TarvisError):
    """The device ran out of memory, even at the smallest setting."""


class DownloadError(TarvisError):
    """A file could not be fetched, or is not what was promised."""
