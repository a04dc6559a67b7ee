"""After a restart: what is open is recovered first, from its rows, and nothing is sent again."""

from __future__ import annotations

import msgspec
import pytest

from opi_pos.model.capabilities import StatusQuery
from opi_pos.model.facts import OPEN_STATES, Exchange
from opi_pos.model.ids import ExchangeID, SaleID, ServiceID
from opi_pos.model.news import Ended, NoSession, NotKnown, Verdict
from opi_pos.model.results import Operation, Outcome
from opi_pos.session.effects import Effect, Record, Send, SendAbort, SendQuery
from opi_pos.testing.playbook import (
    WALL,
    Playbook,
    after,
    confirmed,
    restore,
    submit,
    told_login,
    told_status,
    when_due,
)
from tests.opi_pos.session.values import (
    LOGGED_IN,
    TEN,
    answer,
    approved,
    logged_out,
    order,
    ready,
    reversing,
    row,
    signing,
)

PARENT = ExchangeID("A")
CHILD = ExchangeID("A/signature")


def child_row(state: str) -> Exchange:
    """The reversal of A's refused signature, as an earlier process left it."""
    reversal = order("A/signature/900", operation=Operation.REVERSAL, amount=None)
    return row(CHILD, state, order=reversal, service_id=ServiceID("901"), parent=PARENT)


def test_every_open_state_of_the_journal_is_understood() -> None:
    for state in OPEN_STATES:
        play = Playbook(ready()) >> restore(row(state=state)) << ...
        assert play.session.exchanges[PARENT].state.value in OPEN_STATES


@pytest.mark.parametrize("state", ["sending", "running", "waiting", "querying"])
def test_what_may_have_left_is_asked_about_and_not_sent_again(state: str) -> None:
    with Playbook(ready()) as play:
        play >> restore(row(state=state)) << "send query #1 about #900"
        play >> told_status("A", approved("900")) << "record A ended: ended"
        play << "finish A approved by status"


def test_what_a_till_of_another_name_left_open_is_asked_about_by_its_name() -> None:
    till_7 = SaleID("till-7")
    with Playbook(ready()) as play:
        (query,) = restore(row(sale_id=till_7)).step(play.session, play.at)
        assert isinstance(query, SendQuery)
        assert query.sale_id == till_7
        named = answer(Verdict.APPROVED, "900", authorized=TEN)
        own = Ended(answer=named)
        play >> told_status("A", own) << "record stray_answer" << "alarm A stray_answer"
        theirs = Ended(answer=msgspec.structs.replace(named, sale_id=till_7))
        play >> told_status("A", theirs) << "record A ended: ended"
        play << "finish A approved by status"


def test_its_row_keeps_that_name() -> None:
    with Playbook(ready()) as play:
        play >> restore(row(sale_id=SaleID("till-7"))) << ...
        exchange = play.session.exchanges[PARENT]
        (abort,) = [e for e in exchange.abort(play.at) if isinstance(e, SendAbort)]
        assert abort.sale_id == exchange.row(play.at).sale_id == "till-7"


def test_new_money_waits_until_that_is_known() -> None:
    with Playbook(ready()) as play:
        play >> restore(row()) << "send query #1 about #900"
        play >> submit("B", order("B"))
        play >> told_status("A", approved("900")) << "record A ended: ended"
        play << "finish A approved by status"
        play << "record B sending: intent" << "send B #2 payment"


def test_not_found_needs_the_links_delay_after_the_restart_too() -> None:
    with Playbook(ready(link_delay_s=20.0)) as play:
        play >> restore(row()) << "send query #1 about #900"
        play >> told_status("A", NotKnown()) << "note A status_not_found"
        play >> after(19) << ...
        play >> told_status("A", NotKnown())
        play >> when_due() << ...
        assert play.now >= 20.0
        play >> told_status("A", NotKnown()) << "record A ended: ended"
        play << "finish A not_started by status"


def test_a_resting_doubt_gets_one_question_at_the_start() -> None:
    with Playbook(ready()) as play:
        play >> restore(row(state="in_doubt")) << "send query #1 about #900"


def test_an_open_question_to_the_cashier_is_asked_again() -> None:
    with Playbook(ready(can_confirm=True)) as play:
        play >> restore(row(state="confirming")) << "ask signature A"
        play >> submit("B", order("B"))
        play >> confirmed("A", accepted=True) << "record A ended: ended"
        play << "finish A approved by response"
        play << "record B sending: intent" << "send B #1 payment"


def test_a_refused_signature_whose_reversal_had_not_begun_is_reversed_now() -> None:
    with Playbook(ready()) as play:
        play >> restore(row(state="reversing")) << "record A/signature sending: intent"
        play << "send A/signature #1 reversal"


def test_a_reversal_that_had_begun_is_asked_about_and_not_sent_again() -> None:
    with Playbook(ready()) as play:
        play >> restore(row(state="reversing"), child_row("sending"))
        play << "send query #1 about #901"
        found = Ended(answer=answer(Verdict.APPROVED, "901", "A/signature/900"))
        play >> told_status(CHILD, found) << "record A/signature ended, A ended: ended, ended"
        play << "finish A/signature approved by status" << "finish A declined by response"


def test_it_does_not_matter_in_which_order_the_journal_gives_the_rows() -> None:
    with Playbook(ready()) as play:
        play >> restore(child_row("sending"), row(state="reversing"))
        play << "send query #1 about #901"
        assert set(play.session.exchanges) == {PARENT, CHILD}


def test_a_reversal_in_doubt_is_still_told_as_a_doubt_of_the_payment() -> None:
    with Playbook(ready()) as play:
        play >> restore(row(state="reversing"), child_row("in_doubt"))
        play << "send query #1 about #901"
        told = play.session.doubt_of(PARENT)
        assert told is not None
        assert told.outcome is Outcome.IN_DOUBT


def test_a_row_that_lost_its_result_is_asked_about_rather_than_trusted() -> None:
    for state in ("confirming", "reversing", "in_doubt"):
        with Playbook(ready(can_confirm=True)) as play:
            play >> restore(row(state=state, result=None)) << "send query #1 about #900"


@pytest.mark.parametrize("step", ["confirming", "reversing", "child"])
def test_a_crash_after_any_commit_of_a_refused_signature_still_reverses_once(step: str) -> None:
    """The rows as the rules themselves recorded them, given to the next process."""
    rows: dict[ExchangeID, Exchange] = {}

    def keep(effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Record):
                rows.update({kept.exchange_id: kept for kept in effect.exchanges})

    before = signing()
    rows[PARENT] = before.session.exchanges[PARENT].row(before.at)
    if step != "confirming":
        effects = confirmed("A", accepted=False).step(before.session, before.at)
        keep(effects[:1] if step == "reversing" else effects)

    play = Playbook(ready(can_confirm=True))
    effects = restore(*rows.values()).step(play.session, play.at)
    if step == "confirming":
        effects += confirmed("A", accepted=False).step(play.session, play.at)
    sent = [effect for effect in effects if isinstance(effect, Send)]
    assert len(sent) == (0 if step == "child" else 1)
    (child,) = (e for e in play.session.exchanges.values() if e.parent == PARENT)
    reversed_ = answer(Verdict.APPROVED, child.service_id, child.order.reference)
    found = Ended(answer=reversed_)
    if step == "child":
        play >> told_status(CHILD, found) << ...
    else:
        keep(play.session.told(CHILD, child.service_id, found, play.at))
    assert not play.session.exchanges


def test_a_reversal_sent_before_the_restart_has_the_key_that_the_journal_knows() -> None:
    with reversing() as play:
        child = play.session.exchanges[CHILD].row(play.at)
    assert child.key.reference == "A/signature/1"
    assert child.parent == PARENT


# --- the session after a restart ----------------------------------------------------------------


def test_a_payment_that_may_run_is_not_stopped_by_a_login() -> None:
    with Playbook(logged_out()) as play:
        play >> restore(row()) << "send query #1 about #900"
        play >> submit("B", order("B"))
        play >> told_status("A", NoSession(certain=False))
        play >> after(149 - 5) << ...
        assert play.session.session.state.value == "closed"


def test_a_doubt_that_rested_for_long_lets_the_till_log_in_and_ask_at_once() -> None:
    with Playbook(logged_out()) as play:
        old = row(state="in_doubt", changed_at=WALL - 3600)
        play >> restore(old) << "send query #1 about #900"
        play >> told_status("A", NoSession(certain=False)) << "send login #2 light"
        play >> told_login(LOGGED_IN) << "note logged_in" << "send query #3 about #900"


def test_a_fresh_doubt_does_not() -> None:
    with Playbook(logged_out()) as play:
        play >> restore(row(state="in_doubt", changed_at=WALL - 60)) << ...
        play >> told_status("A", NoSession(certain=False))


def test_a_clock_that_was_put_back_does_not_shorten_the_wait() -> None:
    with Playbook(logged_out()) as play:
        play >> restore(row(state="in_doubt", changed_at=WALL + 3600)) << ...
        play >> told_status("A", NoSession(certain=False))


def test_where_nobody_can_be_asked_a_restart_goes_straight_to_a_person() -> None:
    with Playbook(ready(status=StatusQuery.NONE)) as play:
        play >> restore(row()) << "record A in_doubt: in_doubt" << "finish A in_doubt by none"
        play << "alarm A in_doubt"
