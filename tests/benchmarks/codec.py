"""How fast nexo messages are read, against what the libraries below need for the same bytes.

Run by hand: `python -m tests.benchmarks.codec`. Prints ratios from one run: CPU time, the cases
interleaved, the best of the rounds, garbage collection off as in `timeit`. Goals: XML at most 3
times a bare `lxml.etree.fromstring` and at least 6 times faster than xsdata; JSON at most 0.5
times `json.loads` to a dict.

The payment response in XML is of the kind that Swedbank's terminals send (receipts as base64), the
one in JSON of the kind that Adyen's send (receipts as lines); both are also measured crosswise.
"""

from __future__ import annotations

import base64
import gc
import json
import sys
import time
from collections.abc import Callable
from dataclasses import field, make_dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from lxml import etree

from opi_pos.model.secret import Secret
from opi_pos.wire import nexo
from opi_pos.wire.nexo.schema import Element, Member, Place, members

ROUNDS, CALLS = 150, 40
XML, JSON = nexo.Encoding.XML, nexo.Encoding.JSON
SAMPLE = Path(__file__).parents[3] / "shared/examples/nexo/080-swp-pax-payment-response-0.xml"

LINES = [
    *("Corner Shop", "Test Street 1", "12345 Testville", "", "MERCHANT COPY", ""),
    *("Date 2026-03-01", "Time 09:30:21", "", "Card ************1111", "PAN-SEQ 01"),
    *("Pref. name VISA DEBIT", "Card type visa", "Payment method visa", "Payment variant visa"),
    *("Entry mode Contactless", "", "AID A0000000031010", "MID 50", "TID V400m-324688179"),
    *("PTID 24688179", "", "Auth. code 004711", "Tender M2Xt001477", "Reference order-4711", ""),
    *("Type GOODS_SERVICES", "", "TOTAL 38.00", "", "APPROVED", "", "Retain for your records"),
    "Thank you",
]


def receipt(qualifier: str, texts: list[str]) -> nexo.PaymentReceipt:
    """One copy with these lines."""
    output = tuple(
        nexo.OutputText(character_style="Normal", end_of_line_flag=True, text=text)
        if len(texts) > 1
        else nexo.OutputText(text=text)
        for text in texts
    )
    return nexo.PaymentReceipt(
        document_qualifier=qualifier,
        required_signature_flag=False,
        output_content=nexo.OutputContent(output_format="Text", output_text=output),
    )


def adyen_line(text: str) -> str:
    """A line as Adyen encodes it."""
    name, _, value = text.partition(" ")
    return f"name={name}&value={value.replace(' ', '%20')}&key={name.lower() or 'filler'}"


def payment_response(receipts: list[list[str]]) -> nexo.Message:
    """An approved payment with two receipts."""
    ids = nexo.TransactionIdentification(
        transaction_id="8778880185", time_stamp="2026-03-01T08:30:21.498Z"
    )
    card = nexo.CardData(
        payment_brand="01,Mastercard Debit",
        masked_pan="516815******9659",
        payment_account_ref="5c0e2bdfe30fb6e3d7dd1eee887de",
        entry_mode=("Contactless",),
        payment_token=nexo.PaymentToken(token_requested_type="Customer", token_value="6FD9" * 17),
    )
    result = nexo.PaymentResult(
        payment_type="Normal",
        online_flag=True,
        authentication_method=("OfflinePIN",),
        payment_instrument_data=nexo.PaymentInstrumentData(
            payment_instrument_type="Card", card_data=card
        ),
        amounts_resp=nexo.AmountsResp(
            currency="SEK", authorized_amount=Decimal("38.00"), cash_back_amount=Decimal("0.00")
        ),
        payment_acquirer_data=nexo.PaymentAcquirerData(
            merchant_id="10020001", acquirer_poi_id="877888", approval_code="004711"
        ),
    )
    copies = zip(("CashierReceipt", "CustomerReceipt"), receipts, strict=True)
    body = nexo.PaymentResponse(
        response=nexo.Response(result="Success"),
        sale_data=nexo.SaleData(sale_transaction_id=ids),
        poi_data=nexo.POIData(poi_transaction_id=ids),
        payment_result=result,
        payment_receipt=tuple(receipt(qualifier, texts) for qualifier, texts in copies),
    )
    header = nexo.header_for(body, sale_id="till-3", poi_id="front", service_id="4711")
    return nexo.Message(header=header, body=body)


def indented(xml: bytes) -> bytes:
    """As terminals send it."""
    root = etree.fromstring(xml)
    etree.indent(root, " ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


TYPES: dict[type, type] = {Secret: str}


@cache
def xsdata_model(kind: type[Element]) -> type:
    """The same struct as a dataclass for xsdata; enumerations as plain text, which is faster."""

    def column(row: Member) -> tuple[str, Any, Any]:
        base: Any = row.base if row.element() is None else xsdata_model(row.base)
        base = TYPES.get(base, base)
        data: dict[str, Any] = {"name": row.wire, "type": row.place.value.title()}
        if row.place is Place.TEXT:
            del data["name"]
        if row.listed:
            data["tokens"] = True
        if row.many or row.listed:
            return row.name, list[base], field(default_factory=list, metadata=data)
        return row.name, base | None, field(default=None, metadata=data)

    return make_dataclass(kind.__name__, [column(row) for row in members(kind)])


def xsdata_reader() -> Callable[[bytes], object] | None:
    """Reads a payment response with xsdata, None when it is not installed."""
    try:
        from xsdata.formats.dataclass.context import XmlContext  # noqa: PLC0415
        from xsdata.formats.dataclass.parsers import XmlParser  # noqa: PLC0415
        from xsdata.formats.dataclass.parsers.handlers import LxmlEventHandler  # noqa: PLC0415
    except ImportError:
        return None
    parts = [
        (name, xsdata_model(kind) | None, field(default=None, metadata={"name": wire}))
        for name, wire, kind in (
            ("header", "MessageHeader", nexo.MessageHeader),
            ("body", "PaymentResponse", nexo.PaymentResponse),
        )
    ]
    root = make_dataclass("SaleToPOIResponse", parts)
    parser = XmlParser(context=XmlContext(), handler=LxmlEventHandler)
    return lambda data: parser.from_bytes(data, root)


def measure(cases: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Microseconds of CPU for one call of each, interleaved."""
    best = dict.fromkeys(cases, float("inf"))
    gc.collect()
    gc.disable()
    for _ in range(ROUNDS):
        for name, call in cases.items():
            begun = time.process_time()
            for _ in range(CALLS):
                call()
            best[name] = min(best[name], (time.process_time() - begun) / CALLS * 1e6)
    gc.enable()
    return best


def show(title: str, data: bytes, times: dict[str, float], reference: str) -> None:
    """One table: microseconds and ratios."""
    print(f"\n{title}, {len(data)} bytes")
    for name, micros in times.items():
        print(f"  {name:<24}{micros:9.1f} µs {micros / times[reference]:8.2f}")


def measure_xml(title: str, data: bytes) -> tuple[float, float]:
    """Ours to lxml, and xsdata to ours."""
    xsdata = xsdata_reader()
    cases: dict[str, Callable[[], object]] = {
        "lxml.etree.fromstring": lambda: etree.fromstring(data),
        "nexo.decode": lambda: nexo.decode(data),
    }
    if xsdata is not None:
        cases["xsdata"] = lambda: xsdata(data)
    times = measure(cases)
    show(title, data, times, "lxml.etree.fromstring")
    ours = times["nexo.decode"]
    return ours / times["lxml.etree.fromstring"], times.get("xsdata", 0.0) / ours


def measure_json(title: str, data: bytes) -> float:
    """Ours to json.loads."""
    message = nexo.decode(data)
    tree = json.loads(data)
    times = measure(
        {
            "json.loads": lambda: json.loads(data),
            "nexo.decode": lambda: nexo.decode(data),
            "json.dumps": lambda: json.dumps(tree),
            "nexo.encode, strict": lambda: nexo.encode(message, JSON),
        }
    )
    show(title, data, times, "json.loads")
    return times["nexo.decode"] / times["json.loads"]


def main() -> int:
    """Prints the tables; the exit code tells whether the goals are met."""
    tree = {"Merchant": {"Optional": {"ReceiptString": LINES}, "Mandatory": dict.fromkeys(LINES)}}
    packed = [base64.b64encode(msgspec.json.encode(tree)).decode()]
    swedbank = payment_response([packed, packed])
    adyen = payment_response([[adyen_line(line) for line in LINES]] * 2)

    to_lxml, from_xsdata = measure_xml(
        "Payment response, receipts as base64, XML", indented(nexo.encode(swedbank, XML))
    )
    measure_xml("Payment response, receipts as lines, XML", indented(nexo.encode(adyen, XML)))
    if SAMPLE.exists():
        measure_xml("Swedbank's own sample, XML", SAMPLE.read_bytes())
    to_loads = measure_json("Payment response, receipts as lines, JSON", nexo.encode(adyen, JSON))
    measure_json("Payment response, receipts as base64, JSON", nexo.encode(swedbank, JSON))

    met = to_lxml <= 3.0 and (not from_xsdata or from_xsdata >= 6.0) and to_loads <= 0.5
    print(f"\nXML to lxml {to_lxml:.2f} (goal 3.00), xsdata to ours {from_xsdata:.1f} (goal 6.0),")
    print(f"JSON to json.loads {to_loads:.2f} (goal 0.50): {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
