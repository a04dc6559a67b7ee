"""APDUs out of a TCP stream: any segments, both lengths, and streams that are not ZVT."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt import Apdu, TcpFraming
from terminal_bridge.zvt.framing.framing import ApduReceived
from terminal_bridge.zvt.limits import MAX_DATA, SHORT_DATA


def heard(framing: TcpFraming) -> list[Apdu]:
    return [event.apdu for event in framing.events() if isinstance(event, ApduReceived)]


def read(*segments: bytes, framing: TcpFraming | None = None) -> list[Apdu]:
    framing = framing or TcpFraming()
    for segment in segments:
        framing.receive_data(segment, 0.0)
    return heard(framing)


LONG = Apdu(0x06D3, bytes(range(256)) + b"tail")
THREE = [Apdu(0x04FF, b"\x0a"), Apdu(0x060F), LONG]
STREAM = b"".join(apdu.to_bytes() for apdu in THREE)

apdus = st.builds(
    Apdu,
    st.integers(0, 0x0FFF) | st.just(0x8000) | st.integers(0x8400, 0x84FF),
    st.binary(max_size=40) | st.binary(min_size=250, max_size=260),
)


def test_several_apdus_come_in_one_segment() -> None:
    assert read(STREAM) == THREE


def test_apdus_come_one_byte_at_a_time() -> None:
    assert read(*(bytes((byte,)) for byte in STREAM)) == THREE


@given(st.lists(apdus, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_any_fragmentation_gives_the_same_apdus(sent: list[Apdu], chance: random.Random) -> None:
    stream = b"".join(apdu.to_bytes() for apdu in sent)
    cuts = sorted(chance.randrange(len(stream) + 1) for _ in range(chance.randrange(8)))
    edges = [0, *cuts, len(stream)]
    assert read(*(stream[a:b] for a, b in pairwise(edges))) == sent


def test_the_last_length_of_one_byte_is_254() -> None:
    assert Apdu(0x06D3, bytes(SHORT_DATA)).to_bytes()[2:3] == b"\xfe"


def test_from_255_bytes_on_the_length_is_extended_and_little_endian() -> None:
    assert Apdu(0x06D3, bytes(SHORT_DATA + 1)).to_bytes()[2:5] == b"\xff\xff\x00"
    assert Apdu(0x06D3, bytes(0x0102)).to_bytes()[2:5] == b"\xff\x02\x01"


def test_the_extended_length_is_taken_for_small_messages_too() -> None:
    assert read(bytes.fromhex("04FF FF 0100 0A")) == [Apdu(0x04FF, b"\x0a")]


def test_the_longest_message_is_read_and_one_byte_more_cannot_be_written() -> None:
    longest = Apdu(0x06D3, bytes(MAX_DATA))
    assert read(longest.to_bytes()) == [longest]
    with pytest.raises(ProtocolError):
        Apdu(0x06D3, bytes(MAX_DATA + 1))


def test_a_lower_limit_holds_exactly() -> None:
    framing = TcpFraming(max_data=10)
    assert read(Apdu(0x06D1, bytes(10)).to_bytes(), framing=framing)
    with pytest.raises(ProtocolError, match="10 bytes"):
        read(Apdu(0x06D1, bytes(11)).to_bytes(), framing=framing)


def test_what_is_too_long_is_refused_by_its_header_before_it_is_stored() -> None:
    framing = TcpFraming(max_data=10)
    with pytest.raises(ProtocolError):
        framing.receive_data(bytes.fromhex("06D1FFFFFF"), 0.0)


@pytest.mark.parametrize(
    "banner",
    [b"VER|APP 1.0|", b"\x15\x03\x69", b"HTTP/1.1 400", b"\x16\x03\x01\x02\x00", b"<?xml"],
)
def test_another_protocol_on_the_port_is_known_by_its_first_byte(banner: bytes) -> None:
    with pytest.raises(ProtocolError, match="another protocol"):
        read(banner)


def test_a_stream_that_lost_its_place_stays_broken() -> None:
    framing = TcpFraming()
    with pytest.raises(ProtocolError):
        framing.receive_data(b"\x80\x00\x00HTTP", 0.0)
    assert heard(framing) == [Apdu(0x8000)]
    with pytest.raises(ProtocolError):
        framing.receive_data(b"\x80\x00\x00", 0.0)
    assert heard(framing) == []


def test_it_tells_when_a_message_has_begun_and_not_ended() -> None:
    framing = TcpFraming()
    framing.receive_data(b"\x04\xff", 0.0)
    assert framing.mid_message
    framing.receive_data(b"\x01\x0a", 0.0)
    assert not framing.mid_message


def test_messages_are_written_bare_and_once() -> None:
    framing = TcpFraming()
    framing.send(Apdu(0x8000), 0.0)
    framing.send(Apdu(0x0602), 0.0)
    assert framing.data_to_send() == bytes.fromhex("800000 060200")
    assert framing.data_to_send() == b""
    assert framing.wake_at() is None


@pytest.mark.parametrize(
    "raw", ["", "06", "0601", "060102FF", "0601FF", "0601FF01", "0601FF0200FF"]
)
def test_a_cut_apdu_is_no_apdu(raw: str) -> None:
    with pytest.raises(ProtocolError, match="cut off"):
        Apdu.from_bytes(bytes.fromhex(raw))


def test_bytes_after_an_apdu_are_an_error() -> None:
    with pytest.raises(ProtocolError, match="follow"):
        Apdu.from_bytes(bytes.fromhex("80000000"))


def test_an_apdu_hides_its_data() -> None:
    assert repr(Apdu(0x0601, b"4111111111111111")) == "<Apdu 0601 with 16 bytes>"
