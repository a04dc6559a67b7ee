"""The rules of a nexo Retailer terminal (POI role), without I/O and without a codec.

Reading order: `requests` and `answers` (what comes in, what goes back), `effects` (all that the
rules can do to the world), `machine` (the table), `terminal` (the protocol's rules), `simulated`
(those rules with a simulated card side).
"""

from __future__ import annotations
