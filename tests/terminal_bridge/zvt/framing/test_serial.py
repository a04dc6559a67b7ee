"""Frames, ACK and NAK, T1, T2 and repeats; a line that drops, flips and doubles bytes."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal_bridge.zvt import Apdu, SerialFraming
from terminal_bridge.zvt.crc import crc16
from terminal_bridge.zvt.framing.frames import ACK, NAK, FrameReader, Heard, to_frame
from terminal_bridge.zvt.framing.framing import (
    ApduReceived,
    Delivered,
    FramingEvent,
    SendingFailed,
)
from terminal_bridge.zvt.limits import MAX_FRAME, MAX_SENDS, T1_S, T2_S

ACKED = bytes((ACK,))
NAKED = bytes((NAK,))
PAY = Apdu(0x0601, bytes.fromhex("04 000000001010"))
YES = Apdu(0x8000)
LINE = Apdu(0x06D1, b"\x00")


def frame(apdu: Apdu) -> bytes:
    return to_frame(apdu.to_bytes())


def received(events: list[FramingEvent]) -> list[Apdu]:
    return [event.apdu for event in events if isinstance(event, ApduReceived)]


def test_the_checksum_has_the_catalogue_s_check_value() -> None:
    assert crc16(b"123456789") == 0x2189


def test_the_checksum_goes_on_from_another() -> None:
    assert crc16(b"6789", crc16(b"12345")) == 0x2189


@pytest.mark.parametrize(
    ("apdu", "framed"),
    [
        ("800000", "1002 800000 1003 F51F"),
        ("0600 06 123456BA0978", "1002 060006123456BA0978 1003 24C3"),
        ("0601 0A 04000000011000490978", "1002 06010A 0400000001101000490978 1003 F2FF"),
    ],
)
def test_frames_are_as_the_standard_has_them(apdu: str, framed: str) -> None:
    assert to_frame(bytes.fromhex(apdu)) == bytes.fromhex(framed)


def test_a_checksum_of_control_bytes_is_not_doubled() -> None:
    """Amounts whose checksum has 10, 03, 06 or 15 in it."""
    seen: set[int] = set()
    for amount in range(100_000):
        apdu = Apdu(0x0601, b"\x04" + bytes.fromhex(f"{amount:012}"))
        crc = set(frame(apdu)[-2:]) & {0x10, 0x03, 0x06, 0x15}
        if not crc or crc <= seen:
            continue
        seen |= crc
        line = SerialFraming()
        line.receive_data(frame(apdu), 0.0)
        assert received(line.events()) == [apdu]
    assert seen == {0x10, 0x03, 0x06, 0x15}


@given(st.binary(max_size=80), st.integers(0, 0xFFFF))
def test_any_apdu_comes_through_one_byte_at_a_time(data: bytes, control: int) -> None:
    apdu = Apdu(control, data)
    line = SerialFraming()
    for byte in frame(apdu):
        line.receive_data(bytes((byte,)), 0.0)
    assert received(line.events()) == [apdu]
    assert line.data_to_send() == ACKED
    assert line.wake_at() is None


def test_a_long_frame_of_dles_comes_through() -> None:
    apdu = Apdu(0x06D1, b"\x10" * 300)
    line = SerialFraming()
    line.receive_data(frame(apdu), 0.0)
    assert received(line.events()) == [apdu]


def test_the_ack_leaves_before_the_message_is_looked_at() -> None:
    line = SerialFraming()
    line.receive_data(frame(Apdu(0x0677, b"nobody knows it")), 0.0)
    assert line.data_to_send() == ACKED


def test_a_wrong_checksum_is_answered_nak() -> None:
    line = SerialFraming()
    broken = bytearray(frame(PAY))
    broken[-1] ^= 1
    line.receive_data(bytes(broken), 0.0)
    assert line.events() == []
    assert line.data_to_send() == NAKED


@pytest.mark.parametrize("content", ["", "06", "0601", "060102FF", "80000001"])
def test_a_frame_without_a_whole_apdu_is_answered_nak(content: str) -> None:
    line = SerialFraming()
    line.receive_data(to_frame(bytes.fromhex(content)), 0.0)
    assert line.events() == []
    assert line.data_to_send() == NAKED


def test_noise_between_frames_is_counted_and_not_answered() -> None:
    line = SerialFraming()
    line.receive_data(b"\x00\xff\x10\x41" + frame(PAY) + b"\x55", 0.0)
    assert received(line.events()) == [PAY]
    assert line.data_to_send() == ACKED
    assert line.noise == 4


def test_a_new_beginning_inside_a_frame_begins_again() -> None:
    line = SerialFraming()
    line.receive_data(frame(PAY)[:-6] + frame(YES), 0.0)
    assert received(line.events()) == [YES]


def test_a_dle_before_another_byte_spoils_the_frame() -> None:
    line = SerialFraming()
    line.receive_data(bytes.fromhex("1002 06011041"), 0.0)
    assert line.data_to_send() == NAKED


def test_t1_expires_at_200_ms_of_silence_inside_a_frame() -> None:
    line = SerialFraming()
    line.receive_data(frame(PAY)[:5], 1.0)
    assert line.wake_at() == pytest.approx(1.0 + T1_S)
    line.receive_data(frame(PAY)[5:7], 1.1)
    assert line.wake_at() == pytest.approx(1.1 + T1_S)
    line.tick(1.1 + T1_S - 0.001)
    assert line.data_to_send() == b""
    line.tick(1.1 + T1_S)
    assert line.data_to_send() == NAKED
    assert line.wake_at() is None
    line.receive_data(frame(PAY), 2.0)
    assert received(line.events()) == [PAY]


def test_t2_repeats_twice_and_then_gives_up() -> None:
    line = SerialFraming()
    line.send(PAY, 0.0)
    for place in range(MAX_SENDS):
        assert line.data_to_send() == frame(PAY), place
        assert line.wake_at() == T2_S * (place + 1)
        line.tick(T2_S * (place + 1) - 0.001)
        assert line.data_to_send() == b""
        line.tick(T2_S * (place + 1))
    assert line.data_to_send() == b""
    assert line.events() == [SendingFailed(PAY, "no ACK came")]
    assert line.wake_at() is None


def test_nak_repeats_at_once_and_is_counted_with_t2() -> None:
    line = SerialFraming()
    line.send(PAY, 0.0)
    line.receive_data(NAKED, 0.1)
    line.receive_data(NAKED, 0.2)
    assert line.data_to_send() == frame(PAY) * 3
    line.receive_data(NAKED, 0.3)
    assert line.events() == [SendingFailed(PAY, "the other side answered NAK")]


def test_an_ack_ends_the_waiting_and_lets_the_next_one_go() -> None:
    line = SerialFraming()
    line.send(PAY, 0.0)
    line.send(YES, 0.0)
    assert line.data_to_send() == frame(PAY)
    line.receive_data(ACKED, 0.1)
    assert line.events() == [Delivered(PAY)]
    assert line.data_to_send() == frame(YES)


@pytest.mark.parametrize("stray", [ACKED, NAKED])
def test_an_ack_or_nak_that_nobody_awaits_does_nothing(stray: bytes) -> None:
    line = SerialFraming()
    line.receive_data(stray, 0.0)
    assert line.events() == []
    assert line.data_to_send() == b""


def test_a_repeated_frame_is_acknowledged_and_not_told_twice() -> None:
    line = SerialFraming()
    line.receive_data(frame(PAY), 0.0)
    line.receive_data(frame(PAY), 5.0)
    assert received(line.events()) == [PAY]
    assert line.data_to_send() == ACKED * 2


def test_equal_messages_with_an_answer_between_are_two() -> None:
    line = SerialFraming()
    for now in (0.0, 1.0):
        line.receive_data(frame(LINE), now)
        line.send(YES, now)
        line.receive_data(ACKED, now)
    assert received(line.events()) == [LINE, LINE]


def test_an_answer_proves_that_the_command_arrived() -> None:
    line = SerialFraming()
    line.send(PAY, 0.0)
    line.receive_data(frame(YES), 0.1)
    assert line.events() == [Delivered(PAY), ApduReceived(YES)]
    assert line.wake_at() is None


def test_a_command_ends_the_repeating_of_our_answer() -> None:
    line = SerialFraming()
    line.send(YES, 0.0)
    line.receive_data(frame(LINE), 0.1)
    assert line.events() == [Delivered(YES), ApduReceived(LINE)]
    assert line.wake_at() is None


def test_a_command_repeated_although_we_answered_waits_for_our_repeated_answer() -> None:
    line = SerialFraming()
    line.receive_data(frame(LINE), 0.0)
    line.send(YES, 0.0)
    line.data_to_send()
    line.receive_data(frame(LINE), 4.0)
    assert received(line.events()) == [LINE]
    assert line.data_to_send() == ACKED
    line.tick(T2_S)
    assert line.data_to_send() == frame(YES)


def test_an_equal_command_soon_after_our_answer_is_a_new_one_although_the_ack_was_lost() -> None:
    line = SerialFraming()
    line.receive_data(frame(LINE), 0.0)
    line.send(YES, 0.0)
    line.receive_data(frame(LINE), 0.1)
    assert received(line.events()) == [LINE, LINE]
    assert line.wake_at() is None


def test_an_equal_command_after_our_nak_is_a_repeat() -> None:
    line = SerialFraming()
    line.receive_data(frame(LINE), 0.0)
    line.send(YES, 0.0)
    line.receive_data(frame(LINE)[:-1] + b"\x00", 0.1)
    line.receive_data(frame(LINE), 0.2)
    assert received(line.events()) == [LINE]


@pytest.mark.parametrize("noise", [b"\x02", b"\x07", b"\x10\x02\x06", b"\x10\x02\x06\x10\x41"])
def test_our_answer_is_not_repeated_after_noise_that_may_have_been_the_next_command(
    noise: bytes,
) -> None:
    line = SerialFraming()
    line.receive_data(frame(LINE), 0.0)
    line.send(YES, 0.0)
    line.data_to_send()
    line.receive_data(noise, 0.1)
    while (at := line.wake_at()) is not None:
        line.tick(at)
    assert frame(YES) not in line.data_to_send()


def test_after_a_quiet_time_it_is_repeated() -> None:
    line = SerialFraming()
    line.send(YES, 0.0)
    line.data_to_send()
    line.tick(T2_S)
    assert line.data_to_send() == frame(YES)


def test_our_command_is_repeated_whatever_was_heard() -> None:
    line = SerialFraming()
    line.send(PAY, 0.0)
    line.data_to_send()
    line.receive_data(b"\x02", 0.1)
    line.tick(T2_S)
    assert line.data_to_send() == frame(PAY)


def test_it_tells_how_often_a_frame_went_out() -> None:
    line = SerialFraming()
    line.send(PAY, 0.0)
    line.receive_data(NAKED + ACKED, 0.1)
    assert line.events() == [Delivered(PAY, sends=2)]


def test_an_equal_answer_to_our_next_command_is_a_new_one() -> None:
    line = SerialFraming()
    for now in (0.0, 1.0):
        line.send(PAY, now)
        line.receive_data(frame(YES), now)
    assert received(line.events()) == [YES, YES]


def test_a_command_does_not_settle_our_command() -> None:
    line = SerialFraming()
    line.send(PAY, 0.0)
    line.receive_data(frame(LINE), 0.1)
    assert line.events() == [ApduReceived(LINE)]
    assert line.wake_at() == T2_S


def test_a_frame_may_be_as_long_as_the_longest_apdu_and_no_byte_longer() -> None:
    reader = FrameReader()
    for byte in (0x10, 0x02):
        reader.hear(byte)
    for _ in range(MAX_FRAME):
        assert reader.hear(0x41) is Heard.NOTHING
    assert reader.hear(0x41) is Heard.BAD_FRAME
    assert not reader.inside


def test_doubled_dles_past_the_limit_are_refused_too() -> None:
    reader = FrameReader()
    for byte in (0x10, 0x02):
        reader.hear(byte)
    for _ in range(MAX_FRAME):
        reader.hear(0x10)
        assert reader.hear(0x10) is Heard.NOTHING
    reader.hear(0x10)
    assert reader.hear(0x10) is Heard.BAD_FRAME


def spoiled(data: bytes, chance: random.Random) -> bytes:
    """A line that loses, flips and doubles bytes now and then."""
    out = bytearray()
    for byte in data:
        match chance.random():
            case fate if fate < 0.004:
                continue
            case fate if fate < 0.008:
                out.append(byte ^ 1 << chance.randrange(8))
            case fate if fate < 0.012:
                out += bytes((byte, byte))
            case _:
                out.append(byte)
    return bytes(out)


def talk(seed: int) -> str:
    """Commands and answers in turn, as ZVT speaks, equal ones among them; how it ended.

    `silent` is what a noise byte 06 does that is taken for an ACK: T3 of the dialogue finds it.
    """
    chance = random.Random(seed)
    ends = [SerialFraming(), SerialFraming()]
    now = 0.0
    for turn in range(20):
        apdu = YES if turn % 2 else Apdu(0x06D1, bytes((turn // 6, 0x10, 0x03)))
        sender, receiver = ends[turn % 2], ends[1 - turn % 2]
        sender.send(apdu, now)
        while True:
            receiver.receive_data(spoiled(sender.data_to_send(), chance), now)
            sender.receive_data(spoiled(receiver.data_to_send(), chance), now)
            heard = receiver.events()
            if got := received(heard):
                assert got == [apdu], (seed, turn)
                break
            if any(isinstance(event, SendingFailed) for event in heard + sender.events()):
                return "failed"
            due = [at for at in (sender.wake_at(), receiver.wake_at()) if at is not None]
            if not due:
                return "silent"
            now = min(due)
            sender.tick(now)
            receiver.tick(now)
    return "arrived"


def test_over_a_bad_line_each_message_arrives_once_and_unchanged_or_not_at_all() -> None:
    ends = Counter(talk(seed) for seed in range(400))
    assert ends["arrived"] > 300, ends
    assert ends["silent"] < 20, ends


def test_the_same_command_is_new_when_its_answer_could_never_be_delivered() -> None:
    line = SerialFraming()
    line.receive_data(frame(PAY), 0.0)
    line.send(YES, 0.0)
    while (at := line.wake_at()) is not None:
        line.tick(at)
    assert SendingFailed(YES, "no ACK came") in line.events()
    line.receive_data(frame(PAY), T2_S * (MAX_SENDS + 1))
    assert received(line.events()) == [PAY]
