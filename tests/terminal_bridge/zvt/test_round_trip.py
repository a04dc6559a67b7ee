"""Any message of any command is read as what was written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt import Apdu, Message, Tlv, decode, encode
from terminal_bridge.zvt.bitmaps import cut_bitmaps, join_bitmap
from terminal_bridge.zvt.codec import MESSAGES
from terminal_bridge.zvt.messages.answers import Answer
from terminal_bridge.zvt.messages.status import AbortByTerminal, Completion
from terminal_bridge.zvt.plan import plan_of
from terminal_bridge.zvt.tables.bmps import BMPS
from terminal_bridge.zvt.tlv import read_objects, write_objects
from tests.terminal_bridge.zvt.making import TYPED, Maker

AMBIGUOUS = {AbortByTerminal, Completion, Answer}
"""How they are read depends on the command before them: see `test_status`, `test_commands`."""


@pytest.mark.parametrize("make", [make for make in TYPED if make not in AMBIGUOUS])
def test_any_message_comes_back(make: type[Message]) -> None:
    for seed in range(60):
        message = Maker(seed).message(make)
        apdu = encode(message)
        again = decode(apdu)
        assert again == message, seed
        assert encode(again) == apdu, seed


@settings(deadline=None)
@given(
    control=st.sampled_from(sorted(MESSAGES)) | st.integers(0, 0x0FFF) | st.just(0x84CC),
    data=st.binary(max_size=120),
)
def test_any_bytes_are_read_and_what_was_read_is_written_and_read_again(
    control: int, data: bytes
) -> None:
    message = decode(Apdu(control, data))
    try:
        apdu = encode(message)
    except ProtocolError:
        assert make_has_untagged(control)
        return
    assert type(decode(apdu)) is type(message)


def make_has_untagged(control: int) -> bool:
    """Only untagged members can be missing when what was read is written again."""
    return control >> 8 == 0x84 or bool(plan_of(MESSAGES[control], "cp437").untagged)


@given(st.binary(max_size=200))
def test_bitmaps_are_cut_and_joined_byte_for_byte(data: bytes) -> None:
    bitmaps, rest = cut_bitmaps(data)
    joined = b"".join(join_bitmap(raw.bmp, raw.content) for raw in bitmaps)
    shortest = all(BMPS[raw.bmp].size != -1 for raw in bitmaps)
    if shortest:
        assert joined + rest == data
    assert cut_bitmaps(joined)[0] == bitmaps


_tags = st.sampled_from([0x07, 0x24, 0x2F, 0x60, 0xDF01, 0xFF40, 0x1F73, 0x1F8000, 0x1F7A])
_objects = st.recursive(
    st.builds(Tlv, _tags, st.binary(max_size=140)),
    lambda inner: st.builds(Tlv.of, st.sampled_from([0x24, 0x2F, 0xFF01]), st.lists(inner)),
    max_leaves=12,
)


@given(st.lists(_objects, max_size=8))
def test_objects_are_written_and_read_byte_for_byte(objects: list[Tlv]) -> None:
    data = write_objects(objects)
    assert read_objects(data) == objects
