"""The nexo POI face: a foreign till speaks nexo with us as if we were its terminal.

Reading order: `face` (bytes in, an answer out), `sessions` and `session` (foreign tills and their
logins), `service` (one order and who waits for it), `orders` (what it asks for), `results` (what
it is told), `outbox` (what is asked of it).
"""

from __future__ import annotations
