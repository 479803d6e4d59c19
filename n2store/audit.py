"""Keeping who did what, and who was refused. Rows are written in the caller's transaction and never changed."""

from collections.abc import Sequence
from typing import Any

from n2store.models import AuditLog, Outcome
from n2store.wire import stored

DETAIL_LENGTH_MAX = 1_000


def record(
    *,
    actor: str,
    action: str,
    subject: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    outcome: str = Outcome.DONE,
    code: str = "",
    detail: str = "",
    address: str | None = None,
) -> None:
    """Write one line: `action` such as `customer.update` on `subject` such as `customer:41`.

    `before` and `after` hold what changed, as JSON; passwords and tokens have no place in them.
    """
    AuditLog.objects.create(
        actor=stored(actor),
        action=stored(action[:200]),
        subject=stored(subject),
        before=before,
        after=after,
        outcome=outcome,
        code=code,
        detail=stored(detail[:DETAIL_LENGTH_MAX]),
        address=address,
    )


def record_many(
    *, actor: str, action: str, changes: Sequence[tuple[str, dict[str, Any], dict[str, Any]]], detail: str = ""
) -> None:
    """Write a line for each `(subject, before, after)`, in one statement."""
    AuditLog.objects.bulk_create(
        AuditLog(
            actor=stored(actor),
            action=stored(action[:200]),
            subject=stored(subject),
            before=before,
            after=after,
            detail=stored(detail[:DETAIL_LENGTH_MAX]),
        )
        for subject, before, after in changes
    )
