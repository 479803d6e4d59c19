"""The question that belongs to a transfer: closed when the transfer finds its owner, open again when it loses it."""

import json

from django.utils import timezone

from banking.models import BankTransfer, MatchStatus, PendingMatch
from customers.models import Customer

REJECTED_NOTE = "REJECTED: "
"""How the note of a rejection begins, on the transfer and on the question that it drops. Old pages read it."""


def answer(transfer: BankTransfer, customer: Customer, *, by: str) -> None:
    """Close the transfer's open or skipped question with this customer."""
    chosen = {"id": customer.pk, "name": customer.name, "phone": customer.phone}
    unanswered = PendingMatch.objects.filter(transfer=transfer).exclude(status=MatchStatus.RESOLVED)
    unanswered.update(
        status=MatchStatus.RESOLVED,
        selected_customer=customer,
        resolution_notes=json.dumps(chosen, ensure_ascii=False),
        resolved_at=timezone.now(),
        resolved_by=by,
    )


def drop(transfer: BankTransfer, *, by: str, note: str) -> None:
    """Skip the transfer's open question: nobody needs the answer any more."""
    PendingMatch.objects.filter(transfer=transfer, status=MatchStatus.PENDING).update(
        status=MatchStatus.SKIPPED, resolution_notes=note, resolved_at=timezone.now(), resolved_by=by
    )


def ask_what_was_rejected(transfer: BankTransfer) -> PendingMatch | None:
    """Open the question again that was dropped when the transfer was rejected, if there was one; return it."""
    skipped = PendingMatch.objects.filter(transfer=transfer, status=MatchStatus.SKIPPED)
    dropped = skipped.filter(resolution_notes__startswith=REJECTED_NOTE).order_by("-id").first()
    if dropped is not None:
        reopen(dropped)
    return dropped


def ask_again(transfer: BankTransfer) -> PendingMatch | None:
    """Open the transfer's latest answered question again, unless one is open; return it."""
    questions = PendingMatch.objects.filter(transfer=transfer)
    if questions.filter(status=MatchStatus.PENDING).exists():
        return None
    latest = questions.filter(status=MatchStatus.RESOLVED).order_by("-id").first()
    if latest is not None:
        reopen(latest)
    return latest


def reopen(match: PendingMatch) -> None:
    """Ask the question again, as if nobody had answered."""
    match.status = MatchStatus.PENDING
    match.selected_customer = None
    match.resolution_notes = match.resolved_by = ""
    match.resolved_at = None
    match.save(update_fields=["status", "selected_customer", "resolution_notes", "resolved_by", "resolved_at"])
