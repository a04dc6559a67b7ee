"""`doctor`: can we reach the terminal, does its application answer, can it reach us."""

from __future__ import annotations
