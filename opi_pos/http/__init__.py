"""The hardened HTTP door and the safe HTTP client.

Nothing is imported here: a program that only talks must not load the server, nor the reverse.
`door` serves an ASGI app, `asgi` has the few tools a plain endpoint needs, `client` posts and says
whether a byte left, `tls` makes the contexts of both.
"""

from __future__ import annotations
