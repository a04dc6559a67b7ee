"""The till for programs without asyncio: a thin shell over the same core.

    with opi_pos.blocking.SaleSystem.open(terminal="nexo+http://192.0.2.15:11000") as till:
        result = till.pay("38.00", currency="SEK", reference="order-4711")

One thread runs the event loop; every method waits for its asyncio twin of the same name and
arguments (see `opi_pos.runtime.sale_system.SaleSystem`). Methods may be called from any thread, so
`abort` can be called while `pay` waits. The methods of a `Cashier` may be plain functions: each
call runs in a daemon thread of its own, so it may call the till, and one that never returns keeps
nobody from closing.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from types import TracebackType
from typing import Any, Self, TypeVar

from opi_pos.model.capabilities import Capabilities
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
        started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._live(started),), name="opi-pos", daemon=True
        )
        self._thread.start()
        self._loop = started.result()
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

    def capabilities(self, poi: str | None = None) -> Capabilities:
        """What the terminal can do."""
        return self._wait(self._look(lambda: self._till.capabilities(poi)))

    @property
    def listen_url(self) -> str | None:
        """Where the listener listens, if there is one."""
        return self._till.listen_url

    async def _live(self, started: Future[asyncio.AbstractEventLoop]) -> None:
        self._over = asyncio.Event()
        started.set_result(asyncio.get_running_loop())
        await self._over.wait()

    async def _look(self, look: Callable[[], T]) -> T:
        return look()

    def _wait(self, coro: Coroutine[Any, Any, T]) -> T:
        loop = self._loop
        if loop is None:
            coro.close()
            raise UsageError("the till is not open: use `with SaleSystem.open(...)`")
        if threading.current_thread() is self._thread:
            coro.close()
            raise UsageError("called in the till's own thread, which would wait for itself")
        try:
            return asyncio.run_coroutine_threadsafe(coro, loop).result()
        except CancelledError:
            raise UsageError(
                "the till was closed while this waited; what was open stays so: ask its `status`"
            ) from None

    def _stop(self) -> None:
        """End the loop, and with it every call that still waits in another thread."""
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(self._over.set)
            thread.join()


def _awaitable(cashier: object) -> QuietCashier:
    """A cashier whose plain functions run in threads; coroutines are left as they are."""
    own = {name: getattr(cashier, name) for name in _CASHIER if overrides(cashier, name)}

    def twin(method: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(method):

            async def as_it_is(self: object, *args: Any) -> Any:
                return await method(*args)

            return as_it_is

        async def in_a_thread(self: object, *args: Any) -> Any:
            return await _in_a_thread(method, *args)

        return in_a_thread

    made = type("BlockingCashier", (QuietCashier,), {n: twin(m) for n, m in own.items()})
    cashier_twin: QuietCashier = made()
    return cashier_twin


async def _in_a_thread(method: Callable[..., T], *args: Any) -> T:
    """As `asyncio.to_thread`, but nobody ever waits for the thread itself."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[T] = loop.create_future()

    def settle(outcome: T | None, error: BaseException | None) -> None:
        if answered.done():  # the question was withdrawn
            return
        if error is not None:
            answered.set_exception(error)
        else:
            answered.set_result(outcome)  # type: ignore[arg-type]

    def ask() -> None:
        outcome, failure = None, None
        try:
            outcome = method(*args)
        except Exception as error:  # noqa: BLE001 - handed to who asked
            failure = error
        with contextlib.suppress(RuntimeError):  # the till was closed meanwhile
            loop.call_soon_threadsafe(settle, outcome, failure)

    threading.Thread(target=ask, name="opi-pos cashier", daemon=True).start()
    return await answered
