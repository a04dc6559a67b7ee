"""What this driver needs to know of one kind of terminal: its profile, and what it can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from opi_pos.model.capabilities import (
    Capabilities,
    Correlation,
    Dispatch,
    ListenerNeed,
    ProgressReports,
    ReceiptSource,
    RefundScope,
    ResultDelivery,
    ReversalScope,
    StatusQuery,
    UnconfirmedPolicy,
)
from opi_pos.model.errors import ProtocolError
from opi_pos.model.news import NoAnswer
from opi_pos.model.orders import Integration
from opi_pos.model.results import Operation
from opi_pos.wire import nexo
from opi_pos.wire.nexo.crypto import NexoCrypto, is_protected
from terminal_bridge.drivers.nexo.texts import sentence
from terminal_bridge.links.link import Reply

DEFAULT_PROFILE: Final = "swedbank"
"""What is spoken when the URL names no profile."""

_SESSION: Final = frozenset({"login", "logout"})
_SERVICES: Final = frozenset(
    {
        "ask_status",
        "stop_exchange",
        "diagnose",
        "totals",
        "close_day",
        "read_card",
        "show_customer",
        "ask_customer",
        "print_on_terminal",
        "converse",
    }
)
_OPERATIONS: Final = frozenset(Operation) - {Operation.TIP_ADJUSTMENT}

_LAST_ONLY: Final = frozenset({"swedbank"})
"""Profiles whose terminals reverse the very last transaction and no other."""

_PARTIAL: Final = frozenset({"plain-json", "framed-json", "framed-xml"})
"""Profiles whose terminals are asked for less than the whole by MinimumAmountToDeliver, the
specification's way [inferred]. Adyen asks by SaleToAcquirerData; the others do not say.
"""

_VERSIONED: Final = frozenset({nexo.MessageCategory.LOGIN, nexo.MessageCategory.DIAGNOSIS})
"""Requests that carry ProtocolVersion in any case."""

_OK: Final = range(200, 300)
"""HTTP statuses whose body is looked at."""

_AFTER_SILENCE_S: Final = 20.0
"""How much longer than its own time limit a payment may run, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How messages are written for one terminal, and what it means by some of its own."""

    profile: nexo.Profile
    crypto: NexoCrypto | None = None

    def encode(self, message: nexo.Message) -> bytes:
        """The bytes for the wire. Raises `ProtocolError` that names the member that is wrong."""
        data = nexo.encode(
            message,
            self.profile.encoding,
            version=self.profile.version,
            repeated_response_wrapped=self.profile.repeated_response_wrapped,
        )
        return data if self.crypto is None else self.crypto.protect(data)

    def opened(self, reply: Reply) -> Reply | NoAnswer:
        """The reply in clear. Where messages are protected, one that is not is no answer."""
        if self.crypto is None or reply.status not in _OK or not reply.body.strip():
            return reply
        if not is_protected(reply.body):
            said = _in_clear(reply.body)
            return NoAnswer(written=True, problem=f"the answer is not protected{said}")
        try:
            body = self.crypto.open(reply.body)
        except ProtocolError as error:
            return NoAnswer(written=True, problem=f"the answer cannot be opened: {error}")
        return Reply(status=reply.status, content_type=reply.content_type, body=body)

    def version_on(self, category: str) -> str | None:
        """The ProtocolVersion in the header of a request."""
        everywhere = self.profile.protocol_version_on == "all"
        return self.profile.version.value if everywhere or category in _VERSIONED else None

    def headers(self, callback_url: str) -> Mapping[str, str]:
        """HTTP headers of a request; without a callback, none that would name it."""
        filled = {
            name: text.replace("{callback_url}", callback_url)
            for name, text in self.profile.headers.items()
            if callback_url or "{callback_url}" not in text
        }
        return {"Content-Type": self.profile.content_type, **filled}


def _in_clear(data: bytes) -> str:
    """What a terminal with another key says about ours; it is shown and proves nothing."""
    try:
        body = nexo.decode(data).body
    except ProtocolError:
        return ""
    details = body.event_details if isinstance(body, nexo.EventNotification) else None
    return f": {sentence(details)}" if details else ""


def capabilities_of(
    profile: nexo.Profile, integration: Integration, *, one_socket: bool = False
) -> Capabilities:
    """What terminals of a profile can do. `one_socket`: their own requests need no listener."""
    full = integration is Integration.FULL
    silence_s = profile.response_timeout_s
    return Capabilities(
        correlation=Correlation.POS_ID,
        result_delivery=(ResultDelivery.RESPONSE,),
        unconfirmed_policy=UnconfirmedPolicy.KEPT,
        dispatch_means=Dispatch.EXECUTED,
        operations=_OPERATIONS,
        services=_SERVICES | _SESSION if profile.login else _SERVICES,
        abort=True,
        reversal=(
            ReversalScope.LAST_ONLY if profile.name in _LAST_ONLY else ReversalScope.BY_REFERENCE
        ),
        refund=RefundScope.LINKED,
        status=StatusQuery.BY_ID,
        result_amount=True,
        receipts=ReceiptSource.TEXT,
        progress=ProgressReports.TEXT if full else ProgressReports.NONE,
        needs_listener=(
            ListenerNeed.FOR_DEVICE_REQUESTS if full and not one_socket else ListenerNeed.NO
        ),
        partial_approval=profile.name in _PARTIAL,
        tip=True,
        cashback=True,
        login=profile.login,
        silence_s=silence_s,
        running_s=silence_s + _AFTER_SILENCE_S,
    )


def declared() -> Mapping[str, Capabilities]:
    """See `opi_pos.runtime.declared.Declare`."""
    names = (DEFAULT_PROFILE, *(name for name in nexo.profile_names() if name != DEFAULT_PROFILE))
    return {name: _declared(nexo.profile(name)) for name in names}


def _declared(profile: nexo.Profile) -> Capabilities:
    one_socket = profile.transport == "framed-tcp"
    return capabilities_of(profile, Integration.FULL, one_socket=one_socket)
