"""Lines of the bank's book on their way into the shop."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from banking.continuity import watch
from banking.models import BankTransfer, Incident
from banking.operations import Taken, take_sepay_notice
from banking.sepay.parser import parse
from tests.factories.sepay import body_of

PATIENCE = timedelta(minutes=5)
"""Longer than any grace."""


def take(line: dict[str, Any]) -> Taken:
    """Let the webhook tell a line."""
    body = body_of(line)
    return take_sepay_notice(parse(body.encode()), body=body)


def take_all(lines: Iterable[dict[str, Any]]) -> None:
    """Let the webhook tell lines, in this order."""
    for line in lines:
        take(line)


def later() -> datetime:
    """Return a moment when everything that is here has settled."""
    return timezone.now() + PATIENCE


def check() -> watch.Watched:
    """Check when everything has settled."""
    return watch.check_all(now=later())


def breaks() -> list[tuple[int, int | None, int, str]]:
    """Return amount, line before, line after and state of every incident, by the provider's ids."""
    return [
        (one.missing_vnd, one.before.sepay_id if one.before else None, one.after.sepay_id, one.status)
        for one in Incident.objects.select_related("before", "after").order_by("after__sepay_id")
    ]


def transfer(id: int) -> BankTransfer:
    """Return the transfer of a line."""
    return BankTransfer.objects.get(sepay_id=id)
