"""What a struct's annotations say, made ready for reading and writing."""

from __future__ import annotations

import functools
from typing import Any, Final, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

from terminal_bridge.zvt.bitmaps import size_of
from terminal_bridge.zvt.codings import CODINGS, Coding, Reader, text_coding
from terminal_bridge.zvt.fields import InBmp, InTlv, Untagged
from terminal_bridge.zvt.tables.bmps import BMPS
from terminal_bridge.zvt.tables.tags import TAGS

_LAST: Final = "sequence_id"
"""The standard's examples have it behind all other objects."""


class UntaggedStep(NamedTuple):
    """One untagged member."""

    name: str
    size: int
    coding: Coding
    required: bool
    leads: bool


class BmpStep(NamedTuple):
    """One member in a bitmap."""

    name: str
    bmp: int
    size: int
    coding: Coding


class Leaf(NamedTuple):
    """One member in a data object: its coding, or the plan of its own members, or print lines."""

    name: str
    path: tuple[int, ...]
    size: int
    coding: Coding | None
    inner: Plan | None
    many: bool


class Branch(NamedTuple):
    """A data object that is no member itself and holds some."""

    inside: dict[int, Leaf | Branch]


class Plan(NamedTuple):
    """How one struct is read and written in one character set."""

    make: type[msgspec.Struct]
    charset: str
    untagged: tuple[UntaggedStep, ...]
    bmps: dict[int, BmpStep]
    readers: tuple[tuple[int, str, Reader | None], ...]
    """By bitmap number: its size (0: unknown), the member's name and how it is read."""
    leaves: tuple[Leaf, ...]
    tags: dict[int, Leaf | Branch]


def _coding(name: str, charset: str) -> Coding:
    return text_coding(charset) if name == "text" else CODINGS[name]


def _inner_of(hint: object) -> type[msgspec.Struct]:
    """The struct inside `X | None` or `tuple[X, ...]`."""
    for argument in get_args(hint):
        if isinstance(argument, type) and issubclass(argument, msgspec.Struct):
            return argument
    raise TypeError(f"no struct in {hint}")


def _leaf(name: str, marker: InTlv, hint: object, charset: str) -> Leaf:
    path = marker.paths[0]
    known = TAGS[path[-1]]
    coding = marker.coding or known.coding
    inner = plan_of(_inner_of(hint), charset) if coding == "objects" else None
    given = None if coding in {"objects", "lines"} else _coding(coding, charset)
    return Leaf(name, path, known.size, given, inner, marker.many)


def _plant(tree: dict[int, Leaf | Branch], path: tuple[int, ...], leaf: Leaf) -> None:
    for step in path[:-1]:
        branch = tree.setdefault(step, Branch({}))
        if isinstance(branch, Leaf):
            raise TypeError(f"{leaf.name}: {step:X} is a member already")
        tree = branch.inside
    tree[path[-1]] = leaf


@functools.cache
def plan_of(make: type[msgspec.Struct], charset: str) -> Plan:
    """The plan of a struct; made once for each character set."""
    untagged: list[UntaggedStep] = []
    bmps: dict[int, BmpStep] = {}
    leaves: list[Leaf] = []
    tags: dict[int, Leaf | Branch] = {}
    hints = get_type_hints(make, include_extras=True)
    for name in _in_order(make):
        hint = hints[name]
        match _marker(hint):
            case Untagged(size, coding, required, leads):
                given = _coding(coding, charset)
                untagged.append(UntaggedStep(name, size, given, required, leads))
            case InBmp(number, coding):
                known = BMPS[number]
                given = _coding(coding or known.coding, charset)
                bmps[number] = BmpStep(name, number, known.size, given)
            case InTlv() as marker:
                leaf = _leaf(name, marker, get_args(hint)[0], charset)
                leaves.append(leaf)
                for path in marker.paths:
                    _plant(tags, path, leaf)
            case _:
                pass
    readers = tuple(_reader(number, bmps.get(number)) for number in range(0x100))
    return Plan(make, charset, tuple(untagged), bmps, readers, tuple(leaves), tags)


def _in_order(make: type[msgspec.Struct]) -> list[str]:
    """Members as they are written: in the struct's order, but for those that it wants first."""
    first: tuple[str, ...] = getattr(make, "FIRST", ())
    places = {name: place for place, name in enumerate(first)}
    return sorted(
        make.__struct_fields__, key=lambda name: (name == _LAST, places.get(name, len(first)))
    )


def _reader(number: int, step: BmpStep | None) -> tuple[int, str, Reader | None]:
    size = size_of(number)
    return (size, "", None) if step is None else (size, step.name, step.coding.read)


def _marker(hint: Any) -> Any:
    return get_args(hint)[1] if get_origin(hint) is not None and _annotated(hint) else None


def _annotated(hint: Any) -> bool:
    return hasattr(hint, "__metadata__")
