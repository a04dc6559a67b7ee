"""Run the command line, in process or as a real one, against a terminal on a real socket."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from opi_pos.cli.app import run_command
from opi_pos.model.money import Amount
from opi_pos.poi.books import Books
from opi_pos.poi.scenario import Scenario, by_amount
from terminal_bridge.simulator.nexo import SimulatedNexo
from terminal_bridge.simulator.server import NexoServer, NexoServerConfig, serve_nexo

WITHIN_S = 30


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object on the one line of standard output."""
        assert self.out.count("\n") == 1, self.out
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def complaint(self) -> str:
        """The one line on standard error."""
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("opi-pos: ")
        return self.err.removeprefix("opi-pos: ").rstrip()


class InProcess:
    """Runs commands in this process; fast, and their output is captured."""

    def __init__(self, capsys: Any) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Ran:
        self._capsys.readouterr()
        with _log_as_it_was():
            code = run_command([str(argument) for argument in arguments])
        captured = self._capsys.readouterr()
        return Ran(code, captured.out, captured.err)


@contextmanager
def _log_as_it_was() -> Iterator[None]:
    """Commands set the log up for a process of their own; later tests read it, too."""
    loggers = [logging.getLogger(), logging.getLogger("opi_pos.http")]
    levels = [logger.level for logger in loggers]
    handlers = list(loggers[0].handlers)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        loggers[0].handlers[:] = handlers


class Terminal:
    """A simulated terminal that is served by a thread of its own."""

    def __init__(self, config: NexoServerConfig) -> None:
        self._config = dataclasses.replace(config, scenario=self._choose)
        self._begun = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._over = asyncio.Event()
        self._failed: BaseException | None = None
        self._server: NexoServer | None = None
        self._thread = threading.Thread(target=self._run)

    @property
    def url(self) -> str:
        assert self._server is not None
        return self._server.url

    @property
    def port(self) -> int:
        assert self._server is not None
        return self._server.port

    @property
    def simulated(self) -> SimulatedNexo:
        assert self._server is not None
        return self._server.terminal

    @property
    def books(self) -> Books:
        return self.simulated.books

    def charges(self) -> int:
        """Minor units that cardholders have lost."""
        return sum(self.books.net().values())

    def wait_for_payment(self) -> None:
        """Wait until a payment has begun on the terminal."""
        assert self._begun.wait(WITHIN_S)

    def forget_payments(self) -> None:
        """From now on wait for the next one."""
        self._begun.clear()

    def _choose(self, amount: Amount | None) -> Scenario:
        self._begun.set()
        return by_amount(amount)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait(WITHIN_S)
        if self._failed is not None:
            raise self._failed

    def stop(self) -> None:
        """End it; a till that left an exchange open keeps its door for some seconds, and nobody
        has to wait for that.
        """
        self._loop.call_soon_threadsafe(self._over.set)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the test
            self._failed = error
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        async with serve_nexo(self._config) as server:
            self._server = server
            self._ready.set()
            await self._over.wait()


@contextmanager
def served(**config: Any) -> Iterator[Terminal]:
    """A terminal for the block, without pauses between its steps."""
    terminal = Terminal(NexoServerConfig(**{"port": 0, "pace_s": 0.0, **config}))
    terminal.start()
    try:
        yield terminal
    finally:
        terminal.stop()


class Program:
    """A real `opi-pos`, with its standard output read line by line."""

    def __init__(self, *arguments: object) -> None:
        command = [sys.executable, "-m", "opi_pos.cli", *map(str, arguments)]
        flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            creationflags=flags,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )

    def line(self) -> str:
        """The next line of standard output."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def until(self, words: str) -> str:
        """Lines up to the one with `words` in it."""
        while line := self.line():
            if words in line:
                return line
        raise AssertionError(f"it ended without {words!r}: {self.process.communicate()[1]}")

    def complaint(self) -> str:
        """The next line of standard error."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def terminate(self) -> None:
        """What a service supervisor sends."""
        self.process.terminate()

    def end(self) -> Ran:
        """Wait for it."""
        out, err = self.process.communicate(timeout=WITHIN_S)
        return Ran(self.process.returncode, out, err)


@contextmanager
def program(started: Program) -> Iterator[Program]:
    """A real program, killed if the test leaves it behind."""
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
        started.process.communicate()
