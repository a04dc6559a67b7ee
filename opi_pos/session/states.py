"""The states of the two tables. In flight: participles; at rest: adjectives and nouns."""

from __future__ import annotations

import enum


class SessionState(enum.Enum):
    """Of one Sale System with one POI, from Login to Logout."""

    CLOSED = "closed"
    LOGGING_IN = "logging_in"
    READY = "ready"
    LOGGING_OUT = "logging_out"
    MAINTENANCE = "maintenance"
    """The terminal was given away for maintenance and has not come back."""


class ExchangeState(enum.Enum):
    """Of one order, from the queue to its result."""

    QUEUED = "queued"
    """Nothing is recorded and nothing has left."""
    SENDING = "sending"
    """The intent is durable; the command is with the driver."""
    RUNNING = "running"
    """The first byte has left, or the terminal proved that it works on it."""
    WAITING = "waiting"
    """The terminal refused to begin; it is asked again later, with a new service id."""
    QUERYING = "querying"
    """Silence: what became of it is being asked."""
    IN_DOUBT = "in_doubt"
    """Nobody knows. It is asked in the background, or a person decides."""
    CONFIRMING = "confirming"
    """Approved; the cashier is asked whether the signature is right."""
    REVERSING = "reversing"
    """The signature was refused; the reversal is on its way."""
    ENDED = "ended"
