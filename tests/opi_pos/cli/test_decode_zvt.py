"""`decode --protocol zvt`: one JSON object for each line of the input, whatever stands on it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal_bridge.zvt.limits import MAX_HEX_LINE
from tests.opi_pos.cli.running import InProcess


def decoded(opi_pos: InProcess, file: Path, data: bytes) -> list[dict[str, Any]]:
    file.write_bytes(data)
    ran = opi_pos("decode", "--protocol", "zvt", "--json", file)
    assert ran.code == 0
    return [json.loads(line) for line in ran.out.split("\n")[:-1]]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"060F0227E0", "Completion"),
        (b" 06 0f 02 27 e0 \r", "Completion"),
        (b"06:0F:00", "Completion"),
        (b"serial 10028000001003F51F", "Positive answer"),
        (b"SERIAL  10 02 80 00 00 10 03 F5 1F", "Positive answer"),
        (b"serial 06", "ACK"),
        (b"\xef\xbb\xbf060F00", "Completion"),
        (b"06FFFF0000", "unknown command"),
    ],
)
def test_a_line_is_a_message(opi_pos: InProcess, tmp_path: Path, line: bytes, name: str) -> None:
    [tree] = decoded(opi_pos, tmp_path / "in", line + b"\n")
    assert tree["name"].lower() == name.lower(), tree


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"   \t",
        b"no message",
        b"06 0F 0",
        b"06 0F 05 27",
        b"060F00060F00",
        b"serial",
        b"serial 1002800000",
        b"serial 10028000001003F520",
        b"\xff\xfe\x00",
        b"\x0c\x1c\x85\xe2\x80\xa8",
        b"8000 00 # a remark",
    ],
)
def test_a_line_that_is_none_is_an_error_in_its_place(
    opi_pos: InProcess, tmp_path: Path, line: bytes
) -> None:
    first, second, third = decoded(opi_pos, tmp_path / "in", b"800000\n" + line + b"\n800000\n")
    assert list(second) == ["error"]
    assert first == third
    assert first["control"] == "80 00"


def test_the_last_line_needs_no_end(opi_pos: InProcess, tmp_path: Path) -> None:
    assert len(decoded(opi_pos, tmp_path / "in", b"800000\r\n\r\n060F00")) == 3
    assert len(decoded(opi_pos, tmp_path / "in", b"\n")) == 1


@pytest.mark.parametrize("size", [MAX_HEX_LINE - 1, MAX_HEX_LINE + 64, 3 * MAX_HEX_LINE, 2**21])
def test_a_line_may_be_as_long_as_it_likes(opi_pos: InProcess, tmp_path: Path, size: int) -> None:
    lines = b"8" * size + b"\n800000\n" + b" " * size
    long, short, blank = decoded(opi_pos, tmp_path / "in", lines)
    assert list(long) == list(blank) == ["error"]
    assert short["name"] == "Positive answer"


def test_any_number_of_lines_is_read(opi_pos: InProcess, tmp_path: Path) -> None:
    line = b"06 D1 0C 00 2A 2A 20 42 45 4C 45 47 20 2A 2A" + b" " * 1024 + b"\n"
    assert len(decoded(opi_pos, tmp_path / "in", line * 5000)) == 5000


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(min_size=1, max_size=300))
def test_whatever_is_read_each_line_has_its_answer(
    opi_pos: InProcess, tmp_path: Path, data: bytes
) -> None:
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    assert len(decoded(opi_pos, tmp_path / "in", data)) == lines


def test_nothing_at_all_is_no_input(opi_pos: InProcess, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"")
    ran = opi_pos("decode", "--protocol", "zvt", "--json", tmp_path / "in")
    assert (ran.code, ran.out) == (2, "")
    assert "empty" in ran.complaint


def test_a_missing_file_is_named(opi_pos: InProcess) -> None:
    ran = opi_pos("decode", "--protocol", "zvt", "no-such-file")
    assert ran.code == 2
    assert "no-such-file" in ran.complaint


def test_standard_input_is_read(opi_pos: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"060F0227E0\n")))
    ran = opi_pos("decode", "--protocol", "zvt")
    assert "remote maintenance activated" in ran.out
