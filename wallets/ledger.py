"""The arithmetic of a wallet: pure functions on whole dong, no database, no clock, no settings."""

from dataclasses import dataclass, replace

from n2store.errors import DomainError

AMOUNT_MAX_VND = 2**53
"""The largest amount a JSON reader takes without rounding."""


class InvalidAmount(DomainError):
    """The amount is not a whole, positive number of dong within bounds."""

    code = "invalid_amount"


class KeyReused(DomainError):
    """The idempotency key was used before for something else."""

    status, code = 409, "idempotency_key_reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """A wallet at one moment, after `sequence` movements."""

    real_vnd: int = 0
    virtual_vnd: int = 0
    sequence: int = 0


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
