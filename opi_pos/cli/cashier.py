"""The person at the command line, as the till's cashier."""

from __future__ import annotations

import asyncio
import sys

from opi_pos.cli.keyboard import Keyboard, someone_is_there
from opi_pos.cli.options import Signature
from opi_pos.cli.results import receipt_object, show_receipt
from opi_pos.cli.screen import Screen
from opi_pos.model.devices import Display, Event, PrintJob, Question, QuestionKind
from opi_pos.model.receipts import Receipt
from opi_pos.runtime.cashier import NobodyThereError, QuietCashier

_YES = frozenset({"y", "yes", "j", "ja", "1"})
_NO = frozenset({"n", "no", "nej", "nein", "0"})


class ScreenCashier(QuietCashier):
    """Shows what the terminal shows, and prints on the screen. Nobody can be asked.

    `live`: with `--json` each display, event and print is a line of its own; else receipts are
    kept in `printed`, for the one object at the end.
    """

    def __init__(self, screen: Screen, *, live: bool = False) -> None:
        self._screen = screen
        self._live = live
        self.printed: list[Receipt] = []

    async def display(self, poi: str, display: Display) -> None:
        """A line per line."""
        for line in display.lines:
            self._screen.line(f"  {poi}: {line}", "cyan")
        if self._live:
            told = {"event": "display", "poi": poi, "progress": display.progress.value}
            self._screen.object({**told, "lines": list(display.lines)})

    async def event(self, poi: str, event: Event) -> None:
        """What happened on the terminal, and alarms."""
        words = " ".join(word for word in (event.name or event.kind.value, event.details) if word)
        self._screen.line(f"  {poi}: * {words}", "magenta")
        if self._live:
            told = {"event": event.kind.value, "poi": poi, "name": event.name}
            self._screen.object({**told, "details": event.details})

    async def print(self, poi: str, job: PrintJob) -> bool:
        """The screen is our paper."""
        self.printed.append(job.receipt)
        show_receipt(self._screen, job.receipt)
        if self._live:
            told = {"event": "print", "poi": poi, "receipt": receipt_object(job.receipt)}
            self._screen.object(told)
        return True


class AskingCashier(ScreenCashier):
    """Asks on the tty."""

    def __init__(self, screen: Screen, *, live: bool = False) -> None:
        super().__init__(screen, live=live)
        self._keyboard = Keyboard()
        self._one_at_a_time = asyncio.Lock()

    async def confirm(self, poi: str, question: Question) -> bool | None:
        """Yes or no; None at the end of the input."""
        lines = question.lines or ("Is the signature right?",)
        title = "Is the signature right?" if question.signature else "Confirm"
        async with self._one_at_a_time:
            self._put(poi, lines)
            while True:
                typed = await self._keyboard.ask(f"{title} [y/n] ")
                if typed is None:
                    return None
                if (word := typed.lower()) in _YES | _NO:
                    return word in _YES

    async def ask(self, poi: str, question: Question) -> str | None:
        """A line of text, or the number of a choice."""
        async with self._one_at_a_time:
            self._put(poi, question.lines)
            for number, choice in enumerate(question.choices, start=1):
                self._put(poi, (f"{number}  {choice}",))
            typed = await self._keyboard.ask("> ")
        if typed == "" and question.kind is not QuestionKind.ANY_KEY:
            return question.default or None
        return typed

    def _put(self, poi: str, lines: tuple[str, ...]) -> None:
        for line in lines:
            # Programs have standard output for themselves; the person is at the other one.
            if self._screen.json:
                print(f"  {poi}: ? {line}", file=sys.stderr)  # noqa: T201
            self._screen.line(f"  {poi}: ? {line}", "bold cyan")


class DecidedCashier(ScreenCashier):
    """Whoever started the command has decided about signatures beforehand."""

    def __init__(self, screen: Screen, *, accept: bool, live: bool = False) -> None:
        super().__init__(screen, live=live)
        self._accept = accept

    async def confirm(self, poi: str, question: Question) -> bool | None:
        """The decision; it covers signatures only."""
        if not question.signature and question.kind is not QuestionKind.CONFIRM:
            raise NobodyThereError("This till has nobody to ask.")
        self._screen.line(f"  {poi}: signature {'accepted' if self._accept else 'refused'}")
        return self._accept


class AbsentCashier(ScreenCashier):
    """There is no tty: a question waits for its deadline, in case that somebody else answers."""

    async def confirm(self, poi: str, question: Question) -> bool | None:
        """Never; whoever waits has a deadline."""
        del poi, question
        await asyncio.Event().wait()
        return None

    async def ask(self, poi: str, question: Question) -> str | None:
        """Never; whoever waits has a deadline."""
        del poi, question
        await asyncio.Event().wait()
        return None


def cashier_for(signature: Signature, screen: Screen, *, live: bool = False) -> ScreenCashier:
    """The cashier that `--signature` asks for. Without a tty nobody confirms, and the payment
    stays approved with `signature_required`.
    """
    match signature:
        case Signature.ASK if someone_is_there():
            return AskingCashier(screen, live=live)
        case Signature.ASK:
            return ScreenCashier(screen, live=live)
        case Signature.ACCEPT | Signature.REFUSE:
            accept = signature is Signature.ACCEPT
            return DecidedCashier(screen, accept=accept, live=live)
