"""JSON files of the examples, read and written back, say the same field by field."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tarvis_core.annotation.formats.burst import BurstFormat
from tarvis_core.annotation.formats.coco import CocoFormat, CocoVidFormat
from tarvis_core.annotation.formats.coco_panoptic import CocoPanopticFormat
from tarvis_core.annotation.formats.format_list import format_by_id
from tarvis_core.annotation.formats.lvos import LvosFormat
from tarvis_core.annotation.formats.sa_v import SaVFormat
from tarvis_core.annotation.formats.tarvis_json import TarvisJsonFormat
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.formats.youtube_vis import OvisFormat, YoutubeVisFormat
from tarvis_core.annotation.formats.youtube_vos import YoutubeVosFormat
from tarvis_core.annotation.mask import Mask
from tests.core.annotation.formats.example_files import EXAMPLES

FOLDERS = {
    "coco_instances": CocoFormat(),
    "coco_panoptic": CocoPanopticFormat(),
    "cocovid": CocoVidFormat(),
    "youtube_vis": YoutubeVisFormat(),
    "ovis": OvisFormat(),
    "burst": BurstFormat(),
    "sa_v": SaVFormat(),
    "tarvis_generic": TarvisJsonFormat(),
}
CASES = [
    (known, path)
    for folder, known in FOLDERS.items()
    for path in sorted((EXAMPLES / folder).glob("*.json"))
]


def _content_of(path: Path) -> Content:
    if "result" in path.stem:
        return Content.RESULTS
    return Content.FIRST_FRAME if "first_frame" in path.stem else Content.ANNOTATIONS


def _same_form(value):
    """JSON with every mask in one form, whole floats as integers, and lists of records by id."""
    if isinstance(value, dict):
        if set(value) == {"size", "counts"}:
            return Mask.from_coco_rle(value).to_coco_rle()
        return {key: _same_form(entry) for key, entry in value.items()}
    if isinstance(value, list):
        entries = [_same_form(entry) for entry in value]
        is_records = all(isinstance(entry, dict) and "id" in entry for entry in entries)
        return sorted(entries, key=lambda entry: str(entry["id"])) if is_records else entries
    return value


def _without_polygons(content):
    """Polygons are written as the masks that they cover; the test of examples compares those."""
    if isinstance(content, dict):
        for annotation in content.get("annotations", []):
            if isinstance(annotation.get("segmentation"), list):
                annotation["segmentation"] = None
    return content


def _polygons_removed_at(content, original):
    by_id = {a["id"]: a for a in original.get("annotations", []) if "segmentation" in a}
    for annotation in content.get("annotations", []):
        if isinstance(by_id.get(annotation.get("id"), {}).get("segmentation"), list):
            annotation["segmentation"] = None
    return content


@pytest.mark.parametrize(("known", "path"), CASES, ids=[f"{k.id}-{p.name}" for k, p in CASES])
def test_that_a_file_written_back_says_the_same(known, path, tmp_path):
    original = json.loads(path.read_text(encoding="utf-8"))
    split = original.get("split", "train") if isinstance(original, dict) else "train"
    options = WriteOptions(content=_content_of(path), split=split)

    report = known.write(known.read(path), tmp_path, options)

    written = next(file for file in report.files if file.suffix == ".json")
    content = json.loads(written.read_text(encoding="utf-8"))
    if known.id == "coco" and isinstance(content, dict):
        content = _polygons_removed_at(content, original)
        original = _without_polygons(original)
    assert _same_form(content) == _same_form(original)


@pytest.mark.parametrize(
    ("known", "pattern"),
    [(YoutubeVosFormat(), "youtube_vos/**/meta.json"), (LvosFormat(), "lvos/**/*_meta.json")],
    ids=["youtube_vos", "lvos"],
)
def test_that_lists_of_objects_written_back_say_the_same(known, pattern, shared, tmp_path):
    path = next(EXAMPLES.glob(pattern))
    known.write(known.read(path.parents[1]), tmp_path, WriteOptions(split=path.parent.name))

    written = next(tmp_path.rglob(path.name))
    assert json.loads(written.read_text()) == json.loads(path.read_text())


@pytest.mark.parametrize("folder", ["davis2017", "youtube_vos", "lvos", "coco_panoptic"])
def test_that_label_images_written_back_have_the_same_pixels(folder, shared, tmp_path):
    known = {"davis2017": "davis", "coco_panoptic": "coco_panoptic"}.get(folder, folder)
    annotation_format = format_by_id(known)
    annotation_format.write(annotation_format.read(EXAMPLES / folder), tmp_path)

    originals = {path.name: path for path in (EXAMPLES / folder).rglob("*.png")}
    written = {path.name: path for path in tmp_path.rglob("*.png")}
    assert originals.keys() == written.keys()
    for name, path in originals.items():
        with Image.open(path) as first, Image.open(written[name]) as second:
            assert first.mode == second.mode
            assert first.tobytes() == second.tobytes()
            assert first.getpalette() == second.getpalette()
