"""A nexo DisplayOutput as the lines a cashier reads, and how far the payment is."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs

from listener.nexo.progress import APPROVED_TEXT_IDS, EVENTS, progress, shows_pin_stars
from opi_pos.model.devices import Display, Progress
from opi_pos.wire import nexo
from opi_pos.wire.nexo import receipts

MAX_LINES: Final = 100
"""Lines of one display; the rest of a longer one is not shown."""

MAX_LINE_LENGTH: Final = 1_000
"""Characters of one line; the rest is cut."""

_KINDS: Final = frozenset(nexo.InfoQualify)
# An unknown one may be anything, a card number too, and nobody would look for one there.

_TEXT_ID: Final = re.compile(r"\s*(\d{1,6})\s*,\s*([\"'].*)", re.DOTALL)
_QUOTED: Final = re.compile(r"\"((?:[^\"]|\"\")*)\"|'([^']*)'")


def to_display(output: nexo.DisplayOutput) -> Display:
    """What the cashier sees of one output."""
    text_id, lines = _content(output.output_content)
    entries = tuple(line for entry in output.menu_entry for line in entry_lines(entry))
    shown = (lines + entries)[:MAX_LINES]
    stars = shows_pin_stars(shown)
    return Display(
        lines=shown,
        progress=(
            Progress.PIN_PROGRESS if stars else _progress(output.output_content, text_id, shown)
        ),
        target=target(output.device),
        kind=output.info_qualify if output.info_qualify in _KINDS else "",
        transient=stars,
    )


def target(device: str) -> str:
    """Who stands before a nexo Device: `customer` or `cashier`."""
    return "customer" if device.startswith("Customer") else "cashier"


def lines_of(output: nexo.DisplayOutput | None) -> tuple[str, ...]:
    """The text of an output, without its menu."""
    return _content(output.output_content)[1][:MAX_LINES] if output is not None else ()


def content_lines(content: nexo.OutputContent) -> tuple[str, ...]:
    """The text of a content, without the text id that Swedbank's terminals put before it."""
    return _content(content)[1][:MAX_LINES]


def entry_lines(entry: nexo.MenuEntry) -> tuple[str, ...]:
    """The text of one menu entry."""
    return (
        _written(entry.output_text)
        or _xhtml(entry.output_xhtml)
        or _referenced(entry.predefined_content)
    )


def display_event(content: nexo.OutputContent) -> str:
    """Adyen's event name in a PredefinedContent (`…&event=TENDER_CREATED`), or empty."""
    predefined = content.predefined_content
    if predefined is None or "event=" not in predefined.reference_id:
        return ""
    return parse_qs(predefined.reference_id, max_num_fields=10).get("event", [""])[0]


def _content(content: nexo.OutputContent) -> tuple[str, tuple[str, ...]]:
    written = _written(content.output_text)
    if written:
        return _without_text_id(written)
    if content.output_xhtml:
        return "", _xhtml(content.output_xhtml)
    if content.output_barcode is not None:
        return "", _line(content.output_barcode.barcode_value)
    event = display_event(content)
    return "", (event.replace("_", " ").capitalize(),) if event else _referenced(
        content.predefined_content
    )


def _written(texts: tuple[nexo.OutputText, ...]) -> tuple[str, ...]:
    """One line per text, except that a text whose EndOfLineFlag is false goes on in the next."""
    lines: list[str] = []
    open_line = ""
    for text in texts:
        open_line += text.text or ""
        if text.end_of_line_flag is not False:
            lines.extend(open_line[:MAX_LINE_LENGTH].splitlines() or [""])
            open_line = ""
    if open_line:
        lines.extend(open_line[:MAX_LINE_LENGTH].splitlines())
    return tuple(lines)


def _without_text_id(lines: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Swedbank's form `202,"Approved"`: the text id, and the quoted texts one per line."""
    whole = "\n".join(lines)
    found = _TEXT_ID.fullmatch(whole)
    if found is None:
        return "", lines
    quoted = [(a or b).replace('""', '"') for a, b in _QUOTED.findall(found[2])]
    texts = tuple(line for text in quoted for line in (text.splitlines() or [""]))
    return found[1], texts or (found[2].strip("\"' "),)


def _xhtml(encoded: str | None) -> tuple[str, ...]:
    """The text of a base64 XHTML content; its tags are dropped, never interpreted."""
    if not encoded:
        return ()
    page = nexo.OutputContent(output_format="XHTML", output_xhtml=encoded)
    return tuple(line[:MAX_LINE_LENGTH] for line in receipts.content(page)[0])


def _referenced(predefined: nexo.PredefinedContent | None) -> tuple[str, ...]:
    return _line(predefined.reference_id) if predefined is not None else ()


def _line(text: str | None) -> tuple[str, ...]:
    return (text[:MAX_LINE_LENGTH],) if text else ()


def _progress(content: nexo.OutputContent, text_id: str, lines: tuple[str, ...]) -> Progress:
    event = display_event(content)
    if event:
        return EVENTS.get(event, Progress.OTHER)
    if text_id in APPROVED_TEXT_IDS:
        return Progress.RESULT_SHOWN
    return progress(lines)
