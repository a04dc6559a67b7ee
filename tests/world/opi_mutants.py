"""O.P.I. drivers with one classic mistake each. The world must find every one of them."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import msgspec

from opi_pos.model.ids import SaleID
from opi_pos.model.news import Answer, Ended, News
from opi_pos.model.orders import AskStatus, MoneyOrder
from opi_pos.wire import opi
from terminal_bridge.drivers.opi import reading, recovery
from tests.world.mutants import Mutant

_CONCLUDED = recovery.concluded
_MONEY = reading.money


def _the_repetitions_own_result() -> list[Any]:
    """The success of repeating taken for the success of the payment."""

    def repeated(response: opi.CardServiceResponse, asked: AskStatus, sale_id: SaleID) -> Answer:
        answer = _MONEY(response, asked.order, opi.meaning_of(response), sale_id)
        return msgspec.structs.replace(answer, service_id=asked.service_id)

    return [patch.object(recovery, "_repeated", repeated)]


def _whatever_is_repeated_is_ours() -> list[Any]:
    """OriginalHeader is not looked at."""
    return [patch.object(recovery, "_same", lambda *_: True)]


def _any_answer_on_the_line_is_ours() -> list[Any]:
    """RequestIDs are not compared."""

    def money(response: Any, order: MoneyOrder, said: Any, sale_id: SaleID) -> Answer:
        answer = _MONEY(response, order, said, sale_id)
        return msgspec.structs.replace(answer, service_id=None)

    return [patch.object(reading, "money", money), patch.object(recovery, "money", money)]


def _failure_repeats_no_answer_is_a_decline() -> list[Any]:
    """`Failure` to a repetition taken for the payment's."""

    def concluded(
        response: opi.CardServiceResponse, asked: AskStatus, wanted: Any, sale_id: SaleID
    ) -> News:
        if response.original_header is None and opi.meaning_of(response) is opi.Meaning.FAILED:
            answer = _MONEY(response, asked.order, opi.Meaning.FAILED, sale_id)
            return Ended(answer=msgspec.structs.replace(answer, service_id=asked.service_id))
        return _CONCLUDED(response, asked, wanted, sale_id)

    return [patch.object(recovery, "concluded", concluded)]


OPI = (
    Mutant(name="the repetition's own result", patches=_the_repetitions_own_result, found_by=18),
    Mutant(name="whatever is repeated is ours", patches=_whatever_is_repeated_is_ours, found_by=7),
    Mutant(
        name="any answer on the line is ours", patches=_any_answer_on_the_line_is_ours, found_by=14
    ),
    Mutant(
        name="nothing repeated: declined",
        patches=_failure_repeats_no_answer_is_a_decline,
        found_by=239,
    ),
)
