"""The signature after completion: asked, accepted, left open, or refused and reversed."""

from __future__ import annotations

import pytest

from opi_pos.model.capabilities import StatusQuery
from opi_pos.model.devices import EventKind
from opi_pos.model.ids import ServiceID
from opi_pos.model.news import Ended, NoAnswer, NotKnown, Verdict, Written
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Operation, Outcome, Result
from opi_pos.session.effects import Finish, Record, Send
from opi_pos.testing.playbook import (
    Playbook,
    after,
    confirmed,
    event,
    key_taken,
    resolve,
    restore,
    seen,
    submit,
    told,
    told_login,
    told_status,
    when_due,
)
from tests.opi_pos.session.values import (
    LOGIN_REFUSED,
    NEVER_LEFT,
    SILENCE,
    answer,
    approved,
    declined,
    order,
    querying,
    ready,
    reversing,
    row,
    running,
    signing,
    to_sign,
)

CHILD = "A/signature"
REVERSED = Ended(answer=answer(Verdict.APPROVED, "2", "A/signature/1"))


def told_result(play: Playbook, news: Ended) -> Result:
    """What the caller of A hears."""
    effects = told(CHILD, "2", news).step(play.session, play.at)
    (finish,) = (e for e in effects if isinstance(e, Finish) and e.exchange_id == "A")
    return finish.result


def test_the_open_question_is_durable_before_the_cashier_is_asked() -> None:
    with running(can_confirm=True) as play:
        play >> told("A", "1", to_sign()) << "record A confirming: signature_asked"
        play << "ask signature A"
        assert play.session.wake_at() is None, "it waits for a person"


def test_an_accepted_signature_is_approved() -> None:
    with signing() as play:
        _, finish = confirmed("A", accepted=True).step(play.session, play.at)
    assert isinstance(finish, Finish)
    assert finish.result.approved
    assert finish.result.signature_accepted


def test_a_signature_that_nobody_decides_leaves_the_payment_and_reverses_nothing() -> None:
    with signing() as play:
        play >> confirmed("A", None) << "record A ended: ended"
        play << "finish A approved by response"
        play << "record alarm signature_left_open" << "alarm A signature_left_open"


def test_a_refused_signature_is_reversed_and_then_declined() -> None:
    with reversing() as play:
        play >> told(CHILD, "2", Written()) << "note A/signature written"
        play >> told(CHILD, "2", REVERSED)
        play << "record A/signature ended, A ended: ended, ended"
        play << "finish A/signature approved by response" << "finish A declined by response"


def test_the_reversal_names_what_it_reverses_and_is_linked() -> None:
    with signing() as play:
        effects = confirmed("A", accepted=False).step(play.session, play.at)
        (send,) = (e for e in effects if isinstance(e, Send))
        order_sent = send.order
        assert isinstance(order_sent, MoneyOrder)
        assert order_sent.operation is Operation.REVERSAL
        assert order_sent.reason == "signature_declined"
        assert order_sent.original is not None
        assert order_sent.original.service_id == "1"
        result = told_result(play, REVERSED)
    assert result.signature_refused
    assert result.reversal_reference == order_sent.reference
    assert result.outcome is Outcome.DECLINED
    assert result.authorized is None, "nothing is taken"


def test_a_second_refused_signature_for_the_same_reference_has_a_key_of_its_own() -> None:
    references = []
    session = ready(can_confirm=True)
    for payment, service_id in (("P1", "1"), ("P2", "3")):
        play = Playbook(session) >> submit(payment, order("A")) << ...
        play >> told(payment, service_id, to_sign(service_id)) << ...
        play >> confirmed(payment, accepted=False) << ...
        (child,) = (e for e in session.exchanges.values() if e.parent == payment)
        references.append(child.order.reference)
        reversed_ = answer(Verdict.APPROVED, child.service_id, child.order.reference)
        play >> told(child.exchange_id, child.service_id, Ended(answer=reversed_)) << ...
    assert len(set(references)) == 2
    assert not session.exchanges


def test_a_declined_reversal_leaves_the_payment_approved_with_an_alarm() -> None:
    with reversing() as play:
        play >> told(CHILD, "2", declined("2", "A/signature/1"))
        play << "record A/signature ended, A ended: ended, ended, alarm reversal_failed"
        play << "finish A/signature declined by response" << "finish A approved by response"
        play << "alarm A reversal_failed"


def test_a_reversal_that_never_left_leaves_the_payment_approved_with_an_alarm() -> None:
    with reversing() as play:
        play >> told(CHILD, "2", NEVER_LEFT)
        play << "record A/signature ended, A ended: ended, ended, alarm reversal_failed"
        play << "finish A/signature not_started by link" << "finish A approved by response"
        play << "alarm A reversal_failed"


def doubtful(**changes: object) -> Playbook:
    """A till that does not know whether its reversal took place."""
    play = reversing(status=StatusQuery.NONE, **changes) >> told(CHILD, "2", SILENCE)
    play << "record A/signature in_doubt: in_doubt" << "note A/signature silence"
    play << "finish A/signature in_doubt by none"
    return play << "alarm A/signature in_doubt" << "finish A in_doubt by none"


def test_a_reversal_in_doubt_puts_the_payment_in_doubt() -> None:
    with doubtful() as play:
        doubt = play.session.doubt_of("A")  # type: ignore[arg-type]
        assert doubt is not None
        assert (doubt.outcome, doubt.reversal_reference) == (Outcome.IN_DOUBT, "A/signature/1")


def test_it_closes_the_terminal_and_does_not_hold_up_the_queue_for_ever() -> None:
    with doubtful() as play:
        play >> submit("B", order("B")) << "finish B not_started by link"


def test_when_the_reversals_truth_comes_the_payment_follows() -> None:
    with doubtful() as play:
        play >> told(CHILD, "2", REVERSED)
        play << "record A/signature ended, A ended: ended, alarm doubt_resolved, ended"
        play << "finish A/signature approved by response"
        play << "alarm A/signature doubt_resolved" << "finish A declined by response"
        assert play.session.doubt_of("A") is None  # type: ignore[arg-type]


def test_a_person_who_decides_about_the_reversal_decides_about_the_payment() -> None:
    with doubtful() as play:
        play >> resolve(CHILD, Outcome.APPROVED)
        play << "record A/signature ended, A ended: resolved, ended"
        play << "finish A/signature approved by manual" << "finish A declined by response"


def test_a_person_may_decide_about_the_payment_itself() -> None:
    with doubtful() as play:
        play >> resolve("A", Outcome.APPROVED) << "record A ended: resolved"
        play << "finish A approved by manual"
        play >> resolve(CHILD, Outcome.DECLINED) << "record A/signature ended: resolved"
        play << "finish A/signature declined by manual"


def test_nobody_decides_about_a_payment_while_its_reversal_runs() -> None:
    with reversing() as play:
        play >> resolve("A", Outcome.APPROVED)
        assert play.session.exchanges["A"].state.value == "reversing"  # type: ignore[index]


def test_a_reversal_that_cannot_be_recorded_leaves_the_payment_approved_with_an_alarm() -> None:
    with reversing() as play:
        play >> key_taken(CHILD) << "record A ended: ended" << "finish A approved by response"
        play << "record alarm reversal_failed" << "alarm A reversal_failed"
        assert not play.session.exchanges


def test_a_reversal_that_no_login_lets_through_leaves_the_payment_approved() -> None:
    with signing() as play:
        play >> event(EventKind.MAINTENANCE_BEGUN)
        play >> confirmed("A", accepted=False) << "record A reversing: signature_refused"
        play << "send login #2 light"
        play >> submit("B", order("B"))
        play >> told_login(LOGIN_REFUSED) << "record A ended: ended"
        play << "finish A approved by response"
        play << "record alarm reversal_failed" << "alarm A reversal_failed"
        play << "finish A/signature not_started by response"
        play << "finish B not_started by response"


def test_the_reversal_passes_the_orders_that_wait() -> None:
    with signing() as play:
        play >> submit("B", order("B"))
        play >> confirmed("A", accepted=False) << "record A reversing: signature_refused"
        play << "record A/signature sending: intent" << "send A/signature #2 reversal"
        play >> told(CHILD, "2", REVERSED) << ...
        assert play.talk[-1].endswith("send B #3 payment")


def test_it_passes_an_old_doubt_too_for_it_is_no_new_money() -> None:
    with Playbook(ready(can_confirm=True)) as play:
        doubt = row("D", "in_doubt", service_id=ServiceID("800"))
        play >> restore(doubt, row("A", "confirming")) << ...
        play >> confirmed("A", accepted=False) << "record A reversing: signature_refused"
        play << "record A/signature sending: intent" << "send A/signature #2 reversal"


def test_two_refused_signatures_do_not_wait_for_each_other() -> None:
    with querying(doubt_closes=False, can_confirm=True) as play:
        play.now = 90.0
        play >> after(0) << ...
        play >> submit("B", order("B")) << ...
        play >> told_status("A", NoAnswer(written=True, problem="?")) << ...
        play >> told("B", "3", to_sign("3", "B")) << ...
        play >> told("A", "1", to_sign()) << ...
        play >> confirmed("A", accepted=False) << ...
        assert play.talk[-1].endswith("send A/signature #4 reversal")
        play >> confirmed("B", accepted=False) << "record B reversing: signature_refused"
        (
            play
            >> told(CHILD, "4", Ended(answer=answer(Verdict.APPROVED, "4", "A/signature/1")))
            << ...
        )
        assert play.talk[-1].endswith("send B/signature #5 reversal")


def test_in_flow_a_confirmed_signature_is_not_asked_for_again() -> None:
    with running(can_confirm=True) as play:
        play >> seen("1")
        play.session.signed(ServiceID("1"), accepted=True)
        effects = told("A", "1", to_sign()).step(play.session, play.at)
        (finish,) = (e for e in effects if isinstance(e, Finish))
    assert finish.result.signature_accepted


def test_a_confirmation_within_another_exchange_is_not_ours() -> None:
    with running(can_confirm=True) as play:
        play.session.signed(ServiceID("7"), accepted=True)
        play >> told("A", "1", to_sign()) << "record A confirming: signature_asked"
        play << "ask signature A"


def test_a_signature_refused_in_flow_is_told_with_the_decline() -> None:
    with running(can_confirm=True) as play:
        play.session.signed(ServiceID("1"), accepted=False)
        _, finish = told("A", "1", declined()).step(play.session, play.at)
        assert isinstance(finish, Finish)
        assert finish.result.signature_refused
        play >> told("A", "1", approved()) << "record alarm late_answer_disagrees"
        play << "alarm A late_answer_disagrees"


def test_a_terminal_that_approves_what_the_cashier_refused_in_flow_is_asked_about_again() -> None:
    with running(can_confirm=True) as play:
        play.session.signed(ServiceID("1"), accepted=False)
        play >> told("A", "1", to_sign()) << "record A confirming: signature_asked"
        play << "ask signature A"


def test_a_signature_that_only_the_cashier_saw_is_told_all_the_same() -> None:
    with running(can_confirm=True) as play:
        play.session.signed(ServiceID("1"), accepted=True)
        effects = told("A", "1", approved()).step(play.session, play.at)
        (finish,) = (e for e in effects if isinstance(e, Finish))
    assert finish.result.signature_required
    assert finish.result.signature_accepted


def test_one_that_was_refused_and_approved_without_a_word_is_asked_about_again() -> None:
    with running(can_confirm=True) as play:
        play.session.signed(ServiceID("1"), accepted=False)
        play >> told("A", "1", approved()) << "record A confirming: signature_asked"
        play << "ask signature A"


def test_a_till_that_cannot_confirm_is_told_that_a_signature_is_required() -> None:
    with running() as play:
        _, finish = told("A", "1", to_sign()).step(play.session, play.at)
    assert isinstance(finish, Finish)
    assert finish.result.approved
    assert finish.result.signature_required
    assert not finish.result.signature_accepted


def test_a_signature_is_asked_for_when_only_a_status_told_of_the_approval() -> None:
    with querying(can_confirm=True) as play:
        play >> told_status("A", to_sign()) << "record A confirming: signature_asked"
        play << "ask signature A"


def test_the_signature_on_a_reversal_is_not_asked_for() -> None:
    with reversing() as play:
        signed = answer(Verdict.APPROVED, "2", "A/signature/1", signature_required=True)
        assert told_result(play, Ended(answer=signed)).outcome is Outcome.DECLINED


def test_a_lost_reversal_is_asked_about_like_any_exchange() -> None:
    with reversing() as play:
        play >> told(CHILD, "2", SILENCE) << "note A/signature silence"
        play << "send query #3 about #2"
        play >> told_status(CHILD, NotKnown()) << "note A/signature status_not_found"
        play >> when_due() << "send query #4 about #2"
        play >> told_status(CHILD, Ended(answer=answer(Verdict.APPROVED, "2")))
        play << "record stray_answer" << "alarm A/signature stray_answer"
        play >> told_status(CHILD, REVERSED)
        play << "record A/signature ended, A ended: ended, ended"
        play << "finish A/signature approved by status" << "finish A declined by response"


@pytest.mark.parametrize("news", [REVERSED, declined("2", "A/signature/1"), NEVER_LEFT])
def test_parent_and_child_change_in_one_commit(news: Ended) -> None:
    with reversing() as play:
        effects = told(CHILD, "2", news).step(play.session, play.at)
    records = [e for e in effects if isinstance(e, Record)]
    assert [{row.exchange_id for row in record.exchanges} for record in records] == [{"A", CHILD}]
    assert effects[0] is records[0]
