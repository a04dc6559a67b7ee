"""The simulated terminal as a server: `python -m tinpay --port 4000`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from tinpay.connecting import PORT
from tinpay.simulator import SimulatedTinpay


async def serve(port: int) -> None:
    """Serve until interrupted."""
    terminal = SimulatedTinpay(port)
    host, port = await terminal.address()
    print(f"tinpay://{host}:{port}", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await terminal.aclose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="0 takes a free one")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args().port))
