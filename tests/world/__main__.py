"""Run any number of worlds by hand: `python -m tests.world --terminal zvt --seeds 100000`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from os import cpu_count

from tests.world.keycard_mutants import KEYCARD
from tests.world.mutants import NEXO
from tests.world.netpay_mutants import NETPAY
from tests.world.opi_mutants import OPI
from tests.world.viva_mutants import VIVA
from tests.world.world import DRAWN, run
from tests.world.zvt_mutants import ZVT

PORTION = 50
MUTANTS = {
    "nexo": NEXO,
    "zvt": ZVT,
    "viva": VIVA,
    "netpay": NETPAY,
    "opi": OPI,
    "keycard": KEYCARD,
}


def _portion(terminal: str, first: int, seeds: int) -> list[tuple[int, list[str]]]:
    found = ((seed, run(seed, terminal=terminal).broken) for seed in range(first, first + seeds))
    return [(seed, broken) for seed, broken in found if broken]


def storm(terminal: str, first: int, seeds: int, workers: int) -> Iterator[tuple[int, list[str]]]:
    """The seeds in which something was broken, as they are found."""
    with ProcessPoolExecutor(max_workers=workers) as pool:
        starts = range(first, first + seeds, PORTION)
        sizes = [min(PORTION, first + seeds - start) for start in starts]
        for found in pool.map(partial(_portion, terminal), starts, sizes):
            yield from found


def _trace(terminal: str, seed: int, mutant: str) -> int:
    mutants = MUTANTS[terminal]
    chosen = [each for each in mutants if each.name == mutant]
    if mutant and not chosen:
        print("mutants:", ", ".join(each.name for each in mutants), file=sys.stderr)
        return 2
    if chosen:
        with chosen[0].at_large():
            seen = run(seed, terminal=terminal, unsynced=chosen[0].unsynced)
    else:
        seen = run(seed, terminal=terminal)
    print(seen.plan, *seen.trace, *(f"BROKEN {line}" for line in seen.broken), sep="\n")
    return 1 if seen.broken else 0


def main() -> int:
    """Exit 1 when a seed was found in which an invariant broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.world")
    parser.add_argument("--terminal", choices=tuple(DRAWN), default="nexo")
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=cpu_count() or 1)
    parser.add_argument("--seed", type=int, help="one world; with --trace line by line")
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--mutant", default="", help="let one of the mutants drive the till")
    given = parser.parse_args()
    if given.seed is not None:
        return _trace(given.terminal, given.seed, given.mutant)
    began = time.monotonic()
    bad = 0
    for seed, broken in storm(given.terminal, given.first, given.seeds, given.workers):
        bad += 1
        print(f"seed {seed}: {'; '.join(broken)}")
    rate = given.seeds / (time.monotonic() - began)
    print(f"{given.seeds} seeds, {bad} broken, {rate:.0f} seeds a second")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
