"""Every example runs by itself against the simulator, ends, and says what it promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

SAYS = {
    "pay_once.py": ["approved 38.00 proved by response", "again: approved replayed", "Cardholder"],
    "pay_anywhere.py": ["order-1: approved 38.00", "order-1 again: approved replayed"],
    "blocking.py": [
        "order-1: aborted",
        "order-2: approved",
        "asks about a signature",
        "order-3: approved",
    ],
    "abort.py": ["Present card", "the cashier wishes to stop", "aborted proved by response"],
    "recover_after_crash.py": [
        "the till pays, and dies: exit code 1",
        "the same call again: approved",
        "charges in the terminal's own books: 1",
    ],
    "signature_in_light_mode.py": ["accepted: approved", "refused: declined - undone by order-2/"],
    "kiosk_events.py": [
        "Present card",
        "Enter PIN: ****",
        '"outcome":"approved"',
        "approved 38.00",
    ],
}


def test_every_example_is_run_here() -> None:
    assert {file.name for file in EXAMPLES.glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_it_ends_and_says_what_it_promises(name: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=90,
        check=False,
        cwd=tmp_path,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    for words in SAYS[name]:
        assert words in ran.stdout
    assert list(tmp_path.iterdir()) == []
