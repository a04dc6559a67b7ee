"""Damaged messages and lines, many and seeded: no exception but `ProtocolError`, no hang, nothing
kept without a bound, and the result code and the amount survive whatever happens behind them.

`OPI_POS_MUTATIONS` is how many there are in all; a million by `OPI_POS_MUTATIONS=1000000`.
"""

from __future__ import annotations

import os
import random
from typing import get_args

import pytest

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt import Apdu, SerialFraming, TcpFraming, TillDialogue, decode, encode
from terminal_bridge.zvt.codec import MESSAGES as COMMANDS
from terminal_bridge.zvt.describe import describe
from terminal_bridge.zvt.dialogue.events import AnswerOwed, TillEvent
from terminal_bridge.zvt.framing.frames import to_frame
from terminal_bridge.zvt.framing.framing import ApduReceived
from terminal_bridge.zvt.limits import MAX_FRAME
from terminal_bridge.zvt.messages.money import Authorisation
from terminal_bridge.zvt.messages.status import StatusInformation
from tests.terminal_bridge.zvt.test_commands import PAIRS
from tests.terminal_bridge.zvt.vectors import PAYMENT, apdu, container

SAMPLES = [
    PAYMENT,
    apdu(
        "060F", "F0F0F2 4142 00", container("1F4404 68001234 34 0D 1F0E04 20260612 1F0F03 091530")
    ),
    apdu("06D3", container("1F07 01 02 14 01 FE 25 09 09 01 40 07 01 41 09 01 81")),
    apdu("04FF", "17 03", container("24 04 07 02 4F4B")),
    apdu("061E", "6F 0978 04 000000000100"),
    apdu("06D1", "40 44414E4B45 06 04 1F07 01 02"),
    *(apdu(control, data) for _, control, data in PAIRS),
]
MUTATIONS = int(os.environ.get("OPI_POS_MUTATIONS", "100000"))
MESSAGES = MUTATIONS * 3 // 5
"""The rest are streams, half of them on a serial line."""
STREAMS = MUTATIONS // 5
PAY = Authorisation(amount=4250, currency="EUR")
INTERESTING = (0x00, 0x06, 0x10, 0x1F, 0x2F, 0x7F, 0x80, 0x81, 0x82, 0xF0, 0xF9, 0xFF)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Some bytes flipped, replaced, doubled, removed, moved or cut off."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(out) + 1)
        match chance.randrange(6):
            case 0:
                out[at:] = b""
            case 1:
                out[at : at + 1] = bytes((chance.choice(INTERESTING),))
            case 2:
                out[at:at] = bytes((chance.choice(INTERESTING),))
            case 3:
                del out[at : at + chance.randrange(1, 5)]
            case 4:
                out[at:at] = out[at : at + chance.randrange(1, 12)]
            case _ if at < len(out):
                out[at] ^= 1 << chance.randrange(8)
            case _:
                out.append(chance.randrange(256))
    return bytes(out)


pytestmark = pytest.mark.timeout(3600)  # real seconds, for the million


@pytest.mark.parametrize("seed", [1, 2])
def test_no_damaged_message_raises(seed: int) -> None:
    chance = random.Random(seed)
    controls = sorted(COMMANDS)
    written = 0
    rounds = MESSAGES * 2 // 5
    for turn in range(rounds):
        sample = SAMPLES[turn % len(SAMPLES)]
        data = mutated(sample.data, chance)
        control = chance.choice(controls) if turn % 7 == 0 else sample.control
        message = decode(Apdu(control, data), pending=chance.choice((None, 0x0501, 0x06E2)))
        if turn % 8:
            continue
        try:
            encode(message)
            written += 1
        except ProtocolError:
            continue
    assert written > rounds / 20


def test_damage_behind_result_and_amount_never_costs_them() -> None:
    chance = random.Random(3)
    head, tail = PAYMENT.data[:9], PAYMENT.data[9:]
    for _ in range(MESSAGES // 5):
        message = decode(Apdu(0x040F, head + mutated(tail, chance)))
        assert isinstance(message, StatusInformation)
        assert (message.result_code, message.amount) == (0, 4250)
        if message.trailing is not None:
            assert message.problems


def some_of(chance: random.Random) -> list[Apdu]:
    """What one connection carries: a few messages, as in a short dialogue."""
    return chance.choices(SAMPLES, k=chance.randint(1, 6))


def test_no_damaged_stream_raises_anything_else() -> None:
    chance = random.Random(4)
    whole = 0
    for _ in range(STREAMS):
        framing = TcpFraming(max_data=4096)
        damaged = mutated(b"".join(apdu.to_bytes() for apdu in some_of(chance)), chance)
        size = chance.choice((1, 7, 97, 4096))
        try:
            for at in range(0, len(damaged), size):
                framing.receive_data(damaged[at : at + size], 0.0)
                assert len(framing._unread) <= 4096 + 5 + size
                for event in framing.events():
                    assert isinstance(event, ApduReceived)
                    decode(event.apdu)
                    whole += 1
        except ProtocolError:
            assert not framing._unread
    assert whole > STREAMS


def test_no_damaged_line_raises_and_its_timers_end() -> None:
    chance = random.Random(5)
    whole = 0
    for _ in range(STREAMS):
        framing = SerialFraming()
        frames = b"".join(to_frame(apdu.to_bytes()) for apdu in some_of(chance))
        damaged = mutated(frames, chance)
        size = chance.choice((1, 13, 4096))
        for at in range(0, len(damaged), size):
            framing.receive_data(damaged[at : at + size], 0.0)
            assert len(framing._reader._body) <= MAX_FRAME
            for event in framing.events():
                assert isinstance(event, ApduReceived)
                decode(event.apdu)
                whole += 1
        while (at_s := framing.wake_at()) is not None:
            framing.tick(at_s)
        # One byte for each frame: ACK or NAK.
        assert len(framing.data_to_send()) <= len(damaged) // 2 + 1
    assert whole > STREAMS


def test_a_till_s_dialogue_survives_any_damage() -> None:
    """Both framings, with a command under way: it ends, or a timer ends it."""
    chance = random.Random(7)
    for turn in range(STREAMS // 10):
        framing = SerialFraming() if turn % 2 else TcpFraming()
        till = TillDialogue(framing)
        till.send(PAY, 0.0)
        answers = [Apdu(0x8000), *some_of(chance)]
        carried = (to_frame(a.to_bytes()) if turn % 2 else a.to_bytes() for a in answers)
        till.receive_data(mutated(b"".join(carried), chance), 0.1)
        for event in till.events():
            if isinstance(event, AnswerOwed) and till.owed is not None:
                till.acknowledge(0.2)
        for _ in range(40):
            if (at := till.wake_at()) is None:
                break
            till.tick(at)
        assert till.wake_at() is None
        assert all(isinstance(event, get_args(TillEvent)) for event in till.events())


def test_a_line_that_says_nothing_but_beginnings_is_bounded() -> None:
    """A frame that never ends, and an APDU that promises all it may."""
    line = SerialFraming()
    line.receive_data(b"\x10\x02" + b"\x07" * (MAX_FRAME - 1), 0.0)
    assert line.events() == []
    line.receive_data(b"\x07" * 2, 0.0)
    assert len(line._reader._body) <= MAX_FRAME
    assert line.data_to_send() == b"\x15"
    stream = TcpFraming()
    stream.receive_data(bytes.fromhex("040FFFFFFF") + b"\x07" * 0xFFFE, 0.0)
    assert (stream.events(), stream.mid_message) == ([], True)
    stream.receive_data(b"\x07", 0.0)
    assert len(stream.events()) == 1
    assert not stream.mid_message


def test_no_line_to_describe_raises() -> None:
    chance = random.Random(6)
    for turn in range(4000):
        raw = mutated(SAMPLES[turn % len(SAMPLES)].to_bytes(), chance)
        line = ("serial " + to_frame(raw).hex()) if turn % 3 == 0 else raw.hex()
        if turn % 5 == 0:
            at = chance.randrange(len(line) + 1)
            line = line[:at] + chance.choice("xX -:0ß") + line[at:]
        assert isinstance(describe(line), dict)


def test_a_container_of_containers_ends() -> None:
    data = b""
    for _ in range(2000):
        size = len(data)
        length = bytes((size,)) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
        data = b"\x2f" + length + data
    bomb = Apdu(0x040F, b"\x27\x00\x06\x82" + len(data).to_bytes(2, "big") + data)
    message = decode(bomb)
    assert isinstance(message, StatusInformation)
    assert message.result_code == 0
    assert "error" not in describe(bomb.to_bytes().hex())


def test_a_container_of_nothing_but_empty_objects_is_limited() -> None:
    data = b"\x07\x00" * 30_000
    flood = Apdu(0x040F, b"\x27\x00\x06\x82" + len(data).to_bytes(2, "big") + data)
    message = decode(flood)
    assert [problem.path for problem in message.problems] == ["BMP 06"]
    assert decode(encode(message)) == message


def test_numbers_of_thousands_of_digits_are_not_computed() -> None:
    digits = b"\x99" * 5000
    objects = b"\x1f\x36\x82" + len(digits).to_bytes(2, "big") + digits
    objects += b"\x1f\x1e\x82" + len(digits).to_bytes(2, "big") + digits
    data = b"\x27\x00\x06\x82" + len(objects).to_bytes(2, "big") + objects
    message = decode(Apdu(0x040F, data))
    assert isinstance(message, StatusInformation)
    assert message.tip is None
    assert isinstance(describe(Apdu(0x040F, data).to_bytes().hex()), dict)
