"""Opens the database file: its mode, the pragmas, the probe that refuses a weak one, migrations."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from opi_pos.journal.statements import migrations, single_statements
from opi_pos.model.errors import JournalError

Connect = Callable[[Path], sqlite3.Connection]

APPLICATION_ID = 0x6F706970
"""`opip`: tells the journal from any other SQLite file."""
BUSY_S = 5.0
"""How long to wait while another process writes; a slow SD card takes 0.1 s for one commit."""
FULL = 2
"""`PRAGMA synchronous`: 2 is FULL, 3 is EXTRA; less loses acknowledged payments at power loss."""

_PRAGMAS = (
    "PRAGMA synchronous=FULL",
    # Without these macOS leaves the data in the drive's cache.
    "PRAGMA fullfsync=ON",
    "PRAGMA checkpoint_fullfsync=ON",
    # What is erased is overwritten with zeros.
    "PRAGMA secure_delete=ON",
)


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode: transactions begin and end where the code says so."""
    return sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)


def create_file(path: Path) -> None:
    """Make an empty file that only its owner can read; SQLite gives `-wal` and `-shm` its mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            _sync_folder(path.parent)
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be created: {error}") from error


def _sync_folder(folder: Path) -> None:
    # A new name is durable when its folder is; Windows has no such call and needs none.
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def open_writer(path: Path, connect: Connect) -> sqlite3.Connection:
    """Connect, prove that commits are durable, bring the schema up to date.

    Raises `JournalError` for a file that is no journal, is of a newer version, or does not become
    WAL and FULL.
    """
    connection = _guarded(path, connect)
    try:
        _refuse_foreign(path, connection)
        _prove_durable(path, connection)
        _migrate(path, connection)
    except sqlite3.Error as error:
        connection.close()
        raise JournalError(f"the journal {path} cannot be opened: {error}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path, connect: Connect) -> sqlite3.Connection:
    """Connect for queries alone."""
    connection = _guarded(path, connect)
    connection.execute("PRAGMA query_only=ON").close()
    return connection


def _guarded(path: Path, connect: Connect) -> sqlite3.Connection:
    try:
        return connect(path)
    except sqlite3.Error as error:
        raise JournalError(f"the journal {path} cannot be opened: {error}") from error


def _value(connection: sqlite3.Connection, pragma: str) -> object:
    row = connection.execute(pragma).fetchone()
    return row[0] if row is not None else None


def _refuse_foreign(path: Path, connection: sqlite3.Connection) -> None:
    # Tables first: another process that makes the file new writes them and the id at once.
    if _value(connection, "SELECT COUNT(*) FROM sqlite_master") == 0:
        return
    if _value(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise JournalError(f"{path} is a database of another program: name another journal")


def _prove_durable(path: Path, connection: sqlite3.Connection) -> None:
    mode = _value(connection, "PRAGMA journal_mode=WAL")
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()
    synchronous = _value(connection, "PRAGMA synchronous")
    if mode != "wal":
        raise JournalError(f"the journal {path} is in mode {mode}, not wal: put it on a local disk")
    if not isinstance(synchronous, int) or synchronous < FULL:
        raise JournalError(
            f"the journal {path} is not synchronous=FULL: this SQLite would lose payments"
        )


def _migrate(path: Path, connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE").close()
    try:
        _run_migrations(path, connection)
        connection.execute("COMMIT").close()
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK").close()
        raise


def _run_migrations(path: Path, connection: sqlite3.Connection) -> None:
    scripts = migrations()
    # Read inside the transaction: another process may have migrated the file just now.
    version = _value(connection, "PRAGMA user_version")
    if not isinstance(version, int) or not 0 <= version <= len(scripts):
        raise JournalError(
            f"the journal {path} is of schema version {version}, this program knows up to "
            f"{len(scripts)}: update the program"
        )
    for script in scripts[version:]:
        for statement in single_statements(script):
            connection.execute(statement).close()
    if version < len(scripts):
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}").close()
        connection.execute(f"PRAGMA user_version={len(scripts)}").close()
