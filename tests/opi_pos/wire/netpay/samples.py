"""Messages written from the data model, in every shape that terminals are known to send."""

from __future__ import annotations

import json
from typing import Any

SERIAL = "1490293930"
SALE: dict[str, Any] = {
    "affiliation": "7000001",
    "applicationLabel": "VISA CREDITO",
    "arqc": "00112233AABBCCDD",
    "aid": "A0000000031010",
    "amount": "12.5",
    "authCode": "123456",
    "bankName": "BANCO",
    "bin": "411111",
    "cardExpDate": "11/29",
    "cardType": "C",
    "cardTypeName": "VISA",
    "cityName": "Monterrey NUEVO LEON",
    "responseCode": "00",
    "folioNumber": "a-17-17",
    "hasPin": True,
    "hexSign": "",
    "isQps": 0,
    "isRePrint": False,
    "message": "Transacción exitosa",
    "moduleCharge": "3",
    "moduleLote": "1",
    "customerName": "PEREZ/JUANA ",
    "terminalId": SERIAL,
    "orderId": "261122101500-1490293930",
    "preAuth": "0",
    "preStatus": 0,
    "promotion": "00",
    "rePrintDate": "1.2.8_20210203",
    "rePrintMark": "VISA",
    "reprintModule": "C",
    "cardNumber": "1111",
    "storeName": "TIENDA SA DE CV",
    "streetName": "CALLE 1",
    "ticketDate": "NOV. 22, 26 10:15:01 ",
    "tipAmount": "0.0",
    "tipLessAmount": "12.5",
    "traceability": {"session": "17"},
    "transDate": "2026-11-22 10:15:00.CST",
    "transType": "A",
    "transactionCertificate": "AABBCCDD00112233",
}
CANCELLED: dict[str, Any] = {
    "responseCode": "02",
    "hasPin": False,
    "internalNumber": "",
    "message": "Cancelado por el Usuario",
    "tableId": "",
    "traceability": {},
}
"""What names nothing."""


def reprint(state: str, **members: Any) -> dict[str, Any]:
    """What a terminal posts when it is asked by folio."""
    odd = {"isRePrint": True, "reprintModule": state, "tipAmount": "0", "traceability": {}}
    told = {**SALE, **odd, "transDate": "2026-11-22 10:15:00.0", **members}
    del told["hasPin"]
    return told


def as_json(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()
