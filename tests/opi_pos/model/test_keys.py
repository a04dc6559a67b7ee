"""A table of the configuration as a struct."""

from __future__ import annotations

import msgspec
import pytest

from opi_pos.model.errors import ConfigurationError
from opi_pos.model.keys import read_keys


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ca: str | None = None
    pin: str | None = None


class Outer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    port: int = 0
    peers: tuple[str, ...] = ()
    tls: Inner | None = None


def test_a_good_table_is_read() -> None:
    table = {"port": 80, "peers": ["a"], "tls": {"ca": "x"}}
    assert read_keys(table, Outer, "") == Outer(port=80, peers=("a",), tls=Inner(ca="x"))


@pytest.mark.parametrize(
    ("table", "key", "problem"),
    [
        ({"colour": 1}, "poi.front.colour", "is not a key of a till; keys: port, peers, tls"),
        ({"tls": {"cert": "x"}}, "poi.front.tls.cert", "is not a key of a till; keys: ca, pin"),
        ({"port": "80"}, "poi.front.port", "expected `int`, got `str`"),
        ({"tls": {"ca": 1}}, "poi.front.tls.ca", "expected `str | null`, got `int`"),
        ({"peers": ["a", 1]}, "poi.front.peers[1]", "expected `str`, got `int`"),
        (5, "poi.front", "expected `object`, got `int`"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(table: object, key: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_keys(table, Outer, "poi.front.", "a till")
    assert caught.value.key == key
    assert problem in str(caught.value)


def test_no_value_is_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_keys({"port": "s3cret"}, Outer, "")
    assert "s3cret" not in str(caught.value)
