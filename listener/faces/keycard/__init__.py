"""The Key & Card REST face: eight commands, an immediate answer, and the rest by callback.

Reading order: `face` (a command in, its immediate answer out), `session` (one accepted command and
its callbacks), `commands` (what each does), `results` (what is told of an outcome), `book` (what is
unfinished or aborted, durable), `calls` (the way to the CallbackUrl).
"""

from __future__ import annotations
