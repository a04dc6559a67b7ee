"""The table of commands. A command's module is loaded when it is called, so that `opi-pos pay` does
not pay for what it does not use.
"""

from __future__ import annotations

from importlib import import_module

from opi_pos.cli.grammar import Command, Group

COMMANDS: dict[str, str] = {
    "demo": "demo.command:demo",
    "pay": "money:pay",
    "refund": "money:refund",
    "reverse": "money:reverse",
    "status": "lookups:status",
    "reprint": "lookups:reprint",
    "abort": "sessions:abort",
    "login": "sessions:login",
    "logout": "sessions:logout",
    "diagnose": "sessions:diagnose",
    "totals": "sessions:totals",
    "close-day": "sessions:close_day",
    "serve": "serve:serve",
    "listen": "listen:listen",
    "callbacks": "callbacks:callbacks",
    "simulate": "simulate.command:SIMULATE",
    "convert": "messages:convert",
    "decode": "messages:decode",
    "journal": "journal:JOURNAL",
    "transcript": "transcript:transcript",
    "doctor": "doctor.command:doctor",
}
"""Where each command stands: module and name below `opi_pos.cli`, in the order of the help."""


def find(name: str) -> Command | Group:
    """Load a command of the table."""
    module, _, attribute = COMMANDS[name].partition(":")
    found: Command | Group = getattr(import_module(f"opi_pos.cli.{module}"), attribute)
    return found
