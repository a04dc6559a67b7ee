"""A till's requests as the rules take them, and the rules' answers as messages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opi_pos.model.money import Amount
from opi_pos.poi.opi import answers, requests
from opi_pos.poi.opi.answers import MoneyAnswer, PlainAnswer, Result
from opi_pos.poi.opi.effects import RepeatAnswer, Reply
from opi_pos.poi.opi.kept import Kept
from opi_pos.poi.opi.requests import Family, Header, Slips, Unfit
from opi_pos.terminals.opi import reading
from opi_pos.terminals.opi.writing import AnswerWriter, Sender
from opi_pos.wire import opi
from opi_pos.wire.opi.schema import Others
from tests.opi_pos.wire.opi.strategies import structs

PROFILES = st.sampled_from(opi.profile_names())
REQUESTS = structs(opi.CardServiceRequest) | structs(opi.ServiceRequest)
TYPES = st.sampled_from([*opi.CardRequest, *opi.ServiceType, "Nothing", " cardpayment "])


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(REQUESTS, TYPES, PROFILES)
def test_any_request_is_something_to_the_rules(message: Any, kind: str, profile: str) -> None:
    told = msgspec.structs.replace(message, request_type=kind)
    request = reading.request_of(told, opi.profile(profile))
    header = reading.header_of(told)
    reply = Reply(to=header, answer=PlainAnswer(result=Result.BUSY))
    answer = AnswerWriter(opi.profile(profile), Sender(terminal_id="1")).reply(reply)
    assert opi.decode(opi.encode(answer)) == answer
    assert (answer.request_type, answer.request_id) == (kind, message.request_id)
    if isinstance(request, requests.Pay):
        assert request.amount.minor > 0


def service(kind: str, **parts: Any) -> opi.ServiceRequest:
    return opi.ServiceRequest(request_type=kind, workstation_id="1", request_id="1", **parts)


@pytest.mark.parametrize("profile", ["de", "nl", "ch"])
def test_services_of_other_countries_are_not_supported(profile: str) -> None:
    own = {
        kind
        for kind in opi.ServiceType
        if not isinstance(reading.request_of(service(kind), opi.profile(profile)), Unfit)
    }
    swiss = {"ActivateTerminal", "DeactivateTerminal", "TransmitTrx", "CloseDay", "GetInfo"}
    assert (swiss <= own) is (profile == "ch")
    assert ("GetStatus" in own) is (profile != "de")
    assert {"Login", "Logoff", "Diagnosis", "Reconciliation"} <= own


def test_a_login_says_what_the_till_prints() -> None:
    data = b"""<ServiceRequest RequestType="Login" WorkstationID="1" RequestID="1"><PrivateData>
      <PrinterParam Type="Printer"><Receipt Type="Merchant">yes</Receipt>
       <Receipt Type="Administration">yes</Receipt></PrinterParam>
      <PrinterParam Type="PrinterReceipt"><Receipt Type="Customer">no</Receipt></PrinterParam>
      <SignatureParam><GetConfirmation Timeout="180">yes</GetConfirmation></SignatureParam>
      </PrivateData></ServiceRequest>"""
    message = opi.decode(data)
    assert isinstance(message, opi.ServiceRequest)
    request = reading.request_of(message, opi.profile("de"))
    assert request == requests.Login(slips=Slips(merchant=True, customer=False, signature=True))
    plain = reading.request_of(service("Login"), opi.profile("de"))
    assert plain == requests.Login(slips=Slips())


# -- answers --------------------------------------------------------------------------------------

TO = Header(family=Family.CARD, request_type="RepeatLastMessage")
SENDER = Sender(terminal_id="68000001")
PAID = MoneyAnswer(
    result=Result.SUCCESS,
    stan="000101",
    time="2026-11-22T10:00:20+01:00",
    amount=Amount(minor=2700, currency="EUR"),
    tip=Amount(minor=200, currency="EUR"),
    approval_code="012345",
    action_code="0",
)


def test_the_success_of_a_repetition_is_not_that_of_the_payment() -> None:
    of = Header(family=Family.CARD, request_type="CardPayment")
    lost = MoneyAnswer(result=Result.FAILURE, stan="000101", time=PAID.time, text="declined")
    reply = Reply(to=TO, answer=RepeatAnswer(kept=Kept(header=of, answer=lost)))
    told = AnswerWriter(opi.profile("de"), SENDER).reply(reply)
    assert opi.meaning_of(told) is opi.Meaning.DONE
    assert told.original_header is not None
    assert told.original_header.overall_result == "Failure"


def test_an_amount_with_its_tip() -> None:
    told = AnswerWriter(opi.profile("de"), SENDER).reply(Reply(to=TO, answer=PAID))
    assert isinstance(told, opi.CardServiceResponse)
    assert told.tender is not None
    assert told.tender.total_amount == opi.TotalAmount(
        currency="EUR",
        payment_amount=Decimal("25.00"),
        gratuity_amount=Decimal("2.00"),
        text=Decimal("27.00"),
    )


def test_logged_out_is_spelled_as_in_its_country() -> None:
    reply = Reply(to=TO, answer=PlainAnswer(result=Result.LOGGED_OUT))
    spelled = {
        name: AnswerWriter(opi.profile(name), SENDER).reply(reply).overall_result
        for name in opi.profile_names()
    }
    assert spelled == {"de": "Loggedout", "nl": "LoggedOut", "ch": "LoggedOut"}


def test_the_rules_know_the_languages_results() -> None:
    known = {result.value for result in opi.OverallResult}
    assert {result.value for result in answers.Result} <= known


def test_what_a_till_adds_does_no_harm() -> None:
    extra = Others(attributes=(("Colour", "blue"),))
    message = service("Login", others=extra)
    assert reading.request_of(message, opi.profile("nl")) == requests.Login()
