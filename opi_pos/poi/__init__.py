"""The terminal's side of each protocol, as pure rules: what happened in, effects out.

Used by a simulator (card side: `cardholder`) and by a face for foreign tills (card side: a real
terminal). `nexo` holds the rules of a nexo Retailer terminal; `books`, `scenario`, `cardholder`
and `faults` serve every simulated terminal.
"""

from __future__ import annotations
