"""A TransmitRequest in which a terminal tells the till where it listens.

Swedbank's terminals send it when their settings are saved and when DHCP gives them another
address: base64 JSON in `Message`, with a destination that stands for the till itself.
"""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass

import msgspec

from opi_pos.wire import nexo


@dataclass(frozen=True, slots=True)
class Announcement:
    """Where a terminal says that it listens."""

    host: str
    port: int


class _EndPoint(msgspec.Struct):
    address: str = msgspec.field(name="ipV4Address")
    port: int = msgspec.field(name="ipPort")


class _Configuration(msgspec.Struct):
    end_point: _EndPoint = msgspec.field(name="ipEndPoint")


class _Document(msgspec.Struct):
    configuration: _Configuration = msgspec.field(name="saleTerminalconfiguration")


_decoder = msgspec.json.Decoder(_Document, strict=False)


def to_announcement(request: nexo.TransmitRequest) -> Announcement | None:
    """The announced address; None when the request carries anything else."""
    try:
        document = _decoder.decode(base64.b64decode(request.message))
        end_point = document.configuration.end_point
        host = ipaddress.IPv4Address(end_point.address)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if not 0 < end_point.port < 65536:
        return None
    return Announcement(str(host), end_point.port)
