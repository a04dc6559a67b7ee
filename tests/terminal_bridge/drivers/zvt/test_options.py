"""The keys of `[poi.NAME]`: what they mean, and the error that names a wrong one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from opi_pos.model.errors import ConfigurationError
from opi_pos.model.orders import Integration
from opi_pos.ports import DriverSettings
from terminal_bridge.drivers.zvt import profile
from terminal_bridge.drivers.zvt.context import Terminal
from terminal_bridge.drivers.zvt.options import Given, Printing, read
from terminal_bridge.drivers.zvt.profile import Signature


def given(**options: Any) -> Given:
    settings = SimpleNamespace(name="front", currency="", options=options)
    return read(cast("DriverSettings", settings))


def terminal(name: str = "default", *, light: bool = False, **options: Any) -> Terminal:
    return Terminal(
        profile=profile.profile_of(name),
        given=given(**options),
        integration=Integration.LIGHT if light else Integration.FULL,
    )


@pytest.mark.parametrize(
    ("options", "key", "problem"),
    [
        ({"colour": "red"}, "colour", "not a key"),
        ({"printing": "paper"}, "printing", "invalid enum value"),
        ({"locked": "yes"}, "locked", "bool"),
        ({"print_width": 8}, "print_width", "16 to 99"),
        ({"print_width": 100}, "print_width", "16 to 99"),
        ({"t3_s": 0}, "t3_s", "over 0"),
        ({"t4_s": 6001}, "t4_s", "at most 6000"),
        ({"charset": "klingon"}, "charset", "klingon"),
        ({"password": "12345"}, "password", "six digits"),
        ({"password": "abcdef"}, "password", "six digits"),
        ({"password": "000000", "password_env": "X"}, "password_env", "one is enough"),
        ({"password_file": "/no/such/file"}, "password_file", "No such file"),
        ({"password_env": "NOT_SET_ANYWHERE"}, "password_env", "six digits"),
        ({"signature": "perhaps"}, "signature", "invalid enum value"),
        ({"recovery": {"settles": 1}}, "recovery.settles", "not a key"),
        ({"recovery": {"settle_s": "long"}}, "recovery.settle_s", "float"),
    ],
)
def test_a_wrong_key_is_named(options: dict[str, Any], key: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        given(**options)
    assert caught.value.key == f"poi.front.{key}"
    assert problem in str(caught.value)


def test_the_password_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "zvt"
    file.write_text("123456\n", encoding="utf-8")
    monkeypatch.setenv("ZVT_PASSWORD", "654321")
    assert given(password_file=str(file)).password.reveal() == "123456"
    assert given(password_env="ZVT_PASSWORD").password.reveal() == "654321"
    assert given(password="111111").password.reveal() == "111111"
    assert given().password.reveal() == "000000"
    assert "123456" not in repr(given(password_file=str(file)))


def test_a_key_goes_before_the_profile() -> None:
    assert terminal("ingenico").width == 40
    assert terminal("ingenico", print_width=16).width == 24
    assert terminal("clover").signature is Signature.MENU
    assert terminal("clover", signature="after").signature is Signature.AFTER
    assert terminal("feig", printing="terminal").printing is Printing.TILL
    assert terminal(printing="terminal").printing is Printing.TERMINAL
    assert terminal(sequence_ids=True).sequence_ids
    assert not terminal(recovery={"repeats": False}).recovery.repeats
    assert (terminal(t3_s=1).t3_s, terminal().t3_s) == (1.0, 5.0)


def test_in_light_integration_nobody_can_be_asked_in_flow() -> None:
    for wished in ("hold", "menu", "after"):
        assert terminal(light=True, signature=wished).signature is Signature.AFTER


def test_the_currency_of_the_registration_is_euro_unless_named() -> None:
    assert given().currency == "EUR"


def test_the_clock_may_be_the_programs_own() -> None:
    now = given(wall=lambda: 1_714_564_800.0).clock()
    assert now.timestamp() == 1_714_564_800.0
    assert now.tzinfo is not None
