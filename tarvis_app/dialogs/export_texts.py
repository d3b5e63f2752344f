"""What an export dialog says of a format and of a result."""

from html import escape
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from tarvis_app.exchange.exchange_jobs import ExportLook, ExportResult
from tarvis_app.translated import translated
from tarvis_core.annotation.formats.format_capabilities import FormatCapabilities, ScoreDetail


def _tr(text: str, count: int = -1) -> str:
    return QCoreApplication.translate("ExportTexts", text, None, count)


def capability_text(capabilities: FormatCapabilities) -> str:
    """What a format holds and what it does not, in two lines."""
    abilities = (
        (_tr("tracks"), capabilities.tracks),
        (_tr("overlapping masks"), capabilities.overlaps),
        (_tr("classes"), capabilities.categories),
        (_tr("stuff"), capabilities.stuff),
        (_tr("scores"), capabilities.scores is not ScoreDetail.NONE),
        (_tr("keyframe states"), capabilities.states),
        (_tr("names of targets"), capabilities.target_names),
        (_tr("frame numbers"), capabilities.frame_numbers),
    )
    holds = ", ".join(name for name, is_held in abilities if is_held)
    lacks = ", ".join(name for name, is_held in abilities if not is_held)
    text = _tr("Holds: {holds}.").format(holds=holds or _tr("masks only"))
    return text + ("\n" + _tr("Does not hold: {lacks}.").format(lacks=lacks) if lacks else "")


def _check_text(result: ExportResult) -> str:
    if result.losses:
        return _tr("Read back and compared: but for what is listed here, the same to the pixel.")
    return _tr("Read back and compared: the same to the pixel.")


def look_html(look: ExportLook) -> str:
    """What is odd about the masks, and what the format will not hold of them."""
    lines = [f"⚠ {escape(translated(sentence))}" for sentence in look.findings]
    if not lines:
        lines.append("✓ " + _tr("Nothing speaks against this export."))
    if look.losses:
        lines.append("<b>" + _tr("What the format will not hold") + "</b>")
        lines += [f"⚠ {escape(translated(loss.message))}" for loss in look.losses]
    return "".join(f"<p>{line}</p>" for line in lines)


def _strays_text(strays: tuple[Path, ...]) -> str:
    """That files of an earlier export, or others, lie among those that were written."""
    one = _tr(
        "1 file lay in the folder before and is not of this export: remove it, or export into "
        "another folder, for readers may take it for a part ({first})."
    )
    several = _tr(
        "{count} files lay in the folder before and are not of this export: remove them, or export "
        "into another folder, for readers may take them for a part (first: {first}).",
        len(strays),
    )
    text = one if len(strays) == 1 else several
    return text.format(count=len(strays), first=strays[0])


def result_html(result: ExportResult) -> str:
    """What was written, what was lost, and whether reading back gave the same."""
    lines = [
        "✓ "
        + _tr("Frames written: {frames}; files: {files}.").format(
            frames=result.num_frames, files=len(result.files)
        )
    ]
    if result.is_checked and not result.differences:
        lines.append("✓ " + _check_text(result))
    lines += [f"✗ {escape(translated(difference))}" for difference in result.differences[:10]]
    if result.strays:
        lines.append("⚠ " + escape(_strays_text(result.strays)))
    if result.losses:
        lines.append("<b>" + _tr("What the format could not hold") + "</b>")
        lines += [f"⚠ {escape(translated(loss.message))}" for loss in result.losses]
    lines.append("<b>" + _tr("Files") + "</b>")
    lines += [escape(str(path)) for path in result.files[:12]]
    if len(result.files) > 12:
        lines.append(_tr("… and {count} more").format(count=len(result.files) - 12))
    return "".join(f"<p>{line}</p>" for line in lines)
