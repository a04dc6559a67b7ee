"""Chip data, as its EMV tags are called here; and secured data that only machines read."""

from __future__ import annotations

from typing import Annotated

from opi_pos.model.secret import Secret
from opi_pos.wire.opi.schema import Element, named


class SecureDataFlow(Element, frozen=True, kw_only=True):
    """Secured bytes in hexadecimal digits."""

    hex: tuple[Secret, ...] = ()


class ICC(Element, frozen=True, kw_only=True):
    """A chip's answers. `hex` stands alone where a till passes them on secured."""

    hex: tuple[Secret, ...] = ()
    aid: str | None = None
    application_label: str | None = None
    ac: str | None = None
    aip: str | None = None
    arc: str | None = None
    atc: str | None = None
    auc: str | None = None
    upn: str | None = None
    tvr: str | None = None
    ctt: str | None = None
    cid: str | None = None
    cvm_results: Annotated[str | None, named("CVMResults")] = None
    term_cap_used: str | None = None
    ictyc: str | None = None
    iavn: str | None = None
    tavn: str | None = None
    language: str | None = None
    tsi: str | None = None
    iacdef: str | None = None
    iacdnl: str | None = None
    iaconl: str | None = None
    iappd: str | None = None
    ctls_form_factor_tag: str | None = None
    ctls_form_factor_value: str | None = None
    ctls_cust_exc_data: str | None = None
    iauthd: str | None = None
    isd: str | None = None
    isr: str | None = None
