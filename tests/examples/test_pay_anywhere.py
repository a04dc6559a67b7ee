"""The same program, unchanged, pays at every simulated terminal: in its own process (`sim://…`),
and as a server in another one. A new driver is a line or two in `SHOPS`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "examples" / "pay_anywhere.py"
AT_A_TIME = 4
WITHIN_S = 100.0


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
    back: str = "approved"
    """What becomes of the goods that are brought back."""

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
            f"goods back: {shop.back}",
        ]
        missing = [line for line in wanted if line not in self.said]
        if self.code != 0:
            missing.append("exit code 0")
        if self.net is not None and self.net.get(shop.currency, 0) != 0:
            missing.append(f"books that end at nothing, not {self.net}")
        return missing


async def start(*words: str, folder: Path) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", *words, stdout=PIPE, stderr=PIPE, stdin=DEVNULL, cwd=folder
    )


async def run(shop: Shop, folder: Path) -> Ran:
    if not shop.serve:
        return await pay(shop, folder, served="")
    words = ("-m", "opi_pos.cli", "simulate", *shop.serve.split())
    server = await start(*words, "--port", "0", "--pace", "0", "--json", folder=folder)
    assert server.stdout is not None
    ready = json.loads(await server.stdout.readline())
    ran = await pay(shop, folder, served=ready["url"])
    server.terminate()
    out, _ = await server.communicate()
    net = json.loads(out.splitlines()[-1])["net_minor"]
    return Ran(code=ran.code, said=ran.said, net=net)


async def pay(shop: Shop, folder: Path, *, served: str) -> Ran:
    config = folder / "till.toml"
    config.write_text(shop.config(served), encoding="utf-8")
    program = await start(str(PROGRAM), str(config), folder=folder)
    out, errors = await program.communicate()
    return Ran(code=program.returncode, said=(out + errors).decode(), net=None)


async def test_the_same_program_pays_at_every_simulated_terminal(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(AT_A_TIME)
    ran: dict[str, Ran] = {}

    async def visit(name: str, shop: Shop) -> None:
        folder = tmp_path / name.replace(" ", "-")
        folder.mkdir()
        async with gate:
            ran[name] = await run(shop, folder)

    async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as group:
        for name, shop in SHOPS.items():
            group.create_task(visit(name, shop))
    wrong = {
        name: (missing, ran[name].said)
        for name, shop in SHOPS.items()
        if (missing := ran[name].complaints(shop))
    }
    assert not wrong
