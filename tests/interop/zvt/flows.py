"""The recorded flows of the shared folder, cut into commands, and both ends to play them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.interop.zvt.wire import Wire, control_of

FLOWS = Path(__file__).parents[4] / "shared" / "protocols" / "zvt" / "flows.json"
ANSWERS = {"80", "84"}


@dataclass
class Block:
    """One command of the till's, what the terminal said to it, and what the till answered."""

    command: bytes
    told: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    dropped: bool = False
    """The recording ends before the command does."""

    @property
    def control(self) -> str:
        return control_of(self.command)


def is_answer(raw: bytes) -> bool:
    return control_of(raw)[:2] in ANSWERS


def blocks_of(number: int) -> list[Block]:
    """The commands of a flow; skips where the recordings are not beside this repository."""
    if not FLOWS.exists():
        pytest.skip("the shared protocol descriptions are not beside this repository")
    flows: list[dict[str, Any]] = json.loads(FLOWS.read_text("utf-8"))
    steps = next(flow["steps"] for flow in flows if flow["id"] == f"flow-{number:02d}")
    blocks: list[Block] = []
    for who, text in steps:
        if who == "note":
            continue
        raw = bytes.fromhex(text)
        if who == "PT->ECR":
            blocks[-1].told.append(raw)
        elif is_answer(raw):
            blocks[-1].answers.append(raw)
        else:
            blocks.append(Block(raw))
    return blocks


class RecordedTerminal:
    """Says what the flow's terminal said, byte for byte, when the till sends that command.

    A command that the recording has not gets 84 83.
    """

    def __init__(self, blocks: list[Block], *, hangs_up: bool = False) -> None:
        self._left = list(blocks)
        self._hangs_up = hangs_up
        self.commands: list[bytes] = []
        self.answers: list[bytes] = []
        """Of the till, to what the terminal said."""

    @property
    def controls(self) -> list[str]:
        return [control_of(raw) for raw in self.commands]

    async def serve(self, wire: Wire) -> None:
        while raw := await wire.receive():
            self.commands.append(raw)
            block = self._taken(control_of(raw))
            if block is None:
                await wire.send(bytes.fromhex("848300"))
                continue
            for told in block.told:
                await wire.send(told)
                if not is_answer(told):
                    self.answers.append(await wire.receive())
            if self._hangs_up or block.dropped:
                break
        await wire.close()

    def _taken(self, control: str) -> Block | None:
        for block in self._left:
            if block.control == control:
                if control not in {"0600", "0501"}:  # a new connection begins with them
                    self._left.remove(block)
                return block
        return None
