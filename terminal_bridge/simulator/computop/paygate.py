"""What Paygate knows and says. A terminal's books are its source, as CCV's are the real one's."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import msgspec

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.model.money import Amount
from opi_pos.poi.books import Entry, Movement
from opi_pos.poi.faults import Fault, FaultPlan, Strike, Struck
from opi_pos.wire import computop

REPEATED_AFTER_S: Final = 2.0
"""A notification that got no answer is sent once more, and then no more."""
ANSWER_S: Final = 2.0
"""How long an answer is waited for [inferred]."""
NOTIFY, INQUIRY = "Notify", "Inquiry"
"""Categories of faults."""

_MESSAGE_TYPES: Final = {
    Movement.CHARGE: "01",
    Movement.COMPLETION: "0B",
    Movement.RESERVATION: "05",
    Movement.REVERSAL: "02",
    Movement.REFUND: "03",
}
_GOOD, _FAILED, _UNKNOWN = "00000000", "22060013", "21500041"

Post = Callable[[bytes], Awaitable[int]]
"""Sends a form to the shop's URL and gives the HTTP status. Raises `LinkError`."""


class Merchant(msgspec.Struct, frozen=True, kw_only=True):
    """A shop's account."""

    merchant_id: str
    keys: computop.Keys
    encrypted: bool = False
    """Whether notifications come behind Len and Data."""


class Payment(msgspec.Struct, kw_only=True):
    """One payment, by the reference that the till sent to the terminal."""

    pay_id: str
    ref_nr: str
    currency: str
    status: str = "OK"
    authorized_minor: int = 0
    captured_minor: int = 0
    credited_minor: int = 0
    xid: str = ""
    masked_pan: str = ""


class Paygate:
    """One merchant's view. `aclose` ends what is still being sent."""

    def __init__(
        self, merchant: Merchant, post: Post, *, faults: Iterable[Fault] = (), seed: int = 0
    ) -> None:
        self.payments: dict[str, Payment] = {}
        self.answers: list[int] = []
        """HTTP statuses that the shop answered."""
        self.inquiries = 0
        self.asked = asyncio.Event()
        """Set with every inquiry."""
        self._merchant = merchant
        self._post = post
        self._faults = FaultPlan(faults)
        self._random = random.Random(seed)  # noqa: S311 - ids of a simulation
        self._tasks = Tasks()
        self._sending: list[asyncio.Task[None]] = []

    # --- what it hears ------------------------------------------------------------------------

    def heard(self, entry: Entry) -> None:
        """A terminal moved money; the shop is notified in the background."""
        payment = self._payment(entry)
        payment.xid = self._id()
        _book(payment, entry)
        members = self._members(payment, entry.amount, _MESSAGE_TYPES[entry.movement])
        self._tell(members)

    def failed(self, reference: str, amount: Amount) -> None:
        """A terminal's payment was declined."""
        payment = self._new(reference or self._id(), amount.currency)
        payment.status, payment.xid = "FAILED", self._id()
        members = self._members(payment, amount, _MESSAGE_TYPES[Movement.CHARGE])
        self._tell(members)

    async def until_told(self) -> None:
        """Until every notification was sent."""
        if self._sending:
            await asyncio.wait(self._sending)

    async def aclose(self) -> None:
        """Send no more."""
        await self._tasks.aclose()

    # --- what it says -------------------------------------------------------------------------

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """HTTP status and form of the answer to an inquiry."""
        keys = self._merchant.keys
        self.inquiries += 1
        self.asked.set()
        try:
            merchant, ref_nr = computop.read_inquiry_request(body, keys)
        except ProtocolError as error:
            return 200, f"Status=FAILED&Code=21500010&Description={error.problem}".encode()
        struck = self._faults.strike(INQUIRY, ref_nr)
        if struck.by(Strike.HTTP_500):
            return 500, b""
        if struck.by(Strike.GARBAGE):
            return 200, b"Len=12&Data=00"
        payment = self.payments.get(ref_nr)
        if payment is None or struck.by(Strike.NOT_FOUND) or not self._is_ours(merchant):
            unknown = {"MID": merchant, "Status": "FAILED", "Code": _UNKNOWN}
            return 200, computop.write_inquiry_answer(unknown, keys, self._vector())
        return 200, computop.write_inquiry_answer(self._told(payment), keys, self._vector())

    def _told(self, payment: Payment) -> dict[str, str]:
        return {
            "mid": self._merchant.merchant_id,
            "PayID": payment.pay_id,
            "XID": payment.xid,
            "Status": "OK",
            "Description": "success",
            "Code": _GOOD,
            "LastStatus": "CREDIT_REQUEST" if payment.credited_minor else payment.status,
            "AmountAuth": str(payment.authorized_minor),
            "AmountCap": str(payment.captured_minor),
            "AmountCred": str(payment.credited_minor),
            "MaskedPan": payment.masked_pan or "541333XXXXXX0036",
        }

    def _members(self, payment: Payment, amount: Amount, message_type: str) -> dict[str, str]:
        good = payment.status == "OK"
        return {
            "MID": self._merchant.merchant_id,
            "PayID": payment.pay_id,
            "XID": payment.xid,
            "TransID": f"ccv-{payment.pay_id[:8]}",
            "RefNr": payment.ref_nr,
            "Status": payment.status,
            "Description": "success" if good else "declined",
            "Code": _GOOD if good else _FAILED,
            "POSTerminalID": "10133464",
            "MessageType": message_type,
            "DMACKSN": "FFFF9876543210E00001",
            "DMAC": "0123456789ABCDEF",
            "MaskedPan": payment.masked_pan or "541333XXXXXX0036",
            "Amount": str(amount.minor),
            "Currency": amount.currency,
        }

    def _tell(self, members: dict[str, str]) -> None:
        self._sending.append(self._tasks.spawn(self._notify(members), name="notification"))

    async def _notify(self, members: dict[str, str]) -> None:
        struck = self._faults.strike(NOTIFY, members["RefNr"])
        if struck.by(Strike.LOSE):
            return
        await asyncio.sleep(struck.seconds(Strike.LATE))
        form = self._form(members, struck)
        sent = await self._send(form)
        if struck.by(Strike.DOUBLE):
            await self._send(self._form(members, struck))
        if not sent:
            await asyncio.sleep(REPEATED_AFTER_S)
            await self._send(self._form(members, struck))

    def _form(self, members: dict[str, str], struck: Struck) -> bytes:
        if struck.by(Strike.FLIP):
            members = {**members, "MAC": "0" * 64}
        return computop.write_notification(
            members,
            self._merchant.keys,
            encrypted=self._merchant.encrypted,
            vector=self._vector(),
        )

    async def _send(self, form: bytes) -> bool:
        """Whether there was an answer of success."""
        try:
            async with asyncio.timeout(ANSWER_S):
                status = await self._post(form)
        except (LinkError, TimeoutError):
            return False
        self.answers.append(status)
        return status == 200

    # --- its own ------------------------------------------------------------------------------

    def _payment(self, entry: Entry) -> Payment:
        if entry.original:
            for payment in self.payments.values():
                if payment.pay_id == _pay_id(entry.original):
                    return payment
        return self._new(
            entry.reference or f"ccv-{entry.transaction_id}",
            entry.amount.currency,
            pay_id=_pay_id(entry.transaction_id),
        )

    def _new(self, ref_nr: str, currency: str, *, pay_id: str = "") -> Payment:
        payment = Payment(pay_id=pay_id or self._id(), ref_nr=ref_nr, currency=currency)
        self.payments[ref_nr] = payment
        return payment

    def _is_ours(self, merchant: str) -> bool:
        return merchant == self._merchant.merchant_id

    def _id(self) -> str:
        return self._random.randbytes(16).hex()

    def _vector(self) -> bytes:
        return self._random.randbytes(16)


def _pay_id(transaction_id: str) -> str:
    """32 letters and digits."""
    return transaction_id.encode().hex().rjust(32, "0")[-32:]


def _book(payment: Payment, entry: Entry) -> None:
    minor = entry.amount.minor
    match entry.movement:
        case Movement.CHARGE:
            payment.authorized_minor += minor
            payment.captured_minor += minor
        case Movement.RESERVATION:
            payment.authorized_minor += minor
            payment.status = "AUTHORIZED"
        case Movement.COMPLETION:
            payment.captured_minor += minor
            payment.status = "OK"
        case Movement.REVERSAL | Movement.REFUND:
            payment.credited_minor += minor
