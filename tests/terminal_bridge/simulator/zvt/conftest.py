"""No test of the simulated terminal may hide a failure inside it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def nothing_fails_in_the_background(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Tasks and timers log what they raise; here that fails the test."""
    yield
    failed = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert not failed, [record.getMessage() for record in failed]
