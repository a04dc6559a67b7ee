"""The simulated cloud and terminal, asked without a driver."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from opi_pos.aio import virtual
from opi_pos.model.secret import Secret
from opi_pos.wire import netpay
from opi_pos.wire.netpay import Response, State
from opi_pos.wire.netpay.push import Request
from opi_pos.wire.netpay.token import FORM, TOKEN_PATH
from terminal_bridge.links.link import Reply
from terminal_bridge.links.web import WebRequest
from terminal_bridge.simulator.netpay.cloud import SERIAL, SimulatedNetpay
from terminal_bridge.simulator.netpay.habits import Busy, Habits

BASIC = netpay.basic("simulated", Secret("simulated"))
GRANT = netpay.write_grant(netpay.Grant(username="simulated", password=Secret("simulated")))
NOON = datetime(2026, 11, 23, 18, 0, tzinfo=UTC).timestamp()
EIGHT_IN_THE_EVENING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC).timestamp()

Scene = Callable[["Till"], Coroutine[Any, Any, None]]


class Till:
    """Whoever asks, and the receiver."""

    def __init__(self, **words: Any) -> None:
        self.posted: list[Response] = []
        self.answer = Reply(status=200, body=netpay.write_acknowledgement(netpay.RECEIVED))
        self.cloud = SimulatedNetpay(post=self._post, **words)
        self.token = ""

    @property
    def terminal(self) -> Any:
        return self.cloud.terminals[SERIAL]

    async def _post(self, body: bytes) -> Reply:
        self.posted.append(netpay.read_response(body))
        return self.answer

    async def call(
        self, path: str, body: bytes = b"", *, method: str = "POST", basic: str = ""
    ) -> tuple[int, dict[str, Any]]:
        authorization = basic or f"Bearer {self.token}"
        headers = {"Authorization": authorization, "Content-Type": FORM}
        request = WebRequest(method=method, url="https://x" + path, headers=headers, body=body)
        reply = await self.cloud.receive(request)
        return reply.status, json.loads(reply.body) if reply.body else {}

    async def log_in(self) -> None:
        _, told = await self.call(TOKEN_PATH, GRANT, basic=BASIC)
        self.token = told["access_token"]

    async def push(self, request: Request) -> dict[str, Any]:
        name, body = netpay.write_request(request)
        _, told = await self.call(f"/integration-service/transactions/{name}", body)
        await asyncio.sleep(120)
        return told

    async def sell(self, pesos: str = "12.00", folio: str = "f-1") -> Response | None:
        before = len(self.posted)
        await self.push(
            netpay.SaleRequest(
                serial_number=SERIAL,
                store_id="1",
                amount=Decimal(pesos),
                folio_number=folio,
                traceability={"session": "7"},
            )
        )
        return self.posted[before] if len(self.posted) > before else None

    async def ask(self, folio: str) -> Response:
        await self.push(netpay.ReprintRequest(serial_number=SERIAL, store_id="1", folio_id=folio))
        return self.posted[-1]

    async def cancel(self, order_id: str) -> Response:
        await self.push(netpay.CancelRequest(serial_number=SERIAL, store_id="1", order_id=order_id))
        return self.posted[-1]


def play(scene: Scene, *, logged_in: bool = True, begins: float = NOON, **words: Any) -> None:
    async def main() -> None:
        def clock() -> float:
            return begins + asyncio.get_running_loop().time()

        till = Till(clock=clock, **words)
        async with till.cloud:
            if logged_in:
                await till.log_in()
            await scene(till)

    virtual.run(main())


def test_a_token_is_given_for_the_right_words_only() -> None:
    async def scene(till: Till) -> None:
        status, told = await till.call(TOKEN_PATH, GRANT, basic="Basic eDp5")
        assert (status, told["error"]) == (401, "Unauthorized")
        status, told = await till.call(TOKEN_PATH, b"grant_type=refresh_token", basic=BASIC)
        assert (status, told["error"]) == (400, "unsupported_grant_type")
        wrong = GRANT.replace(b"password=simulated", b"password=x")
        status, told = await till.call(TOKEN_PATH, wrong, basic=BASIC)
        assert (status, told["error"]) == (400, "invalid_grant")
        status, told = await till.call(TOKEN_PATH, GRANT, basic=BASIC)
        assert (status, told["expires_in"]) == (200, 60)
        till.token = told["access_token"]
        assert (await till.sell()) is not None
        await asyncio.sleep(60)
        status, told = await till.call("/integration-service/transactions/sale", b"{}")
        assert (status, told["error"]) == (401, "invalid_token")

    play(scene, logged_in=False, token_life_s=60.0)


def test_other_calls_are_refused() -> None:
    async def scene(till: Till) -> None:
        assert (await till.call("/nowhere"))[0] == 404
        assert (await till.call("/integration-service/transactions/refund"))[0] == 404
        assert (await till.call(TOKEN_PATH, method="GET"))[0] == 405
        assert (await till.call("/integration-service/transactions/sale", b"{}"))[0] == 400
        other = netpay.CancelRequest(serial_number="1", store_id="1", order_id="x")
        assert (await till.push(other))["code"] == "19"
        assert till.posted == []

    play(scene)


def test_a_sale_is_told_asked_about_and_cancelled() -> None:
    async def scene(till: Till) -> None:
        sold = await till.sell()
        assert sold is not None
        assert (sold.response_code, sold.trans_type, sold.folio_number) == ("00", "A", "f-1")
        assert sold.traceability == {"session": "7"}
        standing = await till.ask("f-1")
        assert standing.is_reprint
        assert (standing.reprint_module, standing.order_id) == (State.STANDING, sold.order_id)
        assert (await till.ask("F-1")).message == "TRANSACCION NO ENCONTRADA"
        void = await till.cancel(sold.order_id)
        assert void.is_void
        assert void.response_code == "00"
        assert (await till.ask("f-1")).reprint_module == State.VOIDED
        assert (await till.cancel(sold.order_id)).response_code == "13"
        assert (await till.cancel("unknown")).response_code == "13"
        assert till.cloud.books.net() == {"MXN": 0}
        assert len(till.terminal.delivered) == len(till.posted)

    play(scene)


def test_a_cut_line_is_reversed_with_the_next_good_sale() -> None:
    async def scene(till: Till) -> None:
        cut = await till.sell("38.14", "f-1")
        assert cut is not None
        assert cut.response_code == "05"
        assert (await till.ask("f-1")).reprint_module == State.REVERSAL_PENDING
        await till.sell("38.05", "f-2")
        assert (await till.ask("f-1")).reprint_module == State.REVERSAL_PENDING
        await till.sell("1.00", "f-3")
        assert (await till.ask("f-1")).reprint_module == State.REVERSED
        assert (await till.ask("f-2")).reprint_module == State.DECLINED
        assert till.cloud.books.net() == {"MXN": 100}

    play(scene)


def test_after_eight_in_the_evening_nothing_is_cancelled() -> None:
    async def scene(till: Till) -> None:
        sold = await till.sell()
        assert sold is not None
        await asyncio.sleep(3600)
        assert (await till.cancel(sold.order_id)).response_code == "13"
        assert till.cloud.books.net() == {"MXN": 1200}

    play(scene, begins=EIGHT_IN_THE_EVENING - 1800)


@pytest.mark.parametrize(
    ("busy", "codes"),
    [(Busy.LOST, ["02"]), (Busy.CANCELLED, ["02", "02"]), (Busy.QUEUED, ["02", "00"])],
)
def test_a_busy_terminal(busy: Busy, codes: list[str]) -> None:
    async def scene(till: Till) -> None:
        both = (till.sell("38.03", "f-1"), till.sell("12.00", "f-2"))
        await asyncio.gather(*both)
        assert sorted(each.response_code for each in till.posted) == sorted(codes)

    play(scene, habits=Habits(busy=busy))


@pytest.mark.parametrize(
    "answer",
    [
        Reply(status=500, body=netpay.write_acknowledgement(netpay.RECEIVED)),
        Reply(status=200),
        Reply(status=200, body=b'{"code":"01","message":""}'),
        Reply(status=204),
    ],
    ids=range(4),
)
def test_only_the_documented_answer_is_a_delivery(answer: Reply) -> None:
    async def scene(till: Till) -> None:
        till.answer = answer
        await till.sell()
        assert len(till.terminal.undelivered) == 1
        assert till.terminal.delivered == []

    play(scene)


@pytest.mark.parametrize("remembers", [True, False])
def test_a_cancelled_sale_may_be_forgotten(remembers: bool) -> None:
    async def scene(till: Till) -> None:
        await till.sell("38.06", "f-1")
        asked = await till.ask("f-1")
        assert (asked.reprint_module == State.DECLINED) is remembers

    play(scene, habits=Habits(remembers_cancelled=remembers))
