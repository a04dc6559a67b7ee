"""Real processes need POSIX; nurseries are shared, for each takes a second to open."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.kill.nurseries import Nurseries


@pytest.fixture(scope="session")
def nurseries() -> Iterator[Nurseries]:
    """Where lives come from."""
    if not hasattr(os, "fork"):
        pytest.skip("Windows has neither fork nor kill -9")
    opened = Nurseries()
    opened.open()
    try:
        yield opened
    finally:
        opened.close()
