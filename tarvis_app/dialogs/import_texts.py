"""What the import dialog says of files that were looked into."""

from html import escape

from PySide6.QtCore import QCoreApplication

from tarvis_app.counting import counted
from tarvis_app.exchange.exchange_jobs import ImportLook
from tarvis_app.translated import translated
from tarvis_core.sentence import Sentence

MAX_CLASSES = 12


def _tr(text: str, count: int = -1) -> str:
    return QCoreApplication.translate("ImportTexts", text, None, count)


def look_html(look: ImportLook) -> str:
    """What will be added, what is odd, what will be lost, and whether a trial gave it back."""
    targets = counted(look.num_targets, _tr("1 target"), _tr("{count} targets", look.num_targets))
    frames = counted(look.num_frames, _tr("1 frame"), _tr("{count} frames", look.num_frames))
    if look.frames:
        span = _tr("{frames} ({first} to {last})")
        frames = span.format(frames=frames, first=min(look.frames), last=max(look.frames))
    title = escape(look.format_title)
    if not look.num_masks:
        text = _tr("{title}: the files hold no mask of this video. There is nothing to import.")
        return f"<p>✗ {text.format(title=title)}</p>"
    text = _tr("{title}: {targets} on {frames} will be added.")
    lines = ["✓ " + text.format(title=title, targets=targets, frames=frames)]
    lines.append("✓ " + _law_text(look))
    if look.new_classes:
        lines.append("✓ " + escape(_classes_text(look.new_classes)))
    if not look.differences:
        lines.append("✓ " + _tr("Tried on a copy and read back: the same to the pixel."))
    lines += _part(_tr("Look at this"), "⚠", look.warnings)
    lines += _part(_tr("What the project has no place for"), "⚠", look.losses)
    lines += _part(_tr("Not the same after a trial on a copy"), "✗", look.differences)
    lines.append(_tr("Nothing was changed yet. An import is one step that can be undone."))
    return "".join(f"<p>{line}</p>" for line in lines)


def _classes_text(names: tuple[str, ...]) -> str:
    """Which classes the project gets; of many the first ones, and how many more."""
    shown, num_more = ", ".join(names[:MAX_CLASSES]), max(0, len(names) - MAX_CLASSES)
    if not num_more:
        return _tr("New classes of the project: {names}.").format(names=shown)
    text = _tr("New classes of the project: {names} and {count} more.")
    return text.format(names=shown, count=num_more)


def _law_text(look: ImportLook) -> str:
    """Which of the masks count as a person's."""
    if look.num_law == 0:
        return _tr("No mask counts as checked: runs may change them all.")
    if look.num_law == look.num_masks:
        return _tr("Every mask counts as a person's: no run changes them.")
    text = _tr("{law} of {all} masks count as a person's, which no run changes; the others do not.")
    return text.format(law=look.num_law, all=look.num_masks)


def _part(title: str, sign: str, sentences: tuple[Sentence, ...]) -> list[str]:
    if not sentences:
        return []
    return [
        f"<b>{title}</b>",
        *(f"{sign} {escape(translated(sentence))}" for sentence in sentences),
    ]
