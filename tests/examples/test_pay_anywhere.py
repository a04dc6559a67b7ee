"""The same program, unchanged, pays at every simulated terminal: in its own process (`sim://…`),
and as a server in another one. A new driver is a line or two in `SHOPS`.
"""

from __future__ import annotations

import asyncio
import json
import runpy
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass
from io import StringIO, TextIOBase
from pathlib import Path

import pytest

from opi_pos.runtime.declared import declared

PROGRAM = Path(__file__).parents[2] / "examples" / "pay_anywhere.py"
AT_A_TIME = 6


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A terminal, and what the shop's configuration says of it."""

    url: str = ""
    """Empty: that of the server."""
    serve: str = ""
    """The words after `opi-pos simulate`, with `{port}` for the till's; empty: the terminal lives
    in the program's process.
    """
    currency: str = "EUR"
    keys: str = ""
    """More lines of `[poi.front]`."""
    calls_back: bool = False
    """Whether the system must reach the till's listener."""
    back: tuple[str, ...] = ("approved",)
    """What may become of the goods that are brought back."""

    def config(self, served: str, port: int, folder: Path) -> str:
        """`served`: the URL of the server. `port`: where the till listens for callbacks."""
        lines = ["[poi.front]", f'url = "{served or self.url}"', f'currency = "{self.currency}"']
        listen = ["[listen]", 'host = "127.0.0.1"', f"port = {port}"]
        keys = self.keys.replace("{folder}", folder.as_posix())
        return "\n".join([*lines, keys, *(listen if self.calls_back else [])])


TOKEN = "a-path-that-nobody-can-guess"
EVENING = ("approved", "not at this terminal")
"""NetPay undoes nothing in the evening, in Mexico."""
SHOPS = {
    "nexo": Shop(url="sim://nexo", currency="SEK"),
    "nexo in JSON": Shop(url="sim://nexo?profile=westpay", currency="SEK"),
    "nexo, served": Shop(serve="nexo", currency="SEK"),
    "zvt": Shop(url="sim://zvt"),
    "zvt of another maker": Shop(url="sim://zvt?profile=card-complete"),
    "zvt, served": Shop(serve="zvt"),
    "viva": Shop(url="sim://viva"),
    "viva, served": Shop(serve="viva"),
    "netpay": Shop(url="sim://netpay", currency="MXN", back=EVENING),
    "netpay, served": Shop(
        serve=f"netpay --receiver-url http://127.0.0.1:{{port}}/callback/{TOKEN}",
        keys='callback_token_file = "{folder}/token"',
        currency="MXN",
        calls_back=True,
        back=EVENING,
    ),
    "keycard": Shop(url="sim://keycard"),
    "keycard, served": Shop(serve="keycard", calls_back=True),
    "opi": Shop(url="sim://opi"),
    # Who has no printer says so: else the terminal wants its slip printed before it goes on.
    "opi of another country": Shop(url="sim://opi?profile=nl", keys="printer = false"),
    "opi, served": Shop(serve="opi --pos-port {port}"),
}
SIMULATED = {
    "OPI_POS_VIVA_CLIENT_ID": "simulated",
    "OPI_POS_VIVA_CLIENT_SECRET": "simulated",
    "OPI_POS_NETPAY_USERNAME": "simulated",
    "OPI_POS_NETPAY_PASSWORD": "simulated",
    "OPI_POS_NETPAY_APP_USER": "simulated",
    "OPI_POS_NETPAY_APP_SECRET": "simulated",
}
"""Who the till is to the simulated clouds."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What the program said, and what the books of a served terminal held then."""

    said: str
    net: dict[str, int]

    def complaints(self, shop: Shop) -> list[str]:
        """What is not as it should be."""
        wanted = [
            "order-1: approved 38.00",
            "order-1 again: approved replayed",
            "order-2: declined - ",
        ]
        missing = [line for line in wanted if line not in self.said]
        if not any(f"goods back: {back}" in self.said for back in shop.back):
            missing.append(f"goods back: one of {shop.back}")
        if "goods back: approved" in self.said and any(self.net.values()):
            missing.append(f"books that end at nothing, not {self.net}")
        return missing


SAID: ContextVar[StringIO] = ContextVar("what one run of the program said")


class Split(TextIOBase):
    """Standard output of all runs at a time, each in its own text."""

    def write(self, text: str) -> int:
        return SAID.get().write(text)


@asynccontextmanager
async def served(shop: Shop, port: int, folder: Path, net: dict[str, int]) -> AsyncIterator[str]:
    """Serve the terminal in another process; gives its URL. `net` gets what its books hold."""
    words = ("-m", "opi_pos.cli", "simulate", *shop.serve.format(port=port).split())
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, *words, "--port", "0", "--pace", "0", "--json"),
        stdout=PIPE,
        stdin=DEVNULL,
        cwd=folder,
    )
    assert server.stdout is not None
    try:
        yield json.loads(await server.stdout.readline())["url"]
    finally:
        server.terminate()
        told, _ = await server.communicate()
        net.update(json.loads(told.splitlines()[-1])["net_minor"])


async def run(shop: Shop, folder: Path) -> Ran:
    """The program's own `main`: to start an interpreter for each would cost more than all else."""
    SAID.set(StringIO())
    port, config, net = free_port(), folder / "till.toml", dict[str, int]()
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    main = runpy.run_path(str(PROGRAM))["main"]
    terminal = served(shop, port, folder, net) if shop.serve else nullcontext("")
    async with terminal as url:
        config.write_text(shop.config(url, port, folder), encoding="utf-8")
        await main(config, folder / "till.db")
    return Ran(said=SAID.get().getvalue(), net=net)


def free_port() -> int:
    """For a till that a terminal must know before it listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.timeout(300)
async def test_the_same_program_pays_at_every_simulated_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SIMULATED.items():
        monkeypatch.setenv(name, value)
    gate = asyncio.Semaphore(AT_A_TIME)
    ran: dict[str, Ran] = {}

    async def visit(name: str, shop: Shop) -> None:
        folder = tmp_path / name.replace(" ", "-")
        folder.mkdir()
        async with gate:
            ran[name] = await run(shop, folder)

    with redirect_stdout(Split()):
        async with asyncio.TaskGroup() as group:
            for name, shop in SHOPS.items():
                group.create_task(visit(name, shop), name=name)
    wrong = {
        name: (missing, ran[name].said)
        for name, shop in SHOPS.items()
        if (missing := ran[name].complaints(shop))
    }
    assert not wrong


@pytest.mark.parametrize("driver", declared())
def test_every_driver_is_tried(driver: str) -> None:
    """In the program's process, and served."""
    assert driver in SHOPS
    assert driver in {shop.serve.partition(" ")[0] for shop in SHOPS.values()}
