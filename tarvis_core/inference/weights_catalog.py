"""The weights that the program knows: bundled, installed by the user, or published for download.

The list is `resources/weights.yaml`; installed weights lie in the user's data folder
(`TARVIS_WEIGHTS` names another one), one safetensors file each.
"""

import json
import logging
import os
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from importlib import resources
from pathlib import Path
from typing import Any

import platformdirs
import yaml
from safetensors import SafetensorError, safe_open

from tarvis_core.errors import CheckpointError, DownloadError
from tarvis_core.inference.download import Download, Progress, fetch

log = logging.getLogger(__name__)

SUFFIX = ".safetensors"


class WeightsSource(Enum):
    """Where weights come from."""

    BUNDLED = "bundled"
    INSTALLED = "installed"
    RELEASED = "released"


@dataclass(frozen=True)
class KnownWeights:
    """One set of weights: on this machine, or at an address."""

    name: str
    source: WeightsSource
    title: str
    purpose: str = ""
    licence: str = ""
    path: Path | None = None
    """The file on this machine; None where it has yet to be downloaded."""
    address: str | None = None
    sha256: str | None = None
    parameters_million: float | None = None
    trunk: str = ""
    """Name of the network's trunk, where the file is not here to say it."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """What the file says of itself: scores, date, training data."""
    label_sets: tuple[str, ...] = ()
    """Names of the label sets whose classes they can find."""

    @property
    def size_bytes(self) -> int | None:
        """Size of the file on this machine."""
        return None if self.path is None else self.path.stat().st_size


def weights_folder() -> Path:
    """Where downloaded and imported weights are kept."""
    override = os.environ.get("TARVIS_WEIGHTS")
    return Path(override) if override else platformdirs.user_data_path("tarvis-studio") / "weights"


def list_weights() -> tuple[KnownWeights, ...]:
    """All known weights: bundled first, then installed, then published ones not installed yet."""
    catalogue = yaml.safe_load(_resource("weights.yaml").read_text(encoding="utf-8"))
    bundled = [weights for row in catalogue["bundled"] if (weights := _bundled(row)) is not None]
    installed = [_on_disk(path) for path in sorted(weights_folder().glob(f"*{SUFFIX}"))]
    known = {weights.name for weights in installed}
    released = [_released(row) for row in catalogue["released"] if row["name"] not in known]
    return (*bundled, *installed, *released)


def default_weights() -> Path | None:
    """The weights to use where nobody chose any: bundled ones, else the newest installed ones."""
    present = [weights for weights in list_weights() if weights.path is not None]
    if not present:
        return None
    bundled = [weights for weights in present if weights.source is WeightsSource.BUNDLED]
    if bundled:
        return bundled[0].path
    paths = [weights.path for weights in present if weights.path is not None]
    return max(paths, key=lambda path: path.stat().st_mtime)


def weights_that_know(label_set: str) -> tuple[str, ...]:
    """Names of the weights, here or published, that can find the classes of a label set."""
    return tuple(weights.name for weights in list_weights() if label_set in weights.label_sets)


def find_weights(name: str) -> Path:
    """The file of the weights called `name`, which may also be a path.

    Raises:
        CheckpointError: Nothing of that name is on this machine; the message says what to do.
    """
    path = Path(name)
    if path.is_file():
        return path
    for weights in list_weights():
        if weights.name == name:
            if weights.path is not None:
                return weights.path
            raise CheckpointError(
                "the weights “{name}” are not on this machine; get them with `tarvis models "
                "download {name}`",
                name=name,
            )
    names = ", ".join(weights.name for weights in list_weights())
    raise CheckpointError(
        "no weights are called “{name}”, and no such file exists; known: {names}",
        name=name,
        names=names,
    )


def download_archive(weights: KnownWeights, progress: Progress | None = None) -> Path:
    """Fetch the published archive of some weights and unpack its checkpoint.

    Args:
        weights: Published weights, from `list_weights`.
        progress: Told of the bytes fetched.

    Returns:
        The unpacked `.pth`; the `config.yaml` of the archive, if any, lies beside it.

    Raises:
        DownloadError: The archive cannot be fetched, or holds no checkpoint.
    """
    if weights.address is None:
        raise DownloadError("no address is known for the weights “{name}”", name=weights.name)
    folder = weights_folder() / "downloads"
    archive = folder / f"{weights.name}.zip"
    if not archive.exists():
        digest = fetch(Download(weights.address, archive, weights.sha256), progress)
        log.info("%s: SHA-256 %s", archive, digest)
    return _unpack(archive, folder / weights.name)


def remove_archive(weights: KnownWeights) -> None:
    """Delete what `download_archive` left on disk, once the weights are imported."""
    folder = weights_folder() / "downloads"
    (folder / f"{weights.name}.zip").unlink(missing_ok=True)
    shutil.rmtree(folder / weights.name, ignore_errors=True)


def _unpack(archive: Path, folder: Path) -> Path:
    """Unpack the checkpoint and its configuration, under names of our own choice."""
    try:
        with zipfile.ZipFile(archive) as packed:
            checkpoints = [name for name in packed.namelist() if name.endswith(".pth")]
            if len(checkpoints) != 1:
                raise DownloadError(
                    "{archive} holds {num_checkpoints} checkpoints instead of one",
                    archive=archive,
                    num_checkpoints=len(checkpoints),
                )
            folder.mkdir(parents=True, exist_ok=True)
            configs = [name for name in packed.namelist() if name.endswith("config.yaml")]
            for member, name in [
                (checkpoints[0], "model.pth"),
                *((c, "config.yaml") for c in configs),
            ]:
                _extract(packed, member, folder / name)
    except zipfile.BadZipFile as error:
        archive.unlink()
        raise DownloadError(
            "{archive} is damaged and was removed; download the weights again", archive=archive
        ) from error
    return folder / "model.pth"


def _extract(packed: zipfile.ZipFile, member: str, path: Path) -> None:
    part = path.with_name(path.name + ".part")
    with packed.open(member) as source, part.open("wb") as target:
        while block := source.read(1 << 20):
            target.write(block)
    part.replace(path)


def read_metadata(path: Path) -> dict[str, Any]:
    """What a weights file says of itself, without loading its tensors.

    Raises:
        CheckpointError: The file is no safetensors file.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            raw = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            "{path} is not a weights file of this program ({error}); released .pth files are "
            "turned into one by `tarvis models import`",
            path=path,
            error=error,
        ) from error
    return {key: _decoded(value) for key, value in raw.items()}


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _resource(name: str) -> Path:
    return Path(str(resources.files("resources") / name))


def _bundled(row: Mapping[str, Any]) -> KnownWeights | None:
    path = _resource(row["file"])
    if not path.is_file():
        return None
    return replace(
        _on_disk(path),
        name=row["name"],
        source=WeightsSource.BUNDLED,
        title=row["title"],
        purpose=row["purpose"],
        licence=row["licence"],
    )


def _on_disk(path: Path) -> KnownWeights:
    try:
        metadata = read_metadata(path)
    except CheckpointError as error:
        log.warning(error.sentence)
        metadata = {}
    about = metadata.get("metadata", metadata)
    about = about if isinstance(about, dict) else {}
    return KnownWeights(
        name=path.stem,
        source=WeightsSource.INSTALLED,
        title=str(about.get("title", path.stem)),
        purpose=str(about.get("purpose", "")),
        licence=str(about.get("licence", "")),
        path=path,
        metadata=metadata,
        label_sets=_label_sets(metadata.get("model_config")),
    )


def _label_sets(config: Any) -> tuple[str, ...]:
    stored = config.get("label_sets", ()) if isinstance(config, dict) else ()
    return tuple(str(each.get("name", "")) for each in stored if isinstance(each, dict))


def _released(row: Mapping[str, Any]) -> KnownWeights:
    return KnownWeights(
        name=row["name"],
        source=WeightsSource.RELEASED,
        title=row["title"],
        purpose=row["purpose"],
        licence=row["licence"],
        address=row["address"],
        sha256=row["sha256"],
        parameters_million=row["parameters_million"],
        trunk=row["trunk"],
        label_sets=tuple(row.get("label_sets", ())),
    )
