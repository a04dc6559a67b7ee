"""A simulated ZVT terminal: pure rules (`terminal`), carried out over byte pipes (`station`).

Reading order: `profile`, `terminal`, `job`, `payment`, `station`, `server`.
"""

from __future__ import annotations
