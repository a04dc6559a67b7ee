"""Rule 3: money decisions come from proof: the answer, a matching status, a person. No display."""

from __future__ import annotations

import msgspec
import pytest

from opi_pos.model.ids import POIID, Reference, SaleID, ServiceID
from opi_pos.model.news import Answer, Ended, Running, Verdict
from opi_pos.model.results import Operation, Outcome
from opi_pos.session.verdicts import Identity, identify, proves
from opi_pos.testing.playbook import after, resolve, seen, told, told_status, when_due
from tests.opi_pos.session.values import (
    POI,
    SALE,
    SILENCE,
    answer,
    approved,
    declined,
    in_doubt,
    order,
    querying,
    running,
)

ONE = ServiceID("1")


def test_the_terminals_own_answer_decides() -> None:
    with running() as play:
        play >> told("A", "1", approved()) << "record A ended: ended"
        play << "finish A approved by response"


def test_a_display_decides_nothing() -> None:
    with running() as play:
        play >> seen("1")
        play >> told("A", "1", Running(message="Approved"))
        play >> told("A", "1", declined()) << "record A ended: ended"
        play << "finish A declined by response"


def test_an_approved_display_before_the_link_breaks_is_no_result() -> None:
    with running() as play:
        play >> seen("1")
        play >> told("A", "1", SILENCE) << "note A silence" << "send query #2 about #1"


def test_a_matching_status_decides() -> None:
    with querying() as play:
        play >> told_status("A", approved()) << "record A ended: ended"
        play << "finish A approved by status"


def test_a_person_decides_and_who_and_why_is_in_the_record() -> None:
    with in_doubt() as play:
        effects = resolve("A", Outcome.DECLINED).step(play.session, play.at)
    record = msgspec.to_builtins([e.facts for e in effects if hasattr(e, "facts")])
    assert record[0][0]["data"] == {
        "service_id": "1",
        "outcome": "declined",
        "who": "kim",
        "why": "looked at the terminal",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"service_id": ServiceID("7")},
        {"sale_id": SaleID("till-4")},
        {"poi_id": POIID("back")},
        {"reference": Reference("B")},
        {"sale_time": "2026-05-05T10:00:01+02:00"},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("verdict", [Verdict.APPROVED, Verdict.DECLINED, Verdict.REFUSED])
def test_an_answer_that_names_another_exchange_is_never_believed(
    change: dict[str, str], verdict: Verdict
) -> None:
    foreign = Ended(answer=msgspec.structs.replace(answer(verdict), **change))
    with running() as play:
        play >> told("A", "1", foreign) << "record stray_answer" << "alarm A stray_answer"
        play << "note A silence" << "send query #2 about #1"
        play >> told_status("A", foreign)
        if verdict is Verdict.APPROVED:
            play >> told_status("A", approved("1", "A")) << "record A ended: ended"
            play << "finish A approved by status"


def test_the_same_foreign_answer_raises_one_alarm_however_often_it_is_repeated() -> None:
    with querying() as play:
        play >> told_status("A", approved("7")) << "record stray_answer" << "alarm A stray_answer"
        for query in ("3", "4"):
            play >> when_due() << f"send query #{query} about #1"
            play >> told_status("A", approved("7"))
        play >> when_due() << "send query #5 about #1"
        play >> told_status("A", approved("8")) << "record stray_answer" << "alarm A stray_answer"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2026-05-05T10:00:00+02:00", "2026-05-05T08:00:00Z", True),
        ("2026-05-05T10:00:00.000+02:00", "2026-05-05T08:00:00+00:00", True),
        ("2026-05-05T10:00:00+02:00", "2026-05-05T10:00:00", False),
        ("2026-05-05T10:00:00+02:00", "2026-05-05T10:00:00Z", False),
        ("5 May", "5 May", True),
        ("5 May", "2026-05-05T10:00:00Z", False),
    ],
)
def test_the_instant_counts_and_not_how_a_terminal_writes_it(
    one: str, other: str, same: bool
) -> None:
    named = msgspec.structs.replace(answer(Verdict.APPROVED), sale_time=other)
    whose = identify(named, order(sale_time=one), ONE, SALE, POI)
    assert whose is (Identity.OURS if same else Identity.FOREIGN)


def test_what_an_own_answer_does_not_name_does_not_contradict() -> None:
    assert identify(Answer(verdict=Verdict.DECLINED), order(), ONE, SALE, POI) is Identity.OURS


@pytest.mark.parametrize("missing", ["service_id", "reference", "sale_time"])
def test_a_repeated_approval_that_does_not_name_enough_is_not_believed(missing: str) -> None:
    nameless = msgspec.structs.replace(answer(Verdict.APPROVED), **{missing: None})
    assert not proves(nameless, order())
    with querying() as play:
        play >> told_status("A", Ended(answer=nameless)) << "record stray_answer"
        play << "alarm A stray_answer"
        play >> after(5) << "send query #3 about #1"


def test_a_repeated_refusal_needs_no_sale_data_for_no_money_moved() -> None:
    assert proves(Answer(verdict=Verdict.DECLINED, service_id=ONE), order())


@pytest.mark.parametrize("operation", [Operation.REVERSAL, Operation.RELEASE])
def test_a_reversal_is_known_by_its_service_id_alone(operation: Operation) -> None:
    assert proves(Answer(verdict=Verdict.APPROVED, service_id=ONE), order(operation=operation))
