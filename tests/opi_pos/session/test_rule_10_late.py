"""Rule 10: late and double news are safe: recorded, compared, raised if they disagree."""

from __future__ import annotations

import msgspec
import pytest

from opi_pos.model.devices import DeviceRequest, Display, Event, EventKind, Progress
from opi_pos.model.ids import POIID, DeviceID, ServiceID
from opi_pos.model.news import Ended, Verdict, Written
from opi_pos.model.results import Outcome
from opi_pos.session.repeats import REMEMBERED_AT_MOST, REPEAT_WINDOW_S, Repeats
from opi_pos.session.sale import ENDED_KEPT
from opi_pos.testing.playbook import (
    Playbook,
    confirmed,
    resolve,
    submit,
    told,
    told_status,
    when_due,
)
from tests.opi_pos.session.values import (
    NEVER_LEFT,
    POI,
    SILENCE,
    UNCLEAR,
    answer,
    approved,
    declined,
    in_doubt,
    order,
    ready,
    refused,
    reversing,
    running,
    signing,
)

ABORTED = Ended(answer=answer(Verdict.ABORTED))


def ended(news: Ended) -> Playbook:
    """A till whose payment A has ended with this answer."""
    return running() >> told("A", "1", news) << ...


@pytest.mark.parametrize("news", [approved(), declined()], ids=["approved", "declined"])
def test_the_same_answer_twice_is_noted_and_told_once(news: Ended) -> None:
    with ended(news) as play:
        play >> told("A", "1", news) << "note A late_answer"


@pytest.mark.parametrize(
    ("first", "late"), [(approved(), declined()), (declined(), approved()), (ABORTED, approved())]
)
def test_a_late_answer_that_disagrees_about_money_is_an_alarm_and_replaces_nothing(
    first: Ended, late: Ended
) -> None:
    with ended(first) as play:
        play >> told("A", "1", late) << "record alarm late_answer_disagrees"
        play << "alarm A late_answer_disagrees"


@pytest.mark.parametrize("late", [declined(), ABORTED, UNCLEAR, refused()])
def test_a_late_answer_that_agrees_that_no_money_moved_is_noted(late: Ended) -> None:
    with ended(declined()) as play:
        play >> told("A", "1", late) << "note A late_answer"


def test_a_late_answer_after_a_persons_decision_is_compared_too() -> None:
    with in_doubt() as play:
        play >> resolve("A", Outcome.DECLINED) << ...
        play >> told("A", "1", approved()) << "record alarm late_answer_disagrees"
        play << "alarm A late_answer_disagrees"


def test_a_late_answer_is_never_applied_to_the_next_exchange() -> None:
    with ended(declined()) as play:
        play >> submit("B", order("B")) << ...
        play >> told("A", "1", approved()) << "record alarm late_answer_disagrees"
        play << "alarm A late_answer_disagrees"
        (
            play
            >> told("B", "2", approved("1", "A"))
            << "record stray_answer"
            << "alarm B stray_answer"
        )
        play << "note B silence" << "send query #3 about #2"


def test_a_doubled_approval_while_the_cashier_looks_at_the_signature_is_noted() -> None:
    with signing() as play:
        play >> told("A", "1", approved()) << "note A late_answer"
        play >> told("A", "1", declined()) << "record alarm late_answer_disagrees"
        play << "alarm A late_answer_disagrees"


def test_a_doubled_approval_after_the_reversal_of_a_refused_signature_agrees() -> None:
    with reversing() as play:
        play >> told(
            "A/signature", "2", Ended(answer=answer(Verdict.APPROVED, "2", "A/signature/1"))
        )
        play << ...
        play >> told("A", "1", approved()) << "note A late_answer"


@pytest.mark.parametrize(
    "news", [Written(), SILENCE, NEVER_LEFT], ids=["written", "silence", "link"]
)
def test_other_late_news_change_nothing(news: object) -> None:
    with ended(approved()) as play:
        play >> told("A", "1", news)  # type: ignore[arg-type]
        play >> told_status("A", news)  # type: ignore[arg-type]


def test_a_late_status_is_compared_as_well() -> None:
    with ended(approved()) as play:
        play >> told_status("A", approved()) << "note A late_answer"
        play >> told_status("A", declined()) << "record alarm late_answer_disagrees"
        play << "alarm A late_answer_disagrees"


def test_another_attempts_refusal_or_silence_does_not_touch_the_one_that_runs() -> None:
    with running() as play:
        play >> told("A", "1", refused()) << "note A refused"
        play >> when_due() << "record A sending: sent_again" << "send A #2 payment"
        for news in (refused(), declined(), SILENCE, NEVER_LEFT, Written()):
            play >> told("A", "1", news)
        play >> told("A", "2", approved("2")) << "record A ended: ended"
        play << "finish A approved by response"


def test_an_approval_for_an_exchange_that_is_long_forgotten_is_an_alarm() -> None:
    session = ready()
    for number in range(1, ENDED_KEPT + 2):
        play = Playbook(session) >> submit(f"{number}", order(f"{number}")) << ...
        running = session.running()
        assert running is not None
        sent = running.service_id
        play >> told(f"{number}", sent, declined(sent, f"{number}")) << ...
    with Playbook(session) as play:
        play >> told("1", "1", approved("1", "1")) << "record answer_for_nobody"
        play << "alarm 1 answer_for_nobody"
        play >> told("1", "1", declined("1", "1")) << "note 1 answer_for_nobody"
        play >> told("1", "1", SILENCE)
        play >> told_status("1", approved("1", "1"))


def test_a_question_to_the_cashier_is_answered_once() -> None:
    with signing() as play:
        play >> confirmed("A", accepted=True) << "record A ended: ended"
        play << "finish A approved by response"
        play >> confirmed("A", accepted=False)
        play >> confirmed("Z", accepted=False)


# --- the same device request again --------------------------------------------------------------

REQUEST = DeviceRequest(
    poi_id=POI,
    service_id=ServiceID("1"),
    device_id=DeviceID("d1"),
    body=Display(lines=("Insert card",), progress=Progress.WAIT_CARD),
)


def test_the_same_request_within_a_minute_is_the_same_one() -> None:
    repeats: Repeats[str] = Repeats()
    repeats.keep(REQUEST, "first", 0.0)
    assert repeats.first(REQUEST, REPEAT_WINDOW_S) == "first"
    assert repeats.first(REQUEST, REPEAT_WINDOW_S + 0.1) is None


@pytest.mark.parametrize(
    "change",
    [
        {"poi_id": POIID("back")},
        {"service_id": ServiceID("2")},
        {"device_id": DeviceID("d2")},
        {"body": Display(lines=("Enter PIN",))},
        {"body": Event(kind=EventKind.CARD_INSERTED)},
    ],
)
def test_a_request_that_differs_in_anything_is_another_one(change: dict[str, object]) -> None:
    repeats: Repeats[str] = Repeats()
    repeats.keep(REQUEST, "first", 0.0)
    assert repeats.first(msgspec.structs.replace(REQUEST, **change), 1.0) is None


@pytest.mark.parametrize("nameless", ["service_id", "device_id"])
def test_a_request_without_a_name_is_never_the_same_as_another(nameless: str) -> None:
    repeats: Repeats[str] = Repeats()
    request = msgspec.structs.replace(REQUEST, **{nameless: ""})
    repeats.keep(request, "first", 0.0)
    assert repeats.first(request, 0.0) is None


def test_after_the_end_of_the_exchange_it_is_a_new_one() -> None:
    repeats: Repeats[str] = Repeats()
    repeats.keep(REQUEST, "first", 0.0)
    repeats.forget(POI, ServiceID("2"))
    assert repeats.first(REQUEST, 1.0) == "first"
    repeats.forget(POI, ServiceID("1"))
    assert repeats.first(REQUEST, 1.0) is None


def test_only_so_many_are_remembered_and_the_oldest_goes_first() -> None:
    repeats: Repeats[int] = Repeats()
    requests = [
        msgspec.structs.replace(REQUEST, device_id=DeviceID(f"d{number}"))
        for number in range(REMEMBERED_AT_MOST + 1)
    ]
    for number, request in enumerate(requests):
        repeats.keep(request, number, 0.0)
        if number < REMEMBERED_AT_MOST:
            assert repeats.first(requests[0], 0.0) == 0
    assert repeats.first(requests[0], 0.0) is None
    assert repeats.first(requests[1], 0.0) == 1
