"""Every movement of money, a verb each. The database functions in `sql/` do the work in one round trip.

A command takes an idempotency key: the same key and content answers with what was done the first time, unposted and
unannounced; the same key with other content is refused.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from customers.models import Customer
from wallets.calls import call
from wallets.ledger import InvalidAmount, checked_amount
from wallets.models import CreditSource, Source, Transaction, VirtualCredit

Reference = tuple[str, str]
"""Type and id of what a movement came with, such as `("balance_history", "41")`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """What a withdrawal took, and what is left; `posted` is false for a repeat."""

    posted: bool
    virtual_used_vnd: int
    real_used_vnd: int
    real_after_vnd: int
    virtual_after_vnd: int


def deposit(
    *,
    customer: Customer,
    amount_vnd: int,
    key: str,
    source: Source,
    at: datetime,
    by: str,
    note: str = "",
    reference: Reference = ("", ""),
) -> Transaction:
    """Credit the customer's wallet once per `key`, and announce it. Return the posted row.

    `at` is when the money moved in the world; the booking time is the database's.

    Raises:
        InvalidAmount: `amount_vnd` is no whole number of dong above zero.
        KeyReused: `key` was posted with another amount, or to another wallet.
    """
    arguments = [customer.pk, checked_amount(amount_vnd), key, source, *reference, note, by, at]
    (transaction_id,) = call("wallets_deposit", arguments, returning=["transaction_id"])
    return Transaction.objects.select_related("wallet").get(pk=transaction_id)


def withdraw(
    *, customer: Customer, amount_vnd: int, key: str, at: datetime, by: str, note: str, reference: Reference
) -> Withdrawn:
    """Spend `amount_vnd` once per `key`: credit that expires first, then real money, all or nothing.

    Raises:
        InvalidAmount: `amount_vnd` is no whole number of dong above zero.
        InsufficientFunds: at that moment the wallet holds less.
        KeyReused: `key` was used for another amount, or another wallet.
    """
    arguments = [customer.pk, checked_amount(amount_vnd), key, *reference, note, by, at]
    columns = ["posted", "virtual_used", "real_used", "real_after", "virtual_after"]
    posted, virtual_used, real_used, real_after, virtual_after = call("wallets_withdraw", arguments, returning=columns)
    return Withdrawn(
        posted=posted,
        virtual_used_vnd=virtual_used,
        real_used_vnd=real_used,
        real_after_vnd=real_after,
        virtual_after_vnd=virtual_after,
    )


def issue_credit(
    *,
    customer: Customer,
    amount_vnd: int,
    key: str,
    source_type: CreditSource,
    at: datetime,
    by: str,
    ticket: str = "",
    note: str = "",
    lifetime: timedelta | None = None,
) -> VirtualCredit:
    """Issue a lot of virtual credit once per `key`; it lives `VIRTUAL_CREDIT_DAYS` unless told otherwise.

    Raises:
        InvalidAmount: `amount_vnd` is no whole number of dong above zero.
        KeyReused: `key` was used for another amount, or another wallet.
    """
    expires_at = at + (lifetime or timedelta(days=settings.VIRTUAL_CREDIT_DAYS))
    arguments = [customer.pk, checked_amount(amount_vnd), expires_at, key, source_type, ticket, note, by, at]
    (credit_id,) = call("wallets_issue_credit", arguments, returning=["credit_id"])
    return VirtualCredit.objects.select_related("wallet").get(pk=credit_id)


def cancel_credit(*, credit: VirtualCredit, reason: str, at: datetime, by: str) -> Transaction:
    """Take an untouched lot back; a repeat returns the first taking back.

    Raises:
        NotReversible: some of it was spent, or it has ended already.
    """
    (transaction_id,) = call("wallets_cancel_credit", [credit.pk, reason, by, at], returning=["transaction_id"])
    return Transaction.objects.get(pk=transaction_id)


def adjust(
    *,
    customer: Customer,
    amount_vnd: int,
    key: str,
    reason: str,
    at: datetime,
    by: str,
    reference: Reference = ("", ""),
) -> Transaction:
    """Correct real money by hand, up or (below zero) down, once per `key`.

    Raises:
        InvalidAmount: `amount_vnd` is zero or no whole number.
        InsufficientFunds: there is less real money than is to be taken.
        KeyReused: `key` was used for another amount, or another wallet.
    """
    if type(amount_vnd) is not int:
        raise InvalidAmount("The amount must be a whole number of dong.")
    checked_amount(abs(amount_vnd))
    arguments = [customer.pk, amount_vnd, key, *reference, reason, by, at]
    (transaction_id,) = call("wallets_adjust", arguments, returning=["transaction_id"])
    return Transaction.objects.select_related("wallet").get(pk=transaction_id)


def reverse(*, posted: Transaction, reason: str, at: datetime, by: str) -> Transaction:
    """Take a row back, at most once; a repeat returns the first reversal.

    The same lots are refilled. One that ran out meanwhile lives again for `CREDIT_GRACE_DAYS`, and the note says so.

    Raises:
        InsufficientFunds: the money is no longer there.
        NotReversible: the row is a reversal, an issue or an ending of credit.
    """
    grace_until = at + timedelta(days=settings.CREDIT_GRACE_DAYS)
    (reversal_id,) = call("wallets_reverse", [posted.pk, reason, by, at, grace_until], returning=["reversal_id"])
    return Transaction.objects.select_related("wallet").get(pk=reversal_id)


def expire_credits(*, at: datetime, wallets_max: int) -> int:
    """End the lots that have run out, wallet by wallet, and return how many. Safe to run twice, or in parallel."""
    return end_credits(at=at, wallets_max=wallets_max)[0]


def end_credits(*, at: datetime, wallets_max: int) -> tuple[int, int]:
    """Do what `expire_credits` does, and return how many lots ended and how many dong they held."""
    ended, ended_vnd = call("wallets_expire_due", [at, wallets_max], returning=["ended", "ended_vnd"])
    return ended, ended_vnd
