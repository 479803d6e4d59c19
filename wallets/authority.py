"""Who may move money, and how much at a time: by role, from `settings.MONEY_LIMITS_VND`."""

from collections.abc import Iterable
from enum import StrEnum

from django.conf import settings

from customers.models import Customer, Tier
from n2store.errors import DomainError, NotAllowed
from n2store.roles import Caller, Role
from n2store.templatetags.money import vnd
from wallets.ledger import checked_amount


class Action(StrEnum):
    """What people do with a wallet. The names are keys of the setting."""

    DEPOSIT = "deposit"
    WITHDRAW = "withdraw"
    PAY_ORDER = "pay_order"
    ISSUE_CREDIT = "issue_credit"
    CANCEL_CREDIT = "cancel_credit"
    ADJUST = "adjust"
    REVERSE = "reverse"


class MayNot(NotAllowed):
    """None of the caller's roles has this right."""


CLOSED_TO_BLACKLISTED = frozenset({Action.WITHDRAW, Action.PAY_ORDER, Action.ISSUE_CREDIT})
"""What is refused for a blacklisted customer. Money still comes in and is put right."""


class AboveOwnLimit(NotAllowed):
    """The caller's roles have the right, up to a smaller amount."""

    code = "AMOUNT_ABOVE_ROLE_LIMIT"


class AmountExceedsLimit(DomainError):
    """More than anybody may move in one go."""

    code = "AMOUNT_EXCEED_LIMIT"


class Blacklisted(NotAllowed):
    """Nothing is sold to this customer, so nothing is spent and no credit is given."""

    code = "CUSTOMER_BLACKLISTED"


class CompensatedAlready(DomainError):
    """The ticket or order that the credit names was compensated before."""

    status, code = 409, "ALREADY_COMPENSATED"


class OrderCancelled(DomainError):
    """The order was cancelled, or its money was given back: it takes none any more."""

    status, code = 409, "ORDER_WITHDRAWAL_CANCELLED"


def limit_of(roles: Iterable[Role], action: Action) -> int | None:
    """Return the most dong that `roles` may move with `action` in one go; None where they may not at all."""
    limits = [settings.MONEY_LIMITS_VND.get(role.value, {}).get(action.value) for role in roles]
    granted = [min(limit, settings.AMOUNT_LIMIT_VND) for limit in limits if limit is not None]
    return max(granted, default=None)


def require_not_blacklisted(customer: Customer, action: Action) -> None:
    """Return if this is done for the customer; the database says the same when it is carried out.

    Raises:
        Blacklisted: it is not.
    """
    if customer.tier == Tier.BLACKLIST and action in CLOSED_TO_BLACKLISTED:
        raise Blacklisted("The customer is blacklisted")


def require_right(caller: Caller, action: Action) -> int:
    """Return the most dong that the caller may move with `action` in one go.

    Raises:
        MayNot: none of the caller's roles may do this at all.
    """
    own = limit_of(caller.roles, action)
    if own is None:
        raise MayNot(f"Your role may not {action.value.replace('_', ' ')}.")
    return own


def require(caller: Caller, action: Action, amount_vnd: int) -> None:
    """Return if the caller may do this with so much money.

    Raises:
        MayNot, AboveOwnLimit: the caller may not.
        AmountExceedsLimit: nobody may.
        InvalidAmount: `amount_vnd` is no whole number of dong above zero.
    """
    own = require_right(caller, action)
    checked_amount(amount_vnd)
    if amount_vnd > settings.AMOUNT_LIMIT_VND:
        limit = settings.AMOUNT_LIMIT_VND
        raise AmountExceedsLimit(f"Amount exceeds the limit of {limit} dong", limit=vnd(limit))
    if amount_vnd > own:
        raise AboveOwnLimit(f"Your role may move up to {own} dong at a time", limit=vnd(own))
