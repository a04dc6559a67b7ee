"""Commands at the customer's side of the terminal: read a card, ask for a key or for digits."""

from __future__ import annotations

from typing import Final

from opi_pos.poi import cardholder
from opi_pos.poi.cardholder import CardMoved, End, Pause, Reaction, Show, Verdict
from opi_pos.poi.scenario import CARDS, Scenario
from terminal_bridge.simulator.zvt import shown
from terminal_bridge.simulator.zvt.command import Command
from terminal_bridge.simulator.zvt.fields import Fields
from terminal_bridge.simulator.zvt.job import Job, byte_field
from terminal_bridge.simulator.zvt.message import STATUS_INFORMATION, Message, accepted, refused
from terminal_bridge.simulator.zvt.pt import Pt
from terminal_bridge.simulator.zvt.status import CODES, card_fields
from terminal_bridge.simulator.zvt.steps import Procedure, Say, pause, tell
from terminal_bridge.zvt.tables import errors
from terminal_bridge.zvt.tlv import Tlv

TIME_OVER: Final = 0x6C
TEXT_NOT_AUTHENTIC: Final = 0x75


class ReadCard(Job):
    """06 C0: its 04 0F gives the master rights back, no 06 0F follows."""

    def __init__(self, pt: Pt, command: Command, scenario: Scenario) -> None:
        super().__init__(pt, command)
        self._scenario = scenario

    def run(self) -> Procedure[None]:
        """Wait for a card as long as the till said."""
        self.stoppable = True
        verdict = yield from self._read()
        if verdict.end is not End.APPROVED:
            yield from self.fail(CODES[verdict.end])
            return
        self.pt.card = self._scenario
        head = byte_field(0x27, errors.OK) + b"".join(card_fields(self._scenario.card))
        yield from tell(Message(STATUS_INFORMATION, head, self._objects() if self.tlv else None))

    def _read(self) -> Procedure[Verdict]:
        play = cardholder.read_card(self._scenario)
        reaction: Reaction | None = None
        while True:
            try:
                step = next(play) if reaction is None else play.send(reaction)
            except StopIteration as ended:
                verdict: Verdict = ended.value
                return verdict
            match step:
                case Show(display):
                    code = shown.status_of(display)
                    if code is not None:
                        yield from self.show(code)
                case CardMoved(inserted) if inserted:
                    yield from self.show(shown.PLEASE_WAIT)
                case Pause(seconds=seconds):
                    yield from pause(self._patience(seconds))
                case _:
                    pass
            reaction = Reaction.STOP if self.stopped else Reaction.GO

    def _patience(self, seconds: float | None) -> float | None:
        """The terminal's own patience, or the till's; 0 is endless, here the terminal's own."""
        timeout = self.command.head[0] if self.command.head else 0
        return float(timeout) if seconds == cardholder.CARD_TIMEOUT_S and timeout else seconds

    def _objects(self) -> tuple[Tlv, ...]:
        application = bytes.fromhex(CARDS[self._scenario.card].application)
        return (Tlv.of(0x60, [Tlv(0x43, application)]),)


class AskKey(Job):
    """06 E1: show a text and answer with the key that was pressed."""

    answers_itself = True

    def run(self) -> Procedure[None]:
        """Answer when the customer or the time has decided."""
        self.stoppable = True
        customer, limit_s = self.pt.customer, _limit(self.command.fields)
        self.pt.shown = lines_of(self.command.fields, self.pt)
        in_time = limit_s is None or (customer.seconds or 0.0) <= limit_s
        yield from pause(customer.seconds if in_time else limit_s)
        key = customer.key if in_time and not self.stopped else None
        yield Say(self._answer(key))

    def _answer(self, key: int | None) -> Message:
        return accepted(bytes((TIME_OVER if key is None else key,)))


class AskDigits(AskKey):
    """06 E2: the text needs a MAC, which the simulator does not check beyond its presence."""

    def run(self) -> Procedure[None]:
        """Answer with the digits."""
        if 0xEB not in self.command.fields:
            yield Say(refused(TEXT_NOT_AUTHENTIC))
            return
        yield from super().run()

    def _answer(self, key: int | None) -> Message:
        if key is None:
            return accepted(bytes((TIME_OVER,)))
        return accepted(self.pt.customer.digits.encode("ascii"))


def _limit(fields: Fields) -> float | None:
    seconds = fields.byte(0xF0)
    return float(seconds) if seconds else None


def lines_of(fields: Fields, pt: Pt) -> tuple[str, ...]:
    """The lines F1 to F8; a leading 14 asks for a large font."""
    charset = pt.registration.charset or pt.profile.charsets.display
    texts = (fields.raw[number] for number in range(0xF1, 0xF9) if number in fields)
    return tuple(text.lstrip(b"\x14").decode(charset, "replace") for text in texts)
