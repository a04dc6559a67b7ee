"""The group `simulate`: one file per kind of terminal, loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from opi_pos.cli.grammar import Command, Group

KINDS = ("computop", "keycard", "netpay", "nexo", "opi", "viva", "zvt")


class _Kinds(Mapping[str, Command]):
    """A simulator of one kind loads nothing of the others."""

    def __getitem__(self, kind: str) -> Command:
        if kind not in KINDS:
            raise KeyError(kind)
        command: Command = getattr(import_module(f"opi_pos.cli.simulate.{kind}"), kind)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(KINDS)

    def __len__(self) -> int:
        return len(KINDS)


SIMULATE = Group(help="A terminal to test against, without hardware.", commands=_Kinds())
