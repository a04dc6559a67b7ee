"""How fast a status information is read into its struct, beside `construct` on the same layout.

Run by hand: `python -m tests.benchmarks.zvt`. Prints ratios from one run: CPU time, the cases
interleaved, the best of the rounds, garbage collection off as in `timeit`. Goals: at least 20,000
status informations of 122 bytes a second, and at least 10 times what `construct` reads of them.

Both read every bitmap and every data object of the message; `construct` gives digits, texts and
bytes, ours the typed struct with masked card number and currency code. The serial frame around it
is measured for comparison, with nothing beside it.
"""

from __future__ import annotations

import gc
import importlib
import sys
import time
from collections.abc import Callable
from typing import Any

from terminal_bridge.zvt import Apdu, SerialFraming, TcpFraming, decode
from terminal_bridge.zvt.framing.frames import to_frame
from terminal_bridge.zvt.messages.status import StatusInformation
from terminal_bridge.zvt.tables.bmps import BMPS, LL, LLL, TLV

ROUNDS, CALLS = 60, 100
GOAL_RATE, GOAL_RATIO = 20_000, 10.0

_FIELDS = (
    "27 00 04 000000004250 0B 000917 0C 091530 0D 0612 0E 2909 17 0002 19 70"
    " 22 F0F8 EEEEEEEEEEEE0042 29 68001234 2A 373036343130322020202020202020"
    " 3B 4130343731310000 49 0978 87 0231 88 000917 8A 06 8B F1F1 4D61737465724361726400"
    " 06 16 2F 08 1F1001 02 1F1201 02 60 0A 43 08 A000000004101000"
)
PAYMENT = Apdu(0x040F, bytes.fromhex(_FIELDS))


def construct_reader() -> Callable[[bytes], Any] | None:
    """Reads the data of a status information with construct; None when it is not installed."""
    try:
        c: Any = importlib.import_module("construct")
    except ImportError:
        return None

    nibble = c.ExprAdapter(c.Byte, c.obj_ & 0x0F, c.obj_)
    ll = c.ExprAdapter(nibble[2], lambda obj, _: obj[0] * 10 + obj[1], None)
    lll = c.ExprAdapter(nibble[3], lambda obj, _: obj[0] * 100 + obj[1] * 10 + obj[2], None)
    tlv_length = c.Struct(
        "first" / c.Byte,
        "size"
        / c.Switch(c.this.first, {0x81: c.Byte, 0x82: c.Int16ub}, default=c.Computed(c.this.first)),
    )
    tlv_size = c.ExprAdapter(tlv_length, c.obj_.size, None)
    tag = c.Struct("first" / c.Byte, "more" / c.If(c.this.first & 0x1F == 0x1F, c.Byte))
    objects: Any = c.GreedyRange(
        c.Struct(
            "tag" / tag,
            "value"
            / c.Prefixed(
                tlv_size,
                c.IfThenElse(c.this.tag.first & 0x20, c.LazyBound(lambda: objects), c.GreedyBytes),
            ),
        )
    )

    def content(size: int, coding: str) -> Any:
        raw = {
            LL: c.Prefixed(ll, c.GreedyBytes),
            LLL: c.Prefixed(lll, c.GreedyBytes),
            TLV: c.Prefixed(tlv_size, objects),
        }.get(size, c.Bytes(max(size, 0)))
        if size == TLV:
            return raw
        if coding in {"amount", "digits", "currency", "nibbles", "pan"}:
            return c.ExprAdapter(raw, lambda obj, _: obj.hex(), None)
        if coding in {"padded", "nul_padded", "ended"}:
            return c.ExprAdapter(raw, lambda obj, _: obj.decode("latin-1").rstrip(" \0"), None)
        return raw

    values = {number: content(bmp.size, bmp.coding) for number, bmp in BMPS.items()}
    message = c.GreedyRange(c.Struct("bmp" / c.Byte, "value" / c.Switch(c.this.bmp, values)))
    parse: Callable[[bytes], Any] = message.parse
    return parse


def seconds(work: Callable[[], object]) -> float:
    """CPU time of one call, averaged over `CALLS`."""
    began = time.process_time()
    for _ in range(CALLS):
        work()
    return (time.process_time() - began) / CALLS


def over_tcp() -> None:
    """The same message through the framing."""
    framing = TcpFraming()
    framing.receive_data(PAYMENT.to_bytes(), 0.0)
    framing.events()


FRAME = to_frame(PAYMENT.to_bytes())


def over_serial() -> None:
    """The same message out of its frame."""
    framing = SerialFraming()
    framing.receive_data(FRAME, 0.0)
    framing.events()


def best_of_rounds(cases: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The best time of each case, the cases interleaved so that all see the same machine."""
    best = dict.fromkeys(cases, float("inf"))
    gc.disable()
    try:
        for _ in range(ROUNDS):
            for name, work in cases.items():
                best[name] = min(best[name], seconds(work))
    finally:
        gc.enable()
    return best


def main() -> int:
    """Print the table; the exit code says whether the goals were met."""
    message = decode(PAYMENT)
    assert isinstance(message, StatusInformation)
    assert message.problems == ()
    cases: dict[str, Callable[[], object]] = {
        "decode": lambda: decode(PAYMENT),
        "tcp": over_tcp,
        "serial": over_serial,
    }
    read = construct_reader()
    if read is not None:
        fields = read(PAYMENT.data)
        assert len(fields) == 18, len(fields)
        cases["construct"] = lambda: read(PAYMENT.data)
    best = best_of_rounds(cases)
    print(f"status information of {len(PAYMENT.to_bytes())} bytes, CPU time, best of {ROUNDS}")
    for name, took in best.items():
        print(f"{name:10} {took * 1e6:8.1f} us {1 / took:10.0f} /s {took / best['decode']:6.1f}")
    good = 1 / best["decode"] >= GOAL_RATE
    if read is None:
        print("construct is not installed: no ratio")
    else:
        ratio = best["construct"] / best["decode"]
        print(f"{ratio:.1f} times construct (goal {GOAL_RATIO:.0f})")
        good = good and ratio >= GOAL_RATIO
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
