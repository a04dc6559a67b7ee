"""What a driver told of one command, and what must be true of every such story."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import msgspec

from opi_pos.model.card import mask_text
from opi_pos.model.ids import Reference
from opi_pos.model.money import Amount
from opi_pos.model.news import (
    AbortLost,
    Answer,
    DeviceAsked,
    Ended,
    Evidence,
    News,
    NoAnswer,
    NoSession,
    NotKnown,
    Refusal,
    Running,
    Verdict,
    Written,
)
from opi_pos.model.orders import AskStatus, Command, Integration, Login, MoneyOrder, Order, Original
from opi_pos.model.results import Operation
from opi_pos.testing.stand import Stand, Wishing, command, money, reply_to

FINAL = (Ended, NotKnown, NoSession, NoAnswer)
ASKED_AT_MOST = 40
"""How often a test asks, or wishes, again."""

Look = Callable[[News], Awaitable[None]]


async def told(
    stand: Stand, order: Command, wishes: Wishing | None = None, look: Look | None = None
) -> list[News]:
    """All news of a command, each answered as the runtime would; `look` sees each one before the
    generator is resumed.
    """
    news: list[News] = []
    await stand.intend(order)
    async with aclosing(stand.driver.carry_out(order, wishes or Wishing())) as talk:
        reply = None
        while True:
            try:
                one = await talk.asend(reply)
            except StopAsyncIteration:
                break
            news.append(one)
            if look is not None:
                await look(one)
            reply = reply_to(one)
    check_story(stand, order, news)
    if news:
        await stand.ended(order, news[-1])
    return news


def check_story(stand: Stand, order: Command, news: list[News]) -> None:
    """The rules of `Driver.carry_out` that hold for every command."""
    finals = (*FINAL, Running) if isinstance(order.order, AskStatus) else FINAL
    if news or order.order.__struct_config__.tag != "stop_exchange":
        assert news, "a command must end with news"
        assert isinstance(news[-1], (*finals, AbortLost)), f"it ended without an end: {news}"
    early = [one for one in news[:-1] if isinstance(one, FINAL)]
    assert not early, f"news after an end: {early}"
    for one in news:
        _check_news(stand, order, one)
    if isinstance(order.order, MoneyOrder):
        _check_written(news)


def _check_news(stand: Stand, order: Command, news: News) -> None:
    shown = repr(news)
    for secret in stand.secrets:
        assert secret not in shown, f"a secret in {type(news).__name__}"
    assert mask_text(shown) == shown, f"a card number in {type(news).__name__}"
    match news:
        case Evidence(data=data):
            kept = msgspec.json.encode(data)
            assert msgspec.json.decode(kept) == data, "evidence must be plain JSON"
            assert mask_text(kept.decode()) == kept.decode(), "a card number in the evidence"
        case DeviceAsked(request=request):
            assert request.poi_id == order.poi_id, "a device request of another terminal"
        case NoAnswer(problem=problem) | AbortLost(problem=problem):
            assert problem, "a person must be told what the problem is"
        case Ended(answer=Answer(verdict=Verdict.REFUSED, refusal=None)):
            raise AssertionError("a refusal must say why (`Answer.refusal`)")
        case _:
            pass


def _check_written(news: list[News]) -> None:
    """Written comes before everything that follows a sent byte, and never when none left."""
    kinds = [type(one) for one in news]
    assert kinds.count(Written) <= 1, "written twice"
    if Written in kinds:
        before = news[: kinds.index(Written)]
        wrong = [one for one in before if not isinstance(one, Evidence | DeviceAsked)]
        assert not wrong, f"told before Written: {wrong}"
        unsent = isinstance(news[-1], NoAnswer) and not news[-1].written
        assert not unsent, "a byte left, but the end says that none did"
        return
    match news[-1]:
        case NoAnswer(written=False) | Ended(answer=Answer(verdict=Verdict.REFUSED)):
            pass
        case last:
            raise AssertionError(f"nothing was written, but {last}")


def end_of(news: list[News]) -> Answer:
    """The answer that a story ends with."""
    last = news[-1]
    assert isinstance(last, Ended), f"it should have ended with an answer: {last}"
    return last.answer


def check_truth(stand: Stand, last: News, amount: Amount) -> None:
    """What a driver says of money is what stands in the terminal's own books."""
    match last:
        case Ended(answer=Answer(verdict=Verdict.APPROVED) as answer):
            assert stand.taken == amount.minor, f"approved, but taken: {stand.taken}"
            if stand.driver.capabilities.result_amount:
                assert answer.authorized is not None, "`result_amount` is declared"
            assert answer.authorized in {None, amount}
        case Ended(answer=Answer(verdict=Verdict.UNCLEAR)):
            pass
        case Ended() | NotKnown() | NoAnswer(written=False):
            assert stand.taken == 0, f"{last}, but taken: {stand.taken}"
        case _:
            pass


class Till:
    """What a till does at a stand, each command under a service id of its own."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self._ids = itertools.count(4001)

    def command(self, order: Order) -> Command:
        """The next command."""
        return command(self.stand, order, str(next(self._ids)))

    async def begin(self) -> None:
        """Open a session, where terminals have them; again while the terminal says it is busy."""
        if not self.stand.driver.capabilities.login:
            return
        _, answer = await self._unless_busy(Login(integration=Integration.LIGHT))
        assert answer.verdict is Verdict.APPROVED, answer

    async def _unless_busy(self, order: Order) -> tuple[Command, Answer]:
        """As the rules do, send it again under a new id while the terminal refuses as busy."""
        for _ in range(ASKED_AT_MOST):
            sent = self.command(order)
            answer = end_of(await told(self.stand, sent))
            if answer.refusal is not Refusal.BUSY:
                return sent, answer
            await self.stand.breathe()
        raise AssertionError("the terminal says that it is busy, again and again")

    async def told(self, order: Order, look: Look | None = None) -> list[News]:
        """All news of an order."""
        return await told(self.stand, self.command(order), look=look)

    async def ask(self, about: Command, news: list[News]) -> News:
        """What became of a payment; asked again while it runs, as the rules do."""
        assert isinstance(about.order, MoneyOrder)
        kept = [one.data for one in news if isinstance(one, Evidence)]
        evidence = {key: value for data in kept for key, value in data.items()}
        order = AskStatus(service_id=about.service_id, order=about.order, evidence=evidence)
        last: News = Running()
        for _ in range(ASKED_AT_MOST):
            last = (await self.told(order))[-1]
            if not isinstance(last, Running):
                break
            await self.stand.breathe()
        return last

    async def approved(self, order: MoneyOrder) -> Original:
        """Carry out an order that must be approved; it as the original of a later one."""
        sent, answer = await self._unless_busy(order)
        assert answer.verdict is Verdict.APPROVED, f"{order.operation}: {answer}"
        return Original(
            reference=order.reference,
            service_id=sent.service_id,
            transaction=answer.terminal_transaction,
            amount=answer.authorized or order.amount,
            approval_code=answer.approval_code,
            poi_id=self.stand.poi_id,
        )

    def sale(self, amount: Amount | None, operation: Operation = Operation.PAYMENT) -> MoneyOrder:
        """A new sale, with a reference that no other has."""
        return money(amount, operation, reference=Reference(f"order-{next(self._ids)}"))


def is_refused_unsent(news: list[News], capability: str) -> bool:
    """Whether a driver refused an order before anything was sent, naming the capability."""
    match news:
        case [NoAnswer(written=False, problem=problem)]:
            return capability in problem
        case _:
            return False
