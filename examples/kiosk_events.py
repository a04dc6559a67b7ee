"""A kiosk program with a web server of its own: payments in, live events out.

    POST /pay/38.00      takes a payment and answers with its result
    GET  /events         what happens, as server-sent events: displays, questions, results
    POST /terminal/…     the terminal's own requests, mounted from the till

`python examples/kiosk_events.py` starts it with a simulated terminal, pays once, and ends.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route

from opi_pos import Result, SaleSystem
from terminal_bridge.simulator.server import NexoServerConfig, serve_nexo


def kiosk(terminal: str, journal: Path) -> Starlette:
    """The kiosk's own app. It owns the till from start to shutdown."""
    till = SaleSystem.open(terminal=terminal, integration="full", currency="SEK", journal=journal)

    async def pay(request: Request) -> Response:
        result = await till.pay(request.path_params["amount"])
        return Response(msgspec.json.encode(result), media_type="application/json")

    async def events(_: Request) -> Response:
        async def stream() -> AsyncIterator[bytes]:
            # Nobody waits for a slow browser: it loses its oldest displays, never a result.
            with till.watch() as watcher:
                yield b": connected\n\n"
                async for delivery in watcher:
                    kind = type(delivery.news).__name__.lower().encode()
                    yield b"event: %s\ndata: %s\n\n" % (kind, msgspec.json.encode(delivery.news))

        return StreamingResponse(stream(), media_type="text/event-stream")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with till:
            # The terminal is told to call https://kiosk/terminal/EPASSaleToPOI/3.1
            app.router.routes.append(Mount("/terminal", till.asgi()))
            yield

    routes = [
        Route("/pay/{amount}", pay, methods=["POST"]),
        Route("/events", events),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def watch_one_payment(kiosk_url: str) -> None:
    """What the kiosk's web page does: watch the events while the customer pays."""
    async with (
        aiohttp.ClientSession(kiosk_url) as browser,
        browser.get("/events") as events,
    ):
        await events.content.readline()  # connected: from here on nothing is missed
        async with asyncio.TaskGroup() as group:
            paying = group.create_task(browser.post("/pay/38.00"))
            kind = ""
            async for line in events.content:
                name, _, text = line.decode().strip().partition(": ")
                if name == "event":
                    kind = text
                elif name == "data":
                    print(f"  {kind}: {text[:100]}")
                    if kind == "result":
                        break
        result = msgspec.json.decode(await paying.result().read(), type=Result)
        print(result.outcome, result.authorized)


async def main(folder: Path) -> None:
    """Kiosk and terminal each know the other's address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        door = f"{address}/terminal/EPASSaleToPOI/3.1"
        async with serve_nexo(NexoServerConfig(port=0, pace_s=0.0, pos_url=door)) as simulated:
            app = kiosk(simulated.url, folder / "till.db")
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
            async with asyncio.TaskGroup() as group:
                group.create_task(server.serve(sockets=[listening]))
                await watch_one_payment(address)
                server.should_exit = True


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(main(Path(made)))
