"""What the bridge adds to one payment: a nexo till at our face with a ZVT terminal behind it,
beside the same terminal driven by a till of its own.

    python -m tests.benchmarks.bridge [--payments 60]

The ways to pay take turns in one run, on one disk, against simulated terminals in a process of
their own that pause nowhere (but for the gap that ZVT demands before a terminal's own messages):

- `direct`: our till with the ZVT driver, in light integration;
- `bridged`: nexo over HTTP, the face, and that till behind it;
- `direct, full`, `bridged, full`: the same in full integration. The till's own door gets every
  display of the terminal, and has taken them all before the answer comes.

`exchange` is the floor of what a bridge can add: one bare HTTP exchange of a payment's size. Goals,
in processor time, which a busy machine changes least: a bridged payment takes at most 1.6 times
that of a direct one, and in full integration, where it posts every display, 2.5 times.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path

from listener.faces.opening import Faces
from opi_pos import QuietCashier, SaleSystem
from opi_pos.http.asgi import Receive, Scope, Send, read_body, respond
from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.runtime.config import till_settings
from opi_pos.wire import nexo
from terminal_bridge.simulator.zvt.server import ZvtServerConfig, serve_zvt

WARM_UP = 5
LIGHT: Sequence[str] = ("PrinterReceipt",)
FULL: Sequence[str] = ("CashierStatus", "CashierDisplay", "POIReplication", "CashierInput")
NOW = "2026-01-01T00:00:00+00:00"

Pay = Callable[[int], Awaitable[None]]
GOALS = (("bridged", "direct", 1.6), ("bridged, full", "direct, full", 2.5))


async def serve(terminals: int) -> None:
    """The terminals' process: prints their URLs, ends with its input."""
    async with AsyncExitStack() as stack:
        for _ in range(terminals):
            config = ZvtServerConfig(port=0, pace_s=0.0)
            server = await stack.enter_async_context(serve_zvt(config))
            print(server.url, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


# --- the three ways ---------------------------------------------------------------------------


@asynccontextmanager
async def direct(url: str, folder: Path, integration: str) -> AsyncIterator[Pay]:
    """Our till at the terminal."""
    journal = folder / f"direct-{integration}.db"
    till = SaleSystem.open(terminal=url, currency="EUR", journal=journal, integration=integration)
    async with till:
        await till.login()

        async def pay(number: int) -> None:
            result = await till.pay("38.00", reference=f"order-{number}")
            assert result.approved, result

        yield pay


@asynccontextmanager
async def bridged(
    url: str, folder: Path, capabilities: Sequence[str], door: str = ""
) -> AsyncIterator[Pay]:
    """A nexo till at our face."""
    behind = {"url": url, "currency": "EUR", "integration": "full" if door else "light"}
    settings = till_settings(
        {
            "journal": str(folder / f"bridge-{len(capabilities)}.db"),
            "poi": {"counter": behind},
            "face": {"nexo": {"port": 0, "till_url": door}},
        }
    )
    faces = Faces(settings, QuietCashier())
    bridge = SaleSystem.open(config=settings, cashier=faces.cashier)
    client = HttpClient()
    async with bridge, faces.open(bridge) as urls:

        async def say(body: nexo.Element, number: int) -> nexo.Message:
            header = nexo.header_for(
                body, sale_id="POS-1", poi_id="P1", service_id=str(number), protocol_version="3.1"
            )
            data = nexo.encode(nexo.Message(header=header, body=body), nexo.Encoding.XML)
            headers = {"content-type": "application/xml"}
            reply = await client.post(urls["nexo"], data, headers=headers)
            return nexo.decode(reply.body)

        async def pay(number: int) -> None:
            answer = (await say(payment(number), number + 10)).body
            assert isinstance(answer, nexo.PaymentResponse)
            assert answer.response.result == "Success", answer.response

        await say(login(capabilities), 1)
        yield pay
    await client.aclose()


def login(capabilities: Sequence[str]) -> nexo.LoginRequest:
    return nexo.LoginRequest(
        operator_language="de",
        date_time=NOW,
        sale_software=nexo.SaleSoftware(
            provider_identification="b", application_name="b", software_version="1"
        ),
        sale_terminal_data=nexo.SaleTerminalData(sale_capabilities=tuple(capabilities)),
    )


def payment(number: int) -> nexo.PaymentRequest:
    return nexo.PaymentRequest(
        sale_data=nexo.SaleData(
            sale_transaction_id=nexo.TransactionIdentification(
                transaction_id=f"order-{number}", time_stamp=NOW
            )
        ),
        payment_transaction=nexo.PaymentTransaction(
            amounts_req=nexo.AmountsReq(currency="EUR", requested_amount=Decimal("38.00"))
        ),
    )


class Taking:
    """A door that takes everything with 204: the till's own, and the floor's."""

    def __init__(self) -> None:
        self.idle = asyncio.Event()
        """Set while the terminal shows its idle text."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(scope, receive)
        await respond(send, 204)
        if b"<DisplayRequest" in body:
            (self.idle.set if b"Welcome" in body else self.idle.clear)()


@asynccontextmanager
async def exchange(url: str) -> AsyncIterator[Pay]:
    """One bare exchange of a payment's size."""
    client, body = HttpClient(), b"x" * 700

    async def post(number: int) -> None:
        del number
        await client.post(url, body, headers={"content-type": "application/xml"})

    yield post
    await client.aclose()


# --- the measurement --------------------------------------------------------------------------


async def measure(urls: Sequence[str], payments: int, folder: Path) -> bool:
    taking = Taking()
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(Door(taking, DoorConfig()))
        enter = stack.enter_async_context
        ways = {
            "direct": await enter(direct(urls[0], folder, "light")),
            "bridged": await enter(bridged(urls[1], folder, LIGHT)),
            "direct, full": await enter(direct(urls[2], folder, "full")),
            "bridged, full": await enter(bridged(urls[3], folder, FULL, door.url)),
            "exchange": await enter(exchange(door.url)),
        }
        wall: dict[str, list[float]] = {name: [] for name in ways}
        cpu: dict[str, list[float]] = {name: [] for name in ways}
        gc.disable()
        for number in range(payments + WARM_UP):
            for name, pay in ways.items():
                await taking.idle.wait()  # the last payment's own end is not this one's beginning
                began, used = time.perf_counter(), time.process_time()
                await pay(number)
                if number >= WARM_UP:
                    wall[name].append(time.perf_counter() - began)
                    cpu[name].append(time.process_time() - used)
        gc.enable()
    return report(wall, cpu)


def report(wall: dict[str, list[float]], cpu: dict[str, list[float]]) -> bool:
    """Print the table; True when both goals are met."""
    middle = {name: statistics.median(taken) * 1e3 for name, taken in wall.items()}
    used = {name: statistics.median(taken) * 1e3 for name, taken in cpu.items()}
    print("               a payment          CPU of this process")
    for name, took in middle.items():
        times = (took / middle["direct"], used[name] / used["direct"])
        print(f"{name:14}{took:8.1f} ms {times[0]:5.2f}  {used[name]:8.2f} ms {times[1]:5.2f}")
    met = True
    for name, base, at_most in GOALS:
        ratio, added = used[name] / used[base], middle[name] - middle[base]
        met = met and ratio <= at_most
        print(f"{name} adds {added:.1f} ms; processor time {ratio:.2f} times, goal {at_most:.2f}")
    return met


def main() -> int:
    """Exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bridge")
    parser.add_argument("--payments", type=int, default=60)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(4))
        return 0
    command = [sys.executable, "-m", "tests.benchmarks.bridge", "--serve"]
    with (
        tempfile.TemporaryDirectory(dir=Path.cwd()) as made,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as terminals,
    ):
        assert terminals.stdout is not None
        urls = [terminals.stdout.readline().decode().strip() for _ in range(4)]
        met = asyncio.run(measure(urls, given.payments, Path(made)))
        terminals.communicate()
    print("met" if met else "MISSED")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
