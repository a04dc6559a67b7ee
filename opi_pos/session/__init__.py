"""The till's rules, without I/O: events in, effects out. Start at `machine.py`, then `sale.py`."""
