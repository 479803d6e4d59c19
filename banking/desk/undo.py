"""Taking a match back with its money; where the money was spent, the shop bears it and a second person must agree."""

from dataclasses import dataclass

from banking.models import BankTransfer, Undo
from customers.models import Customer
from n2store.roles import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoEffects:
    """What an undo would do. Amounts in whole dong; `lines` tells it in the reader's language.

    `shortfall_vnd` is what is no longer in the wallet: above 0 a second person confirms, and the shop bears it.
    """

    transfer: BankTransfer
    customer: Customer
    credited_vnd: int
    real_now_vnd: int
    real_after_vnd: int
    shortfall_vnd: int
    lines: list[str]


def effects(transfer_id: int) -> UndoEffects:
    """Tell what an undo would do now; changes nothing.

    Raises:
        TransferNotFound, NotLinked, AlreadyAdjusted.
    """
    raise NotImplementedError


def undo(*, caller: Caller, transfer_id: int, reason: str) -> Undo:
    """Take the match back: no owner, deposit reversed, the answered question open again, nothing matched by itself.

    When money was spent already, nothing moves: the undo returned is `waiting` for a second person. Asking again while
    one waits shows the shortfall of now.

    Raises:
        MayNotHandle, TransferNotFound, NotLinked, AlreadyAdjusted, ReasonRequired.
        WrongState: it was rejected.
    """
    raise NotImplementedError


def confirm_undo(*, caller: Caller, undo_id: int, shortfall_vnd: int | None = None) -> Undo:
    """Carry a waiting undo out: an adjustment covers the shortfall, then the deposit is reversed.

    `shortfall_vnd` is what the second person saw; without it, what the undo was asked with.

    Raises:
        MayNotHandle, UndoNotFound, UndoNotWaiting.
        SecondPersonNeeded: the caller asked for it.
        ShortfallGrew: more is missing now than was seen.
    """
    raise NotImplementedError


def withdraw_undo(*, caller: Caller, undo_id: int) -> Undo:
    """Let a waiting undo go; nothing was changed.

    Raises:
        MayNotHandle, UndoNotFound, UndoNotWaiting.
    """
    raise NotImplementedError
