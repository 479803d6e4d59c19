"""What both versions do alike: deposit, credit, withdrawal, balances of many, ending what has run out."""

from typing import Any

from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from customers.phones import InvalidPhone, canonical_phone
from n2store.jobs import asked_for, job_run
from n2store.roles import caller_of
from wallets import commands, operations
from wallets.api.inputs import Given
from wallets.authority import Action, require_right
from wallets.balances import balances_of
from wallets.commands import Answer, Owner
from wallets.models import CreditSource, Source
from wallets.tasks import EXPIRE_WALLETS_MAX

DEPOSIT_SOURCES = (Source.MANUAL_ADJUSTMENT, Source.BANK_TRANSFER, Source.RETURN_GOODS)
OLD_CREDIT_SOURCES = {"ADMIN_ISSUE": CreditSource.COMPENSATION}
"""What the old pages send, and what is meant."""
EXPIRE_ROUNDS_MAX = 25
"""A request ends no more than this many batches of wallets; the job ends the others."""


def deposit(given: Given, owner: Owner) -> Answer:
    """Put real money in."""
    return commands.deposit(
        caller=given.caller,
        owner=owner,
        amount_vnd=given.amount(),
        key=given.key,
        source=Source(given.word("source", DEPOSIT_SOURCES, default=Source.MANUAL_ADJUSTMENT)),
        reference_id=given.text("reference_id"),
        note=given.text("note"),
    )


def issue_credit(given: Given, owner: Owner, *, default: CreditSource) -> tuple[Answer, CreditSource]:
    """Issue credit, and tell under which reason."""
    known = [*CreditSource.values, *OLD_CREDIT_SOURCES]
    word = given.word("source_type", known, default=default)
    source_type = OLD_CREDIT_SOURCES.get(word) or CreditSource(word)
    answer = commands.issue_credit(
        caller=given.caller,
        owner=owner,
        amount_vnd=given.amount(),
        key=given.key,
        source_type=source_type,
        source_id=given.text("source_id"),
        expiry_days=given.number("expiry_days"),
        note=given.text("note"),
    )
    return answer, source_type


def withdraw(given: Given, owner: Owner) -> Answer:
    """Spend, by hand or for an order."""
    return commands.withdraw(
        caller=given.caller,
        owner=owner,
        amount_vnd=given.amount(),
        key=given.key,
        order_id=given.text("order_id"),
        note=given.text("note"),
    )


def balances(given: Given, *, fill: bool) -> dict[str, dict[str, int]]:
    """Return balances keyed by phone; with `fill` those who have no wallet are there with zeros."""
    if given.body.get("phones") is None and given.body.get("customer_ids") is None:
        raise ValidationError("phones or customer_ids array is required")
    if given.body.get("phones") is None:
        return balances_of("id", given.ids_of("customer_ids"))
    asked = [_canonical(phone) for phone in given.list_of("phones")]
    found = balances_of("phone", [phone for phone, valid in asked if valid])
    if not fill:
        return found
    zeros = {"balance": 0, "virtualBalance": 0, "total": 0}
    return {phone: zeros for phone, _valid in asked} | found


def _canonical(given: str) -> tuple[str, bool]:
    """Return the phone and that it is one; what is none as it stands."""
    try:
        return canonical_phone(given), True
    except InvalidPhone:
        return given, False


def expire(request: Request) -> dict[str, Any]:
    """End what has run out now, as the hourly job does, and as a run of it."""
    caller = caller_of(request.user)
    require_right(caller, Action.CANCEL_CREDIT)
    count = amount_vnd = 0
    with asked_for(caller.name), job_run("expire-credits") as run:
        for _ in range(EXPIRE_ROUNDS_MAX):
            ended, ended_vnd = operations.end_credits(at=timezone.now(), wallets_max=EXPIRE_WALLETS_MAX)
            run.changed = count = count + ended
            amount_vnd += ended_vnd
            if not ended:
                break
    return {"expiredCount": count, "totalExpiredAmount": amount_vnd}
