"""Answers of a nexo terminal that does not tell the truth (see `opi_pos.poi.faults`)."""

from __future__ import annotations

import msgspec

from opi_pos.model.ids import ServiceID
from opi_pos.model.results import TransactionID
from opi_pos.poi.faults import Strike, Struck
from opi_pos.poi.nexo.answers import (
    Answer,
    CardAcquisitionAnswer,
    Condition,
    Kept,
    PaymentAnswer,
    Response,
    StatusAnswer,
)
from opi_pos.poi.nexo.cardside import Twist
from opi_pos.poi.nexo.effects import Reply
from opi_pos.poi.nexo.memory import Memory
from opi_pos.poi.nexo.run import PowerCut


def twist_of(struck: Struck) -> Twist:
    """The faults that strike inside the terminal."""
    power_cut = None
    if struck.by(Strike.REBOOT_BEFORE_AUTHORISATION):
        power_cut = PowerCut.BEFORE_AUTHORISATION
    elif struck.by(Strike.REBOOT_AFTER_AUTHORISATION):
        power_cut = PowerCut.AFTER_AUTHORISATION
    return Twist(
        power_cut=power_cut,
        deaf_to_abort=struck.by(Strike.APPROVED_AFTER_ABORT),
        printer_out=struck.by(Strike.PRINTER_OUT),
    )


def distort(reply: Reply, struck: Struck, memory: Memory) -> Reply:
    """The answer as a lying terminal gives it."""
    answer = reply.answer
    if isinstance(answer, StatusAnswer):
        answer = _distort_status(answer, struck, memory)
    if struck.by(Strike.WRONG_SALE_TRANSACTION):
        answer = _swap_sale(answer)
    to = reply.to
    if struck.by(Strike.WRONG_SERVICE_ID):
        to = msgspec.structs.replace(to, service_id=another_id(to.service_id))
    return Reply(to=to, answer=answer)


def another_id(service_id: str) -> ServiceID:
    """A ServiceID that is not this one."""
    return ServiceID("1" if service_id != "1" else "2")


def _distort_status(answer: StatusAnswer, struck: Struck, memory: Memory) -> StatusAnswer:
    if struck.by(Strike.NOT_FOUND):
        response = Response(condition=Condition.NOT_FOUND, text="Message not found")
        return StatusAnswer(response=response, reference=answer.reference)
    if struck.by(Strike.IN_PROGRESS):
        response = Response(condition=Condition.IN_PROGRESS, text="Uncompleted")
        return StatusAnswer(response=response, reference=answer.reference)
    if struck.by(Strike.WRONG_LAST):
        other = memory.another(than=answer.repeated)
        return StatusAnswer(response=Response(), repeated=other) if other else answer
    return answer


def _swap_sale(answer: Answer | None) -> Answer | None:
    if isinstance(answer, PaymentAnswer | CardAcquisitionAnswer):
        other = TransactionID(id=f"{answer.sale.transaction.id}-other", time="2001-01-01T00:00:00Z")
        sale = msgspec.structs.replace(answer.sale, transaction=other)
        return msgspec.structs.replace(answer, sale=sale)
    if isinstance(answer, StatusAnswer) and answer.repeated is not None:
        swapped = _swap_sale(answer.repeated.answer)
        assert isinstance(swapped, PaymentAnswer | CardAcquisitionAnswer)
        kept = Kept(header=answer.repeated.header, answer=swapped)
        return msgspec.structs.replace(answer, repeated=kept)
    return answer
