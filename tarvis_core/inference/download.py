"""Fetches one large file: with progress, resumed where it stopped, checked, never half in place."""

import hashlib
import http.client
import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import BinaryIO

from tarvis_core.errors import DownloadError

log = logging.getLogger(__name__)

CHUNK_BYTES = 1 << 20
TIMEOUT_S = 30.0

Progress = Callable[[int, int | None], None]
"""Called with the bytes at hand and the bytes in all (None where the server does not say)."""


@dataclass(frozen=True)
class Download:
    """What to fetch and where to."""

    address: str
    destination: Path
    """Final path; until the file is complete and checked, `destination` + ".part" holds it."""
    sha256: str | None = None
    """Expected digest in hexadecimal; None where the publisher gives none."""

    @property
    def part(self) -> Path:
        """Where the bytes gather; a later call goes on from its end."""
        return self.destination.with_name(self.destination.name + ".part")


def fetch(download: Download, progress: Progress | None = None, stop: Event | None = None) -> str:
    """Fetch a file, going on from an earlier attempt where the server allows it.

    Args:
        download: What to fetch and where to.
        progress: Told after every megabyte.
        stop: When set, the call ends with an error and keeps what it has for the next attempt.

    Returns:
        The SHA-256 of the file in hexadecimal.

    Raises:
        DownloadError: No connection, an answer that is not the file, a full disk, a stop, or a
            wrong digest. Only a wrong digest removes what was fetched.
    """
    download.destination.parent.mkdir(parents=True, exist_ok=True)
    try:
        _fetch_rest(download, progress, stop)
    except urllib.error.HTTPError as error:
        raise DownloadError(
            "{address} answered {code} {reason}; check the address, or download the file in a "
            "browser and import it",
            address=download.address,
            code=error.code,
            reason=error.reason,
        ) from error
    except (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException) as e:
        reason = getattr(e, "reason", e)
        raise DownloadError(
            "{address} cannot be reached ({reason}); check the connection and try again: the "
            "download goes on where it stopped",
            address=download.address,
            reason=reason,
        ) from e
    except OSError as error:
        raise DownloadError(
            "{path} cannot be written: {reason}", path=download.part, reason=error.strerror
        ) from error
    return _check_and_place(download)


def _fetch_rest(download: Download, progress: Progress | None, stop: Event | None) -> None:
    have = download.part.stat().st_size if download.part.exists() else 0
    request = urllib.request.Request(download.address)
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            log.info("%s is complete already", download.part)
            return
        raise
    with answer:
        resumed = answer.status == http.client.PARTIAL_CONTENT
        have = have if resumed else 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length is not None else None
        with download.part.open("ab" if resumed else "wb") as file:
            have = _copy(answer, file, (have, total), progress, stop)
    if total is not None and have < total:
        raise DownloadError(
            "{address} ended after {have} of {total} bytes; try again: the download goes on where "
            "it stopped",
            address=download.address,
            have=have,
            total=total,
        )


def _copy(
    answer: http.client.HTTPResponse,
    file: BinaryIO,
    extent: tuple[int, int | None],
    progress: Progress | None,
    stop: Event | None,
) -> int:
    have, total = extent
    while block := answer.read(CHUNK_BYTES):
        file.write(block)
        have += len(block)
        if progress is not None:
            progress(have, total)
        if stop is not None and stop.is_set():
            raise DownloadError("the download was stopped; start it again to go on from there")
    return have


def _check_and_place(download: Download) -> str:
    digest = file_sha256(download.part)
    if download.sha256 is not None and digest != download.sha256.lower():
        download.part.unlink()
        raise DownloadError(
            "{address} is not the expected file (SHA-256 {digest} instead of {sha256}); it was "
            "removed, nothing was installed",
            address=download.address,
            digest=digest,
            sha256=download.sha256,
        )
    download.part.replace(download.destination)
    return digest


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
