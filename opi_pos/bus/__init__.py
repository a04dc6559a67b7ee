"""Fan-out inside this process: bounded, may be lost, never waited for. Not a journal."""

from __future__ import annotations
