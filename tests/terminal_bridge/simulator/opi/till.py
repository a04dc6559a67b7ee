"""A small till for a simulated O.P.I. terminal: real messages in bytes, and a transcript."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from opi_pos.aio.virtual import run
from opi_pos.poi.faults import Fault
from opi_pos.wire import opi
from opi_pos.wire.opi import CardRequest, ServiceType
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.opi.terminal import SimulatedOpi

NOW = "2026-11-22T10:00:00+01:00"


def euros(amount: str) -> opi.TotalAmount:
    return opi.TotalAmount(currency="EUR", text=Decimal(amount))


class Till:
    """Asks, and answers what it is asked: `prints` and `confirms` say how."""

    def __init__(self, workstation_id: str = "1") -> None:
        self.workstation_id = workstation_id
        self.prints = True
        self.confirms: bool | None = True
        self.lines: list[str] = []
        self.asked: list[opi.DeviceRequest] = []
        self.was_asked = asyncio.Event()
        self.receive: Callable[[bytes], Awaitable[Reply]]
        self._ids = 0

    # -- channel 0 ---------------------------------------------------------------------------

    def request(self, kind: str, **parts: Any) -> opi.CardServiceRequest | opi.ServiceRequest:
        service = kind in {item.value for item in ServiceType} - {
            item.value for item in CardRequest
        }
        self._ids += 1
        parts.setdefault("pos_data", opi.POSdata(pos_time_stamp=NOW, language_code="de"))
        parts.setdefault("request_id", str(100 + self._ids))
        make = opi.ServiceRequest if parts.pop("service", service) else opi.CardServiceRequest
        return make(request_type=kind, workstation_id=self.workstation_id, popid="001", **parts)

    async def ask(self, kind: str, **parts: Any) -> Any:
        request = self.request(kind, **parts)
        reply = await self.receive(opi.encode(request))
        answer = opi.decode(reply.body)
        assert isinstance(answer, opi.CardServiceResponse | opi.ServiceResponse)
        assert type(answer).__name__ == type(request).__name__.replace("Request", "Response")
        assert answer.popid == "001"
        self.lines.append(f"{kind} {answer.overall_result}")
        return answer

    async def pay(self, amount: str = "25.00", **parts: Any) -> Any:
        return await self.ask(CardRequest.PAYMENT, total_amount=euros(amount), **parts)

    async def login(self, **parts: Any) -> Any:
        return await self.ask(ServiceType.LOGIN, **parts)

    # -- channel 1 ---------------------------------------------------------------------------

    async def post(self, data: bytes) -> Reply:
        request = opi.decode(data)
        assert isinstance(request, opi.DeviceRequest)
        self.asked.append(request)
        self.was_asked.set()
        return Reply(status=200, body=opi.encode(await self.answer(request)))

    async def answer(self, request: opi.DeviceRequest) -> opi.DeviceResponse:
        results = []
        overall = "Success"
        for output in request.output:
            target = output.out_device_target or ""
            paper = "Display" not in target
            self.lines.append(f"< {target}: {output.lines[-1] if not paper else 'slip'}")
            told = "Success" if self.prints or not paper else "DeviceUnavailable"
            overall = told if told != "Success" else overall
            results.append(opi.OutputResult(out_device_target=target, out_result=told))
        entered = None
        if request.input is not None:
            entered = self._enter(request.input)
            overall = entered.in_result or ""
        return opi.DeviceResponse(
            request_type=request.request_type,
            workstation_id=request.workstation_id,
            request_id=request.request_id,
            sequence_id=request.sequence_id,
            overall_result=overall,
            output=tuple(results),
            input=entered,
        )

    def _enter(self, asked: opi.Input) -> opi.InputResult:
        target = asked.in_device_target
        if self.confirms is None:
            return opi.InputResult(in_device_target=target, in_result="TimedOut")
        return opi.InputResult(
            in_device_target=target,
            in_result="Success",
            input_value=opi.InputValue(in_boolean=self.confirms),
        )


Story = Callable[[Till, SimulatedOpi], Awaitable[None]]


def play(
    story: Story, *faults: Fault, profile: str = "de", login: bool = True, **settings: Any
) -> Till:
    """A till that is logged in, and a terminal with faults, on virtual time."""

    async def main() -> Till:
        till = Till()
        loop = asyncio.get_running_loop()
        async with SimulatedOpi(
            profile,
            faults=faults,
            post=till.post,
            clock=lambda: 1.7e9 + loop.time(),
            **settings,
        ) as terminal:
            till.receive = terminal.receive
            if login:
                await till.login()
                till.lines.clear()
            await story(till, terminal)
        return till

    return run(main())


async def settle() -> None:
    """Let the terminal do what it can do without time passing."""
    await asyncio.sleep(0.001)
