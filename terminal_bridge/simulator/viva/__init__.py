"""Viva's cloud with its terminals: token, orders, sessions, webhooks.

Reading order: `cloud` (the calls), `ledger` (sessions and terminals), `session` (one order at its
terminal), `ends` (how a play ends in the API's words), `webhooks`, `faulty` (what goes wrong on the
way), `server` (over HTTP).
"""

from __future__ import annotations
