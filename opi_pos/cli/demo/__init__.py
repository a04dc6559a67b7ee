"""`demo`: a whole day on simulated terminals, over real sockets, drawn as it happens.

Reading order: `day.py` and `evening.py` (the story), `stage.py` (till and terminal on their
sockets), `bridge.py` (the same till, our bridge and a ZVT terminal; `relay.py` and `zvt_line.py`
watch what passes), `drawing.py` (arrows), `words.py` (what a message says), `books.py` (the
comparison at the end).
"""

from __future__ import annotations
