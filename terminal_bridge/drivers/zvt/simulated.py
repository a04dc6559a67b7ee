"""`sim://zvt`: the built-in simulator at the other end of a pipe in memory.

    sim://zvt?profile=card-complete&pace=0.2&seed=7&host=decline

`pace` is seconds per step of the terminal, `seed` draws `noise` (the chance that a byte is struck),
`terminal` is the simulated personality (by default that of the profile's name, or the standard's),
`serial=1` puts a serial line between; all other parameters: see `terminal_bridge.simulator.words`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from opi_pos.model.errors import ConfigurationError
from terminal_bridge.simulator.words import Pacing, read_words
from terminal_bridge.simulator.zvt.byte_link import SimulatedLink
from terminal_bridge.simulator.zvt.profile import PROFILES
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from terminal_bridge.zvt import Framing, SerialFraming, TcpFraming

STANDARD = "strict"


class _Parameters(Pacing, frozen=True, kw_only=True):
    noise: float = 0.0
    terminal: str = ""
    serial: bool = False


class OwnTerminal:
    """See `ByteLink`. The terminal lives from the first connection until it is switched off."""

    def __init__(self, make: Callable[[], SimulatedZvt], *, serial: bool) -> None:
        self._make = make
        self._serial = serial
        self._terminal: SimulatedZvt | None = None
        self._link: SimulatedLink | None = None

    place = "sim://zvt"

    @property
    def terminal(self) -> SimulatedZvt:
        """The terminal, with its books."""
        if self._terminal is None:
            self._terminal = self._make()
        return self._terminal

    @property
    def _opened(self) -> SimulatedLink:
        if self._link is None:
            self._link = SimulatedLink(self.terminal, serial=self._serial)
        return self._link

    async def connect(self) -> None:
        """See `ByteLink`."""
        await self._opened.connect()

    async def read(self) -> bytes:
        """See `ByteLink`."""
        return await self._opened.read()

    def write(self, data: bytes) -> None:
        """See `ByteLink`."""
        self._opened.write(data)

    async def close(self) -> None:
        """See `ByteLink`."""
        await self._opened.close()

    async def switch_off(self) -> None:
        """End the terminal."""
        if self._terminal is not None:
            await self._terminal.aclose()


def simulated(
    words: Mapping[str, str], profile: str, wall: Callable[[], float] | None, key: str
) -> tuple[OwnTerminal, Callable[[], Framing]]:
    """The link, and the framing of its line. Raises `ConfigurationError` under `key`."""
    given, scenario = read_words(words, _Parameters, key, also=("profile",))
    personality = given.terminal or (profile if profile in PROFILES else STANDARD)
    if personality not in PROFILES:
        known = ", ".join(PROFILES)
        raise ConfigurationError(key, f"unknown terminal {personality}; known: {known}")

    def make() -> SimulatedZvt:
        return SimulatedZvt(
            personality,
            scenario=scenario,
            noise=given.noise,
            seed=given.seed,
            pace_s=given.pace,
            clock=wall,
        )

    framing = SerialFraming if given.serial else TcpFraming
    return OwnTerminal(make, serial=given.serial), framing
