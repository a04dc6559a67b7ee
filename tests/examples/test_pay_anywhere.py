"""The same program, unchanged, pays at every simulated terminal: in its own process (`sim://…`),
and as a server in another one. A new driver is a line or two in `SHOPS`.
"""

from __future__ import annotations

import asyncio
import json
import runpy
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "examples" / "pay_anywhere.py"
AT_A_TIME = 2


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A terminal, and what the shop's configuration says of it."""

    url: str = ""
    """Empty: that of the server."""
    serve: str = ""
    """The words after `opi-pos simulate`; empty: the terminal lives in the program's process."""
    currency: str = "EUR"
    keys: str = ""
    """More lines of `[poi.front]`."""
    listen: bool = False
    """Whether the terminal must reach the till."""
    back: tuple[str, ...] = ("approved",)
    """What may become of the goods that are brought back."""

    def config(self, served: str) -> str:
        lines = [
            "[poi.front]",
            f'url = "{served or self.url}"',
            f'currency = "{self.currency}"',
            *self.keys.split("\n"),
        ]
        if self.listen:
            lines += ["[listen]", 'host = "127.0.0.1"', "port = 0"]
        return "\n".join(lines)


SHOPS = {
    "nexo": Shop(url="sim://nexo", currency="SEK"),
    "nexo in JSON": Shop(url="sim://nexo?profile=westpay", currency="SEK"),
    "nexo, served": Shop(serve="nexo", currency="SEK"),
    "nexo, served, framed": Shop(serve="nexo --profile framed-xml"),
    "zvt": Shop(url="sim://zvt"),
    "zvt of another maker": Shop(url="sim://zvt?profile=card-complete"),
    "zvt, served": Shop(serve="zvt"),
    "viva": Shop(url="sim://viva"),
    # NetPay undoes nothing in the evening, in Mexico.
    "netpay": Shop(url="sim://netpay", currency="MXN", back=("approved", "not at this terminal")),
}


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a program said, and what the books of a served terminal held then."""

    code: int | None
    said: str
    net: dict[str, int] | None

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
        if self.code != 0:
            missing.append("exit code 0")
        if self.net is not None and self.net.get(shop.currency, 0) != 0:
            missing.append(f"books that end at nothing, not {self.net}")
        return missing


async def start(*words: str, folder: Path) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", *words, stdout=PIPE, stderr=PIPE, stdin=DEVNULL, cwd=folder
    )


async def at_a_server(shop: Shop, folder: Path) -> Ran:
    """The terminal is one process, the program another."""
    words = ("-m", "opi_pos.cli", "simulate", *shop.serve.split())
    server = await start(*words, "--port", "0", "--pace", "0", "--json", folder=folder)
    assert server.stdout is not None
    ready = json.loads(await server.stdout.readline())
    config = folder / "till.toml"
    config.write_text(shop.config(ready["url"]), encoding="utf-8")
    program = await start(str(PROGRAM), str(config), folder=folder)
    out, errors = await program.communicate()
    server.terminate()
    told, _ = await server.communicate()
    net = json.loads(told.splitlines()[-1])["net_minor"]
    return Ran(code=program.returncode, said=(out + errors).decode(), net=net)


async def in_its_process(shop: Shop, folder: Path) -> Ran:
    """The program's `main`, here: an interpreter for each would cost more than all else."""
    config = folder / "till.toml"
    config.write_text(shop.config(""), encoding="utf-8")
    main = runpy.run_path(str(PROGRAM))["main"]
    with redirect_stdout(StringIO()) as said:
        await main(config, folder / "till.db")
    return Ran(code=0, said=said.getvalue(), net=None)


@pytest.mark.timeout(300)
async def test_the_same_program_pays_at_every_simulated_terminal(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(AT_A_TIME)
    ran: dict[str, Ran] = {}

    def folder(name: str) -> Path:
        made = tmp_path / name.replace(" ", "-")
        made.mkdir()
        return made

    async def visit(name: str, shop: Shop) -> None:
        async with gate:
            ran[name] = await at_a_server(shop, folder(name))

    async with asyncio.TaskGroup() as group:
        for name, shop in SHOPS.items():
            if shop.serve:
                group.create_task(visit(name, shop))
        # One after the other: what they print is taken from this process's own output.
        for name, shop in SHOPS.items():
            if not shop.serve:
                ran[name] = await in_its_process(shop, folder(name))
    wrong = {
        name: (missing, ran[name].said)
        for name, shop in SHOPS.items()
        if (missing := ran[name].complaints(shop))
    }
    assert not wrong
