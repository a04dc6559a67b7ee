"""A till that shares no code with us: sockets, text and the words of the first system's guide.

A message is a dict in the order of the schema. Keys with an `@` are attributes in XML; in JSON all
are plain members.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any
from xml.etree import ElementTree as ET

Tree = dict[str, Any]
PATHS = {"xml": "/EPASSaleToPOI/3.1", "json": "/nexo"}
FULL = (
    "CashierStatus CashierError CashierDisplay POIReplication CustomerAssistance CashierInput"
    " PrinterReceipt"
)
NOW = "2026-11-22T10:00:00+00:00"


def to_xml(name: str, tree: Tree) -> str:
    attributes = "".join(f' {key[1:]}="{value}"' for key, value in tree.items() if key[0] == "@")
    inside = ""
    for key, value in tree.items():
        if key == "Text":
            inside += str(value)
        elif key[0] != "@":
            for each in value if isinstance(value, list) else [value]:
                inside += to_xml(key, each) if isinstance(each, dict) else f"<{key}>{each}</{key}>"
    return f"<{name}{attributes}>{inside}</{name}>"


def to_json(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key.lstrip("@"): to_json(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [to_json(each) for each in tree]
    return tree


def from_xml(element: ET.Element) -> Tree:
    tree: Tree = dict(element.attrib)
    for child in element:
        value = from_xml(child) or (child.text or "")
        tree[child.tag] = [*tree[child.tag], value] if child.tag in tree else [value]
    if element.text and element.text.strip():
        tree["Text"] = element.text
    return tree


def first(tree: Any, *path: str) -> Any:
    """Walk down; of several, the first."""
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
        tree = tree[0] if isinstance(tree, list) and tree else tree
    return tree


class RawTill:
    """Posts to a terminal, and listens for it."""

    def __init__(self, encoding: str, *, posts_answers: bool = False) -> None:
        self.encoding = encoding
        self.posts_answers = posts_answers
        """Acknowledge a question with 204 and post the answer."""
        self.port = 0
        """Of the terminal."""
        self.signature_is_right = True
        self.texts: list[str] = []
        self.printed: list[str] = []
        self._ids = itertools.count(1)
        self._server: asyncio.Server | None = None
        self.taken: list[int] = []
        """HTTP statuses of answers that were posted."""

    # --- as a client ----------------------------------------------------------------------------

    async def login(self, capabilities: str = FULL) -> Tree:
        listed: Any = capabilities.split() if self.encoding == "json" else capabilities
        words: Tree = {
            "@OperatorLanguage": "sv",
            "DateTime": NOW,
            "SaleSoftware": {
                "@ProviderIdentification": "Raw",
                "@ApplicationName": "Raw",
                "@SoftwareVersion": "1",
            },
            "SaleTerminalData": {
                "@TerminalEnvironment": "Attended",
                "SaleCapabilities": listed,
                "SaleProfile": {"@GenericProfile": "Extended"},
            },
        }
        return await self.ask("Login", words)

    async def pay(self, amount: str, currency: str, service_id: str = "") -> Tree:
        value: Any = float(amount) if self.encoding == "json" else amount
        amounts = {"@Currency": currency, "@RequestedAmount": value}
        words: Tree = {
            "SaleData": {"SaleTransactionID": {"@TransactionID": "order-1", "@TimeStamp": NOW}},
            "PaymentTransaction": {"AmountsReq": amounts},
            "PaymentData": {"@PaymentType": "Normal"},
        }
        return await self.ask("Payment", words, service_id)

    async def abort(self, service_id: str) -> int:
        words: Tree = {
            "MessageReference": {"@MessageCategory": "Payment", "@ServiceID": service_id},
            "AbortReason": "MerchantAbort",
        }
        return (await self._post(self._request("Abort", words, "")))[0]

    async def status(self, service_id: str) -> Tree:
        reference = {"@MessageCategory": "Payment", "@ServiceID": service_id}
        return await self.ask("TransactionStatus", {"MessageReference": reference})

    async def reverse(self, payment: Tree) -> Tree:
        named = first(payment, "POIData", "POITransactionID")
        words: Tree = {
            "@ReversalReason": "MerchantCancel",
            "OriginalPOITransaction": {
                "POITransactionID": {
                    "@TransactionID": named["TransactionID"],
                    "@TimeStamp": named["TimeStamp"],
                }
            },
        }
        return await self.ask("Reversal", words)

    async def reconcile(self) -> Tree:
        return await self.ask("Reconciliation", {"@ReconciliationType": "SaleReconciliation"})

    async def logout(self) -> Tree:
        return await self.ask("Logout", {"@MaintenanceAllowed": "false"} if self._is_xml else {})

    async def ask(self, category: str, words: Tree, service_id: str = "") -> Tree:
        """The body of the response. `ConnectionError` when it is lost."""
        status, body = await self._post(self._request(category, words, service_id))
        assert status == 200, status
        found = first(self._read(body), f"{category}Response")
        assert isinstance(found, dict), body
        return found

    @property
    def _is_xml(self) -> bool:
        return self.encoding == "xml"

    def _request(self, category: str, words: Tree, service_id: str) -> bytes:
        header = {
            "@ProtocolVersion": "3.1",
            "@MessageClass": "Service",
            "@MessageCategory": category,
            "@MessageType": "Request",
            "@ServiceID": service_id or str(next(self._ids)),
            "@SaleID": "raw-1",
            "@POIID": "A-POIID",
        }
        return self._write(
            "SaleToPOIRequest", {"MessageHeader": header, f"{category}Request": words}
        )

    def _write(self, root: str, tree: Tree) -> bytes:
        if self._is_xml:
            return f'<?xml version="1.0" encoding="UTF-8"?>{to_xml(root, tree)}'.encode()
        return json.dumps({root: to_json(tree)}).encode()

    def _read(self, body: bytes) -> Tree:
        if self._is_xml:
            return from_xml(ET.fromstring(body))
        (message,) = json.loads(body).values()
        assert isinstance(message, dict)
        return message

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        kind = f"application/{self.encoding}; charset=utf-8"
        head = (
            f"POST {PATHS[self.encoding]} HTTP/1.1\r\nHost: terminal\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        try:
            first_line, answer = await _message(reader)
        finally:
            writer.close()
        if not first_line:
            raise ConnectionError("no answer")
        return int(first_line.split()[1]), answer

    # --- as a server ----------------------------------------------------------------------------

    async def listen(self) -> int:
        """The port of the till's own listener."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def aclose(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            line, body = await _message(reader)
            if not line:
                break
            answer = self._take(self._read(body))
            head = "HTTP/1.1 204 No Content\r\n\r\n"
            if answer is not None and not self.posts_answers:
                kind = f"Content-Type: application/{self.encoding}\r\n"
                head = f"HTTP/1.1 200 OK\r\n{kind}Content-Length: {len(answer)}\r\n\r\n"
            writer.write(head.encode() + (b"" if self.posts_answers else answer or b""))
            await writer.drain()
            if answer is not None and self.posts_answers:
                self.taken.append((await self._post(answer))[0])
        writer.close()

    def _take(self, message: Tree) -> bytes | None:
        header = first(message, "MessageHeader")
        match header["MessageCategory"]:
            case "Display":
                output = first(message, "DisplayRequest", "DisplayOutput")
                self.texts.append(_text_of(output))
            case "Print":
                self.printed.append(
                    first(message, "PrintRequest", "PrintOutput")["DocumentQualifier"]
                )
            case "Input":
                return self._answer(header)
            case _:
                pass
        return None

    def _answer(self, header: Tree) -> bytes:
        told = {"@Result": "Success"}
        flag: Any = self.signature_is_right
        given = {"@InputCommand": "GetConfirmation"}
        given["ConfirmedFlag"] = str(flag).lower() if self._is_xml else flag
        result: Tree = {
            "@Device": "CashierInput",
            "@InfoQualify": "Input",
            "Response": told,
            "Input": given,
        }
        back = {f"@{key}": value for key, value in header.items()} | {"@MessageType": "Response"}
        body = {"InputResult": result}
        return self._write("SaleToPOIResponse", {"MessageHeader": back, "InputResponse": body})


def _text_of(output: Tree) -> str:
    text = first(output, "OutputContent", "OutputText")
    return str(text["Text"] if isinstance(text, dict) else text)


async def _message(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """First line and body; empty at the end."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        for line in head.split("\r\n"):
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                return head, await reader.readexactly(int(value))
    except (asyncio.IncompleteReadError, ConnectionError):
        return "", b""
    return head, b""
