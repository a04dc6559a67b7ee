"""A simulated Key & Card server with its terminal: what the API's documentation says, and habits
that it leaves open. Reading order: `server`, `service`, `session`, `told`, `habits`.
"""

from __future__ import annotations
