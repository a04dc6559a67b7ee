"""Messages on a stream: however it is cut, the same messages come out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import opi
from opi_pos.wire.opi.framing import Frames, frame
from tests.opi_pos.wire.opi.samples import OWN

BARE = [
    b'<?xml version="1.0"?><a b=">">x</a>',
    b"<b/>",
    b"<c:d xmlns:c=\"urn:x\" e='/>'/>",
    b"\xef\xbb\xbf<!-- <e> --><f><g></g></f >",
    b"\r\n<aa><a></a></aa>",
    *OWN.values(),
]


def in_pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


CUTS = st.lists(st.integers(0, 5000), max_size=12)


@given(st.lists(st.binary(max_size=40), max_size=6), CUTS)
def test_framed_messages_come_whole_however_they_are_cut(
    sent: list[bytes], cuts: list[int]
) -> None:
    # A length of more than 40 bytes would be needed for a first byte that looks like XML.
    stream = b"".join(map(frame, sent))
    frames = Frames()
    came = [message for piece in in_pieces(stream, cuts) for message in frames.receive(piece)]
    frames.end()
    assert came == [message for message in sent if message]
    assert frames.framed


@given(st.lists(st.sampled_from(BARE), max_size=4), CUTS)
def test_bare_messages_end_at_their_root(sent: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(sent)
    frames = Frames()
    came = [message for piece in in_pieces(stream, cuts) for message in frames.receive(piece)]
    frames.end()
    assert came == sent
    assert frames.framed is not bool(sent)


def test_one_byte_at_a_time_and_several_at_once() -> None:
    stream = b"".join(map(frame, OWN.values()))
    frames = Frames()
    single = [m for byte in stream for m in frames.receive(bytes([byte]))]
    assert single == Frames().receive(stream) == list(OWN.values())
    assert all(map(opi.decode, single))


def test_the_length_at_the_limit_and_one_past() -> None:
    assert Frames(max_bytes=10).receive(frame(b"0123456789")) == [b"0123456789"]
    with pytest.raises(ProtocolError, match="11 bytes is too long"):
        Frames(max_bytes=10).receive(frame(b"01234567890")[:4])


def test_a_bare_message_without_end_is_refused_at_the_limit() -> None:
    frames = Frames(max_bytes=20)
    assert frames.receive(b"<a>" + b"x" * 17) == []
    with pytest.raises(ProtocolError, match="without end"):
        frames.receive(b"x")
    with pytest.raises(ProtocolError, match="broke before"):
        frames.receive(b"</a>")


def test_what_was_whole_before_the_stream_broke_is_not_lost() -> None:
    frames = Frames(max_bytes=10)
    assert frames.receive(frame(b"whole") + b"\x7f\xff\xff\xff") == [b"whole"]
    with pytest.raises(ProtocolError):
        frames.receive(b"more")


def test_the_end_inside_a_message() -> None:
    frames = Frames()
    frames.receive(frame(b"whole")[:-1])
    with pytest.raises(ProtocolError, match="inside"):
        frames.end()


def test_what_never_becomes_a_root_is_refused_early() -> None:
    with pytest.raises(ProtocolError, match="root"):
        Frames().receive(b"<!-- -->" * 5000)
    frames = Frames()
    frames.receive(b"<" * 16_000)
    with pytest.raises(ProtocolError, match="root"):
        frames.receive(b"<" * 1000)


def test_a_slow_flood_of_a_bare_message_is_not_searched_again_and_again() -> None:
    frames = Frames(max_bytes=200_000)
    frames.receive(b"<a>")
    for _ in range(1500):
        assert frames.receive(b"<" * 100) == []
    assert len(frames.receive(b"</a>")) == 1
