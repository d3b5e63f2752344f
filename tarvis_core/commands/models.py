"""`tarvis models`: list, download and import the network's weights."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from tarvis_core.annotation.label_set import list_label_sets, load_label_set
from tarvis_core.annotation.wording import counted
from tarvis_core.errors import CheckpointError
from tarvis_core.inference.weights_catalog import (
    KnownWeights,
    WeightsSource,
    download_archive,
    list_weights,
    remove_archive,
    weights_folder,
    weights_that_know,
)
from tarvis_core.inference.weights_import import import_weights

MAIN_SCORES = {
    "VOS J&F": "VOS J&F",
    "PET J&F": "PET J&F",
    "GrabCut IoU": "grabcut IoU, clicks: 1",
    "COCO IoU": "coco_mval IoU, clicks: 1",
}
"""Column of the list → name of the score in a weights file."""
LEGEND = (
    "J&F and IoU are of 100, more is better. J&F: how well masks fit through a video, from the\n"
    "first mask (VOS) or one click (PET). IoU: how well the mask of a click fits, on the still\n"
    "pictures of GrabCut and COCO. –: not measured here."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `tarvis models`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="show the weights on this machine and the published ones")
    show = actions.add_parser("show", help="tell all about some weights: licence, classes, scores")
    show.add_argument("name", help="a name that `tarvis models list` shows")
    classes = actions.add_parser("classes", help="list the classes of a label set")
    classes.add_argument(
        "label_set", metavar="LABELSET", help=f"one of {', '.join(list_label_sets())}"
    )
    download = actions.add_parser("download", help="fetch published weights and import them")
    download.add_argument("name", help="a name that `tarvis models list` shows")
    imported = actions.add_parser(
        "import", help="turn a released .pth into weights of this program"
    )
    imported.add_argument("file", type=Path, metavar="FILE", help="the released checkpoint")
    imported.add_argument(
        "--config", type=Path, help="its config.yaml (default: the one beside FILE, if any)"
    )
    imported.add_argument("--name", help="what to call it (default: the name of FILE)")


def run(arguments: argparse.Namespace) -> int:
    """List, show, download or import."""
    if arguments.action == "list":
        _show_list(list_weights())
    elif arguments.action == "show":
        _show_one(_weights_called(arguments.name))
    elif arguments.action == "classes":
        _show_classes(arguments.label_set)
    elif arguments.action == "download":
        _download(arguments.name)
    else:
        name = arguments.name or arguments.file.stem
        _import(arguments.file, arguments.config, name, licence="")
    return 0


def _show_list(known: tuple[KnownWeights, ...]) -> None:
    rows = [("name", "where", *MAIN_SCORES)]
    rows += [(weights.name, _state(weights), *_main_scores(weights)) for weights in known]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
    sys.stdout.write(
        f"\n{LEGEND}\n"
        "`tarvis models show NAME` tells purpose, licence, label sets and all scores.\n"
        f"Installed weights lie in {weights_folder()}\n"
    )


def _state(weights: KnownWeights) -> str:
    if weights.size_bytes is not None:
        return f"{weights.source.value}, {weights.size_bytes / 1e6:.0f} MB"
    return "to download"


def _main_scores(weights: KnownWeights) -> list[str]:
    scores = _scores(weights)
    names = MAIN_SCORES.values()
    return [_in_figures(name, scores[name]) if name in scores else "–" for name in names]


def _in_figures(name: str, value: object) -> str:
    """A score as it is shown; weights files hold an IoU as a part of 1, all else as it is meant."""
    if not isinstance(value, int | float):
        return str(value)
    return f"{100 * value if 'IoU' in name else value:.1f}"


def _show_one(weights: KnownWeights) -> None:
    lines = [
        ("title", weights.title),
        ("purpose", weights.purpose),
        ("licence", weights.licence),
        ("where", weights.path or weights.address),
        ("classes", ", ".join(weights.label_sets) or "none: only what is clicked or painted"),
    ]
    sys.stdout.write(f"{weights.name}: {_state(weights)}\n")
    for topic, text in lines:
        if text:
            sys.stdout.write(f"  {topic:<8} {text}\n")
    scores = _scores(weights)
    if scores:
        sys.stdout.write(f"\nmeasured on data that training never saw\n{LEGEND}\n")
    for measure, value in scores.items():
        sys.stdout.write(f"  {_in_figures(measure, value):>7}  {measure}\n")


def _show_classes(name: str) -> None:
    label_set = load_label_set(name)
    for category in label_set.categories:
        sys.stdout.write(f"{category.kind.value:<6} {category.name}\n")
    knowing = ", ".join(weights_that_know(name)) or "no weights that this program knows of"
    sys.stdout.write(f"\n{counted(len(label_set), 'classes')}; known to: {knowing}\n")


def _scores(weights: KnownWeights) -> dict[str, object]:
    about = weights.metadata.get("metadata", weights.metadata)
    scores = about.get("scores", {}) if isinstance(about, dict) else {}
    return scores if isinstance(scores, dict) else {}


def _weights_called(name: str) -> KnownWeights:
    known = {weights.name: weights for weights in list_weights()}
    if name not in known:
        raise CheckpointError(
            "no weights are called “{name}”; there are: {names}", name=name, names=", ".join(known)
        )
    return known[name]


def _download(name: str) -> None:
    weights = {known.name: known for known in list_weights()}.get(name)
    if weights is None:
        names = ", ".join(w.name for w in list_weights() if w.source is WeightsSource.RELEASED)
        raise CheckpointError(
            "no published weights are called “{name}”; there are: {names}", name=name, names=names
        )
    if weights.path is not None:
        sys.stdout.write(f"{name} is on this machine already: {weights.path}\n")
        return
    with tqdm(unit="B", unit_scale=True, desc=name, file=sys.stderr) as bar:

        def show_progress(have: int, total: int | None) -> None:
            bar.total = total
            bar.update(have - bar.n)

        checkpoint = download_archive(weights, show_progress)
    _import(checkpoint, None, name, weights.licence)
    remove_archive(weights)


def _import(file: Path, config: Path | None, name: str, licence: str) -> None:
    destination = import_weights(file, config, name, licence)
    sys.stdout.write(f"{name} is ready: {destination}\n")
