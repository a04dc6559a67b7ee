"""Commands on single messages: convert and decode."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from opi_pos.cli.grammar import Argument, Option
from opi_pos.cli.options import Json
from opi_pos.cli.screen import Screen
from opi_pos.model.errors import UsageError
from opi_pos.wire import nexo

File = Annotated[
    Path | None, Argument(metavar="FILE", help="The message; by default standard input.")
]
READ_AT_MOST = 4 * 1024 * 1024
"""More than any codec takes: what is longer is refused without being read."""


class Target(StrEnum):
    """An encoding of nexo Retailer and of O.P.I."""

    XML = "xml"
    JSON = "json"


class Protocol(StrEnum):
    """Whose bytes are read."""

    NEXO = "nexo"
    ZVT = "zvt"
    OPI = "opi"


class TwoForms(StrEnum):
    """A protocol whose messages are written in XML and in JSON."""

    NEXO = "nexo"
    OPI = "opi"


def convert(
    to: Annotated[Target, Option("--to", help="The encoding to write.")],
    file: File = None,
    *,
    protocol: Annotated[
        TwoForms, Option("--protocol", help="Whose message it is.")
    ] = TwoForms.NEXO,
) -> int:
    """Write a nexo or O.P.I. message in XML or JSON.

    In its own encoding it stays as it is, dialect included; in the other one it is written
    strictly. O.P.I. loses nothing either way. Card data passes through: keep the output safe.
    """
    data = read_bytes(file)
    if protocol is TwoForms.OPI:
        _write(_convert_opi(to, data))
        return 0
    return _convert_nexo(to, data)


def _convert_opi(to: Target, data: bytes) -> bytes:
    """An O.P.I. message in XML, or in its JSON form."""
    from opi_pos.wire import opi  # noqa: PLC0415

    return opi.convert(data, opi.Form(to.value))


def _convert_nexo(to: Target, data: bytes) -> int:
    message = nexo.decode(data)
    encoding = nexo.Encoding(to.value)
    received = message.received
    strict = received is None or received.encoding is not encoding
    _write(nexo.encode(message, encoding, strict=strict))
    left_out = nexo.unknown_members(message) if strict else ()
    if left_out:
        print(f"opi-pos: left out, unknown to nexo: {', '.join(left_out)}", file=sys.stderr)  # noqa: T201
    return 0


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def decode(
    protocol: Annotated[Protocol, Option("--protocol", help="Whose bytes they are.")],
    file: File = None,
    *,
    json: Json = False,
) -> int:
    """Show a message as a tree. Card data is masked.

    Of ZVT, one APDU a line in hexadecimal digits; a framed one begins with `serial `.
    """
    screen = Screen(json=json)
    if protocol is Protocol.ZVT:
        from opi_pos.cli.hex_lines import decode_lines  # noqa: PLC0415 - only for ZVT

        return decode_lines(file, screen)
    if protocol is Protocol.OPI:
        from opi_pos.cli.opi_tree import tree_of_opi  # noqa: PLC0415

        _show(tree_of_opi(read_bytes(file)), screen)
        return 0
    _show(tree_of_nexo(read_bytes(file)), screen)
    return 0


def tree_of_nexo(data: bytes) -> object:
    """A nexo message as plain JSON."""
    # Only this command needs the tree.
    from opi_pos.cli.tree import tree_object  # noqa: PLC0415

    return tree_object(nexo.decode(data))


def _show(tree: Any, screen: Screen) -> None:
    from opi_pos.cli.tree import tree_lines  # noqa: PLC0415

    screen.object(tree)
    for line in tree_lines(tree):
        screen.line(line)


def read_bytes(file: Path | None) -> bytes:
    """The file, or standard input, as bytes."""
    try:
        with file.open("rb") if file is not None else nullcontext(sys.stdin.buffer) as opened:
            data = opened.read(READ_AT_MOST + 1)
    except OSError as error:
        raise UsageError(f"{file or 'standard input'}: {error.strerror}") from None
    if len(data) > READ_AT_MOST:
        raise UsageError(f"the message is larger than {READ_AT_MOST} bytes")
    if not data.strip():
        raise UsageError("there is no message: the input is empty")
    return data
