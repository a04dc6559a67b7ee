"""What no message may exceed, whatever its encoding."""

from __future__ import annotations

from typing import Final

MAX_BYTES: Final = 256 * 1024
"""One message. Real payment responses exceed 5 KiB; pictures of signatures are the largest."""

MAX_DEPTH: Final = 32
"""Elements or JSON values inside each other. The nexo catalogue itself needs 15."""

MAX_DIGITS: Final = 40
"""Digits of one number, and the largest exponent. A 5,000-digit amount is an attack."""

MAX_ATTRIBUTES: Final = 256
"""Of one XML element. lxml needs time with their square; the nexo catalogue itself has 20."""

MAX_ITEMS: Final = 10_000
"""Repetitions of one member, where a message breaks its schema and is read the slow way."""
