"""The O.P.I. faces: old tills, and programs that speak OPI/JSON, pay on any terminal behind.

Reading order: `face.py` (requests in, answers out), `orders.py` and `results.py` (to money orders
and back), `guest.py` and `asking.py` (what the till is asked meanwhile), `door.py` (channel 0).
"""

from __future__ import annotations
