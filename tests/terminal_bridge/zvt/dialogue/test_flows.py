"""The flows in the shared folder, played on both ends: what one peer said is heard, what the other
said is what ours says.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from terminal_bridge.zvt import Apdu, Message, TcpFraming, TerminalDialogue, TillDialogue, decode
from terminal_bridge.zvt.dialogue.events import Answered, AnswerOwed, CommandReceived, Ended
from terminal_bridge.zvt.dialogue.states import TerminalState, TillState
from terminal_bridge.zvt.messages.answers import Answer, Refusal
from terminal_bridge.zvt.messages.status import StatusInformation
from terminal_bridge.zvt.tables.commands import Ending, ending_of
from tests.terminal_bridge.zvt.shared import FLOWS, REASON, load

pytestmark = pytest.mark.skipif(not FLOWS.exists(), reason=REASON)

ALL: list[dict[str, Any]] = load(FLOWS)
RUDE = {"flow-12"}
"""A till that acknowledges an acknowledgement: nothing that ours would send."""


def steps(flow: dict[str, Any]) -> list[tuple[str, Apdu]]:
    return [
        (side, Apdu.from_bytes(bytes.fromhex(data)))
        for side, data in flow["steps"]
        if side != "note"
    ]


def params(*, without: set[str] | None = None) -> list[Any]:
    kept = [flow for flow in ALL if flow["id"] not in (without or set())]
    return [pytest.param(flow, id=flow["id"]) for flow in kept]


def _unnumbered(message: Message) -> Message:
    """Our till counts by itself."""
    return msgspec.structs.replace(message, sequence_id=None)


class PlayedTill:
    """Our till where the flow's till was. It must be able to say what that one said."""

    def __init__(self) -> None:
        self.till = TillDialogue(TcpFraming())
        self.written = b""
        self.ended: list[Ended] = []

    def says(self, apdu: Apdu) -> None:
        """The flow's till says this: ours has said it by itself, or is made to."""
        message = decode(apdu)
        if not apdu.is_answer:
            self.till.send(_unnumbered(message) if self.till.sequence.agreed else message, 0.0)
        elif not self.written:
            assert isinstance(message, Answer | Refusal)
            self.till.answer(message, 0.0)
        self.written += self.till.data_to_send()
        size = len(apdu.to_bytes())
        said, self.written = Apdu.from_bytes(self.written[:size]), self.written[size:]
        assert said.control == apdu.control
        assert decode(said) == message

    def hears(self, apdu: Apdu) -> None:
        self.till.receive_data(apdu.to_bytes(), 0.0)
        self.written += self.till.data_to_send()
        self.ended += [event for event in self.till.events() if isinstance(event, Ended)]


@pytest.mark.parametrize("flow", params(without=RUDE))
def test_our_till_says_what_the_flow_s_till_said(flow: dict[str, Any]) -> None:
    played = PlayedTill()
    commands = 0
    for side, apdu in steps(flow):
        if side == "ECR->PT":
            commands += not apdu.is_answer
            played.says(apdu)
        else:
            played.hears(apdu)
    assert played.written == b""
    assert len(played.ended) >= commands - 1


@pytest.mark.parametrize("flow", params(without={"flow-12", "flow-21"}))
def test_our_terminal_says_what_the_flow_s_terminal_said(flow: dict[str, Any]) -> None:
    terminal = TerminalDialogue(TcpFraming(), repeat_wait_s=0.0)
    for side, apdu in steps(flow):
        if side == "ECR->PT":
            terminal.receive_data(apdu.to_bytes(), 0.0)
            heard = terminal.events()
            assert heard, apdu
            wanted = Answered if apdu.is_answer else CommandReceived
            assert isinstance(heard[0], wanted) or terminal.state is TerminalState.HOLDING, heard
            continue
        pending = None if terminal.command is None else terminal.command.control
        message = decode(apdu, pending=pending)
        if terminal.state is TerminalState.HOLDING:
            terminal.tick(0.0)
        elif isinstance(message, Answer | Refusal):
            terminal.answer(message, 0.0)
        else:
            terminal.say(message, 0.0)
        assert decode(Apdu.from_bytes(terminal.data_to_send()), pending=pending) == message
        terminal.events()


@pytest.mark.parametrize("flow", params())
def test_the_till_is_never_told_more_than_the_flow_says(flow: dict[str, Any]) -> None:
    """Heard alone, without a word of ours: the terminal's side of any flow is survived."""
    till = TillDialogue(TcpFraming())
    for side, apdu in steps(flow):
        if side == "ECR->PT" and not apdu.is_answer and till.may_send:
            till.send(decode(apdu), 0.0)
        elif side == "PT->ECR":
            till.receive_data(apdu.to_bytes(), 0.0)
        for event in till.events():
            if isinstance(event, AnswerOwed) and till.owed is event.message:
                till.acknowledge(0.0)
    assert till.state is not TillState.SILENT


def test_the_flows_hold_every_way_to_end() -> None:
    controls = {apdu.control for flow in ALL for _, apdu in steps(flow)}
    assert {Ending.ANSWER, Ending.COMPLETION, Ending.STATUS} == {
        ending_of(control) for control in controls if control >> 8 not in {0x80, 0x84}
    }
    assert any(
        isinstance(decode(apdu), StatusInformation) for flow in ALL for _, apdu in steps(flow)
    )
