"""Any message of the language, and any element that could stand in one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from opi_pos.model.secret import Secret
from opi_pos.wire import opi
from opi_pos.wire.opi.node import Node
from opi_pos.wire.opi.schema import Element, Member, Others, Place, members, rows_by_name

TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿")
    | st.sampled_from(" \t\r\n"),
    max_size=12,
)
VISIBLE = TEXTS.map(lambda text: f"{text}.")
"""A text that no indent could be taken for."""
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.\-]{0,8}", fullmatch=True).filter(
    lambda name: name != "xmlns"
) | st.sampled_from(["text", "Message", "Größe", "POSdata", "CardPAN"])
FOREIGN = st.sampled_from(
    ["{http://www.w3.org/2001/XMLSchema-instance}", "{http://www.ifsf.org/}", "{urn:shop}"]
)
ANY_NAMES = NAMES | st.builds("".join, st.tuples(FOREIGN, NAMES))


def attributes() -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    return st.dictionaries(ANY_NAMES, TEXTS, max_size=3).map(lambda found: tuple(found.items()))


def _with_texts_apart(content: list[str | Node]) -> tuple[str | Node, ...]:
    """Two texts beside each other are one."""
    apart: list[str | Node] = []
    for item in content:
        if isinstance(item, str) and apart and isinstance(apart[-1], str):
            apart[-1] += item
        else:
            apart.append(item)
    return tuple(apart)


NODES: st.SearchStrategy[Node] = st.recursive(
    st.builds(Node, ANY_NAMES, attributes(), st.just(()) | st.tuples(VISIBLE)),
    lambda inner: st.builds(
        Node,
        ANY_NAMES,
        attributes(),
        st.lists(inner | VISIBLE, max_size=4).map(_with_texts_apart),
    ),
    max_leaves=6,
)

DECIMALS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(-(10**11), 10**12),
    st.integers(0, 3),
)
_OF_BASE: dict[type, st.SearchStrategy[Any]] = {
    str: TEXTS,
    bool: st.booleans(),
    int: st.integers(-99_999, 999_999_999),
    Decimal: DECIMALS,
    Secret: TEXTS.map(Secret),
}


def values(row: Member, depth: int) -> st.SearchStrategy[Any]:
    kind = row.element()
    if row.base is Node:
        one: st.SearchStrategy[Any] = NODES.map(
            lambda node: Node(row.wire, node.attributes, node.content)
        )
    elif kind is not None:
        one = structs(kind, depth + 1)
    elif row.place is Place.TEXT and row.base in {str, Secret}:
        one = VISIBLE.map(row.base)
    else:
        one = _OF_BASE[row.base]
    return st.lists(one, min_size=1, max_size=2).map(tuple) if row.many else one


@st.composite
def structs(draw: st.DrawFn, kind: type[Element], depth: int = 0) -> Any:
    rows = members(kind)
    required = {row.name for row in rows} & {"request_type", "request_id"}
    if "overall_result" in {row.name for row in rows} or kind in opi.MESSAGES.values():
        required |= {"overall_result", "workstation_id"} & {row.name for row in rows}
    optional = [row.name for row in rows if row.name not in required]
    most = 5 if depth < 3 else 1
    chosen = required | set(draw(st.lists(st.sampled_from(optional or [""]), max_size=most)))
    made = {row.name: draw(values(row, depth)) for row in rows if row.name in chosen}
    if draw(st.integers(0, 3)) == 0:
        others = draw(unknown(kind))
        if others is not None:
            made["others"] = others
    return kind(**made)


@st.composite
def unknown(draw: st.DrawFn, kind: type[Element]) -> Others | None:
    """Members that the struct does not have."""
    known = rows_by_name(kind)

    def is_unknown(name: str) -> bool:
        return name.rpartition("}")[2].casefold() not in known

    told = tuple((name, value) for name, value in draw(attributes()) if is_unknown(name))
    nodes = tuple(node for node in draw(st.lists(NODES, max_size=2)) if is_unknown(node.name))
    nodes = tuple(sorted(nodes, key=lambda node: node.name))
    return Others(told, nodes) if told or nodes else None


MESSAGES = st.sampled_from(list(opi.MESSAGES.values())).flatmap(structs)
