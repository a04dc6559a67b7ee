"""Errors as users meet them: one line on standard error and an exit code.

Usage and configuration errors exit 2 (design: section 3). With `OPI_POS_DEBUG=1` the traceback and
the library's log come too.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback

from opi_pos.model.errors import JournalError, OpiPosError, ProtocolError, UsageError

USAGE = 2
FAILED = 1
INTERRUPTED = 130
"""128 + SIGINT: the shell's word for a program that Ctrl-C ended before it had begun."""


class LeftError(Exception):
    """A person gave a command up before its end."""

    def __init__(self, remark: str, exit_code: int) -> None:
        super().__init__(remark)
        self.exit_code = exit_code


def debugging() -> bool:
    """Whether the user wants tracebacks."""
    return os.environ.get("OPI_POS_DEBUG", "") not in {"", "0"}


def one_line(text: object) -> str:
    """The text without line breaks."""
    return " ".join(str(text).split())


def complain(text: object) -> None:
    """One line on standard error."""
    print(f"opi-pos: {one_line(text)}", file=sys.stderr, flush=True)  # noqa: T201 - that is its work


def report(error: BaseException) -> int:
    """Tell about an error that ends the command, and return the exit code."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else FAILED
    if isinstance(error, BrokenPipeError):
        return _reader_is_gone()
    if debugging() and not isinstance(error, LeftError):
        traceback.print_exception(error)
    text, code = _told(error)
    complain(text)
    return code


def _told(error: BaseException) -> tuple[str, int]:
    match error:
        case LeftError():
            told = str(error), error.exit_code
        case KeyboardInterrupt():
            told = "interrupted; nothing was begun", INTERRUPTED
        case UsageError() | ProtocolError() | JournalError():
            told = str(error), USAGE
        case OpiPosError():
            told = str(error), FAILED
        case BaseExceptionGroup():
            told = _told(error.exceptions[0])
        case OSError():
            told = _of_system(error), FAILED
        case _:
            name = type(error).__name__
            told = f"unexpected {name}: {error} (OPI_POS_DEBUG=1 shows more)", FAILED
    return told


def _of_system(error: OSError) -> str:
    problem = error.strerror or type(error).__name__
    return f"{error.filename}: {problem}" if error.filename else problem


def _reader_is_gone() -> int:
    """Whoever read our output closed it (`opi-pos … | head`). The interpreter must not complain
    when it flushes at its end.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


class _OneLine(logging.Formatter):
    """A record without its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """`opi-pos: what happened`; the traceback's last line where there is one."""
        cause = record.exc_info[1] if record.exc_info else None
        told = f"opi-pos: {record.getMessage()}"
        return one_line(f"{told}: {cause}" if cause is not None else told)


def quiet_logging() -> None:
    """A command tells its own error, once; the library's log comes only when debugging."""
    if debugging():
        logging.basicConfig(level=logging.DEBUG)
        return
    shown = logging.StreamHandler()
    shown.setFormatter(_OneLine())
    logging.basicConfig(handlers=[shown], level=logging.CRITICAL)


def show_log() -> None:
    """Of a command that runs on whatever happens: the library's errors, one line each."""
    if not debugging():
        logging.getLogger().setLevel(logging.ERROR)


def expect_broken_connections() -> None:
    """A simulated terminal breaks connections on purpose; its own door need not complain."""
    if not debugging():
        logging.getLogger("opi_pos.http").setLevel(logging.CRITICAL)
