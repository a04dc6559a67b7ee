"""From bytes to structs. Never fails: what cannot be read is kept, and told in `problems`.

A bad optional field must not cost the result code and the amount, so every bitmap and every data
object is read by itself, and the first of two counts.
"""

from __future__ import annotations

from typing import Any, TypeVar

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from terminal_bridge.zvt.bitmaps import UNKNOWN, RawBmp, variable_size
from terminal_bridge.zvt.limits import MAX_PROBLEMS
from terminal_bridge.zvt.lines import read_lines
from terminal_bridge.zvt.messages.base import Message, Problem, ProblemKind
from terminal_bridge.zvt.messages.split import end_of_rest
from terminal_bridge.zvt.plan import Branch, Leaf, Plan, plan_of
from terminal_bridge.zvt.tables.bmps import CONTAINER
from terminal_bridge.zvt.tlv import Tlv, read_objects, write_objects

M = TypeVar("M", bound=Message)


class Gathered:
    """The members of a struct while it is read."""

    __slots__ = ("extra", "problems", "rest", "trailing", "values")

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self.extra: list[RawBmp] = []
        self.rest: list[Tlv] | None = None
        self.trailing = b""

    def note(self, path: str, kind: ProblemKind) -> None:
        """Tell a problem, up to the limit."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(path, kind))


def read_message(
    make: type[M],
    data: bytes,
    charset: str,
    pending: int | None = None,
    given: dict[str, Any] | None = None,
) -> M:
    """The message of class `make` in an APDU's data; `given` are members that are not in it."""
    plan = plan_of(make, charset)
    found = Gathered()
    if given is not None:
        found.values.update(given)
    at = _read_untagged(plan, make, data, pending, found)
    _read_bitmaps(plan, data, at, found)
    values = found.values
    if found.problems:
        values["problems"] = tuple(found.problems)
    if found.extra:
        values["extra"] = tuple(found.extra)
    if found.rest is not None:
        values["tlv"] = tuple(found.rest)
    if found.trailing:
        values["trailing"] = Secret(found.trailing.hex().upper())
    return make(**values)


def _read_untagged(
    plan: Plan, make: type[Message], data: bytes, pending: int | None, found: Gathered
) -> int:
    if not plan.untagged:
        return 0
    split = make.split(data, pending)
    if split is not None:
        parts, at = split
    else:
        parts, at = _by_size(plan, data)
    for step, part in zip(plan.untagged, parts, strict=True):
        if part is None:
            if step.required:
                found.note(step.name, ProblemKind.MISSING)
            continue
        try:
            found.values[step.name] = step.coding.read(part)
        except ValueError:
            found.note(step.name, ProblemKind.MALFORMED)
    return at


def _by_size(plan: Plan, data: bytes) -> tuple[list[bytes | None], int]:
    parts: list[bytes | None] = []
    at = 0
    for step in plan.untagged:
        end = at + step.size if step.size else end_of_rest(data, at)
        if end > len(data) or end == at:
            parts.append(None)
            continue
        parts.append(data[at:end])
        at = end
    return parts, at


def _read_bitmaps(plan: Plan, data: bytes, at: int, found: Gathered) -> None:
    end = len(data)
    readers = plan.readers
    values = found.values
    while at < end:
        number = data[at]
        size, name, read = readers[number]
        start = at + 1
        if size <= 0:
            sized = variable_size(data, start, size)
            if sized is None:
                kind = ProblemKind.UNKNOWN if size == UNKNOWN else ProblemKind.CUT_OFF
                return _leave(data, at, kind, found)
            size, start = sized
        after = start + size
        if after > end:
            return _leave(data, at, ProblemKind.CUT_OFF, found)
        content = data[start:after]
        at = after
        if read is None or name in values:
            _keep(plan, number, content, found)
            continue
        try:
            values[name] = read(content)
        except ValueError:
            found.note(f"BMP {number:02X}", ProblemKind.MALFORMED)
            found.extra.append(RawBmp(number, content))
    return None


def _leave(data: bytes, at: int, kind: ProblemKind, found: Gathered) -> None:
    """The rest cannot be read: without the length of this bitmap nobody knows where it ends."""
    found.note(f"BMP {data[at]:02X}", kind)
    found.trailing = data[at:]


def _keep(plan: Plan, number: int, content: bytes, found: Gathered) -> None:
    """A bitmap that is no member, or is one for the second time."""
    if number == CONTAINER:
        _read_container(plan, content, found)
        return
    if number in plan.bmps:
        found.note(f"BMP {number:02X}", ProblemKind.REPEATED)
    found.extra.append(RawBmp(number, content))


def _read_container(plan: Plan, content: bytes, found: Gathered) -> None:
    if found.rest is not None:
        found.note("BMP 06", ProblemKind.REPEATED)
        found.extra.append(RawBmp(CONTAINER, content))
        return
    try:
        found.rest = read_tree(plan.tags, content, plan.charset, found, 0)
    except ProtocolError:
        found.note("BMP 06", ProblemKind.MALFORMED)
        found.extra.append(RawBmp(CONTAINER, content))


def read_tree(
    tree: dict[int, Leaf | Branch], content: bytes, charset: str, found: Gathered, inside: int
) -> list[Tlv]:
    """Read the objects of one level into `found`; gives those that are no member, in order.

    Raises `ProtocolError` before anything is taken if the level cannot be cut into objects.
    """
    rest: list[Tlv] = []
    for item in read_objects(content, inside):
        entry = tree.get(item.tag)
        if entry is None:
            rest.append(item)
            continue
        try:
            left = _take(entry, item, charset, found)
        except (ValueError, ProtocolError):
            found.note(f"TLV {item.tag:02X}", ProblemKind.MALFORMED)
            left = item
        if left is not None:
            rest.append(left)
    return rest


def _take(entry: Leaf | Branch, item: Tlv, charset: str, found: Gathered) -> Tlv | None:
    """Take an object's members; gives what is left of it."""
    if isinstance(entry, Branch):
        left = read_tree(entry.inside, item.value, charset, found, item.tag)
        return Tlv(item.tag, write_objects(left)) if left or not item.value else None
    values = found.values
    if entry.name in values and not entry.many:
        found.note(f"TLV {item.tag:02X}", ProblemKind.REPEATED)
        return item
    left_over: list[Tlv] = []
    if entry.coding is not None:
        value = entry.coding.read(item.value)
    elif entry.inner is not None:
        value = _read_struct(entry.inner, item, charset, found)
    else:
        value, left_over = read_lines(item.value, charset)
    values[entry.name] = (*values.get(entry.name, ()), value) if entry.many else value
    return Tlv(item.tag, write_objects(left_over)) if left_over else None


def _read_struct(plan: Plan, item: Tlv, charset: str, found: Gathered) -> Any:
    inner = Gathered()
    rest = read_tree(plan.tags, item.value, charset, inner, item.tag)
    for problem in inner.problems:
        found.note(*problem)
    if rest:
        inner.values["rest"] = tuple(rest)
    return plan.make(**inner.values)
