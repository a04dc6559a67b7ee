"""Errors: one tree, printed at the top of its module; each names what is wrong."""

from __future__ import annotations

import importlib
import re

import pytest

from opi_pos.model import errors

LINE = re.compile(r"    ((?:│   |    )*)(?:[├└]── )?(\w+)(?:.*\(in `([\w.]+)`\))?")


def test_the_tree_at_the_top_of_the_module_is_the_tree() -> None:
    drawn: list[str] = []
    edges: set[tuple[str, str]] = set()
    kinds = dict(vars(errors))
    for line in (errors.__doc__ or "").splitlines():
        if match := LINE.match(line):
            depth = len(match[1]) // 4 + ("──" in line)
            drawn[depth:] = [match[2]]
            if depth:
                edges.add((drawn[depth - 1], match[2]))
            if match[3]:  # it stands where it belongs, in a room above the model
                kinds[match[2]] = getattr(importlib.import_module(match[3]), match[2])
    real = {
        (kind.__base__.__name__, name)
        for name, kind in kinds.items()
        if isinstance(kind, type) and issubclass(kind, errors.OpiPosError) and kind.__base__
    }
    assert edges == real - {("Exception", "OpiPosError")}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (errors.ConfigurationError("poi.front.url", "missing"), "poi.front.url: missing"),
        (
            errors.CapabilityError("tip", "This terminal takes no tip."),
            "This terminal takes no tip. (capability: tip)",
        ),
        (errors.ReferenceUsedError("A", "stands for 5.00"), "reference 'A': stands for 5.00"),
        (errors.ProtocolError("Payment.Amount", "missing"), "Payment.Amount: missing"),
        (errors.ProtocolError("", "not XML"), "not XML"),
        (errors.LinkError("refused", written=False), "refused"),
    ],
)
def test_an_error_names_its_place(error: errors.OpiPosError, text: str) -> None:
    assert str(error) == text
