"""Any message of any command, made by chance from the same plans that read and write them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from opi_pos.model.currencies import NUMBERS
from opi_pos.model.secret import Secret
from terminal_bridge.zvt import Message, Tlv
from terminal_bridge.zvt.charsets import CP437
from terminal_bridge.zvt.codec import MESSAGES
from terminal_bridge.zvt.codings import CODINGS, CardTotal, Coding, Totals
from terminal_bridge.zvt.lines import TextLine
from terminal_bridge.zvt.messages.answers import Refusal
from terminal_bridge.zvt.plan import Leaf, Plan, plan_of

TYPED: list[type[Message]] = [*MESSAGES.values(), Refusal]

_NAMES = {id(coding.write): name for name, coding in CODINGS.items()}
_ASCII = "".join(map(chr, range(0x20, 0x7F)))
_LONGEST = 20


class Maker:
    """Makes values; equal seeds make equal ones."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._makers: dict[str, Callable[[int], Any]] = {
            "amount": lambda size: self.chance.randrange(10 ** (2 * min(size or 6, 6))),
            "ascii": lambda size: self._text(_ASCII, size),
            "byte": lambda _: self.chance.randrange(256),
            "bytes": lambda size: self.chance.randbytes(size or self.chance.randrange(40)),
            "cp437": lambda _: self._text("AZaz09 äöüß", 0),
            "currency": lambda _: self.chance.choice([*sorted(NUMBERS.keys() - {"ANG"}), "0001"]),
            "digits": lambda size: self._digits(size, "0123456789"),
            "ended": lambda _: self._text(_ASCII, 0),
            "goods": lambda _: tuple(self._digits(3, "0123456789") for _ in range(3)),
            "nibbles": lambda size: self._digits(size, "0123456789ABCDEF"),
            "nul_padded": lambda size: self._text(_ASCII, 0)[:size],
            "number": lambda size: self.chance.randrange(256 ** (size or 4)),
            "padded": lambda size: self._text(_ASCII, 0)[:size].rstrip(" "),
            "pan": lambda _: self._digits(3, "0123456789") + "*" * 6 + "0042",
            "password": lambda size: Secret(self._digits(size, "0123456789")),
            "secret": lambda size: Secret(self._digits(size, "0123456789D")),
            "secret_bytes": lambda size: Secret(self._digits(size, "0123456789ABCDEF")),
            "secret_text": lambda size: Secret(self._text(_ASCII, size or 3)),
            "totals": lambda _: self._totals(),
        }

    def _text(self, alphabet: str, size: int) -> str:
        size = size or self.chance.randrange(1, _LONGEST)
        return "".join(self.chance.choices(alphabet, k=size))

    def _digits(self, size: int, alphabet: str) -> str:
        return "".join(self.chance.choices(alphabet, k=2 * (size or self.chance.randrange(1, 9))))

    def _totals(self) -> Totals:
        share = CardTotal(self.chance.randrange(256), self.chance.randrange(10**12))
        return Totals(receipt_from=self._digits(2, "0123456789"), girocard=share, others=share)

    def value(self, coding: Coding, size: int) -> Any:
        """A value that fits a field of `size` bytes (under 1: of variable length)."""
        name = _NAMES.get(id(coding.write), "cp437")
        return self._makers[name](max(size, 0))

    def _lines(self) -> tuple[TextLine, ...]:
        styles = self.chance.choices((0, 0x40, 0x70, 0x05), k=3)
        lines = (TextLine(self._text("ABCäöü ", 0), style) for style in styles)
        return (*lines, TextLine(None, 0x81))

    def _member(self, leaf: Leaf) -> Any:
        if leaf.many:
            return tuple(self._one(leaf) for _ in range(self.chance.randrange(3)))
        return self._one(leaf)

    def _one(self, leaf: Leaf) -> Any:
        if leaf.coding is not None:
            return self.value(leaf.coding, leaf.size)
        if leaf.inner is not None:
            return leaf.inner.make(**self._members(leaf.inner))
        return self._lines()

    def _members(self, plan: Plan) -> dict[str, Any]:
        chosen = [leaf for leaf in plan.leaves if self.chance.random() < 0.4]
        return {leaf.name: self._member(leaf) for leaf in chosen}

    def message(self, make: type[Message]) -> Message:
        """A message with any of its members, and objects that nobody knows."""
        plan = plan_of(make, CP437)
        given: dict[str, Any] = {}
        if make is Refusal:
            given["error"] = self.chance.choice((0x6C, 0x83, 0x9C, 0x9D, 0xFF))
        else:
            for step in plan.untagged:
                if not (step.required or step.leads) and self.chance.random() < 0.5:
                    break
                given[step.name] = self.value(step.coding, step.size)
        members = self._members(plan)
        for bitmap in plan.bmps.values():
            if self.chance.random() < 0.4:
                given[bitmap.name] = self.value(bitmap.coding, bitmap.size)
        container = any(value not in (None, ()) for value in members.values())
        if self.chance.random() < 0.3:
            tags = self.chance.choices((0xDF01, 0x5F77, 0x7E), k=2)
            given["tlv"] = tuple(Tlv(tag, self.chance.randbytes(5)) for tag in tags)
        elif container:
            given["tlv"] = ()
        return make(**given, **members)
