import tracemalloc

import pytest

from tarvis_core.annotation.formats.xml_stream import XmlEnd, XmlStart, xml_events
from tarvis_core.annotation.formats.xml_writer import start_tag, text_element, xml_text
from tarvis_core.errors import FormatError

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lol [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;">]><annotations>&c;</annotations>'
)
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


def write(folder, text):
    path = folder / "file.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def events(path, start=0):
    return list(xml_events(path, start))


def test_that_elements_come_in_order_with_their_text(tmp_path):
    path = write(tmp_path, '<a><b x="1 &amp; 2"> text </b><c/></a>')

    found = [
        (event.path, dict(event.attributes)) if isinstance(event, XmlStart) else event.text
        for event in events(path)
    ]
    assert found == [(("a",), {}), (("a", "b"), {"x": "1 & 2"}), "text", (("a", "c"), {}), "", ""]


def test_that_an_element_can_be_read_alone_from_its_first_byte(tmp_path):
    path = write(tmp_path, '\ufeff<a>é<b n="1"><c/></b><b n="2"/>rest</a>')
    starts = [e.byte for e in events(path) if isinstance(e, XmlStart) and e.name == "b"]

    for number, byte in enumerate(starts, start=1):
        alone = events(path, byte)
        assert alone[0].attributes == {"n": str(number)}
        assert isinstance(alone[-1], XmlEnd)
        assert alone[-1].path == ("b",)


@pytest.mark.parametrize("text", [BOMB, OUTSIDE], ids=["bomb", "outside"])
def test_that_document_types_are_refused(tmp_path, text):
    with pytest.raises(FormatError, match=r"file\.xml has a document type"):
        events(write(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "<a>",
        "<a></b>",
        "<a><b></a>",
        "<a/><b/>",
        "<a x=1/>",
        "<a>\x00</a>",
        b"<a>\xff</a>",
        "<a>&nothing;</a>",
        '<?xml version="1.0" encoding="utf-16"?><a/>',
        '<?xml version="1.0" encoding="latin-1"?><a/>',
        "<a>" * 100,
    ],
    ids=lambda text: repr(text)[:30],
)
def test_that_damage_is_an_error_that_names_the_file(tmp_path, text):
    with pytest.raises(FormatError, match=r"file\.xml"):
        events(write(tmp_path, text))


def test_that_a_missing_file_is_named(tmp_path):
    with pytest.raises(FormatError, match="nowhere"):
        events(tmp_path / "nowhere")


def test_that_memory_does_not_grow_with_the_file(tmp_path):
    path = write(tmp_path, "<a>" + '<b x="1"/>' * 100_000 + "</a>")
    tracemalloc.start()
    count = sum(1 for event in xml_events(path) if isinstance(event, XmlStart))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 100_001
    assert peak < 12_000_000  # the events of one piece of 64 KiB


def test_that_written_text_is_read_back(tmp_path):
    name = 'é "<&>" \n\t 😀'
    text = start_tag("a", {"x": name}) + text_element("b", name) + "</a>"

    found = events(write(tmp_path, text))

    assert found[0].attributes["x"] == name
    assert found[2].text == name.strip()


def test_that_characters_that_xml_forbids_are_replaced(tmp_path):
    assert xml_text("a\x00b\x1fc\ud800") == "a\ufffdb\ufffdc\ufffd"
    assert events(write(tmp_path, start_tag("a", {"x": "\x00"}, is_empty=True)))


@pytest.mark.parametrize("text", ["""1 < 2 & "so" 'too' > ]]>""", "two\nlines\tand\r", "é\u4e2d😀"])
def test_that_an_attribute_is_read_as_it_was_written(tmp_path, text):
    path = write(tmp_path, start_tag("a", {"x": text}, is_empty=True))

    (start,) = [event for event in events(path) if isinstance(event, XmlStart)]
    assert dict(start.attributes) == {"x": text}
