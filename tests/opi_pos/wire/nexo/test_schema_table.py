"""The structs against machine-readable tables of the published schema, where these are at hand."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from opi_pos.model.secret import Secret
from opi_pos.wire import nexo
from opi_pos.wire.nexo import enumerations
from opi_pos.wire.nexo.schema import Element, Member, Place, members

TABLES = Path(__file__).parents[5] / "shared" / "protocols" / "nexo"
pytestmark = pytest.mark.skipif(not TABLES.is_dir(), reason="the schema tables are not here")

BASES = {
    "string": str,
    "enum": str,
    "boolean": bool,
    "decimal": Decimal,
    "integer": int,
    "base64Binary": str,
    "dateTime": str,
}
PLACES = {"attr": Place.ATTRIBUTE, "elem": Place.ELEMENT, "text": Place.TEXT}
FACETS = ("minLength", "maxLength", "length", "minInclusive", "maxInclusive", "pattern")


def load(name: str) -> Any:
    return json.loads((TABLES / name).read_text("utf-8")) if TABLES.is_dir() else {}


def struct_of(type_name: str) -> type[Element]:
    name = type_name if type_name.startswith("AlgorithmIdenti") else type_name[: -len("Type")]
    name = "AlgorithmIdentifier" if name.startswith("AlgorithmIdenti") else name
    kind = vars(nexo)[name]
    assert isinstance(kind, type)
    assert issubclass(kind, Element)
    return kind


MAP_3_1 = load("member_map_3.1.json")
SCHEMA = load("schema_3.1.json")
SCHEMA_3_0 = load("schema_3.0.json")


def rows_in(kind: type[Element], version: nexo.Version) -> list[Member]:
    return [row for row in members(kind) if row.exists_in(version)]


@pytest.mark.parametrize("type_name", MAP_3_1)
def test_every_member_is_as_in_the_table(type_name: str) -> None:
    rows = rows_in(struct_of(type_name), nexo.V3_1)
    table = MAP_3_1[type_name]
    assert [row.wire for row in rows] == list(table)
    for row, entry in zip(rows, table.values(), strict=True):
        assert row.place is PLACES[entry["kind"]], row.wire
        assert (row.many, row.listed) == (entry["many"], entry["list"]), row.wire
        required = (row.required and not row.many) or row.low > 0
        assert required == entry["required"], row.wire
        if entry["base"] == "object":
            assert row.base is struct_of(entry["type"])
        elif not entry["list"]:
            assert row.base in (BASES[entry["base"]], Secret), row.wire
        if entry.get("max") not in (None, "1", "unbounded"):
            assert row.high == int(entry["max"])


@pytest.mark.parametrize("type_name", MAP_3_1)
def test_choices_are_as_in_the_schema(type_name: str) -> None:
    table = {e["name"]: e for e in SCHEMA["complex"][type_name]["elements"] if "choice" in e}
    rows = {row.wire: row for row in rows_in(struct_of(type_name), nexo.V3_1) if row.choice}
    if type_name != "CapturedSignatureType":  # a choice by its annotation, not by its structure
        assert rows.keys() == table.keys()


def resolved(type_name: str) -> dict[str, Any]:
    """All that a simple type and its bases say."""
    found: dict[str, Any] = {}
    while type_name in SCHEMA["simple"]:
        entry = SCHEMA["simple"][type_name]
        found |= {key: value for key, value in entry.items() if key not in found}
        type_name = (
            entry.get("list") or entry.get("union", "").split(" ")[0] or entry.get("base", "")
        )
    return found | {"primitive": type_name}


def simple_members() -> list[tuple[str, Member, dict[str, Any]]]:
    found = []
    for type_name, table in MAP_3_1.items():
        rows = {row.wire: row for row in members(struct_of(type_name))}
        found += [
            (f"{type_name}.{name}", rows[name], resolved(entry["type"]))
            for name, entry in table.items()
            if entry["base"] != "object"
        ]
    return found


SIMPLE = simple_members()


@pytest.mark.parametrize(
    ("row", "simple"), [pytest.param(row, simple, id=name) for name, row, simple in SIMPLE]
)
def test_enumerations_and_facets_are_as_in_the_schema(row: Member, simple: dict[str, Any]) -> None:
    values = {value.strip() for value in simple.get("enum", ())}
    assert values == {str(value) for value in row.enumeration or ()} - {"TransactionReport"}
    bounds = {key: simple[key] for key in FACETS if key in simple}
    special = simple["primitive"] in ("base64Binary", "dateTime")
    assert (row.facet is not None) == (bool(bounds) or special) or row.enumeration is not None


LENGTHS = [
    (name, row, simple)
    for name, row, simple in SIMPLE
    if row.facet is not None and {"minLength", "maxLength", "length"} & simple.keys()
]


@pytest.mark.parametrize(
    ("row", "simple"), [pytest.param(row, simple, id=name) for name, row, simple in LENGTHS]
)
def test_lengths_hold_at_the_limit_and_not_one_past(row: Member, simple: dict[str, Any]) -> None:
    def text(size: int) -> str:
        if simple["primitive"] == "base64Binary":
            return base64.b64encode(bytes(size)).decode()
        return "7" * size

    low = int(simple.get("length", simple.get("minLength", 0)))
    high = int(simple.get("length", simple.get("maxLength", 0)))
    assert row.facet is not None
    assert row.facet.check(text(low)) is None
    assert row.facet.check(text(high)) is None
    assert row.facet.check(text(low - 1) if low else "") is not None
    assert row.facet.check(text(high + 1)) is not None


def test_enumerations_are_complete() -> None:
    for name, values in load("enums_3.1.json").items():
        kind = getattr(enumerations, "CMSVersion" if name == "Version" else name)
        more = {"TransactionReport"} if name == "MessageCategory" else set()
        assert {str(value) for value in kind} == {value.strip() for value in values} | more


@pytest.mark.parametrize("type_name", SCHEMA_3_0.get("complex", ()))
def test_what_3_0_has_can_be_written_in_3_0(type_name: str) -> None:
    kind, entry = struct_of(type_name), SCHEMA_3_0["complex"][type_name]
    table = [(e["name"], Place.ATTRIBUTE, e["use"] == "required") for e in entry["attributes"]]
    table += [(e["name"], Place.ELEMENT, e["min"] > 0) for e in entry["elements"]]
    rows = [
        (row.wire_in(nexo.V3_0), row.place_in(nexo.V3_0), row)
        for row in rows_in(kind, nexo.V3_0)
        if row.place_in(nexo.V3_0) is not Place.TEXT
    ]
    if type_name == "ReversalRequestType":  # Adyen's 3.0 has it as well
        rows = [row for row in rows if row[0] != "SaleData"]
    assert [(name, place) for name, place, _ in rows] == [(name, place) for name, place, _ in table]
    for (_, _, row), (name, _, required) in zip(rows, table, strict=True):
        if row.choice is None and row.only is None:
            assert (row.required_in(nexo.V3_0) or row.low > 0) == required, name


def test_bodies_are_those_of_the_two_roots() -> None:
    for root, bodies in (
        ("SaleToPOIRequest", nexo.REQUESTS),
        ("SaleToPOIResponse", nexo.RESPONSES),
    ):
        names = [entry["name"] for entry in SCHEMA["roots"][root]["elements"]]
        assert list(bodies) == [n for n in names if n not in ("MessageHeader", "SecurityTrailer")]
