"""Taking foreign weights in: a released checkpoint becomes installed weights of this program."""

import shutil
from pathlib import Path

from tarvis_core.errors import CheckpointError
from tarvis_core.inference.download import file_sha256
from tarvis_core.inference.weights_catalog import SUFFIX, read_metadata, weights_folder
from tarvis_core.model.checkpoint import save_checkpoint
from tarvis_core.model.official_checkpoint import import_official


def import_weights(
    file: Path, config: Path | None = None, name: str | None = None, licence: str = ""
) -> Path:
    """Install weights from a file.

    Args:
        file: A released `.pth`, or weights of this program from elsewhere.
        config: The `config.yaml` of a released checkpoint; None for the one beside it, if any.
        name: What to call the weights; None for the name of the file.
        licence: The terms of the weights, where they are known.

    Returns:
        The installed file.

    Raises:
        CheckpointError: The file is missing, damaged or of another network.
    """
    if not file.is_file():
        raise CheckpointError("{file} does not exist; name a released .pth file", file=file)
    destination = weights_folder() / f"{name or file.stem}{SUFFIX}"
    destination.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == SUFFIX:
        read_metadata(file)
        shutil.copyfile(file, destination)
        return destination
    beside = file.with_name("config.yaml")
    model = import_official(file, config or (beside if beside.is_file() else None))
    origin = {"title": name or file.stem, "imported_from": file.name, "sha256": file_sha256(file)}
    save_checkpoint(model, destination, {**origin, "licence": licence})
    return destination
