"""What tickets of each type earn and how long they may take: the seeds' defaults, which the owner may change."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from n2store import audit
from n2store.errors import DomainError, NotAllowed, NotFound
from n2store.roles import Caller, Role
from tickets.models import RETURN_TYPES, CompensationKind, Policy, TicketType

SETTERS = frozenset({Role.OWNER})
DAYS_MAX = 365
NONE, CREDIT, DEPOSIT = CompensationKind.NONE, CompensationKind.CREDIT, CompensationKind.DEPOSIT
DEFAULTS: dict[TicketType, tuple[CompensationKind, bool, int | None]] = {
    TicketType.BOOM: (CREDIT, False, None),
    TicketType.FIX_COD: (NONE, False, None),
    TicketType.RETURN_CLIENT: (DEPOSIT, True, None),
    TicketType.RETURN_SHIPPER: (CREDIT, True, 20),
    TicketType.COMPLAINT: (CREDIT, False, None),
    TicketType.WARRANTY: (CREDIT, False, None),
    TicketType.OTHER: (CREDIT, False, None),
}
"""Compensation, whether completing gives it by itself, and the days after which an open ticket is overdue."""


class MayNotSet(NotAllowed):
    """The owner says what tickets earn."""


class PolicyNotFound(NotFound):
    """There is no such type of ticket."""


class InvalidPolicy(DomainError):
    """A value is unknown or out of range, or something is to be given by itself where nothing is."""

    code = "INVALID_TICKET_POLICY"


def fill(using: str) -> None:
    """Write the defaults of types that have no policy yet."""
    Policy.objects.using(using).bulk_create(
        [
            Policy(type=type, compensation=kind, automatic=automatic, overdue_days=overdue_days)
            for type, (kind, automatic, overdue_days) in DEFAULTS.items()
        ],
        ignore_conflicts=True,
    )


def policy_of(type: str) -> Policy:
    """Return the policy of a type."""
    return Policy.objects.get(pk=type)


def may_set(caller: Caller) -> bool:
    """Tell whether the caller says what tickets earn."""
    return bool(SETTERS & caller.roles)


@transaction.atomic
def change_policy(*, caller: Caller, type: str, given: Mapping[str, Any]) -> bool:
    """Change what is given of a type's policy, and return whether that is other than before.

    Tickets that are open follow it from now on; a carrier's deadline that runs already stays.

    Raises:
        MayNotSet, PolicyNotFound.
        InvalidPolicy: a value cannot stand, or not beside the others.
    """
    if not may_set(caller):
        raise MayNotSet("Only the owner says what tickets earn")
    policy = Policy.objects.select_for_update().filter(pk=type).first()
    if policy is None:
        raise PolicyNotFound("There is no such type of ticket")
    before = {name: getattr(policy, name) for name in given}
    for name, value in given.items():
        setattr(policy, name, value)
    _require_valid(policy)
    changed = [name for name in given if given[name] != before[name]]
    if not changed:
        return False
    policy.save(update_fields=changed)
    audit.record(
        actor=caller.name, action="ticket.policy", subject=f"ticket_policy:{type}",
        before={name: before[name] for name in changed}, after={name: given[name] for name in changed},
    )  # fmt: skip
    return True


def _require_valid(policy: Policy) -> None:
    if policy.compensation not in CompensationKind.values:
        raise InvalidPolicy(f"compensation must be one of: {', '.join(CompensationKind.values)}")
    if not isinstance(policy.automatic, bool):
        raise InvalidPolicy("automatic must be true or false")
    if policy.automatic and (policy.type not in RETURN_TYPES or policy.compensation == NONE):
        raise InvalidPolicy("Only returns say by themselves what is given, and nothing is no gift")
    for name in ("credit_days", "claim_days", "overdue_days"):
        days = getattr(policy, name)
        if days is None and name == "overdue_days":
            continue
        if type(days) is not int or not 1 <= days <= DAYS_MAX:
            raise InvalidPolicy(f"{name} must be a number of days from 1 to {DAYS_MAX}")
