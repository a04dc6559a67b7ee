"""Dialects as data."""

from __future__ import annotations

import pytest

from opi_pos.wire import opi


def test_the_three_and_their_ports() -> None:
    ports = {
        name: (opi.profile(name).channel_0_port, opi.profile(name).channel_1_port)
        for name in opi.profile_names()
    }
    assert ports == {"de": (20002, 20007), "nl": (4100, 4102), "ch": (4100, 4102)}


def test_printers_mean_different_paper_by_country() -> None:
    assert opi.profile("de").printers["Printer"] == "merchant"
    assert opi.profile("nl").printers["Printer"] == "customer"
    assert opi.profile("ch").printers["JournalPrinter"] == "merchant"


def test_spellings_mean_the_same_when_read() -> None:
    assert opi.profile("de").logged_out == "Loggedout"
    for name in opi.profile_names():
        assert opi.meaning(opi.profile(name).logged_out) is opi.Meaning.LOGGED_OUT


def test_types_of_a_profile_are_types_of_the_language() -> None:
    for name in opi.profile_names():
        profile = opi.profile(name)
        services = {
            *profile.login,
            *profile.logoff,
            *profile.status,
            profile.totals,
            profile.closure,
        }
        assert services <= {item.value for item in opi.ServiceType}
        assert profile.release in {item.value for item in opi.CardRequest}
        assert profile.ticket_reprint in opi.MESSAGES


def test_an_unknown_profile() -> None:
    with pytest.raises(KeyError):
        opi.profile("xx")
