"""`simulate`: a terminal to test against, with a cardholder, a host, and faults as data."""

from __future__ import annotations
