"""Broken bytes give a ProtocolError or a message, and nothing else; limits hold."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import opi
from opi_pos.wire.opi.limits import MAX_BYTES, MAX_DEPTH, MAX_NODES
from tests.opi_pos.wire.opi.samples import OWN

SEEDS = OWN | {f"{name} in JSON": opi.convert(data, opi.Form.JSON) for name, data in OWN.items()}


def survives(data: bytes) -> bool:
    """Whether the bytes are still a message, which then can be written in both forms."""
    try:
        message = opi.decode(data)
    except ProtocolError:
        return False
    repr(message)
    for form in opi.Form:
        try:
            opi.decode(opi.encode(message, form, strict=False))
            opi.decode(opi.convert(data, form))
        except ProtocolError:
            continue
    return True


@pytest.mark.parametrize("name", SEEDS)
def test_every_truncation(name: str) -> None:
    data = SEEDS[name]
    assert survives(data)
    assert not any(survives(data[:length]) for length in range(len(data)))


@pytest.mark.parametrize("name", SEEDS)
def test_flipped_bits_and_moved_pieces(name: str) -> None:
    chance = random.Random(f"mutations of {name}")
    for _ in range(250):
        broken = bytearray(SEEDS[name])
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(broken))
            match chance.randrange(3):
                case 0:
                    broken[place] ^= 1 << chance.randrange(8)
                case 1:
                    del broken[place : place + chance.randint(1, 8)]
                case _:
                    broken[place:place] = broken[: chance.randint(1, 20)]
        survives(bytes(broken))


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    survives(data)
    survives(b"<" + data)
    survives(b'{"RequestType":"Login",' + data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"hello",
        b"\0\0\0\5hello",
        b"<Letter/>",
        b"<CardServiceRequest/>",
        b"<!DOCTYPE x [<!ENTITY e 'v'>]><ServiceRequest RequestType='&e;'/>",
        b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><ServiceRequest RequestType='Login'/>",
        "<!DOCTYPE x><ServiceRequest RequestType='Login'/>".encode("utf-16"),
        b"<?xml version='1.0' encoding='utf-7'?><ServiceRequest RequestType='Login'/>",
        b"<ServiceRequest RequestType='Login'>&e;</ServiceRequest>",
    ],
)
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        opi.decode(data)
    for form in opi.Form:
        with pytest.raises(ProtocolError):
            opi.convert(data, form)


def service(inside: bytes) -> bytes:
    return b"<ServiceRequest RequestType='Login'>" + inside + b"</ServiceRequest>"


def nested(depth: int) -> bytes:
    return service(b"<a>" * (depth - 1) + b"</a>" * (depth - 1))


def test_the_depth_at_the_limit_and_one_past() -> None:
    deepest = opi.convert(nested(MAX_DEPTH), opi.Form.JSON)
    assert opi.decode(deepest) == opi.decode(nested(MAX_DEPTH))
    with pytest.raises(ProtocolError, match="deeper"):
        opi.decode(nested(MAX_DEPTH + 1))
    with pytest.raises(ProtocolError, match="deeper"):
        opi.decode(deepest.replace(b'"a":{}', b'"a":{"a":{}}'))


def test_the_size_at_the_limit_and_one_past() -> None:
    room = MAX_BYTES - len(service(b"<a></a>"))
    opi.decode(service(b"<a>" + b"x" * room + b"</a>"))
    with pytest.raises(ProtocolError, match="larger"):
        opi.decode(service(b"<a>" + b"x" * (room + 1) + b"</a>"))


def test_the_size_is_that_of_the_bytes_that_came() -> None:
    head = b"<?xml version='1.0' encoding='ISO-8859-1'?>"
    message = head + service(b"<a>" + b"\xe4" * (MAX_BYTES - 100 - len(head)) + b"</a>")
    assert opi.decode(message).others is not None


def test_the_number_of_elements_at_the_limit_and_one_past() -> None:
    fitting = MAX_NODES - 2  # the root and its attribute
    assert opi.decode(service(b"<a/>" * fitting)).others is not None
    with pytest.raises(ProtocolError, match="elements"):
        opi.decode(service(b"<a/>" * (fitting + 1)))
    told = b'{"RequestType":"Login","a":[' + b"{}," * fitting + b"{}]}"
    with pytest.raises(ProtocolError, match="elements"):
        opi.decode(told)
