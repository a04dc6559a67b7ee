"""Bytes from outside: what is refused before it becomes a tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import hardened_xml
from opi_pos.wire.limits import MAX_ATTRIBUTES, MAX_BYTES, MAX_DEPTH

LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;"><!ENTITY z "&y;&y;&y;&y;">]>
<a>&z;</a>"""
EXTERNAL = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
ATTRIBUTE = '<!DOCTYPE a [<!ENTITY x "ha"><!ATTLIST a b CDATA "&x;">]><a/>'
PLAIN = '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE a><a/>'


def refused(data: bytes, max_depth: int = MAX_DEPTH) -> str:
    with pytest.raises(ProtocolError) as caught:
        hardened_xml.parse(data, max_depth=max_depth)
    return caught.value.problem


@pytest.mark.parametrize("text", [LAUGHS, EXTERNAL, ATTRIBUTE, PLAIN])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_document_type_is_refused(text: str, encoding: str) -> None:
    assert "document type" in refused(text.replace("UTF-8", "UTF-16").encode(encoding))


def test_a_document_type_after_comments_is_refused() -> None:
    assert "document type" in refused(b"<!-- x --><?y z?>\n<!DOCTYPE a><a/>")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp037"])
def test_encodings_in_which_one_could_hide_are_refused(encoding: str) -> None:
    refused(EXTERNAL.encode(encoding))


def test_a_declared_encoding_in_which_one_could_hide_is_refused() -> None:
    hidden = b"+ADwAIQ-DOCTYPE a+AD4APA-a/+AD4-"
    assert hidden.decode("utf-7") == "<!DOCTYPE a><a/>"
    data = b'<?xml version="1.0" encoding="UTF-7"?>' + hidden
    assert "encoding" in refused(data)
    assert "encoding" in refused(b"<?xml version='1.0'\n encoding = 'UTF-7' standalone='yes'?><a/>")


def test_undeclared_entities_are_refused() -> None:
    assert "well-formed" in refused(b"<a>&x;</a>")


def test_comments_and_instructions_leave_the_text_whole() -> None:
    root = hardened_xml.parse(b"<a><!-- 1 -->38<!-- 2 -->.00<?x y?></a>")
    assert root.text == "38.00"
    assert len(root) == 0


def test_the_size_at_the_limit_and_one_past() -> None:
    room = MAX_BYTES - len(b"<a></a>")
    assert hardened_xml.parse(b"<a>" + b"x" * room + b"</a>").tag == "a"
    assert "larger" in refused(b"<a>" + b"x" * (room + 1) + b"</a>")


def nested(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


def test_the_depth_at_the_limit_and_one_past() -> None:
    assert hardened_xml.parse(nested(MAX_DEPTH)).tag == "a"
    assert "deeper" in refused(nested(MAX_DEPTH + 1))
    assert "deeper" in refused(nested(4), max_depth=3)


def with_attributes(count: int) -> bytes:
    members = " ".join(f'a{number}="{"x" * 40}"' for number in range(count))
    return f"<a><b {members}/></a>".encode()


def test_the_attributes_at_the_limit_and_one_past() -> None:
    assert len(hardened_xml.parse(with_attributes(MAX_ATTRIBUTES))[0].attrib) == MAX_ATTRIBUTES
    assert "attributes" in refused(with_attributes(MAX_ATTRIBUTES + 1))


def test_an_endless_depth_is_refused_quickly() -> None:
    refused(b"<a>" * 60_000)
    refused(nested(300))


@pytest.mark.parametrize(
    "data", [b"", b" ", b"\0<a/>", b"<a", b"<a>\0</a>", b"<a></b>", b"a<b/>", b"<a b='1' b='2'/>"]
)
def test_what_is_not_xml_is_a_protocol_error(data: bytes) -> None:
    refused(data)


BLANKS = st.text(" \t\n\r", min_size=1, max_size=4)
PIECES = st.sampled_from(
    ["<!-- c -->", "<![CDATA[ ]]>", "<![CDATA[x]]>", "<?p i?>", "&#32;", "&amp;", "x", "?", "!"]
)


@given(st.lists(BLANKS | PIECES, max_size=5).map("".join), BLANKS)
def test_a_text_keeps_its_spaces_whatever_stands_beside_it(text: str, indent: str) -> None:
    data = f"<a>{indent}<b>{text}</b>{indent}</a>".encode()
    told = etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True))
    for drop_indents in (True, False):
        read = hardened_xml.parse(data, drop_indents=drop_indents)
        assert (read[0].text or "") == (told[0].text or "")


def test_a_text_of_spaces_only_is_a_text() -> None:
    for size in (1, 3, 1000, 100_000):
        data = b"<a>\n <b>" + b" " * size + b"</b>\n</a>"
        assert hardened_xml.parse(data, drop_indents=True)[0].text == " " * size
