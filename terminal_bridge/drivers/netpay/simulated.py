"""`sim://netpay`: the built-in simulator in this process, without a socket.

    sim://netpay?pace=0.2&seed=7&host=decline

`pace` is seconds per step of the terminal, `push` how long the cloud takes; for all others see
`terminal_bridge.simulator.words`.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from typing_extensions import override

from opi_pos.model.callbacks import Callback
from opi_pos.ports import Inbox
from terminal_bridge.drivers.netpay.address import Address
from terminal_bridge.links.link import Reply
from terminal_bridge.links.memory import MemoryLink
from terminal_bridge.links.web import MemoryWeb, serving
from terminal_bridge.simulator.netpay.cloud import SimulatedNetpay
from terminal_bridge.simulator.words import read_words


class _Parameters(msgspec.Struct, frozen=True, kw_only=True):
    pace: float = 0.0
    push: float = 0.0
    seed: int = 0


class OwnCloud(MemoryWeb):
    """See `Web`. The cloud lives until it is closed."""

    def __init__(self, cloud: SimulatedNetpay) -> None:
        super().__init__(MemoryLink(serving(cloud.receive)))
        self.cloud = cloud
        """With its books."""

    @override
    async def close(self) -> None:
        await super().close()
        await self.cloud.aclose()


def simulated(
    address: Address, inbox: Inbox, wall: Callable[[], float] | None, key: str
) -> OwnCloud:
    """A cloud whose terminal posts into this inbox. Raises `ConfigurationError` under `key`."""
    given, scenario = read_words(address.simulation or {}, _Parameters, key)

    async def post(body: bytes) -> Reply:
        headers = {"content-type": "application/json"}
        answer = await inbox.take(Callback(headers=headers, body=body, peer="simulator"))
        return Reply(status=answer.status, content_type=answer.content_type, body=answer.body)

    return OwnCloud(
        SimulatedNetpay(
            post=post,
            serials=(address.serial,),
            scenario=scenario,
            push_s=given.push,
            pace_s=given.pace,
            seed=given.seed,
            clock=wall,
        )
    )
