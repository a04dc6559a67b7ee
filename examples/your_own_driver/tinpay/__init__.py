"""Tinpay terminals for opi-pos."""

from __future__ import annotations

from tinpay.connecting import connect, declared

__all__ = ["connect", "declared"]
