"""Card numbers in what a till sends to a simulated terminal: its log shows none."""

from __future__ import annotations

import logging

import pytest

from terminal_bridge.simulator.server import NexoServerConfig, serve_nexo
from tests.listener.terminal import CONTENT_TYPES, PATHS, Connection
from tests.secrets.cards import SHAPES
from tests.secrets.planting import XML, garbage, messages
from tests.secrets.till import assert_hidden

REQUESTS = ("LoginRequest", "PaymentRequest", "TransactionStatusRequest", "AbortRequest")


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
async def test_its_log_shows_no_card_number(caplog: pytest.LogCaptureFixture, text: str) -> None:
    caplog.set_level(logging.DEBUG)
    async with serve_nexo(NexoServerConfig(port=0, pace_s=0.0)) as served:
        for data in [*(each.data for each in messages(text, REQUESTS)), *garbage(text)]:
            connection = await Connection.to(served.port)
            reply = await connection.post(PATHS[XML], data, CONTENT_TYPES[XML])
            assert reply.status < 500
            await connection.close()
        told = [repr(served.terminal.books.entries), repr(vars(served.terminal.memory))]
    assert_hidden("\n".join([caplog.text, *told]))
