"""Downloads: progress, resume, checksum, and errors a person can act on."""

import hashlib
import threading

import pytest

from tarvis_core.errors import DownloadError
from tarvis_core.inference.download import CHUNK_BYTES, Download, fetch
from tests.fakes.file_server import serving

BODY = bytes(range(256)) * 12_000  # three chunks of a megabyte


@pytest.fixture
def server():
    with serving({"/w.zip": BODY}) as running:
        yield running


def test_that_a_file_arrives_whole_with_its_digest(server, tmp_path):
    seen = []
    digest = fetch(
        Download(server.address("/w.zip"), tmp_path / "new" / "w.zip"),
        lambda have, total: seen.append((have, total)),
    )

    assert (tmp_path / "new" / "w.zip").read_bytes() == BODY
    assert digest == hashlib.sha256(BODY).hexdigest()
    assert seen[-1] == (len(BODY), len(BODY))
    assert [have for have, _ in seen] == sorted(have for have, _ in seen)


def test_that_a_cut_download_goes_on_where_it_stopped(server, tmp_path):
    download = Download(server.address("/w.zip"), tmp_path / "w.zip")
    server.cut_after = CHUNK_BYTES + 5
    with pytest.raises(DownloadError, match="goes on where it stopped"):
        fetch(download)
    assert not download.destination.exists()

    fetch(download)

    assert download.destination.read_bytes() == BODY
    assert server.ranges == [None, f"bytes={CHUNK_BYTES + 5}-"]
    assert not download.part.exists()


def test_that_a_complete_part_is_not_fetched_again(server, tmp_path):
    download = Download(server.address("/w.zip"), tmp_path / "w.zip")
    download.part.write_bytes(BODY)

    fetch(download)

    assert download.destination.read_bytes() == BODY


def test_that_a_file_with_a_wrong_digest_is_not_installed(server, tmp_path):
    download = Download(server.address("/w.zip"), tmp_path / "w.zip", sha256="0" * 64)

    with pytest.raises(DownloadError, match="not the expected file"):
        fetch(download)

    assert list(tmp_path.iterdir()) == []


def test_that_a_stop_keeps_what_was_fetched(server, tmp_path):
    download = Download(server.address("/w.zip"), tmp_path / "w.zip")
    stop = threading.Event()
    stop.set()

    with pytest.raises(DownloadError, match="stopped"):
        fetch(download, stop=stop)

    assert 0 < download.part.stat().st_size < len(BODY)


def test_that_a_missing_file_is_named_with_its_address(server, tmp_path):
    with pytest.raises(DownloadError, match=r"/nothing\.zip answered 404"):
        fetch(Download(server.address("/nothing.zip"), tmp_path / "w.zip"))


def test_that_an_unreachable_host_says_to_check_the_connection(tmp_path):
    with serving({}) as gone:
        address = gone.address("/w.zip")

    with pytest.raises(DownloadError, match="check the connection"):
        fetch(Download(address, tmp_path / "w.zip"))


def test_that_a_folder_that_cannot_be_written_is_named(server, tmp_path):
    blocked = tmp_path / "w.zip.part"
    blocked.mkdir()

    with pytest.raises(DownloadError, match="cannot be written"):
        fetch(Download(server.address("/w.zip"), tmp_path / "w.zip"))
