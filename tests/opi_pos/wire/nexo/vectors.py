"""The same messages by hand in both encodings, as the specification spells them."""

from __future__ import annotations

import base64

RECEIPT = base64.b64encode(
    b'{"Merchant":{"Mandatory":{"Payment":{"Currency":"SEK","TotalAmount":"38,00",'
    b'"SignatureBlock":true},"Outcome":{"ApprovalCode":"004711"}},'
    b'"Optional":{"ReceiptString":["Corner Shop","TOTAL 38,00 SEK","Approved"]}}}'
).decode()

PAYMENT_RESPONSE_XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<SaleToPOIResponse>
 <MessageHeader MessageClass="Service" MessageCategory="Payment" MessageType="Response"
  ServiceID="4711" SaleID="till-3" POIID="front"/>
 <PaymentResponse>
  <Response Result="Success"/>
  <SaleData>
   <SaleTransactionID TransactionID="order-4711" TimeStamp="2026-03-01T09:30:00.0000001+01:00"/>
  </SaleData>
  <POIData>
   <POITransactionID TransactionID="877001" TimeStamp="2026-03-01T08:30:21.498Z"/>
  </POIData>
  <PaymentResult PaymentType="Normal" OnlineFlag="true"
   AuthenticationMethod="OfflinePIN PaperSignature">
   <PaymentInstrumentData PaymentInstrumentType="Card">
    <CardData PaymentBrand="01,Visa" MaskedPAN="411111******1111" EntryMode="ICC">
     <PaymentToken TokenRequestedType="Customer" TokenValue="6FD955"/>
    </CardData>
   </PaymentInstrumentData>
   <AmountsResp Currency="SEK" AuthorizedAmount="38.00" TipAmount="0.10"/>
   <PaymentAcquirerData MerchantID="10020001" AcquirerPOIID="877888">
    <ApprovalCode>004711</ApprovalCode>
   </PaymentAcquirerData>
  </PaymentResult>
  <PaymentReceipt DocumentQualifier="CashierReceipt" RequiredSignatureFlag="true">
   <OutputContent OutputFormat="Text"><OutputText>{RECEIPT}</OutputText></OutputContent>
  </PaymentReceipt>
  <PaymentReceipt DocumentQualifier="CustomerReceipt">
   <OutputContent OutputFormat="Text">
    <OutputText Alignment="Centred" StartRow="2">  Corner Shop &amp; Son </OutputText>
    <OutputText>TOTAL 38,00</OutputText>
   </OutputContent>
  </PaymentReceipt>
 </PaymentResponse>
</SaleToPOIResponse>
""".encode()

PAYMENT_RESPONSE_JSON = f"""{{
 "SaleToPOIResponse": {{
  "MessageHeader": {{
   "MessageClass": "Service", "MessageCategory": "Payment", "MessageType": "Response",
   "ServiceID": "4711", "SaleID": "till-3", "POIID": "front"
  }},
  "PaymentResponse": {{
   "Response": {{"Result": "Success"}},
   "SaleData": {{
    "SaleTransactionID": {{
     "TransactionID": "order-4711", "TimeStamp": "2026-03-01T09:30:00.0000001+01:00"
    }}
   }},
   "POIData": {{
    "POITransactionID": {{"TransactionID": "877001", "TimeStamp": "2026-03-01T08:30:21.498Z"}}
   }},
   "PaymentResult": {{
    "PaymentType": "Normal",
    "OnlineFlag": true,
    "AuthenticationMethod": ["OfflinePIN", "PaperSignature"],
    "PaymentInstrumentData": {{
     "PaymentInstrumentType": "Card",
     "CardData": {{
      "PaymentBrand": "01,Visa",
      "MaskedPAN": "411111******1111",
      "EntryMode": ["ICC"],
      "PaymentToken": {{"TokenRequestedType": "Customer", "TokenValue": "6FD955"}}
     }}
    }},
    "AmountsResp": {{"Currency": "SEK", "AuthorizedAmount": 38.00, "TipAmount": 0.10}},
    "PaymentAcquirerData": {{
     "MerchantID": "10020001", "AcquirerPOIID": "877888", "ApprovalCode": "004711"
    }}
   }},
   "PaymentReceipt": [
    {{
     "DocumentQualifier": "CashierReceipt",
     "RequiredSignatureFlag": true,
     "OutputContent": {{"OutputFormat": "Text", "OutputText": [{{"Text": "{RECEIPT}"}}]}}
    }},
    {{
     "DocumentQualifier": "CustomerReceipt",
     "OutputContent": {{
      "OutputFormat": "Text",
      "OutputText": [
       {{"Alignment": "Centred", "StartRow": 2, "Text": "  Corner Shop & Son "}},
       {{"Text": "TOTAL 38,00"}}
      ]
     }}
    }}
   ]
  }}
 }}
}}
""".encode()


def payment_request_xml(amounts: str = 'Currency="SEK" RequestedAmount="38.00"') -> bytes:
    """A payment request, with these attributes of AmountsReq."""
    return f"""<SaleToPOIRequest>
 <MessageHeader ProtocolVersion="3.1" MessageClass="Service" MessageCategory="Payment"
  MessageType="Request" ServiceID="4711" SaleID="till-3" POIID="front"/>
 <PaymentRequest>
  <SaleData>
   <SaleTransactionID TransactionID="o-1" TimeStamp="2026-03-01T09:30:00+01:00"/>
  </SaleData>
  <PaymentTransaction><AmountsReq {amounts}/></PaymentTransaction>
 </PaymentRequest>
</SaleToPOIRequest>""".encode()


def payment_request_json(amounts: str = '"Currency": "SEK", "RequestedAmount": 38.00') -> bytes:
    """The same in JSON."""
    return f"""{{"SaleToPOIRequest": {{
 "MessageHeader": {{"ProtocolVersion": "3.1", "MessageClass": "Service",
  "MessageCategory": "Payment", "MessageType": "Request", "ServiceID": "4711",
  "SaleID": "till-3", "POIID": "front"}},
 "PaymentRequest": {{
  "SaleData": {{"SaleTransactionID":
   {{"TransactionID": "o-1", "TimeStamp": "2026-03-01T09:30:00+01:00"}}}},
  "PaymentTransaction": {{"AmountsReq": {{{amounts}}}}}
 }}
}}}}""".encode()


def json_message(category: str, kind: str, body: str, message_class: str = "Service") -> bytes:
    """Any JSON message, with this text as its body."""
    name = "EventNotification" if category == "Event" else category + kind
    root = "SaleToPOIResponse" if kind == "Response" else "SaleToPOIRequest"
    return f"""{{"{root}": {{
 "MessageHeader": {{"MessageClass": "{message_class}", "MessageCategory": "{category}",
  "MessageType": "{kind}", "ServiceID": "7", "SaleID": "till-3", "POIID": "front"}},
 "{name}": {body}}}}}""".encode()


def xml_message(category: str, kind: str, body: str, message_class: str = "Service") -> bytes:
    """Any XML message, with this text as its body element."""
    root = "SaleToPOIResponse" if kind == "Response" else "SaleToPOIRequest"
    return f"""<{root}><MessageHeader MessageClass="{message_class}" MessageCategory="{category}"
 MessageType="{kind}" ServiceID="7" SaleID="till-3" POIID="front"/>{body}</{root}>""".encode()
