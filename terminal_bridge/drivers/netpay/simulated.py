"""`sim://netpay`: the built-in simulator in this process, without a socket.

    sim://netpay?pace=0.2&seed=7&host=decline

`pace` is seconds per step of the terminal, `push` how long the cloud takes; all other parameters
are members of `opi_pos.poi.scenario.Scenario`. Without any of those the amount's last two digits
choose what happens (`opi_pos.poi.scenario.TRIGGERS`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from opi_pos.model.callbacks import Callback
from opi_pos.model.errors import ConfigurationError
from opi_pos.poi.scenario import Scenario
from opi_pos.ports import Inbox
from terminal_bridge.drivers.netpay.address import Address
from terminal_bridge.links.link import Reply
from terminal_bridge.links.memory import MemoryLink
from terminal_bridge.links.web import MemoryWeb, WebRequest, serving
from terminal_bridge.simulator.netpay.cloud import SimulatedNetpay

T = TypeVar("T", bound=msgspec.Struct)


class _Parameters(msgspec.Struct, frozen=True, kw_only=True):
    pace: float = 0.0
    push: float = 0.0
    seed: int = 0


class OwnCloud:
    """See `Web`. The cloud lives until the driver is closed."""

    def __init__(self, make: Callable[[], SimulatedNetpay]) -> None:
        self._make = make
        self._cloud: SimulatedNetpay | None = None
        self._web = MemoryWeb(MemoryLink(serving(self._receive)))

    @property
    def cloud(self) -> SimulatedNetpay:
        """The cloud, with its books."""
        if self._cloud is None:
            self._cloud = self._make()
        return self._cloud

    async def _receive(self, request: WebRequest) -> Reply:
        return await self.cloud.receive(request)

    async def send(
        self,
        request: WebRequest,
        *,
        timeout_s: float,
        on_written: Callable[[], None] | None = None,
    ) -> Reply:
        """See `Web`."""
        return await self._web.send(request, timeout_s=timeout_s, on_written=on_written)

    async def close(self) -> None:
        """See `Web`."""
        await self._web.close()
        if self._cloud is not None:
            await self._cloud.aclose()


def simulated(
    address: Address, inbox: Inbox, wall: Callable[[], float] | None, key: str
) -> OwnCloud:
    """A cloud whose terminal posts into this inbox. Raises `ConfigurationError` under `key`."""
    words = address.simulation or {}
    own = {name: words[name] for name in _Parameters.__struct_fields__ if name in words}
    rest = {name: words[name] for name in words if name not in own}
    for name in rest:
        if name not in Scenario.__struct_fields__:
            known = ", ".join((*_Parameters.__struct_fields__, *Scenario.__struct_fields__))
            raise ConfigurationError(key, f"unknown parameter {name}; known: {known}")
    given = _converted(own, _Parameters, key)
    scenario = _converted(rest, Scenario, key) if rest else None

    async def post(body: bytes) -> Reply:
        headers = {"content-type": "application/json"}
        answer = await inbox.take(Callback(headers=headers, body=body, peer="simulator"))
        return Reply(status=answer.status, content_type=answer.content_type, body=answer.body)

    def make() -> SimulatedNetpay:
        return SimulatedNetpay(
            post=post,
            serials=(address.serial,),
            scenario=scenario,
            push_s=given.push,
            pace_s=given.pace,
            seed=given.seed,
            clock=wall,
        )

    return OwnCloud(make)


def _converted(words: dict[str, str], kind: type[T], key: str) -> T:
    try:
        return msgspec.convert(words, kind, strict=False)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$.")
        raise ConfigurationError(key, f"{place.rstrip('`')}: {problem}") from None
