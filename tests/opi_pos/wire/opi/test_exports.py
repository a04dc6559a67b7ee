"""What `opi_pos.wire.opi` shows is all there is, and nothing else."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from typing import Any

import pytest

from opi_pos.wire import opi
from opi_pos.wire.opi import catalogue
from opi_pos.wire.opi.schema import Element, Place, members, rows_by_name
from tests.opi_pos.wire.opi.samples import FOLDER, INDEX, REASON


def structs() -> dict[str, type[Element]]:
    found: dict[str, type[Element]] = dict(opi.MESSAGES)
    for info in pkgutil.iter_modules(catalogue.__path__):
        module = importlib.import_module(f"{catalogue.__name__}.{info.name}")
        found |= {
            name: value
            for name, value in vars(module).items()
            if isinstance(value, type) and value.__module__ == module.__name__
        }
    return found


def test_every_struct_is_exported() -> None:
    assert set(opi.__all__) >= set(structs())
    assert all(hasattr(opi, name) for name in opi.__all__)
    assert len(opi.__all__) == len(set(opi.__all__))


@pytest.mark.parametrize("kind", structs().values(), ids=structs())
def test_every_struct_has_a_docstring_and_a_clear_table(kind: type[Element]) -> None:
    assert kind.__doc__
    rows = [row for row in members(kind) if row.place is not Place.TEXT]
    assert len(rows_by_name(kind)) >= len(rows)


def test_reading_a_message_loads_no_profile() -> None:
    code = "import sys; from opi_pos.wire import opi; sys.exit('tomllib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(not INDEX, reason=REASON)
def test_the_messages_have_all_that_the_public_class_models_have() -> None:
    schema = FOLDER.parents[1] / "protocols" / "opi" / "opi_schema.json"
    types: dict[str, Any] = json.loads(schema.read_text("utf-8"))["types"]
    missing = [
        path
        for root, kind in opi.MESSAGES.items()
        for path in _missing(types, root, kind, root, depth=0)
    ]
    assert missing == []


def _missing(
    types: dict[str, Any], name: str, kind: type[Element], path: str, depth: int
) -> list[str]:
    """Members of the class model that a struct lacks, by path."""
    found: list[str] = []
    told = types[name]
    rows = rows_by_name(kind)
    for part, place in (("attributes", Place.ATTRIBUTE), ("children", Place.ELEMENT)):
        for member in told[part]:
            row = rows.get(member["name"].casefold())
            here = f"{path}.{member['name']}"
            if row is None or row.place is not place or row.wire != member["name"]:
                found.append(here)
            elif (inner := row.element()) is not None and depth < 8:
                kinds = [each for each in types if each == f"{name}.{member['type']}"]
                kinds = kinds or [each for each in types if each == member["type"]]
                for each in kinds:
                    found += _missing(types, each, inner, here, depth + 1)
    return found
