"""`transcript`: what till and terminal told each other about a payment, as the journal has it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec

from opi_pos.cli.grammar import Argument, Option
from opi_pos.cli.journal import exchange_object, fact_line, fact_object
from opi_pos.cli.opening import books_of, open_books
from opi_pos.cli.options import Where, spread
from opi_pos.cli.screen import Screen
from opi_pos.model.errors import UsageError
from opi_pos.model.facts import Exchange, StoredFact

Told = tuple[Exchange, Sequence[StoredFact]]


class Arrow(msgspec.Struct, frozen=True):
    """One line of the diagram. `source` equal to `target` is a note; `text` has {words} in it."""

    source: str
    target: str
    text: str


@spread
def transcript(
    reference: Annotated[str, Argument(metavar="REF", help="The shop's reference.")],
    where: Where,
    *,
    mermaid: Annotated[
        bool, Option("--mermaid", help="Only the sequence diagram, to paste into Markdown.")
    ] = False,
) -> int:
    """What happened to a payment, step by step, and as a Mermaid sequence diagram."""
    told = asyncio.run(_read(reference, where))
    diagram = "\n".join(mermaid_lines(told))
    screen = Screen(json=where.json)
    exchanges = [
        {**exchange_object(row), "facts": [fact_object(fact) for fact in facts]}
        for row, facts in told
    ]
    screen.object({"reference": reference, "exchanges": exchanges, "mermaid": diagram})
    if not mermaid:
        for row, facts in told:
            screen.line(f"{row.order.operation.value} {row.order.reference}: {row.state}", "bold")
            for fact in facts:
                screen.line(f"  {fact_line(fact)}")
        screen.line()
    screen.line(diagram)
    return 0


async def _read(reference: str, where: Where) -> list[Told]:
    books = books_of(where)
    journal = await open_books(books)
    try:
        rows = await journal.find(books.scope, reference)
        if not rows:
            raise UsageError(f"reference {reference!r}: the journal does not know it")
        return [(row, await journal.facts(row.exchange_id)) for row in rows]
    finally:
        await journal.close()


def mermaid_lines(told: Sequence[Told]) -> Iterator[str]:
    """The diagram of one reference, with all its exchanges in order."""
    yield "sequenceDiagram"
    yield "    participant Cashier"
    yield "    participant Till"
    yield "    participant Terminal"
    for row, facts in told:
        for stored in facts:
            if stored.fact.kind in _SAID_BEFORE:
                continue
            arrow = _arrow(row, stored)
            text = _plain(arrow.text)
            if arrow.source == arrow.target:
                yield f"    note over {arrow.source}: {text}"
            else:
                yield f"    {arrow.source}->>{arrow.target}: {text}"


_ARROWS = {
    "intent": Arrow("Till", "Terminal", "{operation}{amount} [{service_id}]"),
    "sent_again": Arrow("Till", "Terminal", "{operation}{amount} again [{service_id}]"),
    "refused": Arrow("Terminal", "Till", "refused {condition}"),
    "abort_wished": Arrow("Till", "Terminal", "abort"),
    "status_not_found": Arrow("Terminal", "Till", "status: not known"),
    "stray_answer": Arrow("Terminal", "Till", "an answer that is not ours"),
    "late_answer": Arrow("Terminal", "Till", "late answer: {outcome}"),
    "print": Arrow("Terminal", "Till", "print a receipt"),
    "signature_asked": Arrow("Till", "Cashier", "is the signature right?"),
    "signature_refused": Arrow("Cashier", "Till", "the signature is refused"),
    "device_answer": Arrow("Till", "Terminal", "answer: {answer}"),
    "resolved": Arrow("Cashier", "Till", "{outcome}, decided by {who}"),
}
"""What each kind of fact is as an arrow; the others are notes."""
_SAID_BEFORE = frozenset({"written"})
"""Kinds that another arrow shows already: what is written was intended."""
_ENDINGS = {
    "response": Arrow("Terminal", "Till", "{outcome}"),
    "status": Arrow("Terminal", "Till", "{outcome} (asked for)"),
}
"""An end that the terminal told, by its proof."""


class _Words(dict[str, object]):
    """Words of a fact; one that is missing is empty."""

    def __missing__(self, name: str) -> str:
        return ""


def _arrow(row: Exchange, stored: StoredFact) -> Arrow:
    fact = stored.fact
    amount = f" {row.order.amount} {row.order.amount.currency}" if row.order.amount else ""
    words = _Words(fact.data, operation=row.order.operation.value, amount=amount)
    arrow = _ARROWS.get(fact.kind)
    if fact.kind == "ended":
        arrow = _ENDINGS.get(str(fact.data.get("proof")))
    if arrow is None:
        return Arrow("Till", "Till", _note(stored))
    return msgspec.structs.replace(arrow, text=arrow.text.format_map(words))


def _note(stored: StoredFact) -> str:
    data = stored.fact.data
    words = (data.get(name, "") for name in ("alarm", "outcome", "problem", "text"))
    return " ".join([stored.fact.kind.replace("_", " "), *(str(word) for word in words if word)])


def _plain(text: str) -> str:
    """Without what Mermaid reads as its own marks."""
    return " ".join(text.replace(";", ",").replace("#", "no.").split())
