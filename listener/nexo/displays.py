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
    known, lines = _content(output.output_content)
    if output.menu_entry:
        lines += tuple(line for entry in output.menu_entry for line in entry_lines(entry))
    lines = lines[:MAX_LINES]
    stars = shows_pin_stars(lines)
    return Display(
        lines=lines,
        progress=Progress.PIN_PROGRESS if stars else known or progress(lines),
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


def _content(content: nexo.OutputContent) -> tuple[Progress | None, tuple[str, ...]]:
    """The lines, and the progress where more than the words tells it."""
    if content.output_text:
        known, lines = _without_text_id(_written(content.output_text))
        if content.predefined_content is not None:
            known = EVENTS.get(display_event(content), known)
        return known, lines
    if content.output_xhtml:
        return None, _xhtml(content.output_xhtml)
    if content.output_barcode is not None:
        return None, _line(content.output_barcode.barcode_value)
    event = display_event(content)
    if event:
        return EVENTS.get(event, Progress.OTHER), _line(event.replace("_", " ").capitalize())
    return None, _referenced(content.predefined_content)


def _written(texts: tuple[nexo.OutputText, ...]) -> tuple[str, ...]:
    """One line per text, except that a text whose EndOfLineFlag is false goes on in the next."""
    plain = tuple([text.text for text in texts if text.end_of_line_flag is not False])
    whole = "".join(plain)
    if len(plain) == len(texts) and len(whole) <= MAX_LINE_LENGTH and whole.isprintable():
        return plain  # nearly every display: nothing to join, to split or to cut
    lines: list[str] = []
    open_line = ""
    for text in texts:
        line = text.text
        if open_line:
            line = open_line + line
        if text.end_of_line_flag is False:
            open_line = line
            continue
        open_line = ""
        if len(line) > MAX_LINE_LENGTH:
            line = line[:MAX_LINE_LENGTH]
        if line.isprintable():
            lines.append(line)
        else:
            lines += line.splitlines()
    if open_line:
        lines += open_line[:MAX_LINE_LENGTH].splitlines()
    return tuple(lines)


def _without_text_id(lines: tuple[str, ...]) -> tuple[Progress | None, tuple[str, ...]]:
    """Swedbank's form `202,"Approved"`: the quoted texts one per line, and what the id tells."""
    if not lines or not lines[0].lstrip()[:1].isdigit():
        return None, lines
    found = _TEXT_ID.fullmatch("\n".join(lines))
    if found is None:
        return None, lines
    known = Progress.RESULT_SHOWN if found[1] in APPROVED_TEXT_IDS else None
    quoted = [(a or b).replace('""', '"') for a, b in _QUOTED.findall(found[2])]
    texts = tuple(line for text in quoted for line in (text.splitlines() or [""]))
    return known, texts or (found[2].strip("\"' "),)


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
