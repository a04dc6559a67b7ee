"""A simulated O.P.I. terminal, in process and over TCP.

Reading order: `terminal.py` (carries out what the rules decide), `outbox.py` (what it asks of the
till), `door.py` and `channel.py` (channels 0 and 1 over TCP), `server.py`.
"""
