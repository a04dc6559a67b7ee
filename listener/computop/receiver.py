"""Takes Paygate's notifications, and asks it about payments in doubt.

A notification is durable and answered at once, since Paygate repeats it only once, after 2 s. It
never decides a doubt: its MAC covers neither amount nor RefNr. An inquiry does.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from listener.computop.settings import read_settings, tls_of
from opi_pos.http.client import HttpClient
from opi_pos.model.callbacks import Callback, CallbackAnswer, Letter, Statement
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import Reference
from opi_pos.model.money import Amount
from opi_pos.model.results import Operation, Outcome
from opi_pos.ports import ReceiverSettings
from opi_pos.wire import computop

ANSWER: Final = CallbackAnswer(body=b"[accepted]", content_type="text/plain")
"""Nobody says what Paygate expects; this is what others answer [inferred]."""
INQUIRY_S: Final = 10.0
_NOBODYS: Final = Reference("opi-pos-doctor")

_OPERATIONS: Final = {
    "01": Operation.PAYMENT,
    "02": Operation.REVERSAL,
    "03": Operation.REFUND,
    "05": Operation.RESERVATION,
    "0B": Operation.COMPLETION,
}
"""By MessageType; the last two are of Computop's newer interface."""
_OUTCOMES: Final = {
    computop.Said.DONE: Outcome.APPROVED,
    computop.Said.FAILED: Outcome.DECLINED,
    computop.Said.UNCLEAR: Outcome.IN_DOUBT,
}
_TAKEN: Final = frozenset({"OK", "AUTHORIZED", "CAPTURE_REQUEST"})
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


class ComputopReceiver:
    """Implements `ports.Receiver` and `ports.Inquirer` for one merchant."""

    def __init__(self, settings: ReceiverSettings) -> None:
        where = f"notify.{settings.name}."
        self._settings, self._keys = read_settings(settings.options, where)
        self._find: Callable[[Reference], Awaitable[Sequence[Exchange]]] = settings.find
        self._client = HttpClient(tls=tls_of(self._settings))

    async def read(self, callback: Callback) -> Letter:
        """See `ports.Receiver`. Raises `ProtocolError` when it is not signed, or another's."""
        told = computop.read_notification(callback.body, self._keys, formula=self._settings.mac)
        if told.merchant_id != self._settings.merchant_id:
            raise ProtocolError("MID", "is another merchant's")
        return Letter(
            told=msgspec.to_builtins(told),
            answer=ANSWER,
            identity=f"{told.xid} {told.status} {told.code}",
            states=_statement(told),
        )

    async def ask(self, row: Exchange) -> Letter | None:
        """See `ports.Inquirer`."""
        reference = row.order.reference
        if not self._may_ask(row):
            return None
        told = await self._inquire(reference)
        if told is None:
            return None
        states = _proof(told, row, await self._find(reference))
        if states is None:
            return None
        return Letter(
            told=msgspec.to_builtins(told),
            identity=f"inquiry {row.service_id} {told.xid} {told.last_status}",
            states=states,
        )

    async def visit(self) -> tuple[bool, str]:
        """See `ports.Visitable`: an inquiry about a payment that nobody made."""
        if self._keys.encryption is None:
            return True, "notifications alone: without an encryption password nothing is asked"
        try:
            body = await self._asked(_NOBODYS)
            told = computop.read_inquiry(body, self._keys)
        except (LinkError, ProtocolError) as error:
            return False, str(error)
        if told.answered or b"data=" in body.lower():
            return True, "Paygate answers, and its answer can be decrypted"
        return False, f"Paygate refuses the inquiry: {told.code} {told.description}".rstrip()

    async def close(self) -> None:
        """Close the connection to Paygate."""
        await self._client.aclose()

    def _may_ask(self, row: Exchange) -> bool:
        """A reversal or refund has no status of its own here: the inquiry tells of the sale."""
        wanted = self._settings.inquire
        able = self._keys.encryption is not None if wanted is None else wanted
        return able and row.order.operation is Operation.PAYMENT

    async def _inquire(self, reference: Reference) -> computop.Inquiry | None:
        told = computop.read_inquiry(await self._asked(reference), self._keys)
        return told if told.answered else None

    async def _asked(self, reference: Reference) -> bytes:
        merchant = self._settings.merchant_id
        asked = computop.write_inquiry(merchant, reference, self._keys, os.urandom(16))
        reply = await self._client.post(
            self._settings.inquiry_url, asked, headers=_FORM, timeout_s=INQUIRY_S
        )
        if reply.status != 200:
            raise ProtocolError("", f"Paygate answered HTTP {reply.status}")
        return reply.body


def receiver(settings: ReceiverSettings) -> ComputopReceiver:
    """The entry point. Raises `ConfigurationError` that names the key."""
    return ComputopReceiver(settings)


def _statement(told: computop.Notification) -> Statement | None:
    """None for what is no operation of ours, such as a card that was read."""
    operation = _OPERATIONS.get(told.message_type.upper())
    if operation is None or not told.ref_nr:
        return None
    return Statement(
        reference=Reference(told.ref_nr),
        operation=operation,
        outcome=_OUTCOMES[told.said],
        authorized=told.amount,
        message=told.description,
    )


def _proof(
    told: computop.Inquiry, row: Exchange, namesakes: Sequence[Exchange]
) -> Statement | None:
    """What decides. Money that was taken and given back again, and a reservation under the same
    reference, are for a person to look at. A failure is this attempt's only if it is the only one
    with that reference, and its last only when the terminal is done: there may be a second card.
    """
    if any(other.order.operation is not row.order.operation for other in namesakes):
        return None
    is_only = len(namesakes) == 1 and row.state == "in_doubt"
    failed = told.last_status == "FAILED" and is_only and not told.authorized_minor
    taken = told.last_status in _TAKEN and not told.credited_minor
    amount = _taken_amount(told, row) if taken else None
    if not failed and amount is None:
        return None
    return Statement(
        reference=row.order.reference,
        operation=row.order.operation,
        outcome=Outcome.APPROVED if taken else Outcome.DECLINED,
        authorized=amount,
        message=told.description,
        proved=True,
    )


def _taken_amount(told: computop.Inquiry, row: Exchange) -> Amount | None:
    """In the currency that was asked for; None when Paygate does not say it."""
    asked = row.order.amount
    if asked is None:
        return None
    if told.base is not None:
        return told.base if told.base.currency == asked.currency else None
    minor = told.captured_minor or told.authorized_minor
    return asked.with_minor(minor) if minor else None
