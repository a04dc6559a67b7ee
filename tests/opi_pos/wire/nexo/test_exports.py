"""What `opi_pos.wire.nexo` shows is all there is, and nothing else."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

from opi_pos.wire import nexo
from opi_pos.wire.nexo import catalogue, enumerations
from opi_pos.wire.nexo.schema import Element, members


def structs() -> dict[str, type[Element]]:
    found: dict[str, type[Element]] = {}
    for info in pkgutil.iter_modules(catalogue.__path__):
        module = importlib.import_module(f"{catalogue.__name__}.{info.name}")
        found |= {
            name: value
            for name, value in vars(module).items()
            if isinstance(value, type) and value.__module__ == module.__name__
        }
    return found


def test_every_struct_and_enumeration_is_exported() -> None:
    known = {name for name, value in vars(enumerations).items() if isinstance(value, type)}
    known -= {"StrEnum"}
    assert len(structs()) == 167
    assert len(known) == 63
    assert set(nexo.__all__) >= set(structs()) | known
    assert all(hasattr(nexo, name) for name in nexo.__all__)


@pytest.mark.parametrize("kind", structs().values(), ids=structs())
def test_every_struct_has_a_docstring_and_a_readable_table(kind: type[Element]) -> None:
    assert kind.__doc__
    assert members(kind)


def test_reading_a_message_loads_no_cryptography() -> None:
    code = (
        "import sys; from opi_pos.wire import nexo;"
        "sys.exit('cryptography' in sys.modules or 'tomllib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
