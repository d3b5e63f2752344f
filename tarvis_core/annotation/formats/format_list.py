"""The annotation formats, most particular first: what several could read goes to the first."""

from pathlib import Path

from tarvis_core.annotation.formats.annotation_format import AnnotationFormat
from tarvis_core.annotation.formats.burst import BurstFormat
from tarvis_core.annotation.formats.cityscapes_vps import CityscapesVpsFormat
from tarvis_core.annotation.formats.coco import CocoFormat, CocoVidFormat
from tarvis_core.annotation.formats.coco_panoptic import CocoPanopticFormat
from tarvis_core.annotation.formats.cvat_images import CvatImagesFormat
from tarvis_core.annotation.formats.cvat_video import CvatVideoFormat
from tarvis_core.annotation.formats.datumaro_json import DatumaroFormat
from tarvis_core.annotation.formats.davis import DavisFormat, DavisUnsupervisedFormat
from tarvis_core.annotation.formats.kitti_step import KittiStepFormat
from tarvis_core.annotation.formats.label_studio import LabelStudioFormat
from tarvis_core.annotation.formats.labelme import LabelMeFormat
from tarvis_core.annotation.formats.lvos import LvosFormat
from tarvis_core.annotation.formats.mose import MoseFormat
from tarvis_core.annotation.formats.mots import MotsFormat
from tarvis_core.annotation.formats.mots_png import MotsPngFormat
from tarvis_core.annotation.formats.sa_v import SaVFormat
from tarvis_core.annotation.formats.sa_v_png import SaVPngFormat
from tarvis_core.annotation.formats.tarvis_json import TarvisJsonFormat
from tarvis_core.annotation.formats.vipseg import VipsegFormat
from tarvis_core.annotation.formats.vipseg_raw import VipsegRawFormat
from tarvis_core.annotation.formats.youtube_vis import OvisFormat, YoutubeVisFormat
from tarvis_core.annotation.formats.youtube_vos import YoutubeVosFormat
from tarvis_core.errors import FormatError

FORMATS: tuple[AnnotationFormat, ...] = (
    OvisFormat(),
    YoutubeVisFormat(),
    BurstFormat(),
    TarvisJsonFormat(),
    SaVFormat(),
    CocoVidFormat(),
    CityscapesVpsFormat(),
    VipsegFormat(),
    CocoPanopticFormat(),
    CocoFormat(),
    YoutubeVosFormat(),
    LvosFormat(),
    DavisUnsupervisedFormat(),
    MoseFormat(),
    SaVPngFormat(),
    DavisFormat(),
    KittiStepFormat(),
    VipsegRawFormat(),
    MotsFormat(),
    MotsPngFormat(),
    CvatVideoFormat(),
    CvatImagesFormat(),
    DatumaroFormat(),
    LabelMeFormat(),
    LabelStudioFormat(),
)
"""Every format; the order decides whose turn it is to recognise a file."""


def format_by_id(format_id: str) -> AnnotationFormat:
    """The format of this id.

    Raises:
        FormatError: There is none; the message lists them.
    """
    for known in FORMATS:
        if known.id == format_id:
            return known
    ids = ", ".join(sorted(known.id for known in FORMATS))
    raise FormatError(
        "there is no annotation format {format_id!r}; known are {ids}", format_id=format_id, ids=ids
    )


def recognise(path: Path) -> AnnotationFormat:
    """The format that a file or folder is in.

    Raises:
        FormatError: No format recognises it, or there is nothing.
    """
    if not path.exists():
        raise FormatError("{path} is not there", path=path)
    for known in FORMATS:
        if known.recognises(path):
            return known
    if path.suffix.lower() in (".png", ".jpg", ".jpeg"):
        raise FormatError("{path} is an image; name the folder of its data set", path=path)
    raise FormatError(
        "{path} is in no known annotation format; name the format if you know it ({ids})",
        path=path,
        ids=", ".join(sorted(known.id for known in FORMATS)),
    )
