"""The name of a session: made from the till's ids, so that after a crash, or in another process,
the same exchange has the same name and can be asked for, and no other exchange ever has it.
"""

from __future__ import annotations

import uuid
from typing import Final

from opi_pos.model.ids import POIID, SaleID, ServiceID
from opi_pos.model.orders import MoneyOrder

_NAMESPACE: Final = uuid.UUID("6f0d2a52-8a9c-5d0e-9b57-0c7a4d1b6e35")


def session_id_of(order: MoneyOrder, service_id: ServiceID, sale_id: SaleID, poi_id: POIID) -> str:
    """A UUID (version 5)."""
    named = (sale_id, poi_id, service_id, order.operation.value, order.reference, order.sale_time)
    return str(uuid.uuid5(_NAMESPACE, "\n".join(named)))
