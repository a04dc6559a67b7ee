"""Texts of terminals: their lines, their text ids, and what they say about the progress."""

from __future__ import annotations

import base64

import pytest

from listener.nexo.displays import MAX_LINE_LENGTH, MAX_LINES, to_display
from opi_pos.model.devices import Progress
from opi_pos.wire import nexo
from tests.listener.messages import text_content, text_output


@pytest.mark.parametrize(
    ("text", "progress"),
    [
        ("Please wait", Progress.TERMINAL_BUSY),
        ("Welcome", Progress.IDLE),
        ("Present card", Progress.WAIT_CARD),
        ("Insert or tap your card", Progress.WAIT_CARD),
        ("New customer\nWaiting for card", Progress.WAIT_CARD),
        ("Enter PIN", Progress.WAIT_PIN),
        ("MasterCard\nAsk for PIN\nSignature possible", Progress.WAIT_PIN),
        ("Wrong PIN", Progress.WAIT_PIN),
        ("Enter PIN: *", Progress.PIN_PROGRESS),
        ("Enter PIN: ****", Progress.PIN_PROGRESS),
        ("Ange PIN: **", Progress.PIN_PROGRESS),
        ("Tunnusluku: ***", Progress.PIN_PROGRESS),
        ("****", Progress.PIN_PROGRESS),
        ("Authorizing", Progress.AUTHORISING),
        ("Authorising…", Progress.AUTHORISING),
        ("Signature", Progress.WAIT_SIGNATURE),
        ("Approved", Progress.RESULT_SHOWN),
        ("Godkänt", Progress.RESULT_SHOWN),
        ("Declined", Progress.RESULT_SHOWN),
        ("Disapproved", Progress.RESULT_SHOWN),
        ("Remove card", Progress.REMOVE_CARD),
        ("PURCHASE\nApproved\nAsk customer to take card", Progress.RESULT_SHOWN),
        ("************1234", Progress.OTHER),
        ("*** SALE ***", Progress.OTHER),
        ("12 items", Progress.OTHER),
    ],
)
def test_a_text_says_where_the_payment_stands(text: str, progress: Progress) -> None:
    display = to_display(text_output(*text.split("\n")))
    assert display.progress is progress
    assert display.lines == tuple(text.split("\n"))
    assert display.transient is (progress is Progress.PIN_PROGRESS)


@pytest.mark.parametrize(
    ("text", "lines", "progress"),
    [
        ('4,"Present card"', ("Present card",), Progress.WAIT_CARD),
        ('202,"GODKÄNT","38,00 SEK"', ("GODKÄNT", "38,00 SEK"), Progress.RESULT_SHOWN),
        ('9202,"Köp OK"', ("Köp OK",), Progress.RESULT_SHOWN),
        ('7,"Enter PIN: **"', ("Enter PIN: **",), Progress.PIN_PROGRESS),
        ('11,"say ""hello"""', ('say "hello"',), Progress.OTHER),
        ("12,'single'", ("single",), Progress.OTHER),
        ('13,"open', ("open",), Progress.OTHER),
        ("38,00 SEK", ("38,00 SEK",), Progress.OTHER),
        ("Total 12, thank you", ("Total 12, thank you",), Progress.OTHER),
    ],
)
def test_a_text_id_is_told_from_the_text(
    text: str, lines: tuple[str, ...], progress: Progress
) -> None:
    display = to_display(text_output(text))
    assert (display.lines, display.progress) == (lines, progress)


@pytest.mark.parametrize(
    ("event", "progress"),
    [
        ("TENDER_CREATED", Progress.STARTED),
        ("PROVIDE_CARD_DETAILS", Progress.WAIT_CARD),
        ("WAIT_FOR_PIN", Progress.WAIT_PIN),
        ("PIN_ENTERED", Progress.AUTHORISING),
        ("CHECK_SIGNATURE", Progress.WAIT_SIGNATURE),
        ("TENDER_FINAL", Progress.RESULT_SHOWN),
        ("ASK_GRATUITY", Progress.OTHER),
        ("SOMETHING_NEW", Progress.OTHER),
    ],
)
def test_an_event_in_a_predefined_content_says_where_the_payment_stands(
    event: str, progress: Progress
) -> None:
    content = nexo.OutputContent(
        output_format="MessageRef",
        predefined_content=nexo.PredefinedContent(
            reference_id=f"TransactionID=8&TimeStamp=2026-01-02T03%3A04%3A05Z&event={event}"
        ),
    )
    display = to_display(
        nexo.DisplayOutput(device="CashierDisplay", info_qualify="Status", output_content=content)
    )
    assert display.progress is progress
    assert display.lines == (event.replace("_", " ").capitalize(),)


def test_the_device_tells_who_looks_at_it_and_infoqualify_what_it_is() -> None:
    display = to_display(text_output("Hello", device="CustomerDisplay", qualify="Error"))
    assert (display.target, display.kind) == ("customer", "Error")


def test_texts_without_an_end_of_line_make_one_line() -> None:
    texts = (
        nexo.OutputText(text="Total ", end_of_line_flag=False),
        nexo.OutputText(text="38.00"),
        nexo.OutputText(text="two\nlines"),
        nexo.OutputText(text="open", end_of_line_flag=False),
    )
    content = nexo.OutputContent(output_format="Text", output_text=texts)
    display = to_display(
        nexo.DisplayOutput(device="CashierDisplay", info_qualify="Status", output_content=content)
    )
    assert display.lines == ("Total 38.00", "two", "lines", "open")


def test_a_page_is_shown_as_its_text() -> None:
    page = base64.b64encode("<p>Pay &amp; go</p><script>x()</script>è<br/>now".encode()).decode()
    content = nexo.OutputContent(output_format="XHTML", output_xhtml=page)
    display = to_display(
        nexo.DisplayOutput(device="CashierDisplay", info_qualify="Status", output_content=content)
    )
    assert display.lines == ("Pay & go", "x()è", "now")


def test_a_barcode_is_shown_as_its_value() -> None:
    content = nexo.OutputContent(
        output_format="BarCode", output_barcode=nexo.OutputBarcode(barcode_value="4006381333931")
    )
    display = to_display(
        nexo.DisplayOutput(device="CashierDisplay", info_qualify="Status", output_content=content)
    )
    assert display.lines == ("4006381333931",)


@pytest.mark.parametrize("count", [MAX_LINES, MAX_LINES + 1])
def test_no_display_has_more_lines_than_the_limit(count: int) -> None:
    display = to_display(text_output(*(str(number) for number in range(count))))
    assert display.lines == tuple(str(number) for number in range(MAX_LINES))


@pytest.mark.parametrize("length", [MAX_LINE_LENGTH, MAX_LINE_LENGTH + 1])
def test_no_line_is_longer_than_the_limit(length: int) -> None:
    display = to_display(text_output("x" * length))
    assert display.lines == ("x" * MAX_LINE_LENGTH,)


def test_a_menu_is_shown_below_its_text() -> None:
    entry = nexo.MenuEntry(output_format="Text", output_text=text_content("Debit").output_text)
    output = nexo.DisplayOutput(
        device="CashierDisplay",
        info_qualify="Display",
        output_content=text_content("Which?"),
        menu_entry=(entry,),
    )
    assert to_display(output).lines == ("Which?", "Debit")
