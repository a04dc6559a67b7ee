"""Receipts in the forms that terminals write."""

from __future__ import annotations

import base64
import json

import pytest

from opi_pos.model.receipts import Copy
from opi_pos.wire import nexo
from opi_pos.wire.nexo.receipts import content, receipt
from tests.opi_pos.wire.nexo import vectors


def output(*texts: str) -> nexo.OutputContent:
    return nexo.OutputContent(
        output_format="Text", output_text=tuple(nexo.OutputText(text=text) for text in texts)
    )


def paper(body: nexo.OutputContent, qualifier: str = "CashierReceipt") -> nexo.PaymentReceipt:
    return nexo.PaymentReceipt(document_qualifier=qualifier, output_content=body)


def xhtml(page: str) -> nexo.OutputContent:
    encoded = base64.b64encode(page.encode()).decode()
    return nexo.OutputContent(output_format="XHTML", output_xhtml=encoded)


def test_swedbanks_json_becomes_fields_and_lines() -> None:
    read = receipt(paper(output(vectors.RECEIPT)))
    assert read.copy is Copy.CASHIER
    assert read.lines == ("Corner Shop", "TOTAL 38,00 SEK", "Approved")
    assert read.fields == {
        "Mandatory.Outcome.ApprovalCode": "004711",
        "Mandatory.Payment.Currency": "SEK",
        "Mandatory.Payment.TotalAmount": "38,00",
    }
    assert read.signature_required
    assert read.must_print


def test_a_signature_is_also_asked_for_by_the_flag() -> None:
    flagged = nexo.PrintOutput(
        document_qualifier="CashierReceipt",
        response_mode="NotRequired",
        required_signature_flag=True,
        output_content=output("TOTAL"),
    )
    assert receipt(flagged).signature_required
    assert not receipt(paper(output("TOTAL"))).signature_required


@pytest.mark.parametrize(
    ("qualifier", "copy", "must_print"),
    [
        ("CustomerReceipt", Copy.CUSTOMER, True),
        ("CashierReceipt", Copy.CASHIER, False),
        ("SaleReceipt", Copy.SALE, False),
        ("Journal", Copy.JOURNAL, False),
        ("Voucher", Copy.OTHER, False),
    ],
)
def test_whose_copy_it_is_and_whether_it_must_be_printed(
    qualifier: str, copy: Copy, must_print: bool
) -> None:
    read = receipt(paper(output("a"), qualifier))
    assert (read.copy, read.must_print) == (copy, must_print)


def test_adyens_lines_become_fields() -> None:
    lines, fields = content(
        output(
            "name=MERCHANT%20COPY&key=merchantTitle",
            "key=filler",
            "name=Card&value=%2A%2A%2A%2A1111&key=pan",
            "name=TOTAL&value=%E2%82%AC%2020.00&key=totalAmount",
            "name=Thank+you",
        )
    )
    assert lines == ("MERCHANT COPY", "", "Card ****1111", "TOTAL \u20ac 20.00", "Thank you")
    assert fields == {
        "merchantTitle": "MERCHANT COPY",
        "pan": "****1111",
        "totalAmount": "\u20ac 20.00",
    }


def test_plain_lines_stay_lines() -> None:
    body = nexo.OutputContent(
        output_format="Text",
        output_text=(
            nexo.OutputText(text="TOTAL ", end_of_line_flag=False),
            nexo.OutputText(text="38,00"),
            nexo.OutputText(text="two\nlines"),
            nexo.OutputText(text=""),
            nexo.OutputText(text="1+1=2", end_of_line_flag=False),
        ),
    )
    assert content(body) == (("TOTAL 38,00", "two", "lines", "", "1+1=2"), {})


@pytest.mark.parametrize(
    "text",
    [
        "eyJub3QiOiJvbmUifQ==",
        "ey",
        "eyJNZXJjaGFudCI6e...Mocked",
        base64.b64encode(b'{"Merchant": "text"}').decode(),
        base64.b64encode(b'{"a":' * 5000).decode(),
        base64.b64encode(b'{"\xff"').decode(),
    ],
)
def test_what_only_looks_like_swedbanks_json_stays_a_line(text: str) -> None:
    assert content(output(text)) == ((text,), {})


def test_deep_json_is_cut_and_not_followed() -> None:
    tree: dict[str, object] = {"Leaf": "x"}
    for _ in range(100):
        tree = {"a": tree}
    text = base64.b64encode(json.dumps({"Merchant": tree}).encode()).decode()
    assert content(output(text)) == ((), {})


def test_a_page_becomes_lines() -> None:
    page = """<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "y"><html><body><h1>Corner Shop</h1>
    <p>TOTAL&nbsp;<b>38,00</b> SEK<br/>Visa &amp; more</p><table><tr><td>a</td> <td>b</td></tr>
    </table></body></html>"""
    assert content(xhtml(page)) == (("Corner Shop", "TOTAL 38,00 SEK", "Visa & more", "a b"), {})


def test_a_broken_page_keeps_its_words() -> None:
    assert content(xhtml("<p>TOTAL 38,00<br>SEK"))[0] == ("TOTAL 38,00 SEK",)
    broken = nexo.OutputContent(output_format="XHTML", output_xhtml="???")
    assert content(broken) == ((), {})


def test_entities_of_a_page_are_not_expanded() -> None:
    page = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>a &x; b</p>'
    lines, _ = content(xhtml(page))
    assert "root:" not in " ".join(lines)
