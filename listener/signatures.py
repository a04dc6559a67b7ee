"""Whether a terminal's text speaks of a signature."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_SIGNATURE: Final = re.compile(
    # The languages of the terminals that we know: English, Swedish, Norwegian, Danish, Finnish,
    # German, Dutch, French, Spanish, Italian. Inferred, no list of these texts is published.
    r"\bsignatur|\bunderskrift|\bunderteckn|\ballekirjoit|\bunterschrift|\bhandtekening|\bfirma\b",
    re.IGNORECASE,
)


def speaks_of_signature(lines: Iterable[str]) -> bool:
    """Whether one of the lines does."""
    return any(_SIGNATURE.search(line) for line in lines)
