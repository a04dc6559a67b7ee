"""Messages in the shapes that the vendor prints and that integrators have seen."""

from __future__ import annotations

import json
from typing import Any

SESSION_ID = "3b0f4a52-77f1-4c0e-9a3b-2f6b1f0a9c11"


def session(**members: Any) -> bytes:
    """A successful sale, with other members in the place of these."""
    told = {
        "sessionId": SESSION_ID,
        "terminalId": "16008507",
        "cashRegisterId": "till-3",
        "amount": 3800,
        "currencyCode": "978",
        "merchantReference": "order-4711",
        "customerTrns": None,
        "tipAmount": 0,
        "success": True,
        "eventId": 0,
        "authorizationId": "654321",
        "transactionId": "0c5d1d2e-6a43-4d7e-8f10-5d9e4ad2b6f3",
        "transactionTypeId": 5,
        "retrievalReferenceNumber": 512610009911,
        "panEntryMode": "07",
        "applicationLabel": "Mastercard",
        "primaryAccountNumberMasked": "541333******0012",
        "transactionDateTime": "2026-03-01T08:30:21Z",
        "abortOperation": False,
        "abortAckTime": None,
        "abortSuccess": False,
        "loyaltyInfo": None,
        "verificationMethod": "NO_CVM",
        "tid": "16008507",
        "shortOrderCode": "4304117763",
        "installments": 0,
        "message": "Transaction successful",
        "preauth": False,
        "referenceNumber": 4305,
        "orderCode": "4304117763008507",
        "aid": "A0000000041010",
    }
    return json.dumps(told | members).encode()


def failed(event_id: int | None, **members: Any) -> bytes:
    """A session that came to nothing."""
    nothing = dict.fromkeys(("authorizationId", "transactionId", "transactionTypeId"), None)
    told = {"success": False, "eventId": event_id, "message": "came to nothing"}
    return session(**nothing, **{**told, **members})


INVALID = {
    "detail": [
        {
            "type": "missing",
            "loc": ["body", "terminalId"],
            "msg": "Field required",
            "input": {"sessionId": "00007", "amount": 206885, "pan": "4111111111111111"},
            "url": "https://errors.example/missing",
        }
    ]
}

WEBHOOK = {
    "Url": "https://till.example/callback/abc",
    "EventData": {
        "Aid": "A0000000041010",
        "Tid": "16008507",
        "Amount": 3800,
        "EventId": 0,
        "Success": True,
        "Message": "Transaction successful",
        "SessionId": SESSION_ID,
        "TerminalId": "16008507",
        "CurrencyCode": "978",
    },
    "Created": "2026-03-01T08:30:25Z",
    "EventTypeId": 1802,
}
