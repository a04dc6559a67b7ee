"""The example driver is installed as a user would install it, and then found, listed and used."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PACKAGE = EXAMPLES / "your_own_driver"
Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs Python where the package is installed, in an empty folder. No network is needed."""
    folder = tmp_path_factory.mktemp("installed")
    beside = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(folder),
    }
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    install = ["-m", "pip", "install", *quiet, *offline, "--target", str(folder), str(PACKAGE)]

    def run(*words: str) -> str:
        ran = subprocess.run(
            [sys.executable, *words],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=110,
            check=False,
            cwd=folder,
            env=environment,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    run(*install)
    return run


def test_it_keeps_the_contract(run: Run) -> None:
    suite = str(PACKAGE / "test_contract.py")
    assert " passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider", suite)


def test_it_is_found_by_the_name_in_a_url(run: Run) -> None:
    said = run(str(EXAMPLES / "pay_once.py"), "sim://tinpay")
    assert "approved 38.00 proved by response" in said
    assert "again: approved replayed" in said


def test_what_it_declares_is_known_without_a_terminal_and_the_rest_is_refused(run: Run) -> None:
    program = """
import asyncio
from opi_pos import CapabilityError, SaleSystem
from opi_pos.runtime.declared import declared

async def main():
    print(*declared()["tinpay"][""].operations)
    async with SaleSystem.open(terminal="sim://tinpay", currency="EUR", journal="till.db") as till:
        try:
            await till.refund("1.00", reference="r-1")
        except CapabilityError as error:
            print(error.capability)

asyncio.run(main())
"""
    assert run("-c", program).split() == ["payment", "refund"]
