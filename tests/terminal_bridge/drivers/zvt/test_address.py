"""Terminal URLs: every form, and an error that names what is wrong with any other."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model.errors import ConfigurationError
from terminal_bridge.drivers.zvt.address import Address, Scheme, parse


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (
            "zvt+tcp://192.0.2.15:20007",
            Address(scheme=Scheme.TCP, host="192.0.2.15", port=20007),
        ),
        ("zvt+tcp://terminal/", Address(scheme=Scheme.TCP, host="terminal")),
        (
            "zvt+tcp://[2001:db8::1]:5001?profile=ccv",
            Address(scheme=Scheme.TCP, host="2001:db8::1", port=5001, profile="ccv"),
        ),
        (
            "zvt+serial:///dev/ttyUSB0?baud=115200&stopbits=1",
            Address(scheme=Scheme.SERIAL, device="/dev/ttyUSB0", baud=115200, stop_bits=1),
        ),
        (
            "zvt+serial:///dev/serial/by-id/usb-FTDI_USB%20Serial-if00-port0",
            Address(
                scheme=Scheme.SERIAL, device="/dev/serial/by-id/usb-FTDI_USB Serial-if00-port0"
            ),
        ),
        ("zvt+serial://COM3", Address(scheme=Scheme.SERIAL, device="COM3")),
        (
            "sim://zvt?profile=feig&pace=0.2",
            Address(scheme=Scheme.SIMULATED, profile="feig", simulation={"pace": "0.2"}),
        ),
    ],
)
def test_every_form_is_understood(url: str, address: Address) -> None:
    assert parse(url, "url") == address


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("zvt://host", "zvt://"),
        ("host:20007", "host:20007"),
        ("zvt+tcp://", "needs a host"),
        ("zvt+tcp://host:99999", "cannot be read"),
        ("zvt+tcp://host/path", "/path"),
        ("zvt+tcp://user:123456@host", "password_file"),
        ("zvt+tcp://host?baud=9600", "baud"),
        ("zvt+tcp://host?profile=a&profile=b", "twice"),
        ("zvt+tcp://host?profile", "name=value"),
        ("zvt+tcp://host?profile=a#b", "#b"),
        ("zvt+serial://", "needs a device"),
        ("zvt+serial://dev/ttyUSB0", "three slashes"),
        ("zvt+serial:///dev/ttyUSB0?baud=1234", "baud"),
        ("zvt+serial:///dev/ttyUSB0?stopbits=3", "stopbits"),
        ("zvt+serial:///dev/ttyUSB0?parity=even", "parity"),
        ("sim://nexo", "not a ZVT terminal"),
    ],
)
def test_what_is_wrong_is_named(url: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(url, "poi.front.url")
    assert problem in str(caught.value)
    assert caught.value.key == "poi.front.url"
    assert "123456" not in str(caught.value)


@given(st.text(max_size=40), st.sampled_from(["", "zvt+tcp://", "zvt+serial://", "sim://zvt?"]))
def test_no_text_is_more_than_an_error(text: str, scheme: str) -> None:
    with suppress(ConfigurationError):
        assert isinstance(parse(scheme + text, "url"), Address)
