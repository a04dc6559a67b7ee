"""What a till's exchange ends with: a reply of the rules, a refusal, or an event in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from listener.faces.nexo import results
from listener.faces.nexo.dialect import FaceDialect, sniffed
from listener.faces.nexo.exchange import TillExchange
from listener.nexo.incoming import NO_CONTENT, HttpAnswer
from opi_pos.model.card import mask_text
from opi_pos.model.devices import EventKind
from opi_pos.model.errors import ProtocolError
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import TransactionID
from opi_pos.poi.nexo import texts
from opi_pos.poi.nexo.answers import Answer, Response
from opi_pos.poi.nexo.effects import Effect, Reject, Reply
from opi_pos.poi.nexo.refusals import refusal
from opi_pos.poi.nexo.requests import Abort, Header
from opi_pos.terminals.nexo import reading
from opi_pos.wire import nexo


class Answering:
    """Writes answers in the till's own encoding."""

    def __init__(self, dialect: FaceDialect, now: Callable[[], float]) -> None:
        self._dialect = dialect
        self._now = now

    def reply(self, x: TillExchange, answer: Answer | None) -> HttpAnswer:
        """The answer; 204 without one."""
        return self._dialect.reply(Reply(to=x.header, answer=answer), x.session.encoding)

    def refused(
        self, x: TillExchange, response: Response, order: MoneyOrder | None = None
    ) -> Answer | None:
        """The response of the request's own category that says no."""
        transaction = (
            results.transaction_of(order)
            if order is not None
            else TransactionID(id=x.session.key(x.header), time=texts.stamp(self._now()))
        )
        return refusal(x.request, response, transaction)

    def refuse(self, x: TillExchange, response: Response) -> HttpAnswer:
        """Answer with a refusal."""
        return self.reply(x, self.refused(x, response))

    def misdirected(self, x: TillExchange) -> HttpAnswer:
        """A message for another terminal: the till has the wrong address or the wrong POIID."""
        response = texts.unknown_poi(x.header)
        if isinstance(x.request, Abort):
            reject = Reject(to=x.header, details=response.text, in_body=True)
            return self._dialect.rejection(reject, x.session.encoding, self._now())
        return self.refuse(x, response)

    def carried_out(self, x: TillExchange, effects: Sequence[Effect]) -> HttpAnswer:
        """The reply among effects of the rules; what follows goes to the till's door."""
        answer = self._dialect.reply(reply_in(effects), x.session.encoding)
        x.session.replied(effects)
        return answer

    def rejected(self, x: TillExchange, reject: Reject) -> HttpAnswer:
        """The event Reject: at the till's door if it has one, else in the exchange's own body."""
        session = x.session
        if reject.in_body or session.outbox is None:
            return self._dialect.rejection(reject, session.encoding, self._now())
        told = session.rules.tell(EventKind.REJECTED, "Reject", reject.details, reject.to)
        session.replied(told)
        return NO_CONTENT

    def unreadable(self, data: bytes, error: ProtocolError) -> HttpAnswer:
        """A request gets MessageFormat in its own response; the rest goes back in an event."""
        encoding = sniffed(data, self._dialect.wire.encoding)
        header = nexo.read_header(data)
        failure = nexo.format_failure(error, header) if header is not None else None
        if failure is not None:
            return self._dialect.answer(failure, encoding)
        to = reading.ids_of(header) if header is not None else Header(category="Event")
        reject = Reject(to=to, details=mask_text(str(error)), rejected=data, in_body=True)
        return self._dialect.rejection(reject, encoding, self._now())


def reply_in(effects: Sequence[Effect]) -> Reply:
    """The one reply that the rules give to a request."""
    return next(effect for effect in effects if isinstance(effect, Reply))
