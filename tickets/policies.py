"""What tickets of each type earn and how long they may take: the seeds' defaults, which the table may change."""

from tickets.models import CompensationKind, Policy, TicketType

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
