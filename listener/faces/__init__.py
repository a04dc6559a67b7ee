"""Faces: protocols that are offered to foreign tills, so that any program can use any driver.

Reading order: `opening` (from `[face.NAME]` to doors), `switchboard` (who hears what a terminal
asks), `carrying` (an order until its outcome is known), `originals` (what it builds on), `targets`
and `posting` (where a foreign till may be called back), then the faces: `nexo` and `keycard`.
"""

from __future__ import annotations
