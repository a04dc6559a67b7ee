"""`[notify.NAME]` with `kind = "computop"`: Paygate tells of payments at a shop's terminals, apart
from what the terminals themselves told the till, and can be asked.
"""

from __future__ import annotations

from listener.computop.receiver import ComputopReceiver, receiver

__all__ = ["ComputopReceiver", "receiver"]
