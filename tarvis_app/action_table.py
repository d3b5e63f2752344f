"""The table of actions: id, text, shortcuts and icon of everything a person can do by name.

What an action calls is said in `application.py`. Shortcuts are kept by id, so that remapped ones
survive a change of text; every key of the table can be typed on QWERTY, QWERTZ and AZERTY.
"""

from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP

CONTEXT = "Actions"


@dataclass(frozen=True)
class ActionSpec:
    """One row of the table."""

    id: str
    text: str
    shortcuts: tuple[str, ...] = ()
    """Portable text of up to two shortcuts."""
    icon: str = ""
    """Name in Material Design Icons 6."""
    is_checkable: bool = False
    is_held: bool = False
    """The action lasts as long as its key is held; it is no menu entry."""
    short: str = ""
    """The text of a button with little room; empty where the whole text fits."""


def _row(
    action_id: str,
    text: str,
    *shortcuts: str,
    icon: str = "",
    checkable: bool = False,
    short: str = "",
) -> ActionSpec:
    return ActionSpec(action_id, text, shortcuts, icon, is_checkable=checkable, short=short)


def _held(action_id: str, text: str, *shortcuts: str) -> ActionSpec:
    return ActionSpec(action_id, text, shortcuts, is_held=True)


_ = QT_TRANSLATE_NOOP

ACTIONS: tuple[ActionSpec, ...] = (
    _row("file.open", _(CONTEXT, "Open video or project…"), "Ctrl+O", icon="folder-open-outline"),
    _row("file.open_folder", _(CONTEXT, "Open folder of images…"), "Ctrl+Shift+O"),
    _row("file.open_sample", _(CONTEXT, "Open the sample clip"), icon="movie-open-play-outline"),
    _row(
        "file.save_as", _(CONTEXT, "Save project as…"), "Ctrl+Shift+S", icon="content-save-outline"
    ),
    _row("file.import", _(CONTEXT, "Import masks…"), "Ctrl+I", icon="import"),
    _row("file.export", _(CONTEXT, "Export…"), "Ctrl+E", icon="export"),
    _row("file.batch", _(CONTEXT, "Label a folder of videos…"), "Ctrl+Shift+B", icon="animation"),
    _row("file.quit", _(CONTEXT, "Quit"), "Ctrl+Q"),
    _row("edit.undo", _(CONTEXT, "Undo"), "Ctrl+Z", icon="undo"),
    _row("edit.redo", _(CONTEXT, "Redo"), "Ctrl+Shift+Z", "Ctrl+Y", icon="redo"),
    _row("edit.accept", _(CONTEXT, "Accept mask or suggestion"), "Return", "Enter", icon="check"),
    _row(
        "edit.accept_all",
        _(CONTEXT, "Accept everything that waits, or all masks of the frame"),
        "Ctrl+Return",
        "Ctrl+Enter",
        icon="check-all",
    ),
    _row("edit.cancel", _(CONTEXT, "Cancel, stop the run, or take it back"), "Esc"),
    _row("edit.step_back", _(CONTEXT, "Take back the last corner"), "Backspace"),
    _row(
        "edit.clear_frame",
        _(CONTEXT, "Clear the mask, or reject the suggestion"),
        "Del",
        icon="layers-remove",
    ),
    _row("view.zoom_in", _(CONTEXT, "Zoom in"), "Ctrl++", "Ctrl+=", icon="magnify-plus-outline"),
    _row("view.zoom_out", _(CONTEXT, "Zoom out"), "Ctrl+-", icon="magnify-minus-outline"),
    _row("view.fit", _(CONTEXT, "Fit the frame"), "Ctrl+0", icon="fit-to-page-outline"),
    _row("view.actual", _(CONTEXT, "Actual pixels (100 %)"), "Ctrl+1"),
    _row("view.opacity_up", _(CONTEXT, "Masks more opaque"), "="),
    _row("view.opacity_down", _(CONTEXT, "Masks more transparent"), "-"),
    _row("view.outline", _(CONTEXT, "Outlines only"), "X", icon="vector-square", checkable=True),
    _row("view.solo", _(CONTEXT, "Only the selected targets"), "Shift+H", checkable=True),
    _row(
        "view.onion",
        _(CONTEXT, "Onion skin of keyframes"),
        "U",
        icon="layers-outline",
        checkable=True,
    ),
    _row(
        "view.difference",
        _(CONTEXT, "Difference that a run made"),
        "S",
        icon="compare",
        checkable=True,
    ),
    _row(
        "view.follow_run",
        _(CONTEXT, "Canvas follows the run"),
        "Ctrl+Shift+L",
        icon="motion-play-outline",
        checkable=True,
    ),
    _row("view.reduced_motion", _(CONTEXT, "Less motion"), checkable=True),
    _row("view.full_screen", _(CONTEXT, "Full screen"), "F11", checkable=True),
    _row("view.next_panel", _(CONTEXT, "Keys to the next panel"), "F6"),
    _row("view.reset_layout", _(CONTEXT, "Reset layout")),
    _row("view.theme_system", _(CONTEXT, "Theme: as the system"), checkable=True),
    _row("view.theme_dark", _(CONTEXT, "Theme: dark"), checkable=True),
    _row("view.theme_light", _(CONTEXT, "Theme: light"), checkable=True),
    _held("view.loupe", _(CONTEXT, "Loupe (hold)"), "Z"),
    _held("view.hide_masks", _(CONTEXT, "Hide all masks (hold)"), "`", "^"),
    _row("video.play", _(CONTEXT, "Play or pause"), "Space", icon="play"),
    _row("video.faster", _(CONTEXT, "Play faster"), "Ctrl+Shift+Right"),
    _row("video.slower", _(CONTEXT, "Play slower"), "Ctrl+Shift+Left"),
    _row("video.next", _(CONTEXT, "Next frame"), "Right", ".", icon="skip-next"),
    _row("video.previous", _(CONTEXT, "Previous frame"), "Left", ",", icon="skip-previous"),
    _row("video.next_ten", _(CONTEXT, "Ten frames on"), "Shift+Right"),
    _row("video.previous_ten", _(CONTEXT, "Ten frames back"), "Shift+Left"),
    _row("video.first", _(CONTEXT, "First frame"), "Home", icon="page-first"),
    _row("video.last", _(CONTEXT, "Last frame"), "End", icon="page-last"),
    _row(
        "video.next_keyframe",
        _(CONTEXT, "Next keyframe"),
        "PgDown",
        "Ctrl+Right",
        icon="chevron-double-right",
    ),
    _row(
        "video.previous_keyframe",
        _(CONTEXT, "Previous keyframe"),
        "PgUp",
        "Ctrl+Left",
        icon="chevron-double-left",
    ),
    _row("video.last_edit", _(CONTEXT, "Frame edited last"), "Ctrl+J", icon="history"),
    _row("video.in", _(CONTEXT, "Range begins here"), "I"),
    _row("video.out", _(CONTEXT, "Range ends here"), "O"),
    _row("video.whole_range", _(CONTEXT, "Range: whole video"), "Shift+I"),
    _row("video.whole_timeline", _(CONTEXT, "Timeline: show everything"), "Ctrl+Shift+0"),
    _row("video.next_plot", _(CONTEXT, "Timeline: next curve"), "Q"),
    _row(
        "video.properties",
        _(CONTEXT, "Video properties…"),
        "Ctrl+Shift+P",
        icon="information-outline",
    ),
    _row("tool.select", _(CONTEXT, "Select"), "V", icon="cursor-default-outline", checkable=True),
    _row("tool.point", _(CONTEXT, "Point"), "C", icon="crosshairs-gps", checkable=True),
    _row("tool.box", _(CONTEXT, "Box"), "R", icon="selection", checkable=True),
    _row("tool.brush", _(CONTEXT, "Brush"), "A", icon="brush", checkable=True),
    _row("tool.eraser", _(CONTEXT, "Eraser"), "E", icon="eraser", checkable=True),
    _row("tool.polygon", _(CONTEXT, "Polygon"), "G", icon="vector-polygon", checkable=True),
    _row("tool.lasso", _(CONTEXT, "Lasso"), "W", icon="lasso", checkable=True),
    _row(
        "tool.reassign",
        _(CONTEXT, "Reassign"),
        "D",
        icon="swap-horizontal-bold",
        checkable=True,
    ),
    _row("tool.larger", _(CONTEXT, "Larger brush"), "]", "Ctrl+Up"),
    _row("tool.smaller", _(CONTEXT, "Smaller brush"), "[", "Ctrl+Down"),
    _row("cursor.left", _(CONTEXT, "Keyboard pointer left"), "Alt+Left"),
    _row("cursor.right", _(CONTEXT, "Keyboard pointer right"), "Alt+Right"),
    _row("cursor.up", _(CONTEXT, "Keyboard pointer up"), "Alt+Up"),
    _row("cursor.down", _(CONTEXT, "Keyboard pointer down"), "Alt+Down"),
    _row("cursor.left_little", _(CONTEXT, "Keyboard pointer a little left"), "Alt+Shift+Left"),
    _row("cursor.right_little", _(CONTEXT, "Keyboard pointer a little right"), "Alt+Shift+Right"),
    _row("cursor.up_little", _(CONTEXT, "Keyboard pointer a little up"), "Alt+Shift+Up"),
    _row("cursor.down_little", _(CONTEXT, "Keyboard pointer a little down"), "Alt+Shift+Down"),
    _row("cursor.press", _(CONTEXT, "Keyboard pointer: click, pen down or up"), "Alt+Return"),
    _row("cursor.press_right", _(CONTEXT, "Keyboard pointer: right click"), "Alt+Backspace"),
    _row("cursor.press_shift", _(CONTEXT, "Keyboard pointer: Shift+click"), "Alt+Shift+Return"),
    _row("cursor.press_control", _(CONTEXT, "Keyboard pointer: Ctrl+click"), "Ctrl+Alt+Return"),
    _row("target.new", _(CONTEXT, "New target with the next click"), "N", icon="plus"),
    _row("target.move_click", _(CONTEXT, "New target from the last click"), "Shift+N"),
    _row("target.search", _(CONTEXT, "Search targets"), "Ctrl+F", icon="magnify"),
    _row("target.filter", _(CONTEXT, "Which targets are listed…"), "Ctrl+L"),
    _row("target.next", _(CONTEXT, "Next target"), "Tab"),
    _row("target.previous", _(CONTEXT, "Previous target"), "Shift+Tab"),
    _row("target.select_all", _(CONTEXT, "Select all listed targets"), "Ctrl+A"),
    _row("target.rename", _(CONTEXT, "Rename target"), "F2", icon="pencil-outline"),
    _row("target.category", _(CONTEXT, "Class of the target…"), "Ctrl+G"),
    _row("target.colour", _(CONTEXT, "Colour of the target…"), icon="palette-outline"),
    _row("target.hide", _(CONTEXT, "Hide or show target"), "H", icon="eye-outline"),
    _row("target.lock", _(CONTEXT, "Lock or unlock target"), "L", icon="lock-outline"),
    _row("target.remove", _(CONTEXT, "Remove target"), "Shift+Del", icon="trash-can-outline"),
    _row("target.keyframe", _(CONTEXT, "Keyframe on or off"), "K", icon="rhombus-outline"),
    _row("target.absent", _(CONTEXT, "Absent from here"), "Shift+O", icon="account-off-outline"),
    _row("target.absent_here", _(CONTEXT, "Absent on this frame"), "Shift+K"),
    _row(
        "target.interpolate",
        _(CONTEXT, "Interpolate between keyframes"),
        "Ctrl+Shift+I",
        icon="vector-polyline",
    ),
    _row(
        "target.copy_to_range",
        _(CONTEXT, "Copy mask to the range"),
        "Ctrl+Shift+V",
        icon="content-duplicate",
    ),
    _row("target.delete_from", _(CONTEXT, "Delete from here"), "Ctrl+Del", icon="content-cut"),
    _row("target.delete_range", _(CONTEXT, "Delete in the range"), "Ctrl+Shift+Del"),
    _row("target.fill_holes", _(CONTEXT, "Fill holes"), "Ctrl+Shift+F", icon="circle-slice-8"),
    _row("target.remove_specks", _(CONTEXT, "Remove specks"), "Ctrl+Shift+D", icon="blur-off"),
    _row("target.swap", _(CONTEXT, "Swap from here"), "Ctrl+Shift+X", icon="swap-horizontal"),
    _row("target.swap_range", _(CONTEXT, "Swap in the range")),
    _row("target.split", _(CONTEXT, "Split here"), "Ctrl+Shift+K", icon="call-split"),
    _row(
        "target.merge",
        _(CONTEXT, "Merge into the active target"),
        "Ctrl+Shift+M",
        icon="call-merge",
    ),
    _row("target.fill_gaps", _(CONTEXT, "Fill the gaps of the frame"), "M", icon="format-paint"),
    _row("target.resolve", _(CONTEXT, "Resolve overlaps of the frame"), "Shift+M"),
    _row("target.raise", _(CONTEXT, "Draw higher"), "Ctrl+Shift+Up"),
    _row("target.lower", _(CONTEXT, "Draw lower"), "Ctrl+Shift+Down"),
    _row("target.show_only", _(CONTEXT, "Hide the others"), "Ctrl+H"),
    _row("target.show_all", _(CONTEXT, "Show all"), "Ctrl+Shift+H"),
    _row(
        "track.forward",
        _(CONTEXT, "Track forward"),
        "F",
        icon="arrow-right-bold-outline",
        short=_(CONTEXT, "Forward"),
    ),
    _row(
        "track.backward",
        _(CONTEXT, "Track backward"),
        "B",
        icon="arrow-left-bold-outline",
        short=_(CONTEXT, "Backward"),
    ),
    _row(
        "track.both",
        _(CONTEXT, "Track both ways"),
        "T",
        icon="arrow-left-right-bold-outline",
        short=_(CONTEXT, "Both ways"),
    ),
    _row("track.clip_forward", _(CONTEXT, "Track one clip forward"), "Shift+F"),
    _row("track.clip_backward", _(CONTEXT, "Track one clip backward"), "Shift+B"),
    _row("track.stale", _(CONTEXT, "Bring up to date"), "Shift+T", icon="sync"),
    _row(
        "track.check",
        _(CONTEXT, "Check by tracking back"),
        "Ctrl+Shift+T",
        icon="swap-horizontal-bold",
    ),
    _row("track.stop", _(CONTEXT, "Stop"), "Ctrl+.", icon="stop"),
    _row(
        "review.next",
        _(CONTEXT, "Next problem"),
        "J",
        icon="arrow-down-circle-outline",
        short=_(CONTEXT, "Next"),
    ),
    _row(
        "review.previous",
        _(CONTEXT, "Previous problem"),
        "Shift+J",
        icon="arrow-up-circle-outline",
        short=_(CONTEXT, "Previous"),
    ),
    _row(
        "review.verify",
        _(CONTEXT, "Verify, then next problem or unverified frame"),
        "Y",
        icon="check-all",
        short=_(CONTEXT, "Verify"),
    ),
    _row(
        "review.click",
        _(CONTEXT, "Propose a click, then click there"),
        "P",
        icon="target",
        short=_(CONTEXT, "Click"),
    ),
    _row("model.choose", _(CONTEXT, "Models…"), "Ctrl+M", icon="brain"),
    _row("model.import", _(CONTEXT, "Import weights…")),
    _row("help.shortcuts", _(CONTEXT, "Shortcuts"), "?", "F1", icon="keyboard-outline"),
    _row("help.tour", _(CONTEXT, "First steps")),
    _row("help.about", _(CONTEXT, "About TarViS Studio")),
    *(
        _row(f"target.select_{number}", _(CONTEXT, "Select target {number}"), str(number))
        for number in range(10)
    ),
)
