"""The till for programs without asyncio: a thin shell over the same core.

    with opi_pos.blocking.SaleSystem.open(terminal="nexo+http://192.0.2.15:11000") as till:
        result = till.pay("38.00", currency="SEK", reference="order-4711")

One thread runs the event loop; every method waits for its asyncio twin of the same name and
arguments (see `opi_pos.runtime.sale_system.SaleSystem`). Methods may be called from any thread, so
`abort` can be called while `pay` waits. A `Cashier` is asked in the loop's thread: its methods may
be plain functions, which then run in a thread of their own.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from opi_pos.model.errors import UsageError
from opi_pos.model.results import Result
from opi_pos.runtime.cashier import QuietCashier, overrides
from opi_pos.runtime.sale_system import SaleSystem as AsyncSaleSystem

T = TypeVar("T")

_CASHIER = ("display", "confirm", "ask", "print", "event")


class SaleSystem:
    """Blocking twin of `opi_pos.SaleSystem`."""

    def __init__(self, till: AsyncSaleSystem) -> None:
        self._till = till
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @classmethod
    def open(cls, *, cashier: object | None = None, **words: Any) -> SaleSystem:
        """As `opi_pos.SaleSystem.open`; nothing is opened before `with`."""
        asked = _awaitable(cashier) if cashier is not None else None
        return cls(AsyncSaleSystem.open(cashier=asked, **words))

    def __enter__(self) -> Self:
        loop = self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=loop.run_forever, name="opi-pos", daemon=True)
        self._thread.start()
        try:
            self._wait(self._till.__aenter__())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._wait(self._till.close())
        finally:
            self._stop()

    def pay(self, *args: Any, **words: Any) -> Result:
        """Take a payment; see `opi_pos.SaleSystem.pay`. Ctrl-C leaves the exchange open."""
        return self._wait(self._till.pay(*args, **words))

    def refund(self, *args: Any, **words: Any) -> Result:
        """Pay money back."""
        return self._wait(self._till.refund(*args, **words))

    def reverse(self, *args: Any, **words: Any) -> Result:
        """Undo a payment."""
        return self._wait(self._till.reverse(*args, **words))

    def reserve(self, *args: Any, **words: Any) -> Result:
        """Reserve an amount."""
        return self._wait(self._till.reserve(*args, **words))

    def complete(self, *args: Any, **words: Any) -> Result:
        """Take the money of a reservation."""
        return self._wait(self._till.complete(*args, **words))

    def release(self, *args: Any, **words: Any) -> Result:
        """Let a reservation go."""
        return self._wait(self._till.release(*args, **words))

    def status(self, reference: str) -> Result | None:
        """What became of a reference."""
        return self._wait(self._till.status(reference))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Every other method of the asyncio twin, waited for."""
        method = getattr(self._till, name)
        if not inspect.iscoroutinefunction(method):
            raise AttributeError(f"the blocking till has no {name!r}")

        def waited(*args: Any, **words: Any) -> Any:
            return self._wait(method(*args, **words))

        return waited

    def _wait(self, coro: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            coro.close()
            raise UsageError("the till is not open: use `with SaleSystem.open(...)`")
        return asyncio.run_coroutine_threadsafe(coro, self._loop).result()

    def _stop(self) -> None:
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


def _awaitable(cashier: object) -> QuietCashier:
    """A cashier whose plain functions run in threads; coroutines are left as they are."""
    own = {name: getattr(cashier, name) for name in _CASHIER if overrides(cashier, name)}

    def twin(method: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(method):

            async def as_it_is(self: object, *args: Any) -> Any:
                return await method(*args)

            return as_it_is

        async def in_a_thread(self: object, *args: Any) -> Any:
            return await asyncio.to_thread(method, *args)

        return in_a_thread

    made = type("BlockingCashier", (QuietCashier,), {n: twin(m) for n, m in own.items()})
    cashier_twin: QuietCashier = made()
    return cashier_twin
