"""Small asyncio tools that know nothing of payments: owned tasks, virtual time."""

from __future__ import annotations
