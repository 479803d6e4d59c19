"""The arithmetic of a wallet: pure functions on whole dong, no database, no clock, no settings.

The database functions in `sql/` do the same in one round trip; tests hold them to what stands here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from n2store.errors import DomainError

AMOUNT_MAX_VND = 2**53
"""The largest amount a JSON reader takes without rounding."""


class InvalidAmount(DomainError):
    """The amount is not a whole, positive number of dong within bounds."""

    code = "INVALID_AMOUNT"


class KeyReused(DomainError):
    """The idempotency key was used before for something else."""

    status, code = 409, "IDEMPOTENCY_KEY_REUSED"


class InsufficientFunds(DomainError):
    """There is less to spend than was asked for."""

    code = "INSUFFICIENT_BALANCE"


class NotReversible(DomainError):
    """This movement is not taken back that way: a lot was touched, or it is a taking back itself."""

    status, code = 409, "NOT_REVERSIBLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """A wallet at one moment, after `sequence` movements."""

    real_vnd: int = 0
    virtual_vnd: int = 0
    sequence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Virtual credit that is still there, and until when."""

    id: int
    remaining_vnd: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalPlan:
    """What a withdrawal takes: from which lots how much, and how much real money."""

    uses: tuple[tuple[int, int], ...]
    real_vnd: int

    @property
    def virtual_vnd(self) -> int:
        """What the lots give together."""
        return sum(amount_vnd for _lot_id, amount_vnd in self.uses)


def checked_amount(amount_vnd: object) -> int:
    """Return `amount_vnd` if it is a whole number of dong above zero and within bounds.

    Raises:
        InvalidAmount: it is anything else; booleans and floats included.
    """
    if type(amount_vnd) is not int or not 0 < amount_vnd <= AMOUNT_MAX_VND:
        raise InvalidAmount("The amount must be a whole number of dong above zero.")
    return amount_vnd


def after_deposit(before: Balances, *, amount_vnd: int) -> Balances:
    """Return the balances once `amount_vnd` of real money has come in."""
    checked_amount(amount_vnd)
    return replace(before, real_vnd=before.real_vnd + amount_vnd, sequence=before.sequence + 1)


def spendable_lots(lots: Sequence[Lot], *, at: datetime) -> list[Lot]:
    """Return the lots that can be spent at that moment, in the order in which they are: earliest expiry first."""
    return sorted((lot for lot in lots if lot.expires_at > at), key=lambda lot: (lot.expires_at, lot.id))


def plan_withdrawal(*, amount_vnd: int, real_vnd: int, lots: Sequence[Lot], at: datetime) -> WithdrawalPlan:
    """Decide what a withdrawal spends: lots by expiry, then real money; all of it or nothing.

    Raises:
        InvalidAmount: `amount_vnd` is no whole number of dong above zero.
        InsufficientFunds: together they hold less than `amount_vnd`.
    """
    missing_vnd = checked_amount(amount_vnd)
    uses: list[tuple[int, int]] = []
    for lot in spendable_lots(lots, at=at):
        taken_vnd = min(lot.remaining_vnd, missing_vnd)
        if taken_vnd:
            uses.append((lot.id, taken_vnd))
            missing_vnd -= taken_vnd
    if missing_vnd > real_vnd:
        available_vnd = amount_vnd - missing_vnd + real_vnd
        raise InsufficientFunds(f"Insufficient balance. Available: {available_vnd}, Required: {amount_vnd}")
    return WithdrawalPlan(uses=tuple(uses), real_vnd=missing_vnd)
