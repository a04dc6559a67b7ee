"""Who speaks to whom about which exchange, and whether it went well."""

from __future__ import annotations

from typing import Annotated

from opi_pos.wire.nexo.enumerations import (
    ErrorCondition,
    MessageCategory,
    MessageClass,
    MessageType,
    Result,
)
from opi_pos.wire.nexo.facets import DATE_TIME, length
from opi_pos.wire.nexo.schema import ATTR, Element


class MessageHeader(Element, frozen=True, kw_only=True):
    """Who speaks to whom, and which exchange it belongs to."""

    protocol_version: Annotated[str | None, ATTR] = None
    message_class: Annotated[str, ATTR, MessageClass]
    message_category: Annotated[str, ATTR, MessageCategory]
    message_type: Annotated[str, ATTR, MessageType]
    service_id: Annotated[str | None, ATTR, length(1, 10)] = None
    device_id: Annotated[str | None, ATTR, length(1, 10)] = None
    sale_id: Annotated[str, ATTR]
    poi_id: Annotated[str, ATTR]


class MessageReference(Element, frozen=True, kw_only=True):
    """Names another message, by any of its ids."""

    message_category: Annotated[str | None, ATTR, MessageCategory] = None
    service_id: Annotated[str | None, ATTR, length(1, 10)] = None
    device_id: Annotated[str | None, ATTR, length(1, 10)] = None
    sale_id: Annotated[str | None, ATTR] = None
    poi_id: Annotated[str | None, ATTR] = None


class Response(Element, frozen=True, kw_only=True):
    """How a request ended. An ErrorCondition explains a Result that is not Success."""

    result: Annotated[str, ATTR, Result]
    error_condition: Annotated[str | None, ATTR, ErrorCondition] = None
    additional_response: str | None = None


class TransactionIdentification(Element, frozen=True, kw_only=True):
    """The id and time that one side gave a transaction; copied as text."""

    transaction_id: Annotated[str, ATTR]
    time_stamp: Annotated[str, ATTR, DATE_TIME]
