"""`simulate computop`: an O.P.I. terminal, and Computop's Paygate behind it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from opi_pos.cli.grammar import Option
from opi_pos.cli.options import Json
from opi_pos.cli.screen import Screen
from opi_pos.cli.simulate.serving import simulate
from opi_pos.model.errors import UsageError
from opi_pos.model.secret import read_secret
from opi_pos.wire.computop import Keys
from terminal_bridge.simulator.computop import Merchant, PaygateConfig
from terminal_bridge.simulator.computop.shop import serve_shop
from terminal_bridge.simulator.files import load_faults
from terminal_bridge.simulator.opi.server import DEMO_PACE_S, OpiServerConfig


def computop(  # noqa: PLR0913 - options of a command line
    *,
    mac_password_file: Annotated[
        Path, Option("--mac-password-file", metavar="FILE", help="The HMAC password.")
    ],
    encryption_password_file: Annotated[
        Path, Option("--encryption-password-file", metavar="FILE", help="For Len and Data.")
    ],
    notify_url: Annotated[
        str | None,
        Option("--notify-url", metavar="URL", help="Where the shop takes notifications."),
    ] = None,
    merchant_id: Annotated[str, Option("--merchant-id", help="MID.")] = "shop",
    encrypted: Annotated[bool, Option("--encrypted", help="Notify behind Len and Data.")] = False,
    port: Annotated[int | None, Option(help="The terminal's; by default the profile's.")] = None,
    pos_port: Annotated[
        int | None, Option("--pos-port", metavar="PORT", help="Channel 1 at the till; 0: none.")
    ] = None,
    paygate_port: Annotated[
        int, Option("--paygate-port", metavar="PORT", help="Of Paygate; 0 takes a free one.")
    ] = 0,
    profile: Annotated[str, Option(help="The terminal's: de, nl or ch.")] = "de",
    seed: Annotated[int, Option(min=0, help="The same seed gives the same run.")] = 0,
    faults: Annotated[
        Path | None,
        Option(metavar="FILE", help="TOML or JSON; Paygate's are of category Notify or Inquiry."),
    ] = None,
    books: Annotated[
        Path | None, Option(metavar="FILE", help="Keep the terminal's own books here.")
    ] = None,
    pace: Annotated[
        float, Option(min=0.0, max=60.0, metavar="S", help="Seconds between steps.")
    ] = DEMO_PACE_S,
    json: Json = False,
) -> int:
    """An O.P.I. terminal, and Paygate that hears of its payments: it notifies the shop, and can be
    asked at the URL that the ready text names.
    """
    told = load_faults(faults) if faults is not None else ()
    terminal = OpiServerConfig(
        port=port,
        pos_port=pos_port,
        profile=profile,
        seed=seed,
        faults=told,
        books=books,
        pace_s=pace,
    )
    paygate = PaygateConfig(
        merchant=Merchant(
            merchant_id=merchant_id,
            keys=_keys(mac_password_file, encryption_password_file),
            encrypted=encrypted,
        ),
        notify_url=notify_url or "",
        port=paygate_port,
        faults=told,
        seed=seed,
    )
    return asyncio.run(
        simulate(
            serve_shop(terminal, paygate),
            Screen(json=json),
            lambda shop: {"inquiry_url": shop.paygate.inquiry_url},
        )
    )


def _keys(mac: Path, encryption: Path) -> Keys:
    words = {"mac_file": str(mac), "encryption_file": str(encryption)}
    mac_password, password = read_secret(words, "mac", "--"), read_secret(words, "encryption", "--")
    if mac_password is None or password is None:
        raise UsageError("--mac-password-file and --encryption-password-file: both are needed")
    return Keys(mac=mac_password, encryption=password)
