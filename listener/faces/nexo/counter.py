"""The counter: what all rooms of one nexo face share."""

from __future__ import annotations

from listener.faces.nexo.answering import Answering
from listener.faces.nexo.dialect import FaceDialect
from listener.faces.nexo.guest import TillGuest
from listener.faces.nexo.ongoing import Ongoing
from listener.faces.nexo.service import Service
from listener.faces.nexo.sessions import Sessions
from listener.faces.nexo.settings import NexoFaceSettings, poi_profile, wire_profile
from listener.faces.switchboard import Switchboard, order_at_work
from opi_pos.aio.tasks import Tasks
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.errors import OpiPosError
from opi_pos.model.orders import MoneyOrder
from opi_pos.poi.nexo.memory import Memory
from opi_pos.runtime.sale_system import SaleSystem
from opi_pos.terminals.nexo.writing import PoiIdentity
from opi_pos.wire import nexo


class Counter:
    """Foreign tills on one side, the terminal behind on the other, and what is between them."""

    def __init__(
        self, name: str, settings: NexoFaceSettings, till: SaleSystem, switchboard: Switchboard
    ) -> None:
        """Raises `ConfigurationError`."""
        self.name = name
        self.poi = settings.poi
        self.settings = settings
        self.till = till
        self.switchboard = switchboard
        self.wire: nexo.Profile = wire_profile(settings, name)
        self.profile = poi_profile(settings)
        self.dialect = FaceDialect(self.wire, self.profile, self._identity())
        self.answers = Answering(self.dialect, self.now)
        self.tasks = Tasks()
        self.memory = Memory(limit=settings.kept_answers)
        self.sessions = Sessions(self.profile, self.memory, started=self.now())
        self.ongoing = Ongoing()

    def _identity(self) -> PoiIdentity:
        settings, poi_id = self.settings, self.till.station(self.poi).settings.poi_id
        return PoiIdentity(
            application="opi-pos bridge",
            version="1",
            serial_number=settings.serial_number or poi_id,
            merchant_id=settings.merchant_id,
            acquirer_poi_id=settings.acquirer_poi_id or poi_id,
        )

    def now(self) -> float:
        """Unix seconds."""
        return self.till.shop.clock.wall()

    def guest(self, service: Service) -> TillGuest:
        """The till of a service, as the terminal behind sees it."""
        return TillGuest(service, self.sessions, self.profile)

    def running(self) -> list[Service]:
        """All that runs for any till: within sessions, and money that has outlived its own."""
        within = [each.service for each in self.sessions if each.service is not None]
        return [*within, *(each for each in self.ongoing if each not in within)]

    def active(self) -> Service | None:
        """What keeps the terminal busy. A doubt does not: the terminal's own rules judge beside
        it.
        """
        return next((each for each in self.running() if not each.in_doubt), None)

    def order_at_work(self) -> MoneyOrder | None:
        """The money order that the terminal behind works on, whoever it is for."""
        return order_at_work(self.till.station(self.poi))

    def capabilities(self) -> Capabilities | None:
        """What the terminal behind can do. None: another process drives it, and knows."""
        try:
            return self.till.capabilities(self.poi)
        except OpiPosError:
            return None
