"""The manual names every key of the face."""

from __future__ import annotations

import re
from pathlib import Path

from listener.faces.nexo.settings import DEFAULT_PORT, NexoFaceSettings
from listener.faces.settings import FaceSettings
from opi_pos.wire import nexo

MANUAL = Path(__file__).parents[4] / "docs" / "faces.md"


def section(begin: str, end: str) -> str:
    text = MANUAL.read_text("utf-8")
    return text.partition(begin)[2].partition(end)[0]


def keys(table: str) -> set[str]:
    cells = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    return {key for cell in cells for key in re.findall(r"`(\w+)`", cell)}


def test_every_key_is_in_one_of_the_tables() -> None:
    every = section("## Keys that every face has", "## The nexo POI face")
    assert keys(every) == set(FaceSettings.__struct_fields__)
    own = section("| Key of `[face.nexo]`", "| Profile |")
    assert keys(own) == set(NexoFaceSettings.__struct_fields__) - keys(every)
    assert str(DEFAULT_PORT) in every


def test_the_profiles_are_those_that_a_face_can_speak() -> None:
    table = section("| Profile |", "### What a till must send")
    speakable = {
        name
        for name in nexo.profile_names()
        if nexo.profile(name).transport == "http" and nexo.profile(name).crypto is None
    }
    assert {name.strip("`") for name in re.findall(r"`[\w-]+`", table)} >= speakable
