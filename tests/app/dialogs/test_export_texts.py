"""What the export dialog says of a result: nothing that contradicts itself."""

from pathlib import Path

from tarvis_app.dialogs.export_texts import look_html, result_html
from tarvis_app.exchange.exchange_jobs import ExportLook, ExportResult
from tarvis_core.annotation.formats.loss import Loss, LossKind
from tarvis_core.sentence import Sentence

FILES = tuple(Path(f"/masks/{number:05d}.png") for number in range(20))


def test_that_an_export_without_losses_is_the_same_to_the_pixel():
    html = result_html(ExportResult(FILES, is_checked=True, num_frames=20))
    assert "Read back and compared: the same to the pixel." in html
    assert "could not hold" not in html
    assert "… and 8 more" in html


def test_that_what_was_lost_is_not_called_the_same():
    loss = Loss(LossKind.OVERLAPS, 1, "street, frame 16, target 1 <dog>")
    html = result_html(ExportResult(FILES, (loss,), is_checked=True, num_frames=20))
    assert "Read back and compared: but for what is listed here, the same to the pixel." in html
    assert "1 mask gave up pixels to masks above it (first: street, frame 16" in html
    assert "&lt;dog&gt;" in html


def test_that_what_will_be_lost_is_said_apart_from_what_is_odd():
    loss = Loss(LossKind.SCORES, 3, "street, frame 16")
    html = look_html(ExportLook((), (loss,)))
    assert html.index("Nothing speaks against") < html.index("will not hold")
    assert "⚠ 3 scores left out (first: street, frame 16)" in html
    assert "will not hold" not in look_html(ExportLook((Sentence("a mask is odd"),)))


def test_that_files_of_an_earlier_export_in_the_folder_are_told():
    html = result_html(ExportResult(FILES, is_checked=True, strays=FILES[:2]))
    assert "⚠ 2 files lay in the folder before" in html
    assert "first: /masks/00000.png" in html
    assert "⚠ 1 file lay in the folder" in result_html(ExportResult(FILES, strays=FILES[:1]))
    assert "before" not in result_html(ExportResult(FILES))


def test_that_an_unexpected_difference_is_listed_and_nothing_called_the_same():
    html = result_html(ExportResult(FILES, (), ("frame 3 differs",), is_checked=True))
    assert "✗ frame 3 differs" in html
    assert "the same" not in html
