"""What every act of a person leaves behind: a decision, an audit line and an event."""

from collections.abc import Mapping, Sequence
from typing import Any

from banking.events import TransferUpdated
from banking.models import BankTransfer, Decision, Verdict
from n2store import audit
from n2store.clock import on_the_wire
from n2store.events import publish, publish_many
from n2store.roles import Caller


def state_of(transfer: BankTransfer) -> dict[str, Any]:
    """Return what the audit log keeps of a transfer before and after an act."""
    return {
        "verification": transfer.verification,
        "customer": transfer.customer.phone if transfer.customer else None,
        "match_method": transfer.match_method,
        "wallet_transaction": transfer.wallet_transaction_id,
        "is_hidden": transfer.is_hidden,
        "verified_at": on_the_wire(transfer.verified_at),
    }


def leave(
    transfer: BankTransfer,
    caller: Caller,
    what: str,
    *,
    before: dict[str, Any],
    after: dict[str, Any] | None = None,
    verdict: Verdict | None = None,
    note: str = "",
    candidates: list[dict[str, Any]] | None = None,
) -> None:
    """Write what `caller` did; `what` is the verb. Without a verdict there is no decision.

    `before` comes from `state_of`, as does `after` unless it is given.
    """
    if verdict is not None:
        Decision.objects.create(
            transfer=transfer,
            verdict=verdict,
            actor=caller.name,
            customer=transfer.customer,
            note=note,
            candidates=candidates or [],
        )
    audit.record(
        actor=caller.name,
        action=f"transfer.{what}",
        subject=f"transfer:{transfer.pk}",
        before=before,
        after=after or state_of(transfer),
        detail=note,
    )
    publish(TransferUpdated.of(transfer, what))


def leave_many(
    transfers: Sequence[BankTransfer],
    caller: Caller,
    what: str,
    *,
    befores: Mapping[int, dict[str, Any]],
    verdict: Verdict,
    note: str = "",
) -> None:
    """Write what `caller` did to each of many; as `leave`, in a few statements whatever their number."""
    Decision.objects.bulk_create(
        Decision(transfer=row, verdict=verdict, actor=caller.name, customer_id=row.customer_id, note=note)
        for row in transfers
    )
    audit.record_many(
        actor=caller.name,
        action=f"transfer.{what}",
        changes=[(f"transfer:{row.pk}", befores[row.pk], state_of(row)) for row in transfers],
        detail=note,
    )
    publish_many([TransferUpdated.of(row, what) for row in transfers])
