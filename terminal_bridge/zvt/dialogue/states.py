"""Where each end of a dialogue stands. Participles are under way, the others rest."""

from __future__ import annotations

import enum


class TillState(enum.Enum):
    """The till (ECR): master while idle."""

    IDLE = "idle"
    ANSWERING_UNASKED = "answering unasked"
    """Nothing runs, and the terminal said something that still has no answer."""
    AWAITING_ANSWER = "awaiting answer"
    """A command was sent; T3 runs."""
    ANSWERING_EARLY = "answering early"
    """The terminal speaks before it answered our command; we owe it an answer."""
    ABORTING_DIALOG = "aborting dialog"
    """06 B0 was sent while a command waits for a person's answer."""
    RUNNING = "running"
    """The terminal is master; T4 runs."""
    ANSWERING = "answering"
    """We owe the terminal an answer; its T3 runs."""
    ABORTING = "aborting"
    """06 B0 was sent and not answered; the command runs on."""
    ABORTING_AND_ANSWERING = "aborting and answering"
    SILENT = "silent"
    """A timer expired or the line failed: nothing more is said on this connection."""


class TerminalState(enum.Enum):
    """The terminal (PT): master from its 80 00 to the answer to its 06 0F or 06 1E."""

    IDLE = "idle"
    ANSWERING = "answering"
    """A command came; the till's T3 runs."""
    MASTER = "master"
    AWAITING_ANSWER = "awaiting answer"
    """We said something; T3 runs."""
    HOLDING = "holding"
    """The till asked for more time (84 9C); we repeat after a while."""
    ENDING = "ending"
    """06 0F or 06 1E was sent and not answered."""
    AWAITING_UNASKED = "awaiting unasked"
    """We said something without the rights, as some terminals do."""
    SILENT = "silent"
