"""Damaged messages and lines, many and seeded: no exception but `ProtocolError`, no hang, and the
result code and the amount survive whatever happens behind them.
"""

from __future__ import annotations

import random

import pytest

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt import Apdu, SerialFraming, TcpFraming, decode, encode
from terminal_bridge.zvt.codec import MESSAGES
from terminal_bridge.zvt.describe import describe
from terminal_bridge.zvt.framing.frames import to_frame
from terminal_bridge.zvt.framing.framing import ApduReceived
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
ROUNDS = 100_000
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


@pytest.mark.parametrize("seed", [1, 2])
def test_no_damaged_message_raises(seed: int) -> None:
    chance = random.Random(seed)
    controls = sorted(MESSAGES)
    written = 0
    for turn in range(ROUNDS):
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
    assert written > ROUNDS / 20


def test_damage_behind_result_and_amount_never_costs_them() -> None:
    chance = random.Random(3)
    head, tail = PAYMENT.data[:9], PAYMENT.data[9:]
    for _ in range(ROUNDS // 2):
        message = decode(Apdu(0x040F, head + mutated(tail, chance)))
        assert isinstance(message, StatusInformation)
        assert (message.result_code, message.amount) == (0, 4250)
        if message.trailing is not None:
            assert message.problems


def test_no_damaged_stream_raises_anything_else() -> None:
    chance = random.Random(4)
    stream = b"".join(sample.to_bytes() for sample in SAMPLES)
    for _ in range(600):
        framing = TcpFraming(max_data=4096)
        damaged = mutated(stream, chance)
        try:
            for at in range(0, len(damaged), 97):
                framing.receive_data(damaged[at : at + 97], 0.0)
                for event in framing.events():
                    assert isinstance(event, ApduReceived)
                    decode(event.apdu)
        except ProtocolError:
            continue


def test_no_damaged_line_raises_and_its_timers_end() -> None:
    chance = random.Random(5)
    frames = b"".join(to_frame(sample.to_bytes()) for sample in SAMPLES)
    for _ in range(300):
        framing = SerialFraming()
        framing.receive_data(mutated(frames, chance), 0.0)
        assert all(isinstance(event, ApduReceived) for event in framing.events())
        while (at := framing.wake_at()) is not None:
            framing.tick(at)
        framing.data_to_send()


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
