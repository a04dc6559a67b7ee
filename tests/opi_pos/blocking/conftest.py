"""A blocking till must leave nothing behind: neither a thread nor an open loop."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

WITHIN_S = 10


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(WITHIN_S)
        assert not thread.is_alive(), thread
