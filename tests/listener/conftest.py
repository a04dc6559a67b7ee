"""Listeners on free ports, and terminals that speak to them in both encodings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from listener.app import HttpListener, start
from opi_pos.http.listen import ListenConfig
from opi_pos.wire import nexo
from tests.listener.terminal import Terminal
from tests.listener.till import Till

Listen = Callable[..., Awaitable[HttpListener]]


@pytest.fixture
def till() -> Till:
    return Till()


@pytest.fixture
async def listen(till: Till) -> AsyncIterator[Listen]:
    """Opens listeners of the till on free ports; closes them at the end."""
    async with AsyncExitStack() as stack:

        async def open_listener(**settings: object) -> HttpListener:
            config = ListenConfig(**{"port": 0, **settings})  # type: ignore[arg-type]
            listener = await start(till, config)
            stack.push_async_callback(listener.close)
            return listener

        yield open_listener


@pytest.fixture(params=list(nexo.Encoding), ids=lambda encoding: encoding.value)
def encoding(request: pytest.FixtureRequest) -> nexo.Encoding:
    found: nexo.Encoding = request.param
    return found


@pytest.fixture
async def terminal(listen: Listen, encoding: nexo.Encoding) -> Terminal:
    listener = await listen()
    return Terminal(listener.port, encoding)
