"""The asyncio shell: carries the rules' effects out and brings the world's news in.

Read `sale_system.py` (the till program's view), `poi.py` (one task per terminal), `desk.py` (what
terminals ask of the till), `guest.py` (a terminal that another process drives).
"""
