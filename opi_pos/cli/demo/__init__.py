"""`demo`: a whole day on a simulated terminal, over real sockets, drawn as it happens.

Reading order: `day.py` (the story), `stage.py` (till and terminal on their sockets), `drawing.py`
(arrows), `words.py` (what a message says), `books.py` (the comparison at the end).
"""

from __future__ import annotations
