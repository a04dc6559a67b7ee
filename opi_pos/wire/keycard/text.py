"""Text in base64 whose character set is not stated: ZVT's own is CP437, JSON people write UTF-8."""

from __future__ import annotations

import base64
import binascii


def decoded(data: bytes) -> str:
    """UTF-8 if it is that, else CP437, in which every byte means something."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp437")


def encoded(text: str) -> bytes:
    """As we write it."""
    return text.encode("utf-8", "replace")


def from_base64(text: str) -> bytes:
    """The bytes; a text that is no base64 stands for itself, as some clients send it."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "replace")


def to_base64(data: bytes) -> str:
    """In one line."""
    return base64.b64encode(data).decode("ascii")
