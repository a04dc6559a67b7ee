"""Rule 9: one owner per POI, released by the kernel on any death."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from opi_pos.journal.lock import FileOwnership, MemoryLocks, MemoryOwnership, lock_path
from opi_pos.model.errors import JournalError
from opi_pos.model.ids import POIID
from opi_pos.ports import Ownership

FRONT, COUNTER = POIID("front"), POIID("counter")

OWNER = """
import sys
from opi_pos.journal.lock import FileOwnership
ownership = FileOwnership(sys.argv[1])
print(ownership.acquire("front"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


@pytest.fixture(params=["file", "memory"])
def two(request: pytest.FixtureRequest, journal: Path) -> tuple[Ownership, Ownership]:
    if request.param == "file":
        return FileOwnership(journal), FileOwnership(journal)
    locks = MemoryLocks()
    return MemoryOwnership(locks, name="pid 1"), MemoryOwnership(locks, name="pid 2")


def test_two_sale_systems_of_one_process_exclude_each_other(
    two: tuple[Ownership, Ownership],
) -> None:
    first, second = two
    assert first.acquire(FRONT)
    assert first.acquire(FRONT)
    assert not second.acquire(FRONT)
    second.release(FRONT)
    assert not second.acquire(FRONT)
    first.release(FRONT)
    assert second.acquire(FRONT)
    assert not first.acquire(FRONT)
    second.release(FRONT)


def test_each_poi_has_its_own_lock(two: tuple[Ownership, Ownership]) -> None:
    first, second = two
    assert first.acquire(FRONT)
    assert second.acquire(COUNTER)
    assert first.owner(COUNTER)
    first.release(FRONT)
    assert first.owner(FRONT) == second.owner(FRONT) == ""
    second.release(COUNTER)


def test_asking_for_the_owner_takes_nothing_away(two: tuple[Ownership, Ownership]) -> None:
    first, second = two
    assert second.owner(FRONT) == ""
    assert first.acquire(FRONT)
    assert first.owner(FRONT) == second.owner(FRONT) != ""
    assert not second.acquire(FRONT)
    first.release(FRONT)
    assert second.owner(FRONT) == ""
    assert second.acquire(FRONT)
    second.release(FRONT)


def test_a_simulated_death_releases_all() -> None:
    locks = MemoryLocks()
    first, second = MemoryOwnership(locks), MemoryOwnership(locks)
    assert first.acquire(FRONT)
    assert first.acquire(COUNTER)
    first.die()
    assert second.acquire(FRONT)
    assert second.acquire(COUNTER)


def test_the_owner_is_named_for_a_person(journal: Path) -> None:
    noon = 1714557780.0
    ownership = FileOwnership(journal, wall=lambda: noon)
    assert ownership.acquire(FRONT)
    text = FileOwnership(journal).owner(FRONT)
    assert text.startswith(f"pid {os.getpid()} since ")
    assert text.endswith(":03")
    ownership.release(FRONT)


def test_the_kernel_releases_the_lock_of_a_killed_process(journal: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(journal)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline().strip() == b"True"
        ownership = FileOwnership(journal)
        assert not ownership.acquire(FRONT)
        assert f"pid {owner.pid} since" in ownership.owner(FRONT)
        owner.kill()
        owner.wait()
    assert ownership.owner(FRONT) == ""
    assert ownership.acquire(FRONT)
    ownership.release(FRONT)


def test_lock_files_lie_beside_the_journal_and_never_collide(journal: Path) -> None:
    assert lock_path(journal, FRONT) == journal.with_name("till.db.front.lock")
    names = ["A-POIID", "a-poiid", "../../etc/passwd", "a/b", "a_b", "a b", "ü", "ö", "", "x" * 300]
    paths = [lock_path(journal, POIID(name)) for name in names]
    assert {path.parent for path in paths} == {journal.parent}
    assert len({path.name.lower() for path in paths}) == len(names)
    assert all(path.name.isascii() and len(path.name) < 100 for path in paths)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_its_owner_may_read_a_lock_file(journal: Path) -> None:
    ownership = FileOwnership(journal)
    assert ownership.acquire(FRONT)
    assert stat.S_IMODE(lock_path(journal, FRONT).stat().st_mode) == 0o600
    ownership.release(FRONT)


def test_a_place_without_room_for_a_lock_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="lock file"):
        FileOwnership(tmp_path / "file" / "till.db").acquire(FRONT)
