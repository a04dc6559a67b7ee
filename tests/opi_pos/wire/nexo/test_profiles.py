"""The vendor dialects as data."""

from __future__ import annotations

import pytest

from opi_pos.wire import nexo
from opi_pos.wire.nexo.schema import Version


def test_all_files_are_profiles() -> None:
    names = nexo.profile_names()
    assert set(names) >= {
        *("swedbank", "westpay", "adyen-local", "plain-json", "framed-xml", "framed-json"),
    }
    for name in names:
        assert nexo.profile(name).name == name
        assert nexo.profile(name) is nexo.profile(name)


def test_an_unknown_profile_is_a_key_error() -> None:
    for name in ("acme", "../swedbank", ""):
        with pytest.raises(KeyError):
            nexo.profile(name)


def test_swedbank_is_the_seeds_terminal() -> None:
    profile = nexo.profile("swedbank")
    assert (profile.encoding, profile.version) == (nexo.Encoding.XML, Version.V3_1)
    assert (profile.path, profile.default_port) == ("/EPASSaleToPOI/3.1", 11000)
    assert profile.content_type == "application/xml; charset=utf-8"
    assert profile.light_capabilities == ("PrinterReceipt",)
    assert "Busy" in profile.running_conditions
    assert profile.receipt_format == "base64-json"
    assert not profile.tls


def test_adyen_has_no_session_and_protects_its_messages() -> None:
    profile = nexo.profile("adyen-local")
    assert (profile.login, profile.protocol_version_on) == (False, "all")
    assert (profile.crypto, profile.tls, profile.version) == ("nexo-crypto", True, Version.V3_0)
    assert profile.repeated_response_wrapped


def test_westpay_is_told_where_to_post() -> None:
    assert nexo.profile("westpay").headers == {"X-Callback-Url": "{callback_url}"}


def test_plain_json_posts_the_answer_to_a_question() -> None:
    assert nexo.profile("plain-json").input_reply == "acknowledge_then_post"
    assert nexo.profile("swedbank").input_reply == "same_exchange"


@pytest.mark.parametrize("name", nexo.profile_names())
def test_capabilities_are_the_specifications(name: str) -> None:
    profile = nexo.profile(name)
    known = {str(value) for value in nexo.SaleCapabilities}
    assert known.issuperset(profile.full_capabilities + profile.light_capabilities)
    conditions = {str(value) for value in nexo.ErrorCondition}
    assert conditions.issuperset(profile.running_conditions)
    assert profile.generic_profile in list(nexo.GenericProfile)
    assert profile.terminal_environment in list(nexo.TerminalEnvironment)
    assert {str(value) for value in nexo.ServiceProfiles}.issuperset(profile.service_profiles)
