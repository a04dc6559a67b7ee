"""The group `simulate`: one file per kind of terminal."""

from __future__ import annotations

from opi_pos.cli.grammar import Group
from opi_pos.cli.simulate.computop import computop
from opi_pos.cli.simulate.netpay import netpay
from opi_pos.cli.simulate.nexo import nexo
from opi_pos.cli.simulate.opi import opi
from opi_pos.cli.simulate.viva import viva
from opi_pos.cli.simulate.zvt import zvt

SIMULATE = Group(
    help="A terminal to test against, without hardware.",
    commands={
        "computop": computop,
        "netpay": netpay,
        "nexo": nexo,
        "opi": opi,
        "viva": viva,
        "zvt": zvt,
    },
)
