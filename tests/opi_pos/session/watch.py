"""Looks at every effect of the rules and objects to what could lose or double money."""

from __future__ import annotations

from opi_pos.model.facts import Exchange
from opi_pos.model.ids import ExchangeID, ServiceID
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Outcome, Result
from opi_pos.session.effects import Alarm, Effect, Finish, Record, Send, SendAbort, SendQuery
from opi_pos.session.sale import SaleSession
from opi_pos.session.states import ExchangeState as X

AT_WORK = {X.SENDING, X.RUNNING, X.WAITING, X.QUERYING}


class Watch:
    """One till's durable rows, and what was sent and told; it survives restarts of the till."""

    def __init__(self) -> None:
        self.rows: dict[ExchangeID, Exchange] = {}
        self.sent: dict[ServiceID, ExchangeID] = {}
        self.told: dict[ExchangeID, Result] = {}
        """The newest result of each exchange that a caller heard of."""

    def look(self, effects: list[Effect], session: SaleSession) -> None:
        """Check one step."""
        before: Effect | None = None
        for effect in effects:
            match effect:
                case Record(exchanges=rows):
                    for row in rows:
                        self._ended_stays_ended(row)
                        self.rows[row.exchange_id] = row
                case Send(order=MoneyOrder()):
                    self._recorded_first(effect)
                case SendQuery(target=target) | SendAbort(target=target):
                    known = {*self.sent, *(row.service_id for row in self.rows.values())}
                    assert target in known or not isinstance(effect, SendQuery)
                case Finish(exchange_id=exchange_id, result=result):
                    self._told_once(exchange_id, result)
                case Alarm():
                    recorded = isinstance(before, Record | Finish | Alarm)
                    assert recorded, f"{effect} has no record before it"
                case _:
                    pass
            before = effect
        at_work = [e for e in session.exchanges.values() if e.state in AT_WORK]
        assert len(at_work) <= 1, f"{len(at_work)} exchanges are at work at once"

    def _recorded_first(self, send: Send) -> None:
        row = self.rows.get(send.exchange_id)
        assert row is not None, "sent before its intent was recorded"
        assert (row.state, row.service_id) == ("sending", send.service_id)
        assert send.service_id not in self.sent, "a service id was used twice"
        self.sent[send.service_id] = send.exchange_id

    def _ended_stays_ended(self, row: Exchange) -> None:
        earlier = self.rows.get(row.exchange_id)
        if earlier is not None and earlier.state == "ended":
            assert row == earlier, "an ended exchange was changed"

    def _told_once(self, exchange_id: ExchangeID, result: Result) -> None:
        earlier = self.told.get(exchange_id)
        assert earlier is None or earlier.outcome is Outcome.IN_DOUBT, "told two ends"
        row = self.rows.get(exchange_id)
        if row is not None and row.state != "reversing":
            assert row.result == result, "told what is not recorded"
        elif row is None:
            assert result.outcome is Outcome.NOT_STARTED, "told an end that is not recorded"
        self.told[exchange_id] = result
