"""What the framework adds to a payment over the bare HTTP exchange, against an instant terminal.

    python -m tests.benchmarks.payment [--payments 400]

The terminal, a process of its own, answers at once. `bare` posts the bytes of a payment and reads
the answer; `till.pay` does everything: rules, two durable commits, codec, identity check. Both take
turns, and fdatasync is timed in the same run on the same disk. Goals: p50 at most two fdatasyncs
plus 1.5 ms, p99 at most two fdatasyncs (their p99) plus 8 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from opi_pos import SaleSystem
from opi_pos.http.client import HttpClient

ANSWER = """<SaleToPOIResponse><MessageHeader MessageClass="Service" MessageCategory="{category}"\
 MessageType="Response" ServiceID="{service}" SaleID="POS-1" POIID="POI-1"/>{body}\
</SaleToPOIResponse>"""
LOGIN = '<LoginResponse><Response Result="Success"/></LoginResponse>'
LOGOUT = '<LogoutResponse><Response Result="Success"/></LogoutResponse>'
PAYMENT = """<PaymentResponse><Response Result="Success"/><SaleData>{sale}</SaleData><POIData>\
<POITransactionID TransactionID="1" TimeStamp="2026-01-01T00:00:00Z"/></POIData><PaymentResult>\
<AmountsResp Currency="SEK" AuthorizedAmount="{amount}"/></PaymentResult></PaymentResponse>"""
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def answer_to(body: bytes) -> bytes:
    """What an instant terminal says."""
    text = body.decode()
    category = re.search(r'MessageCategory="(\w+)"', text)
    service = re.search(r'ServiceID="(\w+)"', text)
    assert category is not None
    assert service is not None
    told = LOGOUT if category[1] == "Logout" else LOGIN
    if category[1] == "Payment":
        sale = re.search(r"<SaleTransactionID[^>]*/>", text)
        amount = re.search(r'RequestedAmount="([\d.]+)"', text)
        assert sale is not None
        assert amount is not None
        told = PAYMENT.format(sale=sale[0], amount=amount[1])
    return ANSWER.format(category=category[1], service=service[1], body=told).encode()


async def serve() -> None:
    """The terminal's process: prints its port, ends with its input."""

    async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        assert length is not None
        body = answer_to(await reader.readexactly(int(length[1])))
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n" % len(body) + body
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(exchange, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def fdatasync_ms(folder: Path, times: int) -> list[float]:
    """Milliseconds of one small append and fdatasync."""
    taken = []
    with (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(b"x" * 600)
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - began) * 1e3)
    return taken


def percentiles(taken: list[float]) -> tuple[float, float]:
    """p50 and p99."""
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


async def measure(port: int, payments: int, folder: Path) -> bool:
    url = f"http://127.0.0.1:{port}/EPASSaleToPOI/3.1"
    request = re.sub(r"\s+", " ", SAMPLE).encode()
    bare: list[float] = []
    paid: list[float] = []
    client = HttpClient(keep_alive=False)
    till = SaleSystem.open(terminal=f"nexo+{url}", currency="SEK", journal=folder / "till.db")
    async with till:
        await till.login()
        for number in range(payments + 20):
            began = time.perf_counter()
            await client.post(url, request, headers={"content-type": "application/xml"})
            between = time.perf_counter()
            result = await till.pay("38.00", reference=f"order-{number}")
            ended = time.perf_counter()
            assert result.approved, result
            if number >= 20:  # the first ones warm up
                bare.append((between - began) * 1e3)
                paid.append((ended - between) * 1e3)
    await client.aclose()
    return report(bare, paid, fdatasync_ms(folder, payments))


def report(bare: list[float], paid: list[float], sync: list[float]) -> bool:
    """Print the figures; True when both goals are met."""
    met = True
    for name, at, more_ms in (("p50", 0, 1.5), ("p99", 1, 8.0)):
        floor, whole, disk = (percentiles(taken)[at] for taken in (bare, paid, sync))
        added, goal = whole - floor, 2 * disk + more_ms
        met = met and added <= goal
        print(
            f"{name}: bare {floor:.2f} ms, pay {whole:.2f} ms, fdatasync {disk:.2f} ms:"
            f" adds {added:.2f} ms, goal {goal:.2f} ms, ratio {added / goal:.2f}"
        )
    return met


SAMPLE = """<SaleToPOIRequest><MessageHeader MessageClass="Service" MessageCategory="Payment"
 MessageType="Request" ServiceID="1" SaleID="POS-1" POIID="POI-1"/><PaymentRequest><SaleData>
<SaleTransactionID TransactionID="x" TimeStamp="2026-01-01T00:00:00Z"/></SaleData>
<PaymentTransaction><AmountsReq Currency="SEK" RequestedAmount="38.00"/></PaymentTransaction>
</PaymentRequest></SaleToPOIRequest>"""


def main() -> int:
    """Exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.payment")
    parser.add_argument("--payments", type=int, default=400)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve())
        return 0
    command = [sys.executable, "-m", "tests.benchmarks.payment", "--serve"]
    with (
        tempfile.TemporaryDirectory(dir=Path.cwd()) as made,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as terminal,
    ):
        assert terminal.stdout is not None
        port = int(terminal.stdout.readline())
        met = asyncio.run(measure(port, given.payments, Path(made)))
        terminal.communicate()
    print("met" if met else "MISSED")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
