"""Any order of requests, aborts, logins, power cuts and answers: the books stay right."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from opi_pos.model.money import Amount
from opi_pos.poi.books import Movement
from opi_pos.poi.opi.answers import MoneyAnswer, Result
from opi_pos.poi.opi.cardside import PLAIN, Twist
from opi_pos.poi.opi.effects import Answer, RepeatAnswer
from opi_pos.poi.opi.machine import PoiState
from opi_pos.poi.opi.requests import (
    Abort,
    Diagnose,
    Family,
    Header,
    Kind,
    Login,
    Logoff,
    Original,
    Pay,
    RepeatLast,
    Reprint,
    Request,
    Reverse,
    Totals,
)
from opi_pos.poi.opi.run import PowerCut
from tests.opi_pos.poi.opi.playbook import Playbook

MINOR = st.sampled_from([1000, 1000, 1007, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1013, 1014])
WHO = st.sampled_from(["1", "2"])
TWISTS = st.sampled_from([PLAIN] * 6 + [Twist(power_cut=cut) for cut in PowerCut])
STANS = st.integers(1, 3).map(lambda number: f"{number:06d}")


class AnyOrder(RuleBasedStateMachine):
    """Two careless tills: they abort what they like, hang up, and print or not."""

    @initialize(profile=st.sampled_from(["de", "nl", "ch"]))
    def begin(self, profile: str) -> None:
        self.play = Playbook(profile)
        self.asked: Counter[Header] = Counter()
        self.ids = 0
        for who in ("1", "2"):
            self.ask(Login(), who, family=Family.SERVICE)

    def ask(
        self, request: Request, who: str, *, family: Family = Family.CARD, twist: Twist = PLAIN
    ) -> Header:
        self.ids += 1
        header = self.play.ask(request, str(self.ids), workstation=who, family=family, twist=twist)
        self.asked[header] += 1
        return header

    # -- what a till may do ------------------------------------------------------------------

    @rule(who=WHO)
    def log_in(self, who: str) -> None:
        self.ask(Login(), who, family=Family.SERVICE)

    @rule(who=WHO)
    def log_off(self, who: str) -> None:
        self.ask(Logoff(), who, family=Family.SERVICE)

    @rule(who=WHO, minor=MINOR, kind=st.sampled_from(Kind), stan=STANS, twist=TWISTS)
    def pay(self, who: str, minor: int, kind: Kind, stan: str, twist: Twist) -> None:
        original = Original(stan=stan) if kind is Kind.CAPTURE else None
        amount = Amount(minor=minor, currency="EUR")
        self.ask(Pay(kind=kind, amount=amount, original=original), who, twist=twist)

    @rule(who=WHO, minor=MINOR, kind=st.sampled_from(Kind), stan=STANS)
    def pay_in_peace(self, who: str, minor: int, kind: Kind, stan: str) -> None:
        self.play.finish()
        self.log_in(who)
        self.pay(who, minor, kind, stan, PLAIN)
        self.play.finish()

    @rule(who=WHO, steps=st.integers(5, 9))
    def sign_until_the_power_fails(self, who: str, steps: int) -> None:
        self.play.finish()
        self.log_in(who)
        self.play.confirms = False
        self.pay(who, 1007, Kind.PAYMENT, "", PLAIN)
        for _ in range(steps):
            self.play.go_on()
        self.play.power_cut()
        self.log_in(who)
        self.repeat(who)

    @rule(who=WHO, stan=STANS, last=st.booleans())
    def reverse(self, who: str, stan: str, *, last: bool) -> None:
        self.ask(Reverse(original=None if last else Original(stan=stan)), who)

    @rule(who=WHO, stan=STANS)
    def reverse_in_peace(self, who: str, stan: str) -> None:
        self.play.finish()
        self.log_in(who)
        for _ in range(2):
            self.reverse(who, stan, last=False)
            self.play.finish()

    @rule(who=WHO)
    def abort(self, who: str) -> None:
        self.ask(Abort(), who)

    @rule(who=WHO, close=st.booleans())
    def total(self, who: str, *, close: bool) -> None:
        self.ask(Totals(close=close), who, family=Family.SERVICE)

    @rule(who=WHO, request=st.sampled_from([Reprint(), Diagnose()]))
    def look(self, who: str, request: Request) -> None:
        self.ask(request, who, family=Family.SERVICE)

    @rule(who=WHO)
    def repeat(self, who: str) -> None:
        """What is repeated is the truth about money."""
        answer = self.play.answer(self.ask(RepeatLast(), who))
        if isinstance(answer, RepeatAnswer):
            kept = answer.kept
            assert kept.header.workstation_id == who
            if isinstance(kept.answer, MoneyAnswer):
                self.check_money(kept.header, kept.answer)

    @rule(confirms=st.sampled_from([True, False, None]), prints=st.booleans())
    def be(self, *, confirms: bool | None, prints: bool) -> None:
        self.play.confirms, self.play.prints = confirms, prints

    @rule(reachable=st.booleans())
    def hang_up(self, *, reachable: bool) -> None:
        self.play.reachable = reachable

    # -- time --------------------------------------------------------------------------------

    @rule()
    def go_on(self) -> None:
        self.play.go_on()

    @rule()
    def finish(self) -> None:
        self.play.finish()
        assert self.play.terminal.rules.state is PoiState.IDLE

    @rule()
    def cut_the_power(self) -> None:
        self.play.power_cut()

    @rule(seconds=st.sampled_from([1.0, 61.0]))
    def wait(self, seconds: float) -> None:
        self.play.now += seconds

    # -- what always holds -------------------------------------------------------------------

    @invariant()
    def every_request_is_answered_once_at_most(self) -> None:
        answered = Counter(header for header, _ in self.play.replies)
        assert answered <= self.asked

    @invariant()
    def what_is_answered_is_in_the_books(self) -> None:
        for header, answer in self.play.replies:
            if isinstance(answer, MoneyAnswer):
                self.check_money(header, answer)

    @invariant()
    def nothing_is_captured_or_undone_twice(self) -> None:
        books = self.play.books
        for entry in books.entries:
            assert books.undone(entry.transaction_id) <= entry.amount.minor
        numbers = Counter(entry.transaction_id for entry in books.entries)
        assert max(numbers.values(), default=1) == 1

    def check_money(self, header: Header, answer: Answer) -> None:
        assert isinstance(answer, MoneyAnswer)
        made = [
            entry
            for entry in self.play.books.entries
            if entry.service_id == header.request_id and not entry.automatic
        ]
        if answer.result is Result.SUCCESS:
            (entry,) = made
            assert entry.amount == answer.amount
            assert entry.sale_id == header.workstation_id
            assert self.play.books.undone(entry.transaction_id, automatic=True) == 0
        else:
            assert answer.amount is None
            for entry in made:
                gone = self.play.books.undone(entry.transaction_id, automatic=True)
                assert gone == entry.amount.minor
                assert entry.movement is not Movement.REVERSAL


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestAnyOrder = AnyOrder.TestCase
