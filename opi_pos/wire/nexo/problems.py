"""What can be wrong with a message, in the words of the specification's MessageFormat answer.

The texts stand in `ProtocolError.problem` and are looked up again when the answer is made
(`answers.py`), so each begins with one of these.
"""

from __future__ import annotations

from typing import Final

MISSING: Final = "missing"
UNEXPECTED: Final = "unexpected"
INVALID_VALUE: Final = "invalid value"
NOT_IN_ENUMERATION: Final = "not in the enumeration"
REPEATED: Final = "repeated too often"
BAD_COMBINATION: Final = "bad combination"
