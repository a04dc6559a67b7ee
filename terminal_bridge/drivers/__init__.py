"""One module or package per kind of terminal, each with a `connect`; none knows another."""

from __future__ import annotations
