"""The merchant's terminals: which one is meant, and whether it is known."""

from __future__ import annotations

from opi_pos.model.errors import LinkError, ProtocolError, UsageError
from opi_pos.model.news import Answer, Ended, News, NoAnswer, Verdict
from opi_pos.model.reports import Condition, DiagnosisReport
from opi_pos.wire import viva
from terminal_bridge.drivers.viva.cloud import Cloud

LISTED: int = 10
"""Terminals that an error names."""


class Terminal:
    """The terminal of this driver: named in its URL, or the only live one that the merchant has."""

    def __init__(self, terminal_id: str, source_code: str) -> None:
        self._id = terminal_id
        self._source_code = source_code

    async def id(self, cloud: Cloud) -> str:
        """Its number; looked up once where the URL names none. Raises `LinkError`, `UsageError`."""
        if not self._id:
            live = await self.search(cloud)
            if len(live) != 1:
                raise UsageError(f"url: name the terminal; {_list_of(live)}")
            self._id = live[0].terminal_id
        return self._id

    async def search(self, cloud: Cloud) -> list[viva.Device]:
        """The live ones. Raises `LinkError`, `ProtocolError`."""
        wanted = viva.DeviceSearch(status_id=viva.LIVE, source_code=self._source_code or None)
        found = await cloud.devices(wanted)
        return [device for device in found if device.status_id in {viva.LIVE, None}]

    def named_among(self, devices: list[viva.Device]) -> bool:
        """Whether it is one of them."""
        return any(self._id in {d.terminal_id, d.virtual_terminal_id} for d in devices)

    @property
    def is_named(self) -> bool:
        """Whether its number is known without asking."""
        return bool(self._id)


async def diagnosis(cloud: Cloud, terminal: Terminal) -> News:
    """Whether the credentials are accepted and the terminal is among the live ones. Nobody can say
    whether it is switched on.
    """
    try:
        devices = await terminal.search(cloud)
    except LinkError as error:
        return NoAnswer(written=error.written, problem=str(error))
    except ProtocolError as error:
        return NoAnswer(written=True, problem=str(error))
    known = terminal.named_among(devices) if terminal.is_named else len(devices) == 1
    report = DiagnosisReport(condition=Condition.OK if known else Condition.UNREACHABLE)
    if known:
        message = "The cloud accepts us and has the terminal as live."
    else:
        message = f"The cloud accepts us, but name a live terminal; {_list_of(devices)}"
    verdict = Verdict.APPROVED if known else Verdict.DECLINED
    return Ended(answer=Answer(verdict=verdict, message=message, payload=report))


def _list_of(devices: list[viva.Device]) -> str:
    if not devices:
        return "the merchant has no live one"
    named = ", ".join(device.terminal_id for device in devices[:LISTED])
    more = f" and {len(devices) - LISTED} more" if len(devices) > LISTED else ""
    return f"live are: {named}{more}"
