"""Byte pipes to terminals. They know when a byte left, and nothing of what it means.

Reading order: `link` (the port that a driver uses), `http`, `framed_tcp`, `memory`.
"""

from __future__ import annotations
