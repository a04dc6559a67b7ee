"""The nexo POI face: a foreign till speaks nexo with us as if we were its terminal.

Reading order: `face` (bytes in, an answer out), `counter` (what its rooms share), `logins`,
`beside` (what passes a running service), `services` (one at a time) and `money`; then the values:
`exchange`, `session`, `service`, `orders` (what is asked for), `results` and `reports` (what is
told), `guest` and `outbox` (what is asked of the till).
"""

from __future__ import annotations
