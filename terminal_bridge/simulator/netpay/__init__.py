"""A simulated NetPay: the cloud that pushes, and a terminal that posts its responses.

Reading order: `cloud` (what it answers), `terminal` (one screen, one order at a time), `ledger`
(what became of each sale), `responses` (how it is told), `habits` (what the documentation leaves
open), `server` (all of it behind a port).
"""

from __future__ import annotations
