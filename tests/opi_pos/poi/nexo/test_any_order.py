"""Any order of messages, aborts, logins, power cuts and answers: the books stay right."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from opi_pos.model.ids import ServiceID
from opi_pos.poi.books import Entry, Movement
from opi_pos.poi.nexo.answers import Answer, PaymentAnswer, ReversalAnswer, StatusAnswer
from opi_pos.poi.nexo.cardside import PLAIN, Twist
from opi_pos.poi.nexo.machine import RUNNING
from opi_pos.poi.nexo.requests import (
    Abort,
    Header,
    Kind,
    Login,
    Logout,
    Reference,
    Reversal,
    TransactionStatus,
)
from opi_pos.poi.nexo.run import PowerCut
from opi_pos.poi.nexo.states import PoiState
from tests.opi_pos.poi.nexo.playbook import FULL, LIGHT, Playbook, payment

AMOUNTS = st.sampled_from(
    ["38.00", "38.01", "38.02", "38.03", "38.05", "38.06", "38.07", "38.08", "38.13", "38.14"]
)
IDS = st.integers(1, 12).map(str)
TWISTS = st.sampled_from([PLAIN] * 6 + [Twist(power_cut=cut) for cut in PowerCut])


class AnyOrder(RuleBasedStateMachine):
    """A careless till: it repeats ids, aborts what it likes, and hangs up."""

    @initialize(
        profile=st.sampled_from(["swedbank", "westpay", "adyen-local", "plain-json"]),
        confirm=st.sampled_from([True, False, None]),
        reachable=st.booleans(),
    )
    def begin(self, profile: str, *, confirm: bool | None, reachable: bool) -> None:
        self.play = Playbook(profile, confirm=confirm, reachable=reachable)
        self.asked: Counter[Header] = Counter()
        self.repeated: dict[Header, Answer] = {}

    def ask(self, request: object, service_id: str, *, twist: Twist = PLAIN) -> Header:
        header = self.play.ask(request, service_id, twist=twist)  # type: ignore[arg-type]
        self.asked[header] += 1
        return header

    # -- what a till may do ------------------------------------------------------------------

    @rule(service_id=IDS, light=st.booleans())
    def log_in(self, service_id: str, *, light: bool) -> None:
        self.ask(Login(capabilities=LIGHT if light else FULL), service_id)

    @rule(service_id=IDS)
    def log_out(self, service_id: str) -> None:
        self.ask(Logout(), service_id)

    @rule(service_id=IDS, amount=AMOUNTS, twist=TWISTS)
    def pay(self, service_id: str, amount: str, twist: Twist) -> None:
        outside = self.play.terminal.rules.state is PoiState.LOGGED_OUT
        before = len(self.play.books.entries)
        self.ask(payment(amount, f"order-{service_id}"), service_id, twist=twist)
        if outside:
            assert len(self.play.books.entries) == before

    @rule(service_id=IDS, amount=AMOUNTS)
    def refund(self, service_id: str, amount: str) -> None:
        self.ask(payment(amount, f"refund-{service_id}", kind=Kind.REFUND), service_id)

    @rule(service_id=IDS)
    def reverse_last(self, service_id: str) -> None:
        self.ask(Reversal(original=None), service_id)

    @rule(service_id=IDS, wanted=IDS)
    def abort(self, service_id: str, wanted: str) -> None:
        reference = Reference(category="Payment", service_id=ServiceID(wanted))
        self.ask(Abort(reference=reference), service_id)

    @rule(service_id=IDS, wanted=IDS)
    def ask_status(self, service_id: str, wanted: str) -> None:
        reference = Reference(category="Payment", service_id=ServiceID(wanted))
        header = self.ask(TransactionStatus(reference=reference), service_id)
        answer = self.play.answer_to(header)
        assert isinstance(answer, StatusAnswer)
        if answer.repeated is not None:
            kept = answer.repeated
            first = self.repeated.setdefault(kept.header, kept.answer)
            assert first == kept.answer, "the same transaction was told in two ways"

    # -- what may happen ---------------------------------------------------------------------

    @precondition(lambda self: self.play.pending)
    @rule(steps=st.integers(1, 12))
    def time_passes(self, steps: int) -> None:
        for _ in range(steps):
            if self.play.pending:
                self.play.step()

    @rule()
    def power_cut(self) -> None:
        self.play.reboot()

    # -- what must hold ----------------------------------------------------------------------

    @invariant()
    def one_movement_per_service_id(self) -> None:
        made = Counter(e.service_id for e in self.play.books.entries if not e.automatic)
        assert all(count == 1 for count in made.values()), made

    @invariant()
    def no_request_is_answered_twice(self) -> None:
        given = Counter(header for header, _ in self.play.replies)
        assert all(given[header] <= self.asked[header] for header in given)

    @invariant()
    def answers_and_books_agree(self) -> None:
        for header, answer in self.play.replies:
            if not isinstance(answer, PaymentAnswer | ReversalAnswer):
                continue
            moved = answer.transaction.id if answer.transaction else ""
            entry = self.play.books.find(moved)
            stands = entry is not None and (
                self.play.books.undone(moved, automatic=True) < entry.amount.minor
            )
            assert stands is answer.response.success, (header, answer.response)

    @invariant()
    def nothing_runs_unseen(self) -> None:
        rules = self.play.terminal.rules
        assert (rules.running is not None) is (rules.state in RUNNING)
        if rules.state in RUNNING:
            assert self.play.pending, "a service runs and waits for nothing"

    @invariant()
    def nobody_pays_back_more_than_was_taken(self) -> None:
        books = self.play.books
        for entry in books.entries:
            if entry.movement is not Movement.REVERSAL:
                assert books.undone(entry.transaction_id) <= entry.amount.minor

    def teardown(self) -> None:
        if not hasattr(self, "play"):
            return
        self.play.settle()
        assert self.play.terminal.rules.state not in RUNNING
        self.answers_and_books_agree()
        self.play.ask(Login(capabilities=LIGHT), "901")
        for entry in self.play.books.entries:
            if not entry.automatic:
                self._is_known(entry)

    def _is_known(self, entry: Entry) -> None:
        """Whatever was moved can be asked for, after a power cut too."""
        category = "Reversal" if entry.movement is Movement.REVERSAL else "Payment"
        header = Header(
            category=category,
            service_id=entry.service_id,
            sale_id=entry.sale_id,
            poi_id=entry.poi_id,
        )
        known = self.play.status_of(header)
        assert known.repeated is not None
        answer = known.repeated.answer
        assert answer.transaction is not None
        assert answer.transaction.id == entry.transaction_id
        given = self.play.answer_to(header)
        if isinstance(given, PaymentAnswer) and given.response.success:
            assert answer == given


AnyOrder.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestAnyOrder = AnyOrder.TestCase
