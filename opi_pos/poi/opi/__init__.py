"""The rules of an O.P.I. terminal, without I/O and without a codec.

Reading order: `requests` and `answers` (what comes in, what goes back), `effects` (all that the
rules can do to the world), `machine` (the table), `terminal` (the protocol's rules), `simulated`
(those rules with a simulated card side). A face uses all but the last.
"""

from __future__ import annotations
