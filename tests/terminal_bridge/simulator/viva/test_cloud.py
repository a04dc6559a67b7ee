"""What the simulated cloud answers by itself, to any caller."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import date
from functools import wraps
from typing import Any

import pytest

from opi_pos.aio import virtual
from opi_pos.model.secret import Secret
from opi_pos.poi.scenario import Scenario
from opi_pos.wire import viva
from terminal_bridge.links.link import Reply
from terminal_bridge.links.web import WebRequest
from terminal_bridge.simulator.viva.cloud import SimulatedViva

DAY = 1_790_000_000.0
"""2026-09-21T14:13:20Z."""


def on_virtual_time(scene: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @wraps(scene)
    def played(*given: Any, **named: Any) -> None:
        virtual.run(scene(*given, **named))

    return played


class Caller:
    """Calls a cloud of its own."""

    def __init__(self, **words: Any) -> None:
        self.cloud = SimulatedViva(
            clock=lambda: DAY + asyncio.get_running_loop().time(), pace_s=0.5, **words
        )
        self.token = Secret("none")

    async def call(self, call: viva.Call) -> Reply:
        request = WebRequest(
            method=call.method,
            url=f"https://{call.role}.invalid{call.path}",
            headers=call.headers,
            body=call.body,
        )
        return await self.cloud.receive(request)

    async def log_in(self, secret: str = "simulated") -> Reply:
        reply = await self.call(viva.token_call("simulated", Secret(secret)))
        if reply.status == 200:
            self.token = viva.read_token(reply.body).access_token
        return reply

    async def order(self, kind: viva.OrderKind = viva.OrderKind.SALE, **words: Any) -> Reply:
        members = {
            "session_id": "s-1",
            "terminal_id": "16008507",
            "amount": 3800,
            "currency_code": "978",
            "cash_register_id": "till-3",
            **words,
        }
        return await self.call(viva.order_call(self.token, kind, viva.Order(**members)))

    async def session(self, session_id: str = "s-1") -> Reply:
        return await self.call(viva.session_call(self.token, session_id))

    async def ended(self, session_id: str = "s-1") -> viva.Session:
        while (reply := await self.session(session_id)).status != 200:  # noqa: ASYNC110
            await asyncio.sleep(1.0)
        return viva.read_session(reply.body)


@on_virtual_time
async def test_only_who_knows_the_secret_gets_a_token() -> None:
    caller = Caller(token_life_s=100)
    async with caller.cloud:
        assert (await caller.session()).status == 401
        assert (await caller.log_in("wrong")).status == 400
        assert (await caller.log_in()).status == 200
        assert (await caller.session()).status == 404
        await asyncio.sleep(100.0)
        late = await caller.session()
        assert late.status == 401
        assert viva.read_problem(late.body) == "Could not validate credentials"


@on_virtual_time
async def test_an_order_is_taken_runs_and_ends() -> None:
    caller = Caller()
    async with caller.cloud:
        await caller.log_in()
        taken = await caller.order()
        assert (taken.status, taken.body) == (200, b"")
        assert (await caller.session()).status == 202
        session = await caller.ended()
        assert (session.success, session.event_id, session.amount) == (True, 0, 3800)
        assert session.primary_account_number_masked == "541333******0012"
        assert (await caller.order()).status == 409
        listed = await caller.call(viva.sessions_call(caller.token, date(2026, 9, 21)))
        assert viva.read_sessions(listed.body) == (session,)
        other = await caller.call(viva.sessions_call(caller.token, date(2026, 9, 22)))
        assert viva.read_sessions(other.body) == ()


@pytest.mark.parametrize(
    ("minor", "event_id"),
    [(3805, 1006), (3806, 1000), (3802, 1007), (3803, 1003), (3811, 1099), (3817, 1010)],
)
@on_virtual_time
async def test_the_amount_chooses_how_it_ends(minor: int, event_id: int) -> None:
    caller = Caller()
    async with caller.cloud:
        await caller.log_in()
        await caller.order(amount=minor)
        session = await caller.ended()
        assert (session.success, session.event_id) == (False, event_id)
        assert not caller.cloud.books.entries


@pytest.mark.parametrize("minor", [9951, 9954, 9920, 9957, 9961, 9905, 9906])
@on_virtual_time
async def test_the_demo_declines_what_viva_says_it_declines(minor: int) -> None:
    caller = Caller()
    async with caller.cloud:
        await caller.log_in()
        await caller.order(amount=minor)
        assert (await caller.ended()).event_id == 1006


@on_virtual_time
async def test_only_the_register_that_began_it_may_stop_a_session() -> None:
    caller = Caller(scenario=Scenario(presented=False))
    async with caller.cloud:
        await caller.log_in()
        await caller.order()
        await asyncio.sleep(5.0)
        for session_id, register, status in (
            ("s-1", "till-4", 403),
            ("s-2", "till-3", 404),
            ("s-1", "till-3", 200),
            ("s-1", "till-3", 409),
        ):
            reply = await caller.call(viva.abort_call(caller.token, session_id, register))
            assert reply.status == status
        session = await caller.ended()
        assert (session.event_id, session.abort_success) == (1016, True)


@on_virtual_time
async def test_a_busy_terminal_declines_a_second_session() -> None:
    caller = Caller()
    async with caller.cloud:
        await caller.log_in()
        await caller.order()
        await caller.order(session_id="s-2")
        assert (await caller.ended("s-2")).event_id == 1004
        assert (await caller.ended()).success


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"terminal_id": "1"}, 404),
        ({"currency_code": "000"}, 422),
        ({"amount": 0}, 422),
        ({"parent_session_id": "nobody"}, 200),
    ],
)
@on_virtual_time
async def test_an_order_that_cannot_be_is_refused(members: dict[str, Any], status: int) -> None:
    caller = Caller()
    async with caller.cloud:
        await caller.log_in()
        assert (await caller.order(**members)).status == status


@on_virtual_time
async def test_later_orders_need_a_parent_of_their_kind() -> None:
    caller = Caller(scenario=Scenario())
    async with caller.cloud:
        await caller.log_in()
        for name, preauth in (("sale", False), ("hold", True)):
            await caller.order(session_id=name, preauth=preauth)
            await caller.ended(name)
        for kind, parent, status in (
            (viva.OrderKind.REFUND, "hold", 404),
            (viva.OrderKind.COMPLETION, "sale", 404),
            (viva.OrderKind.REFUND, "nobody", 404),
            (viva.OrderKind.REFUND, "sale", 200),
            (viva.OrderKind.COMPLETION, "hold", 200),
        ):
            name = f"{kind} {parent}"
            reply = await caller.order(kind, session_id=name, parent_session_id=parent)
            assert reply.status == status, name
            if status == 200:
                assert (await caller.ended(name)).success
        assert caller.cloud.books.net() == {"EUR": 3800}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("POST", "/ecr/v1/transactions:fast-refund", 404),
        ("POST", "/ecr/v1/actions", 404),
        ("PUT", "/ecr/v1/sessions/s-1", 405),
        ("DELETE", "/ecr/v1/sessions", 405),
        ("GET", "/api/messages/config/token", 200),
    ],
)
@on_virtual_time
async def test_other_calls_are_not_there(method: str, path: str, status: int) -> None:
    caller = Caller()
    async with caller.cloud:
        headers = {"Content-Type": "application/json"}
        request = WebRequest(method=method, url=f"https://x.invalid{path}", headers=headers)
        assert (await caller.cloud.receive(request)).status == status


@on_virtual_time
async def test_terminals_are_found_by_their_status_and_source() -> None:
    caller = Caller(terminals=("1", "2"))
    async with caller.cloud:
        await caller.log_in()
        for search, found in (
            (viva.DeviceSearch(), ["1", "2"]),
            (viva.DeviceSearch(status_id=1, source_code="Default"), ["1", "2"]),
            (viva.DeviceSearch(status_id=5), []),
            (viva.DeviceSearch(source_code="Other"), []),
        ):
            reply = await caller.call(viva.devices_call(caller.token, search))
            devices = viva.read_devices(reply.body)
            assert [device.terminal_id for device in devices] == found
            assert json.loads(reply.body) == _plain(found)


def _plain(found: list[str]) -> list[dict[str, Any]]:
    return [
        {"terminalId": n, "statusId": 1, "sourceCode": "Default", "virtualTerminalId": n}
        for n in found
    ]


@on_virtual_time
async def test_a_cloud_that_starts_from_its_books_knows_what_it_moved() -> None:
    first = Caller(scenario=Scenario())
    async with first.cloud:
        await first.log_in()
        for name, preauth in (("sale", False), ("hold", True)):
            await first.order(session_id=name, preauth=preauth)
            await first.ended(name)
        sale = await first.ended("sale")
    second = Caller(scenario=Scenario(), books=first.cloud.books)
    async with second.cloud:
        await second.log_in()
        kept = await second.ended("sale")
        assert (kept.success, kept.amount, kept.authorization_id) == (
            True,
            3800,
            sale.authorization_id,
        )
        assert (await second.order(session_id="sale")).status == 409
        for kind, parent in (
            (viva.OrderKind.REFUND, "sale"),
            (viva.OrderKind.COMPLETION, "hold"),
        ):
            await second.order(kind, session_id=f"{kind}", parent_session_id=parent)
            assert (await second.ended(f"{kind}")).success
        numbers = [entry.transaction_id for entry in second.cloud.books.entries]
        assert len(set(numbers)) == len(numbers) == 4
