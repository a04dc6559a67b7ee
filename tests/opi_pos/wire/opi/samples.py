"""The sample messages in the shared folder, and some of our own that are always there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[5] / "shared" / "examples" / "opi"
INDEX: list[dict[str, Any]] = (
    json.loads((FOLDER / "index.json").read_text("utf-8"))["examples"] if FOLDER.is_dir() else []
)
REASON = "the sample messages are not here"

PAYMENT_REQUEST = b"""<?xml version="1.0" encoding="UTF-8"?>
<CardServiceRequest xmlns="http://www.nrf-arts.org/IXRetail/namespace" RequestType="CardPayment"
 ApplicationSender="TILL" WorkstationID="till 3" POPID="001" RequestID="0101"
 ReferenceNumber="4711">
 <POSdata LanguageCode="de" RequestToken="true">
  <POSTimeStamp>2026-11-22T10:00:00+01:00</POSTimeStamp>
  <ClerkID>007</ClerkID>
 </POSdata>
 <TotalAmount Currency="EUR">25.00</TotalAmount>
</CardServiceRequest>"""

PAYMENT_RESPONSE = """<?xml version="1.0" encoding="ISO-8859-1"?>
<CardServiceResponse xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" RequestType="CardPayment"
 WorkstationID="till 3" RequestID="0101" OverallResult="Success"
 xsi:noNamespaceSchemaLocation="C:\\Windows\\CardResponse.xsd">
 <PrivateData>Grüße</PrivateData>
 <PrivateData><ErrorCode>1002700</ErrorCode>
  <Vendor kind="x"><A>1</A><B/><A>2</A></Vendor></PrivateData>
 <Tender LanguageCode="de">
  <Authorisation ActionCode="0" CardPAN="672667######3214" ReceiptNumber="0042" Colour="blue"/>
  <TotalAmount Currency="EUR" GratuityAmount="2"> 27.000 </TotalAmount>
 </Tender>
 <Terminal STAN="000101" TerminalID="68000001"/>
</CardServiceResponse>""".encode("latin-1")

SLIP = """<DeviceRequest xmlns="http://www.nrf-arts.org/IXRetail/namespace" RequestType="Output"
 WorkstationID="till 3" RequestID="101.1" SequenceID="1"><Output OutDeviceTarget="Printer">
 <TextLine Alignment="Center" CharStyle1="Bold">* HÄNDLERBELEG *</TextLine><TextLine/>
 <TextLine PaperCut="1">Unterschrift &#8364; 25,00</TextLine></Output></DeviceRequest>""".encode()

OWN = {"payment request": PAYMENT_REQUEST, "payment response": PAYMENT_RESPONSE, "slip": SLIP}
