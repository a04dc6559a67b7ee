"""O.P.I. channel 1: what a terminal shows, prints and asks at the till."""

from __future__ import annotations
