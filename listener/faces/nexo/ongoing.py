"""Money orders of foreign tills that are not decided, and which requests came before."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from listener.faces.nexo.guest import TillGuest
from listener.faces.nexo.orders import identity_of, identity_of_request
from listener.faces.nexo.service import Service
from opi_pos.model.ids import POIID, Reference, SaleID
from opi_pos.model.orders import MoneyOrder
from opi_pos.poi.nexo import requests
from opi_pos.poi.nexo.memory import MAX_SEEN

Identity = tuple[str, ...]
REMEMBERED_AT_MOST: Final = MAX_SEEN
"""Identities of money requests; the oldest are forgotten."""


class Ongoing:
    """In the order in which they began. A doubt is not decided either."""

    def __init__(self) -> None:
        self._guests: dict[Reference, TillGuest] = {}
        self._seen: OrderedDict[Identity, None] = OrderedDict()

    def __iter__(self) -> Iterator[Service]:
        return (guest.service for guest in self._guests.values())

    def __bool__(self) -> bool:
        return bool(self._guests)

    def begin(self, order: MoneyOrder, guest: TillGuest) -> None:
        """An order that is about to be carried out, or that a restart left open."""
        guest.service.order = order
        self._guests[order.reference] = guest
        self.remember(order)

    def end(self, order: MoneyOrder) -> None:
        """It is decided."""
        self._guests.pop(order.reference, None)

    def guest_of(self, order: MoneyOrder) -> TillGuest | None:
        """Who hears what the terminal says about an order."""
        return self._guests.get(order.reference)

    def newest(
        self, wanted: requests.Reference | None, session: tuple[SaleID, POIID]
    ) -> Service | None:
        """What a transaction status means: by reference, else the last one of its till."""
        for service in reversed(list(self)):
            own = service.header.session == session
            if own if wanted is None else wanted.names(service.header):
                return service
        return None

    # --- what came before -----------------------------------------------------------------------

    def remember(self, order: MoneyOrder) -> None:
        """The journal has such a request."""
        self._seen[identity_of(order)] = None
        if len(self._seen) > REMEMBERED_AT_MOST:
            self._seen.popitem(last=False)

    def is_repeated(self, header: requests.Header, request: requests.Request) -> bool:
        """The same money request over a restart or a new login: never a second charge."""
        identity = identity_of_request(header, request)
        return identity is not None and identity in self._seen
