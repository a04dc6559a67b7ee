"""What the commands do with the terminal behind; each gives the end message."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from listener.faces.carrying import NeverBegunError, carried
from listener.faces.keycard import results
from listener.faces.keycard.session import KeycardSession
from listener.faces.originals import has_moved, original_of
from listener.faces.switchboard import Switchboard
from opi_pos.model.errors import CapabilityError, JournalError, OpiPosError
from opi_pos.model.ids import Reference
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder, Original
from opi_pos.model.results import Operation, Result
from opi_pos.runtime.sale_system import SaleSystem
from opi_pos.wire.keycard import Callback, Command

LOOKED_AT: Final = 200
"""Rows of the journal among which the previous transaction of the terminal is looked for."""


class Commands:
    """Of one face, for one terminal."""

    def __init__(self, face: str, poi: str, till: SaleSystem, switchboard: Switchboard) -> None:
        self._face = face
        self._poi = poi
        self._till = till
        self._switchboard = switchboard

    async def service(self, session: KeycardSession, command: Command) -> Callback:
        """`DiagnosisSimple` and `EndOfDay`."""
        try:
            with self._switchboard.serving(self._poi, session):
                if command is Command.END_OF_DAY:
                    answer = await self._till.close_day(poi=self._poi)
                    return results.closing_end(command, answer)
                return await self._diagnose(command)
        except OpiPosError as error:
            return results.end(command, success=False, text=str(error))

    async def _diagnose(self, command: Command) -> Callback:
        try:
            answer = await self._till.diagnose(poi=self._poi, host=True)
        except CapabilityError:
            # A terminal that has no such thing is well if it can be logged in to.
            answer = await self._till.login(poi=self._poi)
        return results.diagnosis_end(command, answer)

    def authorisation(self, session: KeycardSession, cents: int, currency: str) -> MoneyOrder:
        """A payment. `cents` are minor units of the currency, whatever they are called."""
        amount = Amount(minor=cents, currency=currency)
        return self._order(session, Operation.PAYMENT, amount=amount)

    async def reversal(self, session: KeycardSession) -> MoneyOrder | str:
        """The previous payment undone, or why there is none to undo."""
        poi_id = self._till.station(self._poi).settings.poi_id
        try:
            rows = await self._till.shop.journal.exchanges(limit=LOOKED_AT)
        except JournalError as error:
            return str(error)
        moved = (row for row in rows if row.poi_id == poi_id and has_moved(row))
        last = next(moved, None)
        if last is None or last.order.operation is not Operation.PAYMENT:
            return "There is no previous payment"
        if last.order.foreign.get("face") != self._face:
            return "The previous payment is somebody else's"
        return self._order(session, Operation.REVERSAL, original=original_of(last))

    def _order(
        self,
        session: KeycardSession,
        operation: Operation,
        *,
        amount: Amount | None = None,
        original: Original | None = None,
    ) -> MoneyOrder:
        now = self._till.shop.clock.wall()
        return MoneyOrder(
            operation=operation,
            reference=self.reference(session),
            sale_time=datetime.fromtimestamp(int(now), UTC).isoformat(),
            amount=amount,
            original=original,
            foreign={
                "face": self._face,
                "keycard": session.request.command,
                "service_id": str(session.number),
            },
        )

    def reference(self, session: KeycardSession) -> Reference:
        """The face's own key: sessions are never numbered twice."""
        return Reference(f"{self._face}.{session.number}")

    async def money(self, session: KeycardSession, order: MoneyOrder) -> Result | str:
        """Carry an order until its outcome is known; or why it never began."""

        def doubt() -> None:
            session.in_doubt = True

        try:
            return await carried(self._till, self._poi, order, doubt)
        except (CapabilityError, NeverBegunError) as error:
            return str(error)
