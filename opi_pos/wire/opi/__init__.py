"""O.P.I., the Open Payment Initiative's language: six messages, in XML and in a JSON form.

    decode(bytes) -> Message             XML or JSON, tolerant; every failure is a ProtocolError
    read(bytes) -> Reading               the same, with form, charset and a note on what was wrong
    encode(message, Form.XML, charset=…) strict; members that were read and are unknown go with it
    convert(bytes, Form.JSON) -> bytes   without loss, unknown members and all
    Frames().receive(bytes) -> [bytes]   messages on a byte stream; frame(bytes) the other way
    meaning_of(response) -> Meaning      DONE, FAILED, ABORTED, BUSY, … UNKNOWN is never a decline
    profile("de") -> Profile             ports, charset, printers and more as data

A message is a frozen struct in the language's words (`CardServiceRequest(request_type=…,
workstation_id=…, request_id=…, pos_data=POSdata(pos_time_stamp=…), total_amount=TotalAmount(
currency="EUR", text=Decimal("25.00")))`). Ids, times, results and types are text as they came,
amounts `Decimal` in major units, card numbers and tracks `Secret`; what was not there is None.
`others` of any struct keeps what the language does not know.

Not to be taken for the Oracle Payment Interface, another protocol that is called OPI too. Modelled
on public samples: the specification itself is not public.

Reading order: `schema.py` (how a struct is a schema table), `messages.py`, `node.py`, `mapping.py`,
`codec.py`, then `xml_form.py`, `json_form.py`, `framing.py` and `results.py`.
"""

from __future__ import annotations

from opi_pos.wire.opi.action_codes import action_text
from opi_pos.wire.opi.catalogue.amounts import CountedAmount, PaymentTotal, SaleItem, TotalAmount
from opi_pos.wire.opi.catalogue.cards import (
    CADLuhn,
    CardDetails,
    CardIdent,
    CardTrack,
    CardValue,
    E2EEValues,
    EncryptedCardValue,
    Features,
    InputValue,
    P2PEValues,
)
from opi_pos.wire.opi.catalogue.devices import (
    AuthResponse,
    Buzzer,
    Command,
    Event,
    EventData,
    EventResult,
    Input,
    InputResult,
    OACentreDetails,
    Output,
    OutputResult,
    ProductCode,
    ProductsAllowed,
    TextLine,
    TransactionLimits,
)
from opi_pos.wire.opi.catalogue.icc import ICC, SecureDataFlow
from opi_pos.wire.opi.catalogue.outcome import (
    Authorisation,
    Device,
    Devices,
    PINPadProgramLoad,
    PrinterParam,
    PrinterReceipt,
    PrivateData,
    Reconciliation,
    SignatureParam,
    SignatureQuestion,
    Submission,
    Tender,
    Versions,
)
from opi_pos.wire.opi.catalogue.parties import (
    Acquirer,
    CardCircuit,
    CardCircuitCollection,
    ErrorDetail,
    ErrorLine,
    ErrorResponse,
    Loyalty,
    LoyaltyAmount,
    LoyaltyApprovalCode,
    LoyaltyCard,
    MOPrule,
    OriginalHeader,
    OriginalTransaction,
    POSdata,
    Terminal,
)
from opi_pos.wire.opi.codec import (
    Form,
    Reading,
    convert,
    decode,
    encode,
    read,
    read_head,
    unknown_members,
)
from opi_pos.wire.opi.framing import LENGTH_BYTES, Frames, frame
from opi_pos.wire.opi.limits import MAX_BYTES, MAX_DEPTH
from opi_pos.wire.opi.messages import (
    MESSAGES,
    CardServiceRequest,
    CardServiceResponse,
    DeviceRequest,
    DeviceResponse,
    Message,
    Request,
    Response,
    ServiceRequest,
    ServiceResponse,
)
from opi_pos.wire.opi.names import NAMESPACE
from opi_pos.wire.opi.node import Node
from opi_pos.wire.opi.profile import Profile, Slip, profile, profile_names
from opi_pos.wire.opi.requests import (
    CardRequest,
    CommandType,
    DeviceRequestType,
    DeviceType,
    ServiceType,
    is_type,
)
from opi_pos.wire.opi.results import Meaning, OverallResult, meaning, meaning_of, reasons
from opi_pos.wire.opi.schema import Element, Others

__all__ = [
    "ICC",
    "LENGTH_BYTES",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MESSAGES",
    "NAMESPACE",
    "Acquirer",
    "AuthResponse",
    "Authorisation",
    "Buzzer",
    "CADLuhn",
    "CardCircuit",
    "CardCircuitCollection",
    "CardDetails",
    "CardIdent",
    "CardRequest",
    "CardServiceRequest",
    "CardServiceResponse",
    "CardTrack",
    "CardValue",
    "Command",
    "CommandType",
    "CountedAmount",
    "Device",
    "DeviceRequest",
    "DeviceRequestType",
    "DeviceResponse",
    "DeviceType",
    "Devices",
    "E2EEValues",
    "Element",
    "EncryptedCardValue",
    "ErrorDetail",
    "ErrorLine",
    "ErrorResponse",
    "Event",
    "EventData",
    "EventResult",
    "Features",
    "Form",
    "Frames",
    "Input",
    "InputResult",
    "InputValue",
    "Loyalty",
    "LoyaltyAmount",
    "LoyaltyApprovalCode",
    "LoyaltyCard",
    "MOPrule",
    "Meaning",
    "Message",
    "Node",
    "OACentreDetails",
    "OriginalHeader",
    "OriginalTransaction",
    "Others",
    "Output",
    "OutputResult",
    "OverallResult",
    "P2PEValues",
    "PINPadProgramLoad",
    "POSdata",
    "PaymentTotal",
    "PrinterParam",
    "PrinterReceipt",
    "PrivateData",
    "ProductCode",
    "ProductsAllowed",
    "Profile",
    "Reading",
    "Reconciliation",
    "Request",
    "Response",
    "SaleItem",
    "SecureDataFlow",
    "ServiceRequest",
    "ServiceResponse",
    "ServiceType",
    "SignatureParam",
    "SignatureQuestion",
    "Slip",
    "Submission",
    "Tender",
    "Terminal",
    "TextLine",
    "TotalAmount",
    "TransactionLimits",
    "Versions",
    "action_text",
    "convert",
    "decode",
    "encode",
    "frame",
    "is_type",
    "meaning",
    "meaning_of",
    "profile",
    "profile_names",
    "read",
    "read_head",
    "reasons",
    "unknown_members",
]
