"""The signature after completion: asked, accepted, left open, or refused and reversed."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from opi_pos.model.results import MONEY_MOVED, Operation, Outcome, Proof, Result
from opi_pos.session.effects import Alarm, AskSignature, Effect, Finish, Instant
from opi_pos.session.kept import KeptExchange, Query
from opi_pos.session.machine import EXCHANGE, move
from opi_pos.session.states import ExchangeState as X
from opi_pos.session.terms import BACKGROUND_QUERY_S
from opi_pos.session.verdicts import plain_result

_UNSIGNED = frozenset({Operation.REVERSAL, Operation.RELEASE})
"""They undo; a signature on them is not asked for, or refusing it would reverse a reversal."""


@dataclass(slots=True)
class SignedExchange(KeptExchange):
    """Decides what an answer comes to: an end, a question to the cashier, or a doubt."""

    def _decide(self, result: Result, at: Instant) -> list[Effect]:
        if result.outcome is Outcome.IN_DOUBT:
            return self._rest_in_doubt(result, at)
        if self.signed is not None and result.outcome in MONEY_MOVED:
            # Not every terminal says in its answer that there was a signature to look at.
            result = msgspec.structs.replace(
                result, signature_required=True, signature_accepted=self.signed
            )
        if self.signed is False and result.outcome is Outcome.DECLINED:
            # The terminal asked while it ran, heard No, and took nothing.
            result = msgspec.structs.replace(
                result, signature_required=True, signature_refused=True
            )
        elif (
            result.signature_required
            and not result.signature_accepted
            and self._asks_for_signatures()
        ):
            effects = self._remarks(result, at)
            move(EXCHANGE, self, "answered_to_sign")
            self._stop_waiting()
            self.result = result
            question = AskSignature(exchange_id=self.exchange_id, result=result)
            return [self._record("signature_asked", at), *effects, question]
        return self._end(result, at)

    def _asks_for_signatures(self) -> bool:
        can = self.terms.can_confirm and Operation.REVERSAL in self.terms.capabilities.operations
        return can and self.order.operation not in _UNSIGNED

    def _rest_in_doubt(self, result: Result, at: Instant) -> list[Effect]:
        """An answer came, and still nobody can say what was taken."""
        self.answered = True
        if self.state is X.IN_DOUBT:
            return []
        move(EXCHANGE, self, "answered_in_doubt")
        self._stop_waiting()
        self.query = Query(began_at=at.now, next_at=at.now + BACKGROUND_QUERY_S)
        self.result = result
        return [
            self._record("in_doubt", at),
            Finish(exchange_id=self.exchange_id, result=result),
            Alarm(exchange_id=self.exchange_id, kind="in_doubt", text=result.message),
        ]

    def confirmed(self, accepted: bool | None, at: Instant) -> list[Effect]:
        """The cashier's word on the signature. None: nobody could decide, nothing is reversed."""
        if self.state is not X.CONFIRMING or self.result is None:
            return []
        if accepted is False:
            move(EXCHANGE, self, "signature_refused")
            return [self._record("signature_refused", at)]
        if accepted is None:
            move(EXCHANGE, self, "signature_left_open")
            text = "Nobody decided about the signature; the payment stands."
            return self._close(self.result, at) + self._alarm("signature_left_open", text, at)
        move(EXCHANGE, self, "signature_accepted")
        return self._close(msgspec.structs.replace(self.result, signature_accepted=True), at)

    def reversal_came_to(self, reversal: Result, at: Instant) -> list[Effect]:
        """What became of the reversal of a refused signature."""
        if self.state is not X.REVERSING or self.result is None:
            return []
        if reversal.outcome is Outcome.IN_DOUBT:
            doubt = self.doubt_about_reversal(reversal)
            return [Finish(exchange_id=self.exchange_id, result=doubt)]
        move(EXCHANGE, self, "reversal_ended")
        linked = msgspec.structs.replace(
            self.result, signature_refused=True, reversal_reference=reversal.reference
        )
        if reversal.outcome in MONEY_MOVED:
            text = "The signature was refused and the payment reversed."
            undone = msgspec.structs.replace(
                linked, outcome=Outcome.DECLINED, message=text, authorized=None
            )
            receipts = (*undone.receipts, *reversal.receipts)
            return self._close(msgspec.structs.replace(undone, receipts=receipts), at)
        text = "The signature was refused, but the reversal failed: the money is taken."
        return self._close(linked, at) + self._alarm("reversal_failed", text, at)

    def doubt_about_reversal(self, reversal: Result) -> Result:
        """What the caller is told while nobody knows whether the reversal took place."""
        doubt = plain_result(
            self.order,
            self.service_id,
            outcome=Outcome.IN_DOUBT,
            proof=Proof.NONE,
            message=reversal.message,
        )
        reference = reversal.reference
        return msgspec.structs.replace(
            doubt, signature_refused=True, reversal_reference=reference, ended_at=reversal.ended_at
        )
