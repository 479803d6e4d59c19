"""Putting the money of a credited transfer right, once: back out, over to the right customer, or part of it."""

from dataclasses import dataclass

from banking.models import AdjustmentKind, BankTransfer, TransferAdjustment
from n2store.roles import Caller

REASON_LENGTH_MIN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CanAdjust:
    """Whether a transfer can be adjusted. `obstacle` is empty, or one of `NOT_CREDITED`, `NO_CUSTOMER`,
    `WITHDRAWN_SINCE`, `SPENT` (`used_vnd` of it), `ADJUSTED`, `UNDO_WAITING`."""

    transfer: BankTransfer
    obstacle: str
    real_vnd: int
    used_vnd: int
    has_withdrawals: bool
    has_adjustment: bool

    @property
    def can(self) -> bool:
        """Tell whether nothing stands against it."""
        return not self.obstacle


def can_adjust(transfer_id: int) -> CanAdjust:
    """Look whether the transfer can be adjusted; changes nothing.

    Raises:
        TransferNotFound.
    """
    raise NotImplementedError


def adjust(
    *,
    caller: Caller,
    transfer_id: int,
    kind: AdjustmentKind | str,
    amount_vnd: int | None = None,
    correct_phone: str = "",
    reason: str,
) -> TransferAdjustment:
    """Take `amount_vnd` (by default all) out of the owner's wallet; `TRANSFER_TO_CORRECT` gives it to `correct_phone`.

    Raises:
        MayNotHandle, TransferNotFound, InvalidPhone.
        InvalidAdjustment: `fault` is `reason` (under 10 characters), `kind`, `phone` (missing, or the owner's own) or
            `amount` (not a whole number from 1 to the transfer's amount).
        NotCredited, AlreadyAdjusted, SpentSince, UndoWaiting.
        InsufficientFunds: the wallet holds less real money.
    """
    raise NotImplementedError
