"""Withdrawals for orders that are not final yet: hold, try again, cancel, give back. See ADR 10.

The money moves in the transaction that writes it down, so a withdrawal is either waiting or taken, never in between.
It shares its ledger key with `commands.withdraw` for the same order: both doors together take the money once.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from n2store import audit
from n2store.errors import DomainError, NotFound
from n2store.roles import Caller
from n2store.windows import BIGINT_MAX
from n2store.wire import storable
from wallets.authority import Action, OrderCancelled, require, require_right
from wallets.calls import call
from wallets.commands import BY_HAND, NOTE_LENGTH_MAX, REFERENCE_LENGTH_MAX, InvalidText, Owner
from wallets.models import PendingStatus, PendingWithdrawal

ATTEMPTS_MAX = 5
FIRST_WAIT = timedelta(minutes=1)
"""Until the second attempt; each further wait is four times as long."""
ROWS_MAX = 50
ORDER_NUMBER_LENGTH_MAX = 100
_SOURCE = re.compile(r"[A-Z0-9_]{1,30}")


class OrderRequired(DomainError):
    """No order is named."""

    code = "INVALID_ORDER_ID"


class InvalidSource(DomainError):
    """The source is no word such as SALE_ORDER."""

    code = "INVALID_SOURCE"


class AmountDiffers(DomainError):
    """The order was to take another amount from this customer."""

    status, code = 409, "PENDING_AMOUNT_DIFFERS"


class AlreadyTaken(DomainError):
    """The money was taken: it is given back, not cancelled."""

    status, code = 409, "WITHDRAWAL_ALREADY_TAKEN"


class NothingTaken(DomainError):
    """There is no money to give back."""

    status, code = 409, "WITHDRAWAL_NOT_TAKEN"


class PendingNotFound(NotFound):
    """No pending withdrawal has this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A pending withdrawal as it is now; `known` when its money was taken before."""

    data: dict[str, Any]
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """What a run of the job did."""

    success: int = 0
    failed: int = 0
    retry_later: int = 0

    @property
    def total(self) -> int:
        """How many withdrawals were tried."""
        return self.success + self.failed + self.retry_later


def hold(
    *,
    caller: Caller,
    owner: Owner,
    order_id: str,
    amount_vnd: int,
    order_number: str = "",
    source: str = "SALE_ORDER",
    note: str = "",
) -> Held:
    """Take the order's money once: now if the wallet has it, otherwise later by the job.

    Raises:
        MayNot, AboveOwnLimit, AmountExceedsLimit, InvalidAmount, InvalidText, CustomerNotFound, Blacklisted.
        OrderRequired, InvalidSource: the order or the source is not named properly.
        AmountDiffers: this order was to take, or took, another amount.
        OrderCancelled: it takes no money any more.
    """
    require(caller, Action.PAY_ORDER, amount_vnd)
    order_id = _order(order_id)
    if not _SOURCE.fullmatch(source):
        raise InvalidSource("source must be a word such as SALE_ORDER")
    note = _text(note, NOTE_LENGTH_MAX) or f"Thanh toán công nợ đơn hàng #{order_number or order_id}"
    arguments = [
        owner.customer_id, owner.phone, order_id, _text(order_number, ORDER_NUMBER_LENGTH_MAX), amount_vnd,
        source, note, caller.name, ATTEMPTS_MAX, timezone.now(), FIRST_WAIT,
    ]  # fmt: skip
    outcome, answer = call("wallets_pending_hold", arguments, returning=["outcome", "answer"])
    if outcome == "amount_differs":
        raise AmountDiffers("This order was to take another amount from this customer")
    return _held(outcome, answer)


def retry(*, caller: Caller, pending_id: int) -> Held:
    """Try a withdrawal now; one that has failed is begun anew.

    Raises:
        MayNot, AboveOwnLimit, AmountExceedsLimit.
        PendingNotFound, OrderCancelled.
    """
    require_right(caller, Action.PAY_ORDER)
    require(caller, Action.PAY_ORDER, _amount_of(pending_id))
    arguments = [pending_id, timezone.now(), FIRST_WAIT]
    return _held(*call("wallets_pending_retry", arguments, returning=["outcome", "answer"]))


@transaction.atomic
def cancel(*, caller: Caller, pending_id: int, reason: str) -> dict[str, Any]:
    """End a withdrawal that has not taken its money; a repeat answers the same.

    Raises:
        MayNot, InvalidText, PendingNotFound.
        AlreadyTaken: then `release` gives it back.
    """
    require_right(caller, Action.PAY_ORDER)
    arguments = [_known(pending_id), _text(reason, NOTE_LENGTH_MAX), timezone.now()]
    outcome, answer = call("wallets_pending_cancel", arguments, returning=["outcome", "answer"])
    if outcome is None:
        raise PendingNotFound("Pending withdrawal not found")
    if outcome == "taken":
        raise AlreadyTaken("The money of this order was taken already: release it instead")
    audit.record(actor=caller.name, action="pending_withdrawal.cancel", subject=f"pending:{pending_id}", detail=reason)
    cancelled: dict[str, Any] = _read(answer)
    return cancelled


@transaction.atomic
def cancel_order(*, caller: Caller, order_id: str, reason: str) -> list[dict[str, Any]]:
    """Cancel an order, also one that is not known yet, and return the withdrawals that were ended.

    Raises:
        MayNot, InvalidText, OrderRequired.
        AlreadyTaken: money of the order has moved; nothing is changed, and `release` gives it back.
    """
    require_right(caller, Action.PAY_ORDER)
    order_id = _order(order_id)
    arguments = [order_id, _text(reason, NOTE_LENGTH_MAX), caller.name, timezone.now()]
    outcome, answer = call("wallets_pending_cancel_order", arguments, returning=["outcome", "answer"])
    if outcome == "taken":
        raise AlreadyTaken("The money of this order was taken already: release it instead")
    audit.record(actor=caller.name, action="order.cancel_withdrawals", subject=f"order:{order_id}", detail=reason)
    ended: list[dict[str, Any]] = _read(answer)
    return ended


@transaction.atomic
def release(*, caller: Caller, pending_id: int, reason: str) -> dict[str, Any]:
    """Give back what an order took: lots and real money, with the reason; a repeat answers the same.

    Raises:
        MayNot, AboveOwnLimit, AmountExceedsLimit, InvalidText, PendingNotFound.
        NothingTaken: it took nothing.
    """
    require_right(caller, Action.REVERSE)
    require(caller, Action.REVERSE, _amount_of(pending_id))
    at = timezone.now()
    reason = _text(reason, NOTE_LENGTH_MAX) or "Hủy đơn hàng"
    arguments = [pending_id, reason, caller.name, at, at + timedelta(days=settings.CREDIT_GRACE_DAYS)]
    outcome, answer = call("wallets_pending_release", arguments, returning=["outcome", "answer"])
    if outcome == "not_taken":
        raise NothingTaken("This order took no money: cancel it instead")
    audit.record(actor=caller.name, action="pending_withdrawal.release", subject=f"pending:{pending_id}", detail=reason)
    released: dict[str, Any] = _read(answer)
    return released


def process_due(*, at: datetime, rows_max: int = ROWS_MAX) -> Processed:
    """Try what is due at `at`, or covered by now, the longest waiting first, each in a transaction of its own.

    Safe to run twice, or in parallel.
    """
    became: list[str] = []
    while len(became) < rows_max:
        (status,) = call("wallets_pending_next", [at, FIRST_WAIT], returning=["status"])
        if status is None:
            break
        became.append(status)
    return Processed(
        success=became.count(PendingStatus.COMPLETED),
        failed=became.count(PendingStatus.FAILED),
        retry_later=became.count(PendingStatus.PENDING),
    )


def _held(outcome: str | None, answer: str | dict[str, Any]) -> Held:
    if outcome is None:
        raise PendingNotFound("Pending withdrawal not found")
    if outcome == "cancelled":
        raise OrderCancelled("This order was cancelled: no money is taken for it any more")
    return Held(data=_read(answer), known=outcome == "known")


def _read(answer: Any) -> Any:
    return json.loads(answer) if isinstance(answer, str) else answer


def _known(pending_id: int) -> int:
    if not 0 < pending_id <= BIGINT_MAX:
        raise PendingNotFound("Pending withdrawal not found")
    return pending_id


def _amount_of(pending_id: int) -> int:
    amount_vnd = PendingWithdrawal.objects.filter(pk=_known(pending_id)).values_list("amount_vnd", flat=True).first()
    if amount_vnd is None:
        raise PendingNotFound("Pending withdrawal not found")
    return amount_vnd


def _order(order_id: str) -> str:
    order_id = _text(order_id.strip(), REFERENCE_LENGTH_MAX)
    if order_id in ("", BY_HAND):
        raise OrderRequired("order_id is required")
    return order_id


def _text(text: str, longest: int) -> str:
    if len(text) > longest or not storable(text):
        raise InvalidText(f"A text is longer than {longest} characters, or no text")
    return text
