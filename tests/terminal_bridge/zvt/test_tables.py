"""The tables against the facts they came from, and against themselves."""

from __future__ import annotations

from typing import Any

import pytest

from terminal_bridge.zvt.codec import MESSAGES
from terminal_bridge.zvt.codings import CODINGS
from terminal_bridge.zvt.tables.bmps import BMPS, LL, LLL, TLV
from terminal_bridge.zvt.tables.card_types import IN_TAG_41, card_type_text, card_types
from terminal_bridge.zvt.tables.commands import (
    COMMANDS,
    Direction,
    Ending,
    command_name,
    ending_of,
)
from terminal_bridge.zvt.tables.errors import ERRORS, error_text
from terminal_bridge.zvt.tables.intermediate_status import codes, status_text
from terminal_bridge.zvt.tables.tags import TAGS
from terminal_bridge.zvt.tables.terminal_status import TERMINAL_STATUS, terminal_status
from tests.terminal_bridge.zvt.shared import REASON, TABLES, load

FACTS: dict[str, Any] = load(TABLES) or {}
needs_facts = pytest.mark.skipif(not FACTS, reason=REASON)


def numbers(table: str) -> set[int]:
    return {int(code, 16) for code in FACTS[table]}


@needs_facts
def test_no_bitmap_is_missing_and_all_have_the_size_of_the_facts() -> None:
    kinds = {"LL": LL, "LLL": LLL, "TLV": TLV}
    sizes = {
        int(row["id"], 16): row["length"] if row["kind"] == "F" else kinds[row["kind"]]
        for row in FACTS["bmp"]
    }
    assert {number: bmp.size for number, bmp in BMPS.items()} == sizes


@needs_facts
@pytest.mark.parametrize(
    ("table", "ours"),
    [
        ("tags", set(TAGS)),
        ("commands", set(COMMANDS)),
        ("errors", set(ERRORS)),
        ("terminal_status", set(TERMINAL_STATUS)),
    ],
)
def test_no_code_is_missing_and_none_is_made_up(table: str, ours: set[int]) -> None:
    assert ours == numbers(table)


@needs_facts
def test_every_intermediate_status_has_a_text_except_ff_which_brings_its_own() -> None:
    assert set(codes()) == numbers("intermediate_status") - {0xFF}


@needs_facts
def test_every_card_type_has_a_name_except_the_reserved_and_the_pointer() -> None:
    assert set(card_types()) == {int(code) for code in FACTS["card_types"]} - {4, IN_TAG_41}


@needs_facts
def test_the_german_texts_are_those_of_the_facts() -> None:
    assert {code: text.de for code, text in ERRORS.items()} == {
        int(code, 16): row["de"] for code, row in FACTS["errors"].items()
    }


@needs_facts
def test_commands_go_the_way_of_the_facts() -> None:
    ways = {"E>T": Direction.TO_TERMINAL, "T>E": Direction.TO_TILL, "both": Direction.BOTH}
    assert {code: row.direction for code, row in COMMANDS.items()} == {
        int(code, 16): ways[row["direction"]] for code, row in FACTS["commands"].items()
    }


def test_these_commands_end_with_their_answer_and_one_with_a_status_information() -> None:
    answered = {
        code
        for code, row in COMMANDS.items()
        if row.direction is Direction.TO_TERMINAL and row.ending is Ending.ANSWER
    }
    assert answered == {
        *(0x0602, 0x0685, 0x0686, 0x0687, 0x0688, 0x06B0, 0x06C5, 0x06C6),
        *(0x06E0, 0x06E1, 0x06E2, 0x06E3, 0x06E5, 0x06E7, 0x06F0, 0x06F1),
        *(0x0802, 0x0840, 0x0850),
    }
    assert [code for code in COMMANDS if ending_of(code) is Ending.STATUS] == [0x06C0]


@needs_facts
def test_commands_whose_sequence_has_a_completion_end_with_one() -> None:
    for code, row in FACTS["commands"].items():
        if "; 06 0F" in row["sequence"] and row["direction"] == "E>T":
            assert ending_of(int(code, 16)) is Ending.COMPLETION, code


def test_every_coding_that_a_table_names_is_there() -> None:
    special = {"text", "objects", "constructed"}
    named = {bmp.coding for bmp in BMPS.values()} | {tag.coding for tag in TAGS.values()}
    assert named <= CODINGS.keys() | special


def test_constructed_tags_say_so_in_their_first_byte() -> None:
    for number, tag in TAGS.items():
        first = number
        while first > 0xFF:
            first >>= 8
        if tag.coding == "constructed":
            assert first & 0x20, f"{number:X}"


def test_every_typed_command_is_in_the_table_of_commands() -> None:
    assert set(MESSAGES) - {0x8000} <= set(COMMANDS)


def test_texts_are_in_two_languages() -> None:
    assert error_text(0x6C)("de") == "Abbruch durch Timeout oder Stop-Taste"
    assert error_text(0x6C)("en") == error_text(0x6C)("fr") == "aborted: timeout or stop key"
    assert error_text(0x6C)("de-AT") == error_text(0x6C).de
    insert = status_text(0x0A)
    assert insert is not None
    assert (insert.en, insert.de) == ("Insert card", "Karte einstecken")
    assert terminal_status(0xF0).text.de == "Kassenabschluss erforderlich"
    assert card_type_text(9) is not None


def test_41_to_5d_ask_for_the_card_as_well() -> None:
    declined = status_text(0x5D)
    assert declined is not None
    assert declined.en == "Declined. Please remove card!"
    assert status_text(0x4A) is None
    only = status_text(0x4B)
    assert only is not None
    assert only.de == "Bitte Karte entnehmen!"


def test_host_codes_are_told_by_their_number() -> None:
    assert error_text(0x05).en == "host code 5"
    assert error_text(0x63).de == "Hostcode 99"
    assert error_text(0x69).en == "unknown code 69"


def test_states_name_the_commands_that_lead_out_of_them() -> None:
    assert terminal_status(0x51).recovery == (0x0693,)
    assert terminal_status(0xC2).recovery == (0x0670,)
    assert terminal_status(0xF0).recovery == (0x0650,)
    assert terminal_status(0xDF).recovery == ()
    assert "77" in terminal_status(0x77).text.en


def test_commands_have_names() -> None:
    assert command_name(0x0601) == "Authorisation"
    assert command_name(0x8000) == "Positive answer"
    assert command_name(0x849C) == "Negative answer"
    assert command_name(0x8400) == "Positive answer (84 00)"
    assert command_name(0x0F77) == "Unknown command"


def test_a_command_that_nobody_knows_is_taken_to_end_with_06_0f() -> None:
    assert ending_of(0x0F77) is Ending.COMPLETION
