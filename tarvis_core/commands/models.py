"""`tarvis models`: list, download and import the network's weights."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from tarvis_core.errors import CheckpointError
from tarvis_core.inference.weights_catalog import (
    KnownWeights,
    WeightsSource,
    download_archive,
    list_weights,
    remove_archive,
    weights_folder,
)
from tarvis_core.inference.weights_import import import_weights


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `tarvis models`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="show the weights on this machine and the published ones")
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
    """List, download or import."""
    if arguments.action == "list":
        _show(list_weights())
    elif arguments.action == "download":
        _download(arguments.name)
    else:
        name = arguments.name or arguments.file.stem
        _import(arguments.file, arguments.config, name, licence="")
    return 0


def _show(known: tuple[KnownWeights, ...]) -> None:
    for weights in known:
        sys.stdout.write(f"{weights.name:<22} {_state(weights):<24} {weights.title}\n")
        details = [weights.purpose, weights.licence and f"licence: {weights.licence}"]
        for line in filter(None, details):
            sys.stdout.write(f"{'':<22} {line}\n")
        scores = _scores(weights)
        if scores:
            sys.stdout.write(f"{'':<22} measured (J&F of 100, IoU of 1):\n")
        for measure, value in scores.items():
            sys.stdout.write(f"{'':<24} {value!s:>7}  {measure}\n")
    sys.stdout.write(f"\ninstalled weights lie in {weights_folder()}\n")


def _state(weights: KnownWeights) -> str:
    if weights.size_bytes is not None:
        return f"{weights.source.value}, {weights.size_bytes / 1e6:.0f} MB"
    return "to download"


def _scores(weights: KnownWeights) -> dict[str, object]:
    about = weights.metadata.get("metadata", weights.metadata)
    scores = about.get("scores", {}) if isinstance(about, dict) else {}
    return scores if isinstance(scores, dict) else {}


def _download(name: str) -> None:
    weights = {known.name: known for known in list_weights()}.get(name)
    if weights is None:
        names = ", ".join(w.name for w in list_weights() if w.source is WeightsSource.RELEASED)
        raise CheckpointError(f"no published weights are called “{name}”; there are: {names}")
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
