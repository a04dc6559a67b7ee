"""Terminals to test against: the other end of the links and codecs, with books of their own.

`nexo` runs a nexo terminal in process; `server` puts it behind HTTP or framed TCP.
"""

from __future__ import annotations
