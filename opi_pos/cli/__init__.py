"""The command line `opi-pos`: the composition root, which may import everything.

Reading order: `commands.py` (the table), `app.py` (how a line is run), `options.py` (what many
commands share), `opening.py` (from options to an open till), `money.py` (`pay` and its kin),
`results.py` (the contract of `--json` and exit codes). Commands are imported when called.
"""

from __future__ import annotations


def main() -> int:
    """Run the command of `sys.argv` and return its exit code. The entry point `opi-pos`."""
    try:
        # Here and not above: the library may be imported without a command line.
        from opi_pos.cli.app import run_command  # noqa: PLC0415
    except KeyboardInterrupt:
        return 130  # 128 + SIGINT: Ctrl-C came before there was anything to stop
    return run_command()
