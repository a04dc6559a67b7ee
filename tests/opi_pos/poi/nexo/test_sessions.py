"""Login, logout, maintenance, and who is refused when."""

from __future__ import annotations

import msgspec
import pytest

from opi_pos.model.ids import POIID, SaleID, ServiceID
from opi_pos.poi.nexo.answers import Condition, DiagnosisAnswer, PaymentAnswer
from opi_pos.poi.nexo.profile import SecondLogin, profile_of
from opi_pos.poi.nexo.requests import (
    Admin,
    BalanceInquiry,
    Diagnosis,
    EnableService,
    Header,
    Login,
    Logout,
    Reversal,
    Silent,
    Unsupported,
)
from opi_pos.poi.nexo.simulated import MAINTENANCE_TOKEN
from opi_pos.poi.nexo.states import PoiState
from tests.opi_pos.poi.nexo.playbook import FULL, NOW, Playbook, payment


@pytest.mark.parametrize(
    ("profile", "condition"),
    [
        ("swedbank", Condition.NOT_ALLOWED),
        ("westpay", Condition.LOGGED_OUT),
        ("plain-json", Condition.LOGGED_OUT),
    ],
)
def test_a_payment_before_login_is_refused_in_the_terminals_words(
    profile: str, condition: Condition
) -> None:
    play = Playbook(profile)
    assert play.run(payment("38.00")).response.condition is condition
    assert play.books.entries == []


def test_a_terminal_without_sessions_needs_no_login() -> None:
    play = Playbook("adyen-local")
    assert play.run(payment("38.00")).response.success


def test_a_till_of_another_name_has_no_part_in_the_session() -> None:
    play = Playbook()
    play.log_in()
    play.sale_id = SaleID("till-2")
    assert play.run(payment("38.00")).response.condition is Condition.NOT_ALLOWED


def test_the_terminals_name_cannot_change_within_a_session() -> None:
    play = Playbook()
    play.log_in()
    play.poi_id = POIID("POI-2")
    assert play.run(payment("38.00")).response.condition is Condition.NOT_ALLOWED


def test_a_second_login_replaces_the_session() -> None:
    play = Playbook()
    play.log_in()
    play.sale_id = SaleID("till-2")
    play.log_in()
    assert play.run(payment("38.00")).response.success
    play.sale_id = SaleID("till-1")
    assert play.run(payment("39.00")).response.condition is Condition.NOT_ALLOWED


def test_a_terminal_of_the_strict_kind_refuses_a_second_login() -> None:
    strict = msgspec.structs.replace(profile_of("westpay"), second_login=SecondLogin.REFUSED)
    play = Playbook(strict)
    play.log_in()
    play.sale_id = SaleID("till-2")
    answer = play.run(Login(capabilities=FULL))
    assert answer.response.condition is Condition.NOT_ALLOWED
    play.sale_id = SaleID("till-1")
    assert play.run(payment("38.00")).response.success


def test_a_login_resets_a_payment_that_can_still_be_stopped() -> None:
    play = Playbook()
    play.log_in()
    header = play.ask(payment("38.00"))
    play.settle_until("< Display Enter PIN")
    play.ask(Login(capabilities=FULL))
    play.settle()
    answer = play.answer_to(header)
    assert answer is not None
    assert answer.response.condition is Condition.ABORTED
    assert play.run(payment("39.00", "order-2")).response.success


def test_a_login_while_the_host_is_asked_is_busy() -> None:
    play = Playbook()
    play.log_in(light=True)
    header = play.ask(payment("38.12"))
    while play.terminal.rules.state is not PoiState.AUTHORISING:
        play.step()
    refused = play.ask(Login(capabilities=FULL))
    answer = play.answer_to(refused)
    assert answer is not None
    assert answer.response.condition is Condition.BUSY
    play.settle()
    paid = play.answer_to(header)
    assert paid is not None
    assert paid.response.success


def test_a_second_service_is_busy_and_the_first_goes_on() -> None:
    play = Playbook()
    play.log_in()
    first = play.ask(payment("38.00"))
    for request in (payment("39.00", "order-2"), Logout(), Reversal(original=None), Admin()):
        category = "Admin" if isinstance(request, Admin) else ""
        second = play.ask(request, category=category)
        answer = play.answer_to(second)
        assert answer is not None
        assert answer.response.condition is Condition.BUSY
        assert "Payment 2" in answer.response.text
    play.settle()
    paid = play.answer_to(first)
    assert isinstance(paid, PaymentAnswer)
    assert paid.response.success
    assert play.books.net() == {"SEK": 3800}


def test_a_repeated_service_id_is_refused_and_charges_once() -> None:
    play = Playbook()
    play.log_in()
    play.run(payment("38.00"), "77")
    answer = play.run(payment("38.00"), "77")
    assert answer.response.condition is Condition.MESSAGE_FORMAT
    assert answer.response.text == "Repeated Message: ServiceID 77"
    assert play.books.net() == {"SEK": 3800}


def test_a_doubled_request_is_refused_while_the_first_runs_and_after_a_new_login() -> None:
    play = Playbook()
    play.log_in()
    play.ask(payment("38.00"), "77")
    play.ask(payment("38.00"), "77")
    assert play.lines[-1] == "< Payment 77 Failure MessageFormat"
    play.settle()
    play.log_in()
    assert play.run(payment("38.00"), "77").response.condition is Condition.MESSAGE_FORMAT
    assert play.books.net() == {"SEK": 3800}


def test_after_logout_nothing_is_served() -> None:
    play = Playbook()
    play.log_in()
    assert play.run(Logout()).response.success
    answer = play.run(payment("38.00"))
    assert answer.response.condition is Condition.NOT_ALLOWED
    assert "logout" in answer.response.text


def test_a_diagnosis_is_answered_without_a_session_and_while_a_payment_runs() -> None:
    play = Playbook()
    outside = play.run(Diagnosis(host=True))
    assert isinstance(outside, DiagnosisAnswer)
    assert (outside.logged_in, outside.global_status, outside.host_reachable) == ((), "OK", True)
    play.log_in()
    play.ask(payment("38.00"))
    asked = play.ask(Diagnosis())
    inside = play.answer_to(asked)
    assert isinstance(inside, DiagnosisAnswer)
    assert (inside.logged_in, inside.global_status) == ((SaleID("till-1"),), "Busy")


def test_maintenance_goes_by_event_logout_event_event_and_a_new_login() -> None:
    play = Playbook()
    play.log_in()
    play.carry_out(play.terminal.require_maintenance())
    play.ask(Logout(maintenance_allowed=True))
    play.ask(Login(capabilities=FULL))
    assert play.lines == [
        "< Event SaleAdmin",
        "> Logout 2",
        "< Logout 2 Success",
        "< Event BeginMaintenance",
        "> Login 3",
        "< Login 3 Failure Busy",
    ]
    play.settle()
    assert play.lines[-1] == "< Event EndMaintenance"
    play.log_in()
    assert play.run(payment("38.00")).response.success


def test_a_logout_that_does_not_allow_maintenance_puts_it_off() -> None:
    play = Playbook()
    play.log_in()
    play.carry_out(play.terminal.require_maintenance())
    play.run(Logout())
    assert play.terminal.rules.state is PoiState.LOGGED_OUT
    assert play.terminal.rules.maintenance_due
    play.log_in()
    play.run(Logout(maintenance_allowed=True))
    assert not play.terminal.rules.maintenance_due


def test_the_end_of_a_maintenance_that_a_reboot_cut_short_means_nothing() -> None:
    play = Playbook()
    play.log_in()
    play.carry_out(play.terminal.require_maintenance())
    play.ask(Logout(maintenance_allowed=True))
    play.reboot()
    assert play.terminal.elapsed(MAINTENANCE_TOKEN) == []


def test_a_card_read_ahead_is_enabled_and_given_up() -> None:
    play = Playbook()
    play.log_in()
    assert play.run(EnableService(start=True)).response.success
    assert play.terminal.rules.state is PoiState.ENABLED
    assert play.run(EnableService(start=False)).response.success
    assert play.lines[-1] == "< Display Welcome"


def test_what_the_terminal_does_not_have_is_said_so() -> None:
    play = Playbook()
    play.log_in()
    for request, category in ((Unsupported(), "Batch"), (BalanceInquiry(), "BalanceInquiry")):
        header = play.ask(request, category=category)
        answer = play.answer_to(header)
        assert answer is not None
        assert answer.response.condition is Condition.UNAVAILABLE_SERVICE


def test_events_and_input_updates_get_no_answer() -> None:
    play = Playbook()
    play.ask(Silent(), category="Event")
    assert play.lines == ["> Event 1", "< Event 1 204"]


def test_the_host_logon_after_a_login_can_keep_the_terminal_busy() -> None:
    play = Playbook(msgspec.structs.replace(profile_of("swedbank"), busy_after_login_s=5.0))
    play.log_in()
    answer = play.run(payment("38.00"))
    assert answer.response.condition is Condition.BUSY
    play.terminal.rules.busy_until = NOW
    assert play.run(payment("38.00")).response.success


def test_unreadable_bytes_go_back_in_an_event_and_show_no_card_number() -> None:
    play = Playbook()
    play.log_in()
    nobody = Header(category="")
    play.carry_out(play.terminal.unparsable(nobody, b"<x>", "not XML near 4761739001010010"))
    assert play.lines == ["< Reject to the till: not XML near 476173******0010"]


def test_a_refused_request_that_the_network_brings_again_never_begins() -> None:
    play = Playbook()
    play.run(payment("38.00"), "70")
    play.log_in(light=True)
    assert play.run(payment("38.00"), "70").response.condition is Condition.MESSAGE_FORMAT
    busy = Header(
        category="Payment",
        service_id=ServiceID("71"),
        sale_id=play.sale_id,
        poi_id=play.poi_id,
    )
    play.carry_out(play.terminal.refuse_busy(busy, payment("38.00"), now=NOW))
    assert play.lines[-1] == "< Payment 71 Failure Busy"
    assert play.run(payment("38.00"), "71").response.condition is Condition.MESSAGE_FORMAT
    assert play.books.entries == []


def test_a_lost_connection_logs_the_till_out_where_the_maker_does_so() -> None:
    play = Playbook(msgspec.structs.replace(profile_of("westpay"), link_loss_logs_out=True))
    play.log_in(light=True)
    header = play.ask(payment("38.03"))
    play.carry_out(play.terminal.link_lost())
    play.settle()
    answer = play.answer_to(header)
    assert answer is not None
    assert answer.response.condition is Condition.ABORTED
    assert play.run(payment("38.00")).response.condition is Condition.LOGGED_OUT


def test_a_lost_connection_does_not_undo_what_the_host_approves() -> None:
    play = Playbook(msgspec.structs.replace(profile_of("westpay"), link_loss_logs_out=True))
    play.log_in(light=True)
    play.ask(payment("38.12"))
    while play.terminal.rules.stoppable:
        play.step()
    play.carry_out(play.terminal.link_lost())
    play.settle()
    assert play.books.net() == {"SEK": 3812}
    assert play.terminal.rules.state is PoiState.LOGGED_OUT
    idle = Playbook(msgspec.structs.replace(profile_of("westpay"), link_loss_logs_out=True))
    idle.log_in()
    idle.carry_out(idle.terminal.link_lost())
    assert idle.terminal.rules.state is PoiState.LOGGED_OUT
    assert idle.terminal.link_lost() == []


def test_most_terminals_do_not_mind_a_lost_connection() -> None:
    play = Playbook()
    play.log_in()
    play.carry_out(play.terminal.link_lost())
    assert play.run(payment("38.00")).response.success
