"""The bytes that a message came from."""

from __future__ import annotations

from enum import Enum
from typing import NoReturn


class Encoding(Enum):
    """The two encodings of nexo Retailer."""

    XML = "xml"
    JSON = "json"


class Received:
    """The bytes of a decoded message, and the parts that were read from them.

    They may hold card data, so the `repr` shows only their length and they cannot be pickled. A MAC
    or an echo is verified against these bytes, never against a message written anew.
    """

    __slots__ = ("data", "encoding", "parts")

    def __init__(self, encoding: Encoding, data: bytes, parts: tuple[object, ...]) -> None:
        self.encoding = encoding
        self.data = data
        self.parts = parts

    def stands_for(self, parts: tuple[object, ...]) -> bool:
        """Whether these very values were read from the bytes (structs are frozen)."""
        return all(mine is theirs for mine, theirs in zip(self.parts, parts, strict=True))

    def __repr__(self) -> str:
        return f"Received({self.encoding.value}, {len(self.data)} bytes)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("received bytes may hold card data and cannot be pickled")
